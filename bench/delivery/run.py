#!/usr/bin/env python3
"""Compares delivery figures with an independent calculation of them, to four decimals.

    bench/delivery/run.py SIGHTLINE BENCHMARK [--scoreboard FILE]

SIGHTLINE is the program, BENCHMARK the folder with `data/`, `expected/` and `backtest.py`. Each case is scanned into a
workspace of its own as it was known on the day of the case; then the table `metrics` is read. Standard library only.
"""
import csv
import io
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
from datetime import date, datetime, timedelta

STATISTICS = ("n", "mean", "min", "p10", "p25", "p50", "p75", "p85", "p90", "p95", "max")
ISSUES = {"lead_time": "issue-lead-time", "lead_time_completed": "issue-lead-time-completed", "age": "open-item-age"}
PULLS = {
    "pr_lead_time": "pull-lead-time", "coding_time": "pull-coding-time", "pickup_time": "pull-pickup-time",
    "first_review": "time-to-first-review", "review_time": "pull-review-time", "merge_time": "pull-merge-time",
    "review_rounds": "pull-review-rounds", "age": "open-item-age",
}
BANDS = ("yearly", "monthly", "weekly", "on_demand_daily")


class Figures:
    """How many figures came out right, and which did not."""

    def __init__(self, name):
        self.name, self.right, self.wrong = name, 0, []

    def check(self, what, found, expected):
        if found is None or expected is None:
            same = found == expected
        else:
            same = math.isclose(found, expected, abs_tol=0.5001e-4)
        if same:
            self.right += 1
        else:
            self.wrong.append(f"{what}: {found}, expected {expected}")


class Case(Figures):
    """One scan and the figures that it gave."""

    def __init__(self, program, name, files, day=None):
        super().__init__(name)
        with tempfile.TemporaryDirectory() as workspace:
            # `--as-of` means the end of that day; the independent calculation ends before the day begins.
            before = [] if day is None else ["--as-of", str(date.fromisoformat(day) - timedelta(days=1))]
            run = [program, "--workspace", workspace, "--quiet"]
            subprocess.run([*run, "scan", *files, *before], check=True, stdout=subprocess.DEVNULL)
            sql = "select metric, coalesce(repo, '') as repo, coalesce(subject, '') as subject, value, n from metrics"
            text = subprocess.run([*run, "sql", "--format", "csv", sql], check=True, capture_output=True, text=True).stdout
        self.values = {}
        for row in csv.DictReader(io.StringIO(text)):
            value = None if row["value"] == "" else float(row["value"])
            self.values[row["metric"], row["repo"], row["subject"]] = (value, int(row["n"]))

    def value(self, metric, repo, subject, absent=None):
        return self.values.get((metric, repo, subject), (absent, 0))[0]

    def distribution(self, what, metric, repo, subject, expected):
        join = f"{subject} / " if subject else ""
        for statistic in STATISTICS:
            value, n = self.values.get((metric, repo, f"{join}{'mean' if statistic == 'n' else statistic}"), (None, 0))
            self.check(f"{what}.{statistic}", n if statistic == "n" else value, expected.get(statistic))

    def block(self, what, repo, stream, expected):
        self.check(f"{what}.wip", self.value("open-items", repo, stream, 0), expected["wip"])
        self.check(f"{what}.throughput_week_mean", self.value("throughput", repo, stream), expected["throughput_week_mean"])
        for week in expected["throughput_week"]:
            found = self.value("throughput-by-week", repo, f"{stream} / {week['week']}")
            self.check(f"{what}.throughput_week.{week['week']}", found, week["done"])


