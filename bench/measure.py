"""The measurements of `run.py`: each part of `Bench` gives figures without units of this machine where it can."""

import collections
import csv
import dataclasses
import io
import json
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import time

csv.field_size_limit(1 << 30)


def program(name: str) -> str:
    """The full path of a program on PATH or in a folder."""
    found = shutil.which(name)
    if not found:
        sys.exit(f"no such program: {name}")
    return str(pathlib.Path(found).resolve())


@dataclasses.dataclass
class Tools:
    """The programs that are compared, and how."""

    sightline: str
    git: str
    tokei: str
    threads: int
    runs: int


@dataclasses.dataclass
class Spent:
    """What one run of a program took."""

    wall: float
    cpu: float
    peak: int

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.wall + other.wall, self.cpu + other.cpu, max(self.peak, other.peak))


def median(runs: list[Spent]) -> dict:
    """Medians of several runs, and the most memory of any."""
    return {
        "wall": statistics.median(r.wall for r in runs),
        "cpu": statistics.median(r.cpu for r in runs),
        "peak": max(r.peak for r in runs),
        "n": len(runs),
    }


# No setting of the user changes what git counts, and nobody is asked for anything.
ENVIRONMENT = {
    **os.environ,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
    **{f"GIT_{who}_{what}": value for who in ["AUTHOR", "COMMITTER"] for what, value in
       [("NAME", "Bench"), ("EMAIL", "bench@example.com")]},
}


