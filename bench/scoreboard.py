"""Turns the figures of `run.py` into the scoreboard, a text file whose diff is read by people."""

HEAD = """Sightline against git and tokei on whole repositories
Made by: python3 bench/run.py --binary target/release/sightline REPO...

Times are seconds on whatever machine ran it and say little; the ratios are what is promised. cpu adds up all threads.
Cold, nothing new and one commit are medians of runs taken in turns with git and tokei.
"""

BY_HAND = """Measured apart
  killed scans, build times and the size of the binary: bench/README.md
  manifests and lock files: bench/supply-chain/scoreboard.txt
"""


def text(results: dict, tools) -> str:
    """The whole scoreboard."""
    threads = f"Sightline ran with {tools.threads} threads; git log and tokei as they come.\n"
    return "\n".join([HEAD + threads, *(repository(name, results[name]) for name in sorted(results)), BY_HAND])


def repository(name: str, found: dict) -> str:
    head = f"{name} at {found['commit'][:12]}: {found['n_commits']:,} commits, {found['n_files']:,} files"
    lines = [head, "=" * len(head)]
    for part, write in WRITERS.items():
        if part in found:
            lines += write(found[part])
    return "\n".join(lines) + "\n"


def line(what: str, value: str) -> str:
    return f"  {what:<34} {value}"


def against(ours: int, theirs: int) -> str:
    return f"{ours:,} of {theirs:,}" + ("" if ours == theirs else "   DIFFERS")


def commits(found: dict) -> list[str]:
    counted = line("commits, git rev-list --count", against(found["commits"], found["git_commits"]))
    if "git_failed" in found:
        return [counted, line("changes", f"git log stops in this clone ({found['git_failed']})")]
    lines = [
        counted,
        line("lines added, --no-renames", against(found["added"], found["git_added"])),
        line("lines deleted, --no-renames", against(found["deleted"], found["git_deleted"])),
        line("changes of git log --numstat -M", f"{against(found['same'], found['git_changes'])}; "
             f"{found['changes'] - found['same']:,} of ours are not git's"),
    ]
    if "without" in found:
        few = ", ".join(found["without"][:4]) + (" ..." if len(found["without"]) > 4 else "")
        lines.append(line("    left out on both sides", f"{len(found['without'])} files of which this clone lacks a version: {few}"))
    for who in ["only_git", "only_ours"]:
        lines += [line(f"    {who.replace('_', ' ')}", " ".join(map(str, r))) for r in found[who]]
    return lines


def language_lines(found: dict) -> list[str]:
    total = [0, 0]
    worst = []
    for language, *counts in found["languages"]:
        a, b = sum(counts[:3]), sum(counts[3:])
        total[0] += a
        total[1] += b
        worst.append((abs(a - b) / max(a, b, 1), language, a, b))
    worst.sort(key=lambda w: (-w[0], w[1]))
    inside = sum(1 for w in worst if w[0] <= 0.005)
    lines = [
        line("lines in all languages, tokei", f"{against(total[1], total[0])}"),
        line("languages within 0.5 % of tokei", against(inside, len(worst))),
        line("files whose own lines differ", f"{found['differing']:,}"),
    ]
    for share, language, a, b in worst[:5]:
        if a != b:
            lines.append(line(f"    {language}", f"{b:,} of {a:,} lines, {share:.2%} apart"))
    for size, path, a, b, cause in found["largest"][:3]:
        if size:
            said = f"{path}: tokei {short(a)}, ours {short(b)}"
            lines.append(line(f"    {size:,} lines", f"{said}{cause and '; ' + cause}"))
    return lines


def short(counts) -> str:
    return f"{counts[0]} {counts[1]}+{counts[2]}+{counts[3]}" if counts else "nothing"


def verify(found: dict) -> list[str]:
    held = found["rows"] - found["broken"]
    lines = [line("citations that hold", against(held, found["rows"]))]
    lines += [line(f"    in {table}", f"{n:,} do not") for table, n in found["tables"]]
    lines += [line("gaps (rows that say what is unread)", f"{found['gaps']:,}"),
              line("report", f"{found['report'] / 1e6:.2f} MB, {found['fetched']} addresses fetched on opening")]
    return lines


def same_bytes(found: dict) -> list[str]:
    said = []
    for kind, words in [("threads", "1 and 2 threads"), ("folder", "another folder")]:
        differ = found["differ"][kind]
        said.append(line(f"same bytes, {words}", f"{found['tables'] - len(differ)} of {found['tables']} tables"
                         + (f"   DIFFERS: {', '.join(differ)}" if differ else "")))
    return said


def took(spent: dict) -> str:
    return f"{spent['wall']:7.2f} s, cpu {spent['cpu']:7.2f} s"


def speed(found: dict) -> list[str]:
    cold, both = found["cold"], found["both"]
    all_ratios = " ".join(f"{r:.2f}" for r in found["ratios"])
    ones = " ".join(f"{r:.1%}" for r in found["one_ratios"])
    lines = [
        line("git log --numstat -M", took(found["log"])),
        line("tokei", took(found["tokei"])),
        line("cold scan", took(cold)),
        line("cold / (git log + tokei), below 1", f"{cold['wall'] / both['wall']:.2f} (each turn: {all_ratios})"),
        line("    the same of cpu", f"{cold['cpu'] / both['cpu']:.2f}; with two free processors the scan's time is about half "
             "of its cpu, git's is all of it"),
        line("nothing new", f"{took(found['nothing'])}: {found['nothing']['wall'] / cold['wall']:.2%} of cold "
             "(below 2 % or 300 ms)"),
        line("one new commit", f"{took(found['one'])}: {found['one']['wall'] / cold['wall']:.2%} of cold "
             f"(below 5 %; each turn: {ones})"),
        line("most memory of a scan", f"{max(cold['peak'], found['one']['peak']) / 2**20:,.0f} MiB (below 1,024)"),
    ]
    if found.get("load", 0) > 2:
        lines.append(line("other work on the machine", f"load average {found['load']:.0f}: measure again when it is quiet"))
    for words, spent in found["warm"].items():
        lines.append(line(f"warm {words}", f"{spent['wall'] * 1000:.0f} ms (below 200)"))
    return lines


def history(found: dict) -> list[str]:
    lines = ["  history alone, by its length"]
    for n, n_changes, (wall, cpu, peak), (_, git_cpu, _) in found["points"]:
        per = cpu / max(n_changes, 1) * 1e5
        lines.append(line(f"    {n:,} commits", f"{n_changes:>9,} changes: {wall:6.2f} s, cpu {cpu:6.2f} s, "
                          f"{per:.2f} per 100,000 changes, {cpu / max(git_cpu, 1e-9):.2f} of git, {peak / 2**20:,.0f} MiB"))
    return lines


def files(found: dict) -> list[str]:
    lines = ["  tree alone, by its size (copies side by side)"]
    for n, (wall, cpu, peak) in found["points"]:
        lines.append(line(f"    {n:,} files", f"{wall:6.2f} s, cpu {cpu:6.2f} s, {cpu / max(n, 1) * 1e4:.2f} per 10,000 "
                          f"files, {peak / 2**20:,.0f} MiB"))
    return lines


WRITERS = {"commits": commits, "lines": language_lines, "verify": verify, "bytes": same_bytes, "speed": speed,
           "history": history, "files": files}
