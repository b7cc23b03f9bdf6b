"""Warnings about open work held against the past of real projects, beside the plain rule "older than the 85th percentile".

    python3 bench/delivery/blockers.py --binary target/release/sightline --benchmark FOLDER [--work FOLDER]

FOLDER is the delivery benchmark with `data/`, exports of trackers. They are scanned into a temporary workspace, or into
--work, which is kept and read again the next time. Each stream is scored by weights that were learned from the others.
Writes blockers.txt beside this file, and prints the weights learned from all streams together.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def number(value, width, places):
    return "–".rjust(width) if value is None else f"{value:{width}.{places}f}"


def line(row):
    plain, ours, warned = row["plain"], row["equal_recall"], row["warned"]
    return (
        f"{row['series']:34}{row['n']:6} {row['base']:6.3f} {plain['recall']:7.3f} {plain['precision']:6.3f} {ours['precision']:6.3f}"
        f"  {plain['item_recall']:6.3f} {plain['item_precision']:6.3f} {row['equal_item_recall']['item_precision']:6.3f}"
        f"  {number(plain['days_ahead'], 5, 0)} {number(ours['days_ahead'], 5, 0)}"
        f"  {warned['precision']:6.3f} {warned['recall']:6.3f} {number(warned['days_ahead'], 5, 0)}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--benchmark", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    temporary = None if options.work else tempfile.TemporaryDirectory()
    work = options.work or pathlib.Path(temporary.name)
    work.mkdir(parents=True, exist_ok=True)
    binary = options.binary.resolve()
    exports = sorted(p for p in (options.benchmark / "data").glob("*.jsonl") if p.name.startswith(("github-", "jira-")))
    run(binary, "scan", "--quiet", "--workspace", work / "workspace", *exports)
    report = json.loads(run(binary, "backtest", "--blockers", "--json", "--workspace", work / "workspace"))
    every, *streams = report["scores"]
    out = [
        "Warnings about open work against the past: those of `sightline blockers` beside \"older than the 85th percentile\" (rule)",
        "Made by: python3 bench/delivery/blockers.py --binary BINARY --benchmark FOLDER",
        "",
        "n          open items in flight, one per item and four weeks, whose outcome is known",
        "stuck      share of them not done within the time in which three of four items of the stream are done from start to end",
        "recall     share of what was stuck that the rule finds",
        "rule, ours precision of the rule, and of as many of the likeliest items as it takes to find as much",
        "by item    the same where each item counts once, on however many days it was looked at",
        "ahead      median of days from the first warning until the item was older than 95 of 100, at that recall",
        "warned     precision, recall and days ahead of what `sightline blockers` warns of",
        "",
        "each stream scored by weights learned from the others" if report["is_left_out"] else "scored by the weights of the program",
        "",
        f"{'':34}{'':6} {'':6} {'by day':>21}  {'by item':>20}  {'ahead':>11}  {'warned':>19}",
        f"{'':34}{'n':>6} {'stuck':>6} {'recall':>7} {'rule':>6} {'ours':>6}  {'recall':>6} {'rule':>6} {'ours':>6}  {'rule':>5} {'ours':>5}"
        f"  {'right':>6} {'found':>6} {'ahead':>5}",
        line({**every, "series": "mean over streams"}),
        *(line(row) for row in streams),
        "",
        f"too little to look back on: {', '.join(report['too_short']) or 'none'}",
    ]
    better = [r["series"] for r in streams if r["equal_recall"]["precision"] > r["plain"]["precision"]]
    out.append(f"more precise than the rule at its recall: {len(better)} of {len(streams)} streams")
    text = "\n".join(text.rstrip() for text in out) + "\n"
    (HERE / "blockers.txt").write_text(text)
    print(text)
    learned = report["learned"]
    print("learned from all streams:", ", ".join(f"{w:.4f}" for w in learned["weights"]), "and", f"{learned['intercept']:.4f}")
    if temporary:
        temporary.cleanup()


if __name__ == "__main__":
    os.environ.pop("SIGHTLINE_WORKSPACE", None)
    main()
