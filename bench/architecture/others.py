#!/usr/bin/env python3
"""Maps systems without truth, and counts on how many systems each detector fires.

usage: others.py --binary SIGHTLINE --trees FOLDER --others FOLDER [--add]

`--trees` holds the development systems of the benchmark, `--others` one folder per further system, named OWNER+NAME.
Writes `others.txt` (parts, connections, gaps, endpoints, seconds) and `fired.txt` (systems per detector) beside this
file. With `--add`, further systems are added to what stands there: `--trees` is left out, and a system that is listed
already is passed over. Python 3.11, standard library only.
"""
import argparse
import json
import pathlib
import subprocess
import tempfile
import time
from collections import Counter

HERE = pathlib.Path(__file__).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--trees", type=pathlib.Path)
    parser.add_argument("--others", required=True, type=pathlib.Path)
    parser.add_argument("--add", action="store_true")
    options = parser.parse_args()
    if not options.add and options.trees is None:
        parser.error("--trees is needed to count anew")
    fired = {"dev": Counter(), "others": Counter()}
    lines = []
    if options.add:
        lines = [l for l in (HERE / "others.txt").read_text().splitlines() if not l.startswith("#")]
        for line in (HERE / "fired.txt").read_text().splitlines():
            if not line.startswith("#"):
                rule, dev, others = line.split()
                fired["dev"][rule], fired["others"][rule] = int(dev), int(others)
    known = {line.split(":", 1)[0] for line in lines}
    groups = [("others", options.others)] if options.add else [("dev", options.trees), ("others", options.others)]
    for group, folder in groups:
        for tree in sorted(p for p in folder.iterdir() if p.is_dir()):
            if tree.name.replace("+", "/") in known:
                continue
            with tempfile.TemporaryDirectory() as workspace:
                run = lambda *words: subprocess.run([options.binary, "--workspace", workspace, "-q", *words], capture_output=True, text=True, check=True).stdout
                ask = lambda query: json.loads(run("sql", "--format", "json", query))
                started = time.monotonic()
                run("scan", str(tree))
                seconds = time.monotonic() - started
                fired[group].update(r["rule"] for r in ask("select distinct rule from signals"))
                if group == "dev":
                    continue
                kinds = ask("select kind, count(*) as n from components group by 1 order by 2 desc, 1")
                count = lambda table: ask(f"select count(*) as n from {table}")[0]["n"]
                files = count("files")
                shown = ", ".join(f"{k['n']} {k['kind']}" for k in kinds)
                lines.append(f"{tree.name.replace('+', '/')}: {files} files, {seconds:.1f} s; {shown or 'no parts'}; "
                             f"{count('connections')} connections, {count('endpoints')} endpoints, {count('topics')} uses of topics, "
                             f"{count('entities')} tables and records, {count('map_gaps')} gaps of the map")
    head = "# Public systems of other kinds, without truth: what the map shows. Made by others.py.\n"
    (HERE / "others.txt").write_text(head + "\n".join(sorted(lines, key=str.lower)) + "\n")
    rules = sorted(p.stem for p in (HERE / "../../rules").resolve().glob("*/*.toml") if p.parent.name not in ("languages", "catalogue"))
    table = [f"{rule:<34} {fired['dev'][rule]:>3} {fired['others'][rule]:>3}" for rule in rules]
    never = sum(1 for r in rules if not fired["dev"][r] and not fired["others"][r])
    head = f"# Detectors, and on how many development systems and other systems each fires; {never} of {len(rules)} were tried on their own pages alone.\n"
    (HERE / "fired.txt").write_text(head + "\n".join(table) + "\n")
    print("\n".join(lines))
    print(head)


if __name__ == "__main__":
    main()
