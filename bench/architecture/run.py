#!/usr/bin/env python3
"""Maps the systems of the architecture benchmark and scores the maps against their truth.

usage: run.py --binary SIGHTLINE --benchmark FOLDER --trees FOLDER [--out FILE]

FOLDER of the benchmark holds `score.py`, `extract.py` and `truth/`; `extract.py CLONES TREES` writes the trees, each at
its commit, out of bare clones. Nothing of a system is kept: the scoreboard holds names, figures, and every miss and
false alarm with its cause (`causes.txt` beside this file). Python 3.11, standard library only.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent


def run(binary, workspace, *words):
    return subprocess.run([binary, "--workspace", workspace, "-q", *words], capture_output=True, text=True, check=True).stdout


def causes():
    """Cause by `system | what`, as `causes.txt` says."""
    known = {}
    for line in (HERE / "causes.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            system, what, cause = (part.strip() for part in line.split("|", 2))
            known[system, what] = cause
    return known


def figures(scorer, measure, count):
    shown = lambda x: "    -" if x is None else f"{x:.3f}"
    return f"{scorer.LABELS[measure]:<46} P {shown(count['precision'])}  R {shown(count['recall'])}  F1 {shown(count['f1'])}  {count['tp']}/{count['fn']}/{count['fp']}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--benchmark", required=True, type=pathlib.Path)
    parser.add_argument("--trees", required=True, type=pathlib.Path)
    parser.add_argument("--out", default=HERE / "scoreboard.txt", type=pathlib.Path)
    options = parser.parse_args()
    sys.path.insert(0, str(options.benchmark))
    import score as scorer

    known, lines, unexplained = causes(), [], []
    groups = {"Java systems": {}, "polyglot systems": {}, "all": {}}
    for truth_file in sorted((options.benchmark / "truth").glob("*.json")):
        truth, system = json.loads(truth_file.read_text()), truth_file.stem
        with tempfile.TemporaryDirectory() as workspace:
            started = time.monotonic()
            run(options.binary, workspace, "scan", str(options.trees / system))
            seconds = time.monotonic() - started
            mapped = json.loads(run(options.binary, workspace, "export", "--format", "json", "--output", "-"))
            verified = subprocess.run([options.binary, "--workspace", workspace, "-q", "verify"], capture_output=True, text=True)
        result = scorer.score(truth, mapped)
        counts = {m: c.as_dict() for m, c in result.items()} if not isinstance(next(iter(result.values())), dict) else result
        group = "Java systems" if truth.get("direction") == "dataflow" else "polyglot systems"
        proof = verified.stdout.strip().splitlines()[-1] if verified.stdout.strip() else verified.stderr.strip()
        lines.append(f"\n{system}: {seconds:.1f} s for a whole scan; {proof}")
        for measure in scorer.MEASURES:
            count = counts[measure]
            for name in (group, "all"):
                total = groups[name].setdefault(measure, scorer.Count())
                total.tp, total.fn, total.fp = total.tp + count["tp"], total.fn + count["fn"], total.fp + count["fp"]
            lines.append("  " + figures(scorer, measure, count))
        for measure in ("components", "connections", "endpoints"):
            for word, key in (("missed", "missed"), ("false alarm", "false_alarms")):
                for what in counts[measure][key]:
                    text = f"{word} {measure[:-1]} {what}"
                    cause = known.get((system, text))
                    if cause is None:
                        unexplained.append(f"{system} | {text}")
                    lines.append(f"    {text}: {cause or 'cause not looked into'}")
    head = ["# Maps against the truth of the architecture benchmark, development systems", "# P, R, F1, found/missed/false; made by bench/architecture/run.py"]
    for name, totals in groups.items():
        head.append(f"\n{name}, micro")
        head += ["  " + figures(scorer, m, totals[m].as_dict(lists=False)) for m in scorer.MEASURES]
    options.out.write_text("\n".join(head + lines) + "\n")
    print("\n".join(head))
    for line in unexplained:
        print("no cause:", line)


if __name__ == "__main__":
    main()