def spend(command: list[str], folder: pathlib.Path, accept: tuple[int, ...] = (0,)) -> Spent:
    """Runs a command with its output thrown away and says what it took."""
    start = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in accept:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {errors.decode(errors='replace')[-2000:]}")
    return Spent(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def ask(command: list[str], folder: pathlib.Path, stdin: bytes | None = None, env: dict | None = None,
        accept: tuple[int, ...] = (0,)) -> bytes:
    """What a command writes to standard output."""
    done = subprocess.run(command, cwd=folder, env={**ENVIRONMENT, **(env or {})}, input=stdin, capture_output=True,
                          check=False)
    if done.returncode not in accept:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")
    return done.stdout


class GitFailed(Exception):
    """Git itself could not read the repository to its end."""


class Bench:
    """One repository: a checkout of its head, and workspaces beside it."""

    def __init__(self, tools: Tools, work: pathlib.Path, repo: pathlib.Path):
        self.tools = tools
        url = subprocess.run([tools.git, "-C", str(repo), "config", "--get", "remote.origin.url"], capture_output=True,
                             text=True, env=ENVIRONMENT, check=False).stdout.strip()
        parts = [p for p in re.split(r"[/:]", url.removesuffix(".git")) if p]
        if not url.startswith("/") and len(parts) >= 2:
            self.name = "/".join(parts[-2:])
        else:
            # A clone without an origin: its folder, or the one above where that is called owner+name.
            self.name = next((p.replace("+", "/") for p in [repo.name, repo.parent.name] if "+" in p), repo.name)
        self.repo = repo
        self.place = work / self.name.replace("/", "+")
        self.checkout = self.place / "checkout"

    # How things are called ------------------------------------------------------------------------------------------

    def git(self, *arguments: str, stdin: bytes | None = None, env: dict | None = None) -> str:
        return ask([self.tools.git, *arguments], self.checkout, stdin, env).decode(errors="replace").strip()

    def scan(self, workspace: str, *arguments: str, folder: pathlib.Path | None = None, fresh: bool = True) -> Spent:
        path = self.place / workspace
        if fresh:
            shutil.rmtree(path, ignore_errors=True)
        threads = [] if "--threads" in arguments else ["--threads", str(self.tools.threads)]
        return spend([self.tools.sightline, "scan", str(folder or self.checkout), "--workspace", str(path), "--quiet",
                      *threads, *arguments], self.place)

    def sql(self, workspace: str, query: str) -> list[list[str]]:
        out = ask([self.tools.sightline, "sql", query, "--format", "csv", "--workspace", str(self.place / workspace)],
                  self.place)
        return list(csv.reader(io.StringIO(out.decode(errors="replace"), newline="")))[1:]

    def base(self) -> str:
        """A workspace with the head scanned; made once."""
        if not (self.place / "base/.sightline/snapshot.json").exists():
            self.scan("base")
        return "base"

    def clone(self, folder: pathlib.Path, checkout: bool) -> None:
        folder.parent.mkdir(parents=True, exist_ok=True)
        ask([self.tools.git, "clone", "-q", "--shared", "--no-checkout", str(self.repo), str(folder)], self.place)
        url = f"https://github.com/{self.name}.git" if "/" in self.name else f"https://example.com/{self.name}.git"
        ask([self.tools.git, "remote", "set-url", "origin", url], folder)
        if checkout:
            ask([self.tools.git, "read-tree", "HEAD"], folder)
            # A clone can lack the content of a file; all others are checked out.
            ask([self.tools.git, "checkout-index", "--all", "--force", "--quiet"], folder, accept=(0, 1, 128))

    def prepare(self, found: dict) -> None:
        """A checkout of the head, and what it is."""
        self.place.mkdir(parents=True, exist_ok=True)
        if not self.checkout.exists():
            self.clone(self.checkout, checkout=True)
        shutil.rmtree(self.place / "base", ignore_errors=True)
        found["commit"] = self.git("rev-parse", "HEAD")
        found["n_commits"] = int(self.git("rev-list", "--count", "HEAD"))
        found["n_files"] = len(ask([self.tools.git, "ls-tree", "-r", "-z", "HEAD"], self.checkout).split(b"\0")) - 1

    # The parts ------------------------------------------------------------------------------------------------------

    def commits(self) -> dict:
        """Commits, and lines of every change, against git."""
        counts = {"git_commits": int(self.git("rev-list", "--count", "HEAD")),
                  "commits": int(self.sql(self.base(), "select count(*) from commits")[0][0])}
        try:
            return {**counts, **self.changes([])}
        except GitFailed as error:
            # A clone that lacks objects, where git stops: the files that they belong to are left out on both sides.
            without = self.paths_of_missing()
            if not without:
                return {**counts, "git_failed": str(error)}
            return {**counts, **self.changes(without), "without": without}

    def paths_of_missing(self) -> list[str]:
        """Files of which some version is not in this clone."""
        listed = self.git("rev-list", "--objects", "--missing=print", "HEAD")
        missing = {line[1:] for line in listed.splitlines() if line.startswith("?")}
        paths = set()
        for line in self.git("log", "-m", "--raw", "--no-renames", "--no-abbrev", "--format=", "HEAD").splitlines():
            head, _, path = line.partition("\t")
            if missing & set(head.split()[2:4]):
                paths.add(path)
        return sorted(paths)

    def changes(self, without: list[str]) -> dict:
        """The part of `commits` for which git must read every object, but those of some files."""
        plain = collections.Counter()
        for record in self.numstat("--no-renames", without=without):
            plain["added"] += record[3] or 0
            plain["deleted"] += record[4] or 0
        self.scan("plain", "--no-renames")
        left_out = ", ".join("'" + path.replace("'", "''") + "'" for path in ["", *without])
        ours = self.sql("plain", 'select sum(c.added), sum(c.deleted) from changes c join commits k on k."commit" = '
                        f'c."commit" where not k.is_merge and c.path not in ({left_out})')[0]
        git = set(self.numstat("-M", without=without))
        rows = self.sql(self.base(), 'select "commit", coalesce(old_path, \'\'), path, added, deleted from changes')
        found = {(c, old, path, number(added), number(deleted)) for c, old, path, added, deleted in rows
                 if path not in without and old not in without}
        shutil.rmtree(self.place / "plain")
        return {
            "git_added": plain["added"], "git_deleted": plain["deleted"], "added": int(ours[0]), "deleted": int(ours[1]),
            "git_changes": len(git), "changes": len(found), "same": len(git & found),
            "only_git": [list(r) for r in sorted(git - found, key=str)[:5]],
            "only_ours": [list(r) for r in sorted(found - git, key=str)[:5]],
        }

    def numstat(self, *arguments: str, without: list[str]):
        """(commit, old path or '', path, added, deleted) of every change of every non-merge commit, as git sees it."""
        paths = [f":(exclude,literal){path}" for path in without]
        command = [self.tools.git, "log", "--no-merges", "--numstat", "-z", "--format=%x01%H", *arguments, "HEAD", "--",
                   *([".", *paths] if paths else [])]
        process = subprocess.Popen(command, cwd=self.checkout, env=ENVIRONMENT, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        commit, pending = "", None
        for field in fields(process.stdout):
            if pending is not None:
                pending.append(field.decode(errors="replace"))
                if len(pending) == 4:
                    yield (commit, pending[2], pending[3], pending[0], pending[1])
                    pending = None
                continue
            field = field.lstrip(b"\n")
            if field.startswith(b"\x01"):
                commit, _, field = field[1:].decode(errors="replace").partition("\n")
                field = field.lstrip("\n").encode()
            if not field:
                continue
            added, deleted, path = field.split(b"\t", 2)
            counts = [None if n == b"-" else int(n) for n in (added, deleted)]
            if path:
                yield (commit, "", path.decode(errors="replace"), *counts)
            else:
                pending = counts
        errors = process.stderr.read().decode(errors="replace")
        if process.wait() != 0:
            raise GitFailed(errors.strip().splitlines()[-1])

    def lines(self) -> dict:
        """Lines per language against tokei on a checkout of the same tree."""
        out = ask([self.tools.tokei, "--output", "json", *TOKEI, "."], self.checkout)
        theirs, files = collections.defaultdict(collections.Counter), {}
        for language, found in json.loads(out).items():
            if language == "Total":
                continue
            for kind in LINES:
                theirs[name(language)][kind] += found[kind]
            for inner, reports in found["children"].items():
                for report in reports:
                    add_stats(theirs, inner, report["stats"])
            for report in found["reports"]:
                path = report["name"].removeprefix("./")
                files[path] = [language, *(report["stats"][kind] for kind in LINES)]
        ours = collections.defaultdict(collections.Counter)
        query = "select language, sum(code_lines), sum(comment_lines), sum(blank_lines) from languages group by 1"
        for language, *counts in self.sql(self.base(), query):
            ours[name(language)].update(dict(zip(LINES, map(int, counts))))
        languages = []
        for language in sorted(set(ours) | set(theirs)):
            a, b = theirs[language], ours[language]
            languages.append([language, *(a[k] for k in LINES), *(b[k] for k in LINES)])
        query = ("select f.path, l.language, l.code_lines, l.comment_lines, l.blank_lines from files f join languages l "
                 "on l.path = f.path and l.repo = f.repo and l.language = f.language")
        mine = {path: [language, *map(int, counts)] for path, language, *counts in self.sql("base", query)}
        differing = []
        for path in set(files) | set(mine):
            a, b = files.get(path), mine.get(path)
            if a and b and name(a[0]) == name(b[0]) and a[1:] == b[1:]:
                continue
            size = sum(abs(x - y) for x, y in zip((a or [0] * 4)[1:], (b or [0] * 4)[1:]))
            differing.append([size or sum((a or b)[1:]), path, a, b])
        differing.sort(key=lambda d: (-d[0], d[1]))
        for difference in differing[:8]:
            content = (self.checkout / difference[1]).read_bytes()[:8000]
            difference.append("it holds NUL bytes, so for us it is binary" if b"\0" in content else "")
        return {"languages": languages, "differing": len(differing), "largest": differing[:8]}

    def verify(self) -> dict:
        """Citations that hold, and the report."""
        workspace = str(self.place / self.base())
        out = json.loads(ask([self.tools.sightline, "verify", "--json", "--workspace", workspace], self.place,
                             accept=(0, 1)))
        report = self.place / "report.html"
        ask([self.tools.sightline, "report", "--output", str(report), "--workspace", workspace, "--quiet"], self.place)
        html = report.read_text(errors="replace")
        fetched = re.findall(r"""<(?:script|img|iframe|link|source)\b[^>]*\b(?:src|href)\s*=\s*["']?(?:https?:)?//"""
                             r"""|url\(\s*["']?(?:https?:)?//|@import""", html)
        broken = collections.Counter(b["table"] for b in out["broken"])
        return {"rows": out["rows"], "broken": sum(broken.values()), "tables": broken.most_common(),
                "examples": out["broken"][:3], "report": report.stat().st_size, "fetched": len(fetched),
                "gaps": int(self.sql("base", "select count(*) from gaps")[0][0])}

    def bytes(self) -> dict:
        """Whether every table has the same bytes with one thread, with two, and from another folder."""
        elsewhere = self.place / "another" / "folder" / self.checkout.name
        if not elsewhere.exists():
            self.clone(elsewhere, checkout=True)
        answers = []
        for threads, folder in [("1", None), ("2", None), ("2", elsewhere)]:
            self.scan("bytes", "--threads", threads, folder=folder)
            snapshot = json.loads((self.place / "bytes/.sightline/snapshot.json").read_text())
            groups = [s["tables"] for s in snapshot["sources"].values()] + [snapshot["derived"]]
            # A fact file is named by the hash of its bytes.
            answers.append({t: [f["file"] for f in files] for group in groups for t, files in group.items()})
        shutil.rmtree(self.place / "another")
        shutil.rmtree(self.place / "bytes")
        differ = {kind: sorted(t for t in answers[0] if answers[0][t] != other.get(t))
                  for kind, other in [("threads", answers[1]), ("folder", answers[2])]}
        return {"tables": len(answers[0]), "differ": differ}

    def speed(self) -> dict:
        """Cold and warm, in turns with git and tokei."""
        log, counted, cold, nothing, one = [], [], [], [], []
        for _ in range(self.tools.runs):
            log.append(spend([self.tools.git, "log", "--numstat", "-M", "HEAD"], self.checkout))
            counted.append(spend([self.tools.tokei, *TOKEI, "."], self.checkout))
            cold.append(self.scan("speed"))
            nothing.append(self.scan("speed", fresh=False))
            head = self.git("rev-parse", "HEAD")
            self.git("update-ref", "HEAD", self.one_more(head))
            one.append(self.scan("speed", fresh=False))
            self.git("update-ref", "HEAD", head)
        self.scan("speed", fresh=False)
        warm = {}
        for words, command in WARM.items():
            runs = [spend([self.tools.sightline, *command, "--workspace", str(self.place / "speed")], self.place)
                    for _ in range(8)]
            warm[words] = median(runs[1:])
        shutil.rmtree(self.place / "speed")
        both = [a + b for a, b in zip(log, counted)]
        return {"load": os.getloadavg()[2], "log": median(log), "tokei": median(counted), "both": median(both), "cold": median(cold),
                "nothing": median(nothing), "one": median(one), "warm": warm,
                "ratios": sorted(c.wall / b.wall for c, b in zip(cold, both)),
                "one_ratios": sorted(o.wall / c.wall for o, c in zip(one, cold))}

    def one_more(self, parent: str) -> str:
        """A commit on top that adds a line to the code file that changed most often."""
        query = ("select f.path from files f join changes c on c.path = f.path where f.kind = 'code' "
                 "group by 1 order by count(*) desc, 1 limit 1")
        path = self.sql("speed", query)[0][0]
        content = ask([self.tools.git, "show", f"{parent}:{path}"], self.checkout) + b"\n"
        blob = self.git("hash-object", "-w", "--stdin", stdin=content)
        index = {"GIT_INDEX_FILE": str(self.place / "index")}
        self.git("read-tree", parent, env=index)
        self.git("update-index", "--cacheinfo", f"100644,{blob},{path}", env=index)
        return self.commit_tree(self.git("write-tree", env=index), parent)

    def commit_tree(self, tree: str, parent: str | None) -> str:
        """A commit a minute after its parent."""
        when = int(self.git("show", "-s", "--format=%ct", parent)) + 60 if parent else 1_700_000_000
        dates = {"GIT_AUTHOR_DATE": f"@{when} +0000", "GIT_COMMITTER_DATE": f"@{when} +0000"}
        return self.git("commit-tree", tree, "-m", "One more", *(["-p", parent] if parent else []), env=dates)

    def history(self) -> dict:
        """Time over a quarter, a half and all of the history, under an empty tree."""
        commits = self.git("rev-list", "--first-parent", "--reverse", "HEAD").split()
        empty = self.git("hash-object", "-t", "tree", "-w", "--stdin", stdin=b"")
        points = []
        for share in [0.25, 0.5, 1.0]:
            rev = self.near(commits, share)
            top = self.commit_tree(empty, rev)
            n = int(self.git("rev-list", "--count", rev))
            n_changes = sum(1 for _ in self.numstat_of(rev))
            git = spend([self.tools.git, "log", "--numstat", "-M", top], self.checkout)
            points.append([n, n_changes, dataclasses.astuple(self.scan("linear", "--at", top)), dataclasses.astuple(git)])
        shutil.rmtree(self.place / "linear")
        return {"points": points}

    def numstat_of(self, rev: str):
        """The lines of a plain numstat of a revision's history."""
        out = ask([self.tools.git, "log", "--no-merges", "--raw", "--no-renames", "--format=", rev], self.checkout)
        return out.splitlines()

    def near(self, commits: list[str], share: float) -> str:
        """The commit of the main line with about this share of all commits behind it."""
        wanted = share * int(self.git("rev-list", "--count", commits[-1]))
        low, high = 0, len(commits) - 1
        while low < high:
            middle = (low + high) // 2
            if int(self.git("rev-list", "--count", commits[middle])) < wanted:
                low = middle + 1
            else:
                high = middle
        return commits[low]

    def files(self) -> dict:
        """Time over the tree once, twice and four times beside itself, without history."""
        tree = self.git("rev-parse", "HEAD^{tree}")
        points = []
        for copies in [1, 2, 4]:
            listing = "".join(f"040000 tree {tree}\tcopy{i}\n" for i in range(copies))
            commit = self.commit_tree(self.git("mktree", stdin=listing.encode()), None)
            spent = self.scan("linear", "--at", commit)
            n = int(self.sql("linear", "select count(*) from files")[0][0])
            points.append([n, dataclasses.astuple(spent)])
        shutil.rmtree(self.place / "linear")
        return {"points": points}


TOKEI = ["--no-ignore", "--hidden", "--exclude", ".git"]
LINES = ["code", "comments", "blanks"]
WARM = {
    "overview": ["overview"],
    "sql": ["sql", "select path, count(*), sum(added), sum(deleted) from changes group by 1 order by 2 desc limit 20"],
    "why": ["why", "code-lines"],
}


def number(text: str) -> int | None:
    return int(text) if text else None


def name(language: str) -> str:
    """A language's name without what only the two outputs do differently."""
    return re.sub(r"[^a-z0-9+#]", "", language.lower())


def add_stats(into: dict, language: str, stats: dict) -> None:
    for kind in LINES:
        into[name(language)][kind] += stats[kind]
    for inner, deeper in stats.get("blobs", {}).items():
        add_stats(into, inner, deeper)


def fields(stream):
    """What stands between NUL bytes."""
    rest = b""
    while chunk := stream.read(1 << 20):
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest
