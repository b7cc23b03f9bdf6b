"""Links of changes and work items against links that were labelled by hand.

    python3 bench/delivery/join.py --binary SIGHTLINE --export github-secp256k1.jsonl --repository BARE_CLONE [--work FOLDER]

Scans export and repository into a temporary workspace, or into --work, which is kept, and holds `work_links` against
join/secp256k1.tsv (see join/README.md). The parts of the system that merges changed are held against what
`git diff` says of each merge. Writes join/scoreboard.txt; --show lists what is wrong and what is missing.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent / "join"
LABELS = HERE / "secp256k1.tsv"


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def ratio(part, whole):
    return f"{part / whole:5.3f}" if whole else "    –"


def labels():
    rows = []
    for line in LABELS.read_text().splitlines():
        if line and not line.startswith(("#", "stratum\t")):
            stratum, source, target, label, _ = line.split("\t")
            rows.append((stratum, source, target, label))
    return rows


def short(item, sources):
    """`commit:repo@0123…` and `issue:data-set#12` as the labels write them; None for what was not sampled."""
    kind, rest = item.split(":", 1)
    if kind == "commit":
        name = "commit:" + rest.rsplit("@", 1)[1][:12]
        return name if name in sources else None
    return f"{kind}#{rest.rsplit('#', 1)[1]}"


class Score:
    def __init__(self):
        self.found = self.right = self.true = self.hit = 0

    def line(self, name):
        return (f"{name:28}{self.true:6} {self.found:6} {self.right:6}   "
                f"{ratio(self.right, self.found):>9} {ratio(self.hit, self.true):>9}")


def links(ask, show):
    rows = labels()
    truth = {(source, target): (label, stratum) for stratum, source, target, label in rows if target != "-"}
    stratum_of = {source: stratum for stratum, source, _, _ in rows}
    found = {}
    for row in ask("select from_item, to_item, kind, basis, rule from work_links"):
        source = short(row["from_item"], stratum_of)
        if source in stratum_of:
            found[source, short(row["to_item"], stratum_of)] = row
    scores = collections.defaultdict(Score)
    wrong, missing = [], []
    for (source, target), row in sorted(found.items()):
        is_work = row["kind"] != "mentions" and row["basis"] != "inferred"
        label = truth.get((source, target), ("none", ""))[0]
        if is_work:
            pair = source.split(":")[0].split("#")[0] + " to " + target.split("#")[0]
            for key in ("all", "stratum " + stratum_of[source], "rule " + row["rule"], pair, "basis " + row["basis"]):
                scores[key].found += 1
                scores[key].right += label == "work"
            if label != "work":
                wrong.append(f"{source} {row['kind']} {target} ({row['rule']}) is labelled {label}")
        else:
            scores["mentions"].found += 1
            scores["mentions"].right += label in ("work", "related")
    for (source, target), (label, stratum) in sorted(truth.items()):
        row = found.get((source, target))
        is_work = row is not None and row["kind"] != "mentions" and row["basis"] != "inferred"
        if label == "work":
            pair = source.split(":")[0].split("#")[0] + " to " + target.split("#")[0]
            for key in ("all", "stratum " + stratum, pair):
                scores[key].true += 1
                scores[key].hit += is_work
            if not is_work:
                missing.append(f"{source} to {target}: " + (row["rule"] if row else "nothing"))
        elif label == "related":
            scores["mentions"].true += 1
            scores["mentions"].hit += row is not None
    if show:
        print(*(["wrong:"] + wrong + ["missing:"] + missing), sep="\n  ")
    head = f"{'':28}{'true':>6} {'found':>6} {'right':>6}   {'precision':>9} {'recall':>9}"
    order = ["all", "commit to pull", "commit to issue", "pull to issue"]
    order += sorted(k for k in scores if k.startswith("stratum ")) + ["mentions"]
    out = [f"links of changes to work items, {len(stratum_of)} sampled changes, {len(truth)} labelled pairs", "", head]
    out += [scores[key].line(key) for key in order]
    out += ["", f"{'':28}{'found':>6} {'right':>6}   {'precision':>9}"]
    out += [f"{key:28}{s.found:6} {s.right:6}   {ratio(s.right, s.found):>9}"
            for key, s in sorted(scores.items()) if key.startswith(("rule ", "basis "))]
    return out


def parts(ask, repository):
    """Modules that merges changed, by the files of `git diff` of the merge against its first parent."""
    folders = {row["path"]: row["module"] for row in ask("select path, module from modules")}

    def module(path):
        while path:
            path = path.rpartition("/")[0]
            if path in folders:
                return folders[path]
        return folders[""]

    ours = collections.defaultdict(set)
    for row in ask("select item, part from work_components where part_kind = 'module' and basis <> 'inferred'"):
        ours[row["item"].rsplit("#", 1)[1] if row["item"].startswith("pull:") else None].add(row["part"])
    score, merges = Score(), 0
    for stratum, source, target, label in labels():
        if not (stratum.startswith("merge-") or stratum == "elsewhere") or label != "work" or not target.startswith("pull#"):
            continue
        merges += 1
        commit = source.removeprefix("commit:")
        changed = run("git", "-C", repository, "diff", "--name-only", "-z", f"{commit}^1", commit).split("\0")
        true = {module(path) for path in changed if path}
        found = ours[target.removeprefix("pull#")]
        score.true += len(true)
        score.found += len(found)
        score.right += len(true & found)
        score.hit += len(true & found)
    return ["", f"modules changed by the pull requests of {merges} sampled merges", "",
            f"{'':28}{'true':>6} {'found':>6} {'right':>6}   {'precision':>9} {'recall':>9}", score.line("modules")]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--export", type=pathlib.Path, required=True)
    parser.add_argument("--repository", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path)
    parser.add_argument("--show", action="store_true")
    options = parser.parse_args()
    binary = options.binary.resolve()
    temporary = None if options.work else tempfile.TemporaryDirectory()
    work = options.work or pathlib.Path(temporary.name) / "workspace"

    def scanned(folder, export):
        run(binary, "scan", "--quiet", "--workspace", folder, options.repository, export)
        return lambda sql: json.loads(run(binary, "sql", "--workspace", folder, "--format", "json", sql))

    ask = scanned(work, options.export)
    lines = links(ask, options.show) + parts(ask, options.repository)
    # The same without what the tracker tells of commits and references: messages and merges alone.
    bare = work.parent / (work.name + "-bare") / options.export.name
    bare.parent.mkdir(exist_ok=True)
    with options.export.open() as full, bare.open("w") as out:
        for record in map(json.loads, full):
            record.update(timeline=[], references=[])
            out.write(json.dumps(record) + "\n")
    lines += ["", "", "without the tracker's events and references"]
    lines += links(scanned(bare.parent / "workspace", bare), options.show)[2:]
    (HERE / "scoreboard.txt").write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
