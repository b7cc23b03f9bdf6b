#!/usr/bin/env python3
"""Draws the sample of work items and commits whose links are labelled by hand, and prints a sheet to read.

    sample.py EXPORT.jsonl BARE_REPOSITORY > sheet.txt

The draw depends on nothing but the two inputs: in each stratum the items with the smallest SHA-256 of stratum and id are
taken. The sheet shows what a person needs to judge: messages in full, and what the tracker wrote down. It does not show
what Sightline says; labels are written before it is run.
"""
import hashlib
import json
import re
import subprocess
import sys

PLAN = [("merge-script", 18), ("merge-button", 10), ("merge-other", 4), ("branch", 34), ("direct", 14),
        ("names-item", 40), ("reverts", 8), ("pull-closes", 26), ("pull-mentions", 16), ("elsewhere", 12)]


def git(repository, *arguments):
    run = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=True)
    return run.stdout.decode("utf-8", "replace")


def commits_of(repository):
    text = git(repository, "log", "--topo-order", "--format=%H%x1f%P%x1f%cI%x1f%s%x1f%B%x1e", "HEAD")
    commits = {}
    for record in text.split("\x1e"):
        fields = record.strip("\n").split("\x1f")
        if len(fields) == 5:
            commits[fields[0]] = dict(zip(("sha", "parents", "at", "subject", "message"), fields))
    return commits


def strata(export, repository):
    items = {item["number"]: item for item in map(json.loads, open(export, encoding="utf-8"))}
    commits = commits_of(repository)
    mainline = set(git(repository, "rev-list", "--first-parent", "HEAD").split())
    found = {name: [] for name, _ in PLAN}
    for sha, commit in commits.items():
        names = re.search(r"#\d+|://\S+/(?:issues|pull)/\d+", commit["message"])
        if " " in commit["parents"]:
            if re.match(r"Merge (?:[\w.-]+/[\w.-]+)?#\d+", commit["subject"]):
                name = "merge-script"
            elif commit["subject"].startswith("Merge pull request #"):
                name = "merge-button"
            else:
                name = "merge-other"
            body = commit["message"].split("\n", 1)[-1]
            if re.search(r"(?:^|[\s(])(?!bitcoin-core/secp256k1)[\w.-]+/[\w.-]+#\d+"
                         r"|github\.com/(?!bitcoin-core/secp256k1/)[\w.-]+/[\w.-]+/(?:issues|pull)/\d+"
                         r"|Test +#\d+", body):
                found["elsewhere"].append(sha)
        elif commit["subject"].startswith("Revert ") or "This reverts commit" in commit["message"]:
            name = "reverts"
        elif names:
            name = "names-item"
        else:
            name = "direct" if sha in mainline else "branch"
        found[name].append(sha)
    for number, item in items.items():
        kinds = {reference["kind"] for reference in item["references"]}
        if "pull_request" in item and "closes" in kinds:
            found["pull-closes"].append(f"pull#{number}")
        elif "pull_request" in item and kinds:
            found["pull-mentions"].append(f"pull#{number}")
    drawn = []
    taken = set()
    for name, n in PLAN:
        order = sorted(found[name], key=lambda one: hashlib.sha256(f"{name} {one}".encode()).hexdigest())
        order = [one for one in order if one not in taken][:n]
        taken.update(order)
        drawn += [(name, one) for one in order]
    return items, commits, drawn


def merged_by(repository, commits):
    """By which merge each commit came into the first-parent line: `git rev-list first..second` of each merge."""
    found = {}
    for sha in git(repository, "rev-list", "--first-parent", "--merges", "--reverse", "HEAD").split():
        first = commits[sha]["parents"].split()[0]
        for inner in git(repository, "rev-list", sha, f"^{first}").split():
            found.setdefault(inner, sha)
    return found


def main():
    export, repository = sys.argv[1:]
    items, commits, drawn = strata(export, repository)
    merges = merged_by(repository, commits)

    def title(number):
        item = items.get(int(number))
        if not item:
            return f"#{number} is not in the export"
        return f"#{number} {'pull' if 'pull_request' in item else 'issue'}: {item['title']} [{item['created_at'][:10]}]"

    def merge_text(sha):
        lines = [line for line in commits[sha]["message"].splitlines() if not re.match(r"\s*(Tree-SHA512|ACK|utACK)", line)]
        return "\n".join("      | " + line[:220] for line in lines[:45])

    for place, (name, one) in enumerate(drawn, 1):
        print(f"\n=== {place} {name} {one[:12]}")
        numbers = set()
        if one.startswith("pull#"):
            item = items[int(one[5:])]
            print("   ", title(one[5:]), item["state"], item["pull_request"]["merged_at"])
            print("    references:", [(r["kind"], r["number"]) for r in item["references"]])
            numbers.update(r["number"] for r in item["references"])
            for sha in [s for s in commits if re.match(rf"Merge (pull request |[\w./-]+)?#{one[5:]}\b", commits[s]["subject"])]:
                print(merge_text(sha))
        else:
            commit = commits[one]
            print("   ", commit["at"], "parents", len(commit["parents"].split()))
            print("\n".join("    > " + line[:220] for line in commit["message"].splitlines()[:40]))
            numbers.update(re.findall(r"(?:#|/issues/|/pull/)(\d+)", commit["message"]))
            merge = merges.get(one)
            if merge and merge != one:
                print("    came in by", merge[:12], commits[merge]["subject"])
                print("\n".join(line for line in merge_text(merge).splitlines()
                                if re.search(r"#\d|/issues/|/pull/", line)))
            elif not merge:
                print("    on the first-parent line")
        for number in sorted(map(int, numbers)):
            print("     *", title(number))


main()
