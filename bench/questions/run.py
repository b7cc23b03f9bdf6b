#!/usr/bin/env python3
"""Reports for the questions of technical product managers, and how well they answer them.

  run.py --binary target/debug/sightline --questions FOLDER --clones FOLDER [--work FOLDER] [--reports-only]

FOLDER of the questions holds `questions.json` and `score.py`. Below the folder of clones lies a full clone of each
system, named `owner__name`. The reports are made with default settings at the commits of the questions, into `--work`
(a temporary folder unless named). Then `answers.jsonl` beside this file is scored by `score.py`, and each citation of an
answer is looked up in the report, for a reader may only cite what the report cites. Writes `scoreboard.txt`.

Nothing of the systems is kept here; the answers are our own words.
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def report(binary: Path, clone: Path, commit: str, work: Path) -> str:
    """The Markdown report of a system at a commit; made once per folder of work."""
    target = work / f"{clone.name}.md"
    if not target.exists():
        workspace = str(work / f"{clone.name}.ws")
        run(str(binary), "scan", str(clone), "--at", commit, "--workspace", workspace, "--quiet")
        run(str(binary), "report", "--workspace", workspace, "--format", "markdown", "--output", str(target), "--quiet")
    return target.read_text()


def verified(binary: Path, clone: Path, work: Path) -> str:
    """What `verify` says of the workspace, in one line."""
    done = subprocess.run(
        [str(binary), "verify", "--json", "--workspace", str(work / f"{clone.name}.ws")], capture_output=True, text=True
    )
    try:
        found = json.loads(done.stdout)
    except json.JSONDecodeError:
        return f"verify failed: {done.stderr.strip()[:200]}"
    checked = sum(found.get("checked", {}).values()) if isinstance(found.get("checked"), dict) else None
    broken = found.get("broken")
    broken = len(broken) if isinstance(broken, list) else broken
    return f"{checked if checked is not None else '?'} rows checked, {broken} broken"


def places(text: str) -> dict[str, list[tuple[int, int]]]:
    """Every place that a report cites: path to ranges of lines."""
    out: dict[str, list[tuple[int, int]]] = {}
    for path, first, last in re.findall(r"`([^`\s]+?)(?::(\d+)(?:-(\d+))?)?(?:@[0-9a-f]{7,})?`", text):
        ranges = out.setdefault(path.replace("\\", ""), [])
        if first:
            ranges.append((int(first), int(last or first)))
    return out


def is_cited(text: str, cited: dict[str, list[tuple[int, int]]], evidence: dict) -> bool:
    """Whether the report itself gives this evidence. A shortened path counts by its end."""
    if "ref" in evidence:
        return evidence["ref"] in text or evidence["ref"][:7] in text
    path, line = evidence["path"], int(evidence.get("line") or 0)
    for shown, ranges in cited.items():
        head, _, tail = shown.partition("…")
        matches = shown == path or (tail and path.startswith(head) and path.endswith(tail))
        if matches and (not line or any(a <= line <= b for a, b in ranges)):
            return True
    return False


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--clones", type=Path, required=True)
    parser.add_argument("--work", type=Path)
    parser.add_argument("--reports-only", action="store_true")
    arguments = parser.parse_args()
    questions = json.loads((arguments.questions / "questions.json").read_text())["questions"]
    work = arguments.work or Path(tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)

    systems = {q["repo"]: q for q in questions}
    texts, lines = {}, []
    for repo, question in systems.items():
        clone = arguments.clones / repo.replace("/", "__")
        texts[repo] = report(arguments.binary, clone, question["commit"], work)
        size = len(texts[repo].encode()) / 1024
        lines.append(f"{question['system']:<16} {size:6.0f} KB  {verified(arguments.binary, clone, work)}")
        print(lines[-1], file=sys.stderr)
    if arguments.reports_only:
        return 0

    answers_path = HERE / "answers.jsonl"
    answers = {a["id"]: a for a in map(json.loads, answers_path.read_text().splitlines())}
    cited = {repo: places(text) for repo, text in texts.items()}
    missing = []
    n_evidence = 0
    for question in questions:
        for evidence in answers.get(question["id"], {}).get("evidence", []):
            n_evidence += 1
            if not is_cited(texts[question["repo"]], cited[question["repo"]], evidence):
                missing.append(f"  {question['id']}: {evidence}")
    scored = run(
        sys.executable, str(arguments.questions / "score.py"), str(arguments.questions / "questions.json"),
        str(answers_path), "--clones", str(arguments.clones),
    )
    board = "\n".join(
        [
            "Questions of technical product managers, answered from the report alone; see README.md beside this file.",
            "",
            "Reports (Markdown) and `sightline verify`:",
            *lines,
            "",
            f"Citations of the answers that stand in the report: {n_evidence - len(missing)} of {n_evidence}",
            *missing,
            "",
            scored.rstrip(),
            "",
        ]
    )
    (HERE / "scoreboard.txt").write_text(board)
    print(board)
    return 0


if __name__ == "__main__":
    sys.exit(main())