def github(program, data, expected, stem):
    case = Case(program, f"{stem} on {expected['as_of']}", [os.path.join(data, stem + ".jsonl")], expected["as_of"])
    issues, pulls = expected["issues"], expected["pulls"]
    case.block("issues", stem, "issues", issues)
    case.block("pulls", stem, "pulls", pulls)
    for key, metric in ISSUES.items():
        case.distribution(f"issues.{key}", metric, stem, "issues", issues[key])
    case.check("issues.done_total", case.values["issue-lead-time", stem, "issues / mean"][1], issues["done_total"])
    open_items = case.value("open-items", stem, "issues", 0)
    case.check("issues.total", case.values["issue-lead-time", stem, "issues / mean"][1] + open_items, issues["total"])
    for key, metric in PULLS.items():
        if key in pulls:
            case.distribution(f"pulls.{key}", metric, stem, "pulls" if key == "age" else "", pulls[key])
    outcome = {o: case.value("pulls-by-outcome", stem, o, 0) for o in ("merged", "closed", "open")}
    case.check("pulls.merged", outcome["merged"], pulls["merged"])
    case.check("pulls.closed_unmerged", outcome["closed"], pulls["closed_unmerged"])
    case.check("pulls.total", sum(outcome.values()), pulls["total"])
    case.check("pulls.merged_without_response", case.value("pulls-merged-unanswered", stem, "", 0), pulls["merged_without_response"])
    return case


def jira(program, data, expected, stem):
    project = expected["project"]
    case = Case(program, f"{stem} {project} on {expected['as_of']}", [os.path.join(data, stem + ".jsonl")], expected["as_of"])
    case.block(project, stem, project, expected)
    case.distribution("lead_time", "issue-lead-time", stem, project, expected["lead_time"])
    case.distribution("age", "open-item-age", stem, project, expected["age"])
    cycle = expected["cycle_time_in_progress_to_done"]
    case.distribution("cycle_time_in_progress_to_done", "cycle-time-in-progress", stem, project, cycle)
    case.check("reopened_items", case.value("reopened-issues", stem, project, 0), expected["reopened_items"])
    for status, values in expected["time_in_status_done_items"].items():
        case.distribution(f"time_in_status.{status}", "time-in-status", stem, f"{project} / {status}", values)
    for key, metric in (("transitions", "status-changes"), ("links_by_type", "issue-links-by-type")):
        for name, count in expected[key].items():
            case.check(f"{key}.{name}", case.value(metric, stem, f"{project} / {name}", 0), count)
    done = case.values["issue-lead-time", stem, f"{project} / mean"][1]
    case.check("total", done + case.value("open-items", stem, project, 0), expected["total"])
    return case


def releases(program, data, expected, stem):
    year = expected["from"][:4]
    case = Case(program, f"{stem} {year}", [os.path.join(data, stem + ".jsonl")], expected["to"])
    figure = lambda metric: case.value(metric, stem, year)
    case.check("deployments", case.values["deployment-frequency", stem, year][1], expected["deployments"])
    case.check("deployments_per_week", figure("deployment-frequency"), expected["deployments_per_week"])
    week, month = figure("deployment-days-per-week"), figure("deployment-days-per-month")
    case.check("median_deploy_days_per_week", week, expected["median_deploy_days_per_week"])
    case.check("median_deploy_days_per_month", month, expected["median_deploy_days_per_month"])
    case.check("hotfix_rate", figure("hotfix-ratio"), expected["hotfix_rate"])
    band = 3 if week >= 3 else 2 if week >= 1 else 1 if month >= 1 else 0
    case.check("band", band, BANDS.index(expected["band"]))
    commits = case.values["lead-time-for-changes", stem, f"{year} / mean"][1]
    case.check("commits", commits + expected["negative_dropped"], expected["commits"])
    for key, metric in (("batch_size", "deployment-batch-size"), ("lead_time_commit", "lead-time-for-changes"),
                        ("lead_time_pr", "lead-time-for-changes-per-pull")):
        case.distribution(key, metric, stem, year, expected[key])
    return case


