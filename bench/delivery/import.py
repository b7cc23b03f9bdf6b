#!/usr/bin/env python3
"""How long the import of a large tracker takes, and how much memory: 100,000 issues with 2,000,000 events.

    import.py --binary SIGHTLINE [--issues N] [--work FOLDER]

Writes made-up exports in the shapes of GitHub and Jira, reads each into a workspace of its own, and prints seconds, the largest
resident size, and the rows that came of it. `import` is what reading alone took, by `--timings`; the rest is deriving.
Standard library only.
"""
import argparse
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone

EVENTS = 20
START = datetime(2019, 1, 1, tzinfo=timezone.utc)
STATUSES = ["To Do", "In Progress", "In Review", "Blocked", "Done"]


def at(minutes):
    return (START + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")


def github(n):
    """One issue of GitHub, its numbers spread without chance."""
    begin = n * 30
    kinds = ["labeled", "assigned", "commented", "milestoned", "unlabeled", "renamed", "cross-referenced"]
    timeline = [
        {"event": kinds[(n + i) % len(kinds)], "created_at": at(begin + i * (7 + n % 50)), "actor": {"login": f"p{(n * 7 + i) % 60}"},
         "label": {"name": f"l{i % 9}"}, "assignee": {"login": f"p{n % 60}"}, "milestone": {"title": f"v{n % 40}"}}
        for i in range(EVENTS - 1)
    ]
    is_done = n % 5 != 0
    if is_done:
        timeline.append({"event": "closed", "created_at": at(begin + 2000 + n % 9000), "actor": {"login": "p1"}})
    return {
        "number": n, "title": f"made up {n}", "state": "closed" if is_done else "open", "created_at": at(begin), "updated_at": at(begin + 20_000),
        "closed_at": at(begin + 2000 + n % 9000) if is_done else None, "user": {"login": f"p{n % 60}"}, "labels": [{"name": "bug"}],
        "timeline": timeline, "references": [{"number": max(1, n - 3), "kind": "mentions", "at": at(begin)}],
    }


def jira(n):
    begin = n * 30
    histories = [
        {"created": at(begin + i * (7 + n % 50)), "author": {"displayName": f"p{(n + i) % 60}"},
         "items": [{"field": "status", "fromString": STATUSES[i % 4], "toString": STATUSES[(i + 1) % 4]}]}
        for i in range(EVENTS)
    ]
    return {
        "key": f"PAY-{n}", "fields": {
            "summary": f"made up {n}", "created": at(begin), "updated": at(begin + 20_000), "issuetype": {"name": "Story"},
            "status": {"name": "Done" if n % 5 else "In Review"}, "resolutiondate": at(begin + 9000) if n % 5 else None,
            "issuelinks": [], "fixVersions": [{"name": f"{n % 40}.0"}], "assignee": {"displayName": f"p{n % 60}"},
        }, "changelog": {"histories": histories},
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--issues", type=int, default=100_000)
    parser.add_argument("--work")
    options = parser.parse_args()
    binary = str(pathlib.Path(options.binary).resolve())
    with tempfile.TemporaryDirectory(dir=options.work) as folder:
        for shape, record in (("github", github), ("jira", jira)):
            export = pathlib.Path(folder) / f"{shape}-large.jsonl"
            with export.open("w") as out:
                for n in range(1, options.issues + 1):
                    out.write(json.dumps(record(n), separators=(",", ":")) + "\n")
            workspace = str(pathlib.Path(folder) / f"workspace-{shape}")
            began = time.monotonic()
            done = subprocess.run([binary, "scan", str(export), "--timings", "--workspace", workspace], capture_output=True, text=True)
            seconds = time.monotonic() - began
            if done.returncode != 0:
                sys.exit(f"scan ended with {done.returncode}: {done.stderr}")
            # The largest child so far, in KiB on Linux; the exports are alike.
            most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            sql = "select count(*) from issues union all select count(*) from issue_events order by 1"
            told = subprocess.run([binary, "sql", "--format", "csv", sql, "--workspace", workspace], capture_output=True, text=True)
            if told.returncode != 0:
                sys.exit(f"sql ended with {told.returncode}: {told.stderr}")
            issues, events = told.stdout.split()[-2:]
            size = os.path.getsize(export) / (1 << 20)
            print(f"{shape:7} {size:6.0f} MiB  {seconds:6.1f} s  {most:6.0f} MiB at most  {issues} issues, {events} events")
            print("        " + "\n        ".join(line for line in (done.stdout + done.stderr).splitlines() if " s" in line))


if __name__ == "__main__":
    main()
