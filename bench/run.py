#!/usr/bin/env python3
"""Measures Sightline against git and tokei on whole repositories and writes the scoreboard.

    python3 bench/run.py --binary target/release/sightline REPO...

REPO is a checkout or a bare clone on this machine. Needs git and tokei on PATH (or --git, --tokei). Everything is
made in a work folder (--work, a temporary one by default); the repositories themselves are only read. `--parts` runs
some of the parts again and leaves the figures of the others, when the work folder is kept. Times are taken in turns
(git, tokei, Sightline, git, ...), so that whatever else the machine does hits all of them; only ratios count.
"""

import argparse
import json
import pathlib
import shutil
import sys
import tempfile

import measure
import scoreboard

PARTS = ["commits", "lines", "verify", "bytes", "speed", "history", "files"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--binary", required=True, help="the release binary of sightline")
    parser.add_argument("--git", default="git")
    parser.add_argument("--tokei", default="tokei")
    parser.add_argument("--work", help="folder for clones and workspaces, kept; a temporary one by default")
    parser.add_argument("--out", default=str(here / "scoreboard.txt"))
    parser.add_argument("--runs", type=int, default=3, help="cold scans per repository (default 3)")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {','.join(PARTS)} (default all)")
    parser.add_argument("repos", nargs="*", metavar="REPO")
    options = parser.parse_args()
    parts = options.parts.split(",") if options.parts else []
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")

    work = pathlib.Path(options.work or tempfile.mkdtemp(prefix="sightline-bench-")).resolve()
    work.mkdir(parents=True, exist_ok=True)
    tools = measure.Tools(
        sightline=measure.program(options.binary),
        git=measure.program(options.git),
        tokei=measure.program(options.tokei),
        threads=options.threads,
        runs=options.runs,
    )
    results_file = work / "results.json"
    results = json.loads(results_file.read_text()) if results_file.exists() else {}
    for repo in options.repos:
        bench = measure.Bench(tools, work, pathlib.Path(repo).resolve())
        found = results.setdefault(bench.name, {})
        bench.prepare(found)
        for part in parts:
            print(f"{bench.name}: {part}", file=sys.stderr, flush=True)
            found[part] = getattr(bench, part)()
            results_file.write_text(json.dumps(results, indent=1))
    pathlib.Path(options.out).write_text(scoreboard.text(results, tools))
    if not options.work:
        shutil.rmtree(work)
    return 0


if __name__ == "__main__":
    sys.exit(main())