def table(path):
    with open(path, encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def devlake(program, data, group, check):
    """A group of tables, which make one data set; tables of expected rows are left out of it."""
    folder = os.path.join(data, "devlake-dora")
    names = sorted(n for n in os.listdir(folder) if n.startswith(group + "-"))
    with tempfile.TemporaryDirectory() as copy:
        inputs = [n for n in names if "expected" not in n]
        for name in inputs:
            shutil.copy(os.path.join(folder, name), copy)
        case = Case(program, f"devlake {group}", [os.path.join(copy, n) for n in inputs])
    check(case, table(os.path.join(folder, next(n for n in names if "expected" in n))))
    return case


def lead_time(case, expected):
    columns = {"coding": "pr_coding_time", "pickup": "pr_pickup_time", "review": "pr_review_time",
               "deploy": "pr_deploy_time", "cycle": "pr_cycle_time"}
    for row in expected:
        for part, column in columns.items():
            found = case.value("change-lead-time-parts", "change_lead_time", f"{row['id']} / {part}")
            case.check(f"{row['id']}.{part}", found, float(row[column]) if row[column] else None)
    pulls = {subject.split(" / ")[0] for metric, _, subject in case.values if metric == "change-lead-time-parts"}
    case.check("pull requests", len(pulls), len(expected))


def incidents(case, expected):
    wanted = {f"{r['project_name']} / {r['deployment_id']} / incident:{r['id']}" for r in expected}
    found = {subject for metric, _, subject in case.values if metric == "incident-after-deployment"}
    for pair in sorted(wanted | {f for f in found if f.startswith("project1 / ")}):
        case.check(pair, float(pair in found), float(pair in wanted))


def previous(case, expected):
    found = {}
    for metric, _, subject in case.values:
        if metric == "time-since-previous-deployment":
            deployment, before = subject.split(" / ")
            found[deployment] = before
    for row in expected:
        wanted = row["prev_success_deployment_commit_id"] or None
        case.check(row["id"], float(found.get(row["id"]) == wanted), 1.0)


def instant(text):
    """Microseconds since 1970. Python before 3.11 wants the colon in a zone."""
    if not text:
        return None
    text = text.replace("Z", "+00:00")
    if text[-5] in "+-" and text[-3] != ":":
        text = text[:-2] + ":" + text[-2:]
    return round(datetime.fromisoformat(text).timestamp() * 1e6)


def replay(path, at):
    """Open items with labels and milestones on a day, straight from a GitHub export: id to (open, labels, milestones)."""
    stem, found = os.path.basename(path).removesuffix(".jsonl"), {}
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    for record in records:
        if instant(record["created_at"]) > at:
            continue
        events = [e for e in record["timeline"] if e.get("created_at") and instant(e["created_at"]) <= at]
        known = {e["event"] for e in record["timeline"]}
        is_open, sets = True, {"label": set(), "milestone": set()}
        for event in sorted(events, key=lambda e: instant(e["created_at"])):
            name = event["event"]
            is_open = True if name == "reopened" else is_open and name not in ("closed", "merged")
            for field, into, out in (("label", "labeled", "unlabeled"), ("milestone", "milestoned", "demilestoned")):
                if name == into:
                    sets[field].add(event[field])
                elif name == out:
                    sets[field].discard(event[field])
        closed = instant(record["closed_at"]) if record["state"] == "closed" else None
        if "closed" not in known and closed is not None and closed <= at:
            is_open = False
        kind = "pull" if "pull_request" in record else "issue"
        found[f"{kind}:{stem}#{record['number']}"] = (is_open, *("; ".join(sorted(s)) for s in sets.values()))
    return found


def past_days(program, data, stem):
    """Twenty days drawn with a fixed seed: the state that the query rebuilds against a replay of the export."""
    path = os.path.join(data, stem + ".jsonl")
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "..", "crates", "measure", "src", "items_at.sql"), encoding="utf-8") as file:
        query = "".join(line for line in file if not line.startswith("--"))
    random.seed(20)
    first, last = instant("2014-06-01T00:00:00Z"), instant("2026-06-01T00:00:00Z")
    result = Figures(f"{stem}, state on 20 past days")
    with tempfile.TemporaryDirectory() as workspace:
        run = [program, "--workspace", workspace, "--quiet"]
        subprocess.run([*run, "scan", path], check=True, stdout=subprocess.DEVNULL)
        for at in sorted(random.randrange(first, last) for _ in range(20)):
            sql = f"select item, is_open, labels, milestones from ({query.replace(':at', str(at))}) s"
            text = subprocess.run([*run, "sql", "--format", "csv", sql], check=True, capture_output=True, text=True).stdout
            rows = csv.DictReader(io.StringIO(text))
            found = {r["item"]: (r["is_open"] == "true", r["labels"], r["milestones"]) for r in rows}
            expected = replay(path, at)
            for item in found.keys() | expected.keys():
                if found.get(item) == expected.get(item):
                    result.right += 1
                else:
                    result.wrong.append(f"{item} at {at}: {found.get(item)}, expected {expected.get(item)}")
    return result


