"""Forecasts held against the past of real projects, beside the Monte Carlo over 12 weeks that products ship.

    python3 bench/delivery/forecasts.py --binary target/release/sightline --benchmark FOLDER [--work FOLDER]

FOLDER is the delivery benchmark: `backtest.py`, which asks the questions and scores the answers, and `data/` with exports
of trackers. They are scanned into a temporary workspace, or into --work, which is kept and read again the next time.
Writes forecasts.txt beside this file. Seconds depend on the machine and are printed, not written.
"""

import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
MODELS = ("calibrated", "monte-carlo")
# What issue 5 asks for: kind -> calibration error, log loss.
TARGETS = {"ALL next-N": (0.05, 0.48), "milestone": (0.12, 1.0)}
HEAD = f"{'':42}{'n':>5} {'cens':>5}  {'P50':>5} {'P85':>5} {'P95':>5}  {'off by':>6} {'log loss':>8} {'width':>6}   " \
       f"{'P85 mc':>6} {'off by':>6} {'log loss':>8} {'width':>6}"


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def line(name, ours, yardstick):
    share = lambda v: f"{v:5.3f}" if v == v else "    –"
    number = lambda v, width, places: f"{v:{width}.{places}f}" if v == v else "–".rjust(width)
    return (
        f"{name:42}{ours['n']:5} {ours.get('censored', ''):>5}  {share(ours['cov_p50'])} {share(ours['cov_p85'])} "
        f"{share(ours['cov_p95'])}  {number(ours['calibration_error'], 6, 3)} {number(ours['log_loss'], 8, 3)} "
        f"{number(ours['width_p95_p50_days'], 6, 0)}   {share(yardstick['cov_p85']):>6} "
        f"{number(yardstick['calibration_error'], 6, 3)} {number(yardstick['log_loss'], 8, 3)} "
        f"{number(yardstick['width_p95_p50_days'], 6, 0)}"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--benchmark", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path)
    options = parser.parse_args()
    binary, data = options.binary.resolve(), options.benchmark / "data"
    scorer = [sys.executable, options.benchmark / "backtest.py"]
    temporary = None if options.work else tempfile.TemporaryDirectory()
    work = options.work or pathlib.Path(temporary.name)
    work.mkdir(parents=True, exist_ok=True)
    questions = work / "questions.jsonl"
    questions.write_text(run(*scorer, "questions", data))
    exports = sorted(p for p in data.glob("*.jsonl") if p.name.startswith(("github-", "jira-")))
    run(binary, "scan", "--quiet", "--workspace", work / "workspace", *exports)

    reports = {}
    for model in MODELS:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        answers = work / f"{model}.jsonl"
        run(binary, "backtest", "--quiet", "--workspace", work / "workspace", "--model", model,
            "--questions", questions, "--out", answers)
        spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        print(f"{model}: {sum(1 for _ in open(answers))} answers in {spent:.1f} s of processor time")
        # NaN is no JSON, but Python writes and reads it.
        reports[model] = json.loads(run(*scorer, "score", data, answers, "--json"))

    ours, yardstick = (reports[model] for model in MODELS)
    out = [
        "Forecasts against the past: the model of `sightline forecast` beside the Monte Carlo over 12 weeks (mc)",
        "Made by: python3 bench/delivery/forecasts.py --binary BINARY --benchmark FOLDER",
        "",
        "P50, P85, P95  share of outcomes on or before that date: 0.50, 0.85 and 0.95 would be right",
        "off by         calibration error: mean distance of the three shares from that",
        "log loss       mean pinball loss on the logarithm of days, doubled: the headline figure, lower is better",
        "width          median of P95 - P50, days",
        "cens           questions whose outcome lies beyond the end of the data",
        "",
        f"unanswered: {ours['missing']} (mc {yardstick['missing']})",
    ]
    for title, part in (("Mean over series", "macro"), ("Per series", "per_series")):
        out += ["", title, HEAD]
        out += [line(name, row, yardstick[part][name]) for name, row in ours[part].items()]
    out += ["", "Asked for by issue 5"]
    for kind, (calibration, loss) in TARGETS.items():
        row, other = ours["macro"][kind], yardstick["macro"][kind]
        verdict = lambda holds: "holds" if holds else "MISSED"
        out.append(f"{kind}: off by {row['calibration_error']:.3f} <= {calibration}: "
                   f"{verdict(row['calibration_error'] <= calibration)}")
        out.append(f"{kind}: log loss {row['log_loss']:.3f} <= {loss}: {verdict(row['log_loss'] <= loss)}")
        width, most = row["width_p95_p50_days"], 2 * other["width_p95_p50_days"]
        out.append(f"{kind}: width {width:.0f} <= {most:.0f}, twice that of mc: {verdict(width <= most)}")
    worse = [name for name, row in ours["per_series"].items() if row["log_loss"] > yardstick["per_series"][name]["log_loss"]]
    out.append(f"log loss at least as good as mc on every series: {verdict(not worse)} {', '.join(worse)}".rstrip())
    text = "\n".join(text.rstrip() for text in out) + "\n"
    (HERE / "forecasts.txt").write_text(text)
    print(text)
    if temporary:
        temporary.cleanup()


if __name__ == "__main__":
    os.environ.pop("SIGHTLINE_WORKSPACE", None)
    main()