def forecasts(program, benchmark):
    """Our own walk through the past asks and scores as `backtest.py` does."""
    data = os.path.join(benchmark, "data")
    files = sorted(os.path.join(data, f) for f in os.listdir(data) if f.startswith(("github-", "jira-")))
    script = os.path.join(benchmark, "backtest.py")
    with tempfile.TemporaryDirectory() as folder:
        questions, answers = os.path.join(folder, "questions.jsonl"), os.path.join(folder, "answers.jsonl")
        run = [program, "--workspace", os.path.join(folder, "workspace"), "--quiet"]
        subprocess.run([*run, "scan", *files], check=True, stdout=subprocess.DEVNULL)
        with open(questions, "w", encoding="utf-8") as out:
            subprocess.run([sys.executable, script, "questions", data], check=True, stdout=out)
        subprocess.run([*run, "backtest", "--questions", questions, "--out", answers], check=True)
        theirs = subprocess.run([sys.executable, script, "score", data, answers, "--json"], check=True, capture_output=True, text=True)
        ours = subprocess.run([*run, "--json", "backtest"], check=True, capture_output=True, text=True)
    return json.loads(theirs.stdout), json.loads(ours.stdout)


def main(arguments):
    if len(arguments) not in (2, 4) or (len(arguments) == 4 and arguments[2] != "--scoreboard"):
        sys.exit(__doc__)
    program, benchmark = os.path.abspath(arguments[0]), os.path.abspath(arguments[1])
    data = os.path.join(benchmark, "data")
    cases = []
    for name in sorted(os.listdir(os.path.join(benchmark, "expected"))):
        with open(os.path.join(benchmark, "expected", name), encoding="utf-8") as file:
            expected = json.load(file)
        stem = expected["source"].removesuffix(".jsonl")
        reader = jira if "project" in expected else github if "issues" in expected else releases
        cases.append(reader(program, data, expected, stem))
    for group, check in (("change_lead_time", lead_time), ("connect_incident_to_deployment", incidents),
                         ("prev_success_deployment_commit", previous)):
        cases.append(devlake(program, data, group, check))
    cases += [past_days(program, data, stem) for stem in ("github-secp256k1", "github-tls13-spec")]
    lines = ["figures of the benchmark that come out the same, to four decimals", ""]
    for case in cases:
        lines.append(f"{case.name:42} {case.right:6} of {case.right + len(case.wrong):6}")
        for wrong in case.wrong:
            print(f"{case.name}: {wrong}", file=sys.stderr)
    theirs, ours = forecasts(program, benchmark)
    lines += ["", "forecasts: mean over streams", "", f"{'':12} {'n':>5} {'P50':>6} {'P85':>6} {'P95':>6} {'off by':>7} {'log loss':>8}"]
    mine = {s["kind"]: s for s in ours["scores"] if s["series"] == "all"}
    different = theirs["missing"]
    for kind, score in sorted(theirs["macro"].items()):
        own = mine[kind.removeprefix("ALL ")]
        different += own["n"] != score["n"] or not math.isclose(own["log_loss"], score["log_loss"], abs_tol=1e-4)
        lines.append(f"{kind:12} {score['n']:5} {score['cov_p50']:6.3f} {score['cov_p85']:6.3f} {score['cov_p95']:6.3f}"
                     f" {score['calibration_error']:7.3f} {score['log_loss']:8.4f}")
    lines.append(f"{theirs['missing']} questions unanswered; `sightline backtest` says {'the same' if different == 0 else 'something else'}")
    text = "\n".join(lines) + "\n"
    print(text, end="")
    if len(arguments) == 4:
        with open(arguments[3], "w", encoding="utf-8") as out:
            out.write(text)
    sys.exit(1 if different or any(case.wrong for case in cases) else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
