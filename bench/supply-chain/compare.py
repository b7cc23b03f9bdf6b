"""Compares what `crates/read/examples/packages.rs` reads with the packages that the tests of google/osv-scalibr expect.

    cargo build -p sightline-read --example packages
    python3 bench/supply-chain/compare.py SCALIBR EXAMPLE [SCOREBOARD]

SCALIBR is a checkout of google/osv-scalibr, EXAMPLE the built example. Each sample is copied to a temporary folder
under the name that its format has in real life, because readers are chosen by name. Nothing of SCALIBR is kept.
"""

import collections
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

# Folder of the samples -> the name under which a sample is read. `=` keeps its own name.
FORMATS = {
    "cpp/conanlock": "conan.lock", "dart/pubspec": "pubspec.lock", "dotnet/csproj": "sample.csproj",
    "dotnet/depsjson": "sample.deps.json", "dotnet/nugetcpm": "Directory.Packages.props",
    "dotnet/packagesconfig": "packages.config", "dotnet/packageslockjson": "packages.lock.json",
    "dotnet/paketdependencies": "paket.dependencies", "dotnet/paketlock": "paket.lock",
    "dotnet/projectassetsjson": "project.assets.json", "elixir/mixlock": "mix.lock", "erlang/mixlock": "mix.lock",
    "gleam/gleamtoml": "gleam.toml", "golang/gomod": "go.mod", "haskell/cabal": "cabal.project.freeze",
    "haskell/stacklock": "stack.yaml.lock", "java/gradlelockfile": "gradle.lockfile",
    "java/gradleverificationmetadataxml": "verification-metadata.xml",
    "java/gradleversioncatalog": "libs.versions.toml", "java/pomxml": "pom.xml", "javascript/bunlock": "bun.lock",
    "javascript/denojson": "deno.json", "javascript/packagejson": "package.json",
    "javascript/packagelockjson": "package-lock.json", "javascript/pnpmlock": "pnpm-lock.yaml",
    "javascript/yarnlock": "yarn.lock", "php/composerlock": "composer.lock", "python/pdmlock": "pdm.lock",
    "python/pipfilelock": "Pipfile.lock", "python/poetrylock": "poetry.lock", "python/pylock": "pylock.toml",
    "python/pyprojecttoml": "pyproject.toml", "python/requirements": "requirements.txt", "python/setup": "setup.py",
    "python/uvlock": "uv.lock", "r/renvlock": "renv.lock", "ruby/gemfilelock": "Gemfile.lock",
    "ruby/gemspec": "sample.gemspec", "rust/cargolock": "Cargo.lock", "rust/cargotoml": "Cargo.toml",
    "swift/packageresolved": "Package.resolved", "swift/podfilelock": "Podfile.lock",
}
# Formats whose tests expect the project itself rather than its dependencies.
ABOUT_PROJECT = {"javascript/packagejson", "ruby/gemspec"}
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|//[^\n]*|[{}]|\w+|[^\s\w]')


def blocks(tokens, start):
    """The index behind the brace that closes the one at `start`."""
    depth = 0
    for i in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[i], 0)
        if depth == 0:
            return i + 1
    return len(tokens)


def elements(tokens, start, end):
    """Spans of the `{…}` directly inside the braces at `start`."""
    i = start + 1
    while i < end - 1:
        if tokens[i] == "{":
            j = blocks(tokens, i)
            yield i, j
            i = j
        else:
            i += 1


def fields(tokens, start, end):
    """`Name: value` pairs at the first level of the braces at `start`: name -> index of the value."""
    found, depth = {}, 0
    for i in range(start, end - 1):
        depth += {"{": 1, "}": -1}.get(tokens[i], 0)
        if depth == 1 and tokens[i + 1] == ":" and re.match(r"\w+$", tokens[i]):
            found.setdefault(tokens[i], i + 2)
    return found


def unquote(token):
    return json.loads(token) if token.startswith('"') else token.strip("`")


def cases(source):
    """(path, packages or None, whether an error is expected) of every table-driven case of a Go test."""
    tokens = [t for t in TOKEN.findall(source) if not t.startswith("//")]
    for i, token in enumerate(tokens):
        if token not in ("Path", "path") or tokens[i + 1] != ":" or not tokens[i + 2].startswith('"testdata/'):
            continue
        # The case is the innermost brace around the path, or the one around its `InputConfig`.
        depth, start = 0, i
        around = []
        while start > 0 and len(around) < 2:
            start -= 1
            depth += {"}": 1, "{": -1}.get(tokens[start], 0)
            if depth < 0:
                around.append(start)
                depth = 0
        start = around[1] if tokens[around[0] - 1] == "ScanInputMockConfig" else around[0]
        found = fields(tokens, start, blocks(tokens, start))
        want = next((found[k] for k in ("WantPackages", "wantPackages") if k in found), None)
        error = any(k in found and tokens[found[k]] != "nil" for k in ("WantErr", "wantErr"))
        # Options of the extractor that we do not have make it say something else.
        special = any(k in found for k in ("includeDeps", "cfg", "config"))
        if want is None and not error:
            continue  # A test of something else than reading.
        packages = []
        if want is not None and tokens[want] != "nil":
            brace = tokens.index("{", want)
            inside = tokens[brace:blocks(tokens, brace)]
            # Some tests make their packages by a helper: pkg(t, "name", "version", "path", line).
            for k, t in enumerate(inside[:-9]):
                if t == "pkg" and inside[k + 1] == "(":
                    strings = [unquote(x) for x in inside[k + 2:k + 12] if x.startswith('"')][:3]
                    line = next((int(x) for x in inside[k + 2:k + 14] if x.isdigit()), None)
                    packages.append((strings[0], strings[1], strings[2], line))
            for a, b in elements(tokens, brace, blocks(tokens, brace)):
                f = fields(tokens, a, b)
                if "Name" not in f or not tokens[f["Name"]].startswith(('"', "`")):
                    continue
                version = unquote(tokens[f["Version"]]) if "Version" in f and tokens[f["Version"]][0] in '"`' else ""
                place, line = None, None
                if "Location" in f:
                    at = f["Location"]
                    place = next((unquote(t) for t in tokens[at:at + 6] if t.startswith('"')), None)
                    line = next((int(t) for t in tokens[at:at + 9] if t.isdigit()), None)
                packages.append((unquote(tokens[f["Name"]]), version, place, line))
        yield unquote(tokens[i + 2]), packages, error, special


def normal(folder, name, version):
    """What both sides are reduced to before they are compared; the scoreboard's header says it in words."""
    ecosystem = folder.split("/")[0]
    if ecosystem == "python":
        name = re.sub(r"[-_.]+", "-", name).lower()
    name = name.removeprefix("@") if folder == "javascript/denojson" else name
    if folder == "golang/gomod":
        version = version.removeprefix("v")
    if ecosystem in ("rust", "gleam") or folder in ("dotnet/paketdependencies", "python/requirements", "python/setup", "python/pyprojecttoml"):
        version = re.sub(r"^[\^=~<>! ]+", "", version.split(",")[0])
    if version.endswith(".*") or "${" in version:
        version = ""
    if folder == "java/pomxml":
        version = version.strip("[()]").split(",")[0]
    return name, version


def rows_of(folder, rows, about_project):
    found = collections.Counter()
    places = {}
    table = "projects" if about_project else "packages"
    for row in rows:
        if row["table"] != table or not row.get("name"):
            continue
        version = row["version"] or ""
        if not version and row.get("declared") and folder in RANGES:
            version = row["declared"]
        if folder == "java/pomxml" and re.match("managed|plugin$|parent|extension", row["group_name"] or ""):
            continue
        if folder == "java/gradleversioncatalog" and row["name"].endswith(".gradle.plugin"):
            continue
        if folder == "gleam/gleamtoml" and (row["source"] or "").startswith("."):
            continue
        if folder == "golang/gomod" and row["source"]:
            continue
        if folder == "r/renvlock" and row["source"]:
            continue
        if folder == "python/pyprojecttoml" and row["group_name"] == "build-system":
            continue
        if not version and folder in PINNED_ONLY:
            continue
        key = normal(folder, row["name"], version)
        found[key] += 1
        places.setdefault(key, []).append((row["line_start"], row["line_end"]))
    return found, places


# Formats where the other side leaves out what has no version of its own.
PINNED_ONLY = {"dotnet/csproj", "dotnet/nugetcpm", "dotnet/packagesconfig", "python/pipfilelock", "python/pylock", "python/setup",
               "javascript/denojson", "rust/cargotoml"}

# Formats where the other side takes the first version of a range for the version.
RANGES = {"rust/cargotoml", "gleam/gleamtoml", "python/requirements", "python/setup", "python/pyprojecttoml", "java/pomxml",
          "javascript/denojson", "dotnet/csproj", "dotnet/nugetcpm", "dotnet/paketdependencies"}


def main():
    root, example = sys.argv[1], sys.argv[2]
    out = open(sys.argv[3], "w") if len(sys.argv) > 3 else sys.stdout
    base = os.path.join(root, "extractor/filesystem/language")
    table, misses, totals = [], [], collections.Counter()
    with tempfile.TemporaryDirectory() as work:
        samples = []
        for folder, name in FORMATS.items():
            seen = set()
            for test in sorted(glob.glob(os.path.join(base, folder, "*_test.go"))):
                for path, packages, error, special in cases(open(test, encoding="utf-8").read()):
                    source = os.path.join(base, folder, path)
                    if path in seen or special or not os.path.isfile(source):
                        continue
                    seen.add(path)
                    own = os.path.basename(path)
                    target = os.path.join(str(len(samples)), own if own == "npm-shrinkwrap.json" else name)
                    os.makedirs(os.path.join(work, os.path.dirname(target)))
                    shutil.copyfile(source, os.path.join(work, target))
                    samples.append((folder, path, target, packages, error))
        listing = "\n".join(s[2] for s in samples)
        answer = subprocess.run([example, work], input=listing, capture_output=True, text=True, check=True).stdout
        by_path = collections.defaultdict(list)
        for line in answer.splitlines():
            row = json.loads(line)
            if "table" in row:
                by_path[row["path"]].append(row)
        score = collections.defaultdict(collections.Counter)
        for folder, path, target, packages, error in samples:
            about_project = folder in ABOUT_PROJECT
            found, places = rows_of(folder, by_path[target], about_project)
            expected, lines = collections.Counter(), {}
            for name, version, place, line in packages:
                if place is not None and place != path:
                    continue  # From a file that this one includes: we read that one by itself.
                if name == "stdlib" or name.startswith("./") or version == "0.0.0-use.local":
                    continue
                if folder == "rust/cargotoml" and (not version or any(p["table"] == "projects" and p["name"] == name for p in by_path[target])):
                    continue
                key = normal(folder, name, version)
                expected[key] += 1
                lines.setdefault(key, []).append(line)
            # One package in several groups or frameworks is several rows with us and often one there.
            right = sum(1 for key in expected if key in found)
            extra = [key for key in found if key not in expected]
            lost = [key for key in expected if key not in found]
            gaps = [r["detail"] for r in by_path[target] if r["table"] == "gaps"]
            s = score[folder]
            s["files"] += 1
            s["expected"] += len(expected)
            s["right"] += right
            s["extra"] += len(extra)
            s["errors"] += error
            s["gaps"] += bool(error and (gaps or not found))
            for key in expected:
                for line in (n for n in lines[key] if n is not None and key in places):
                    s["lines"] += 1
                    s["line_right"] += any(a <= line <= b for a, b in places[key])
            for kind, keys in (("missed", lost), ("extra", extra)):
                for key in keys:
                    misses.append(f"{folder} {path}: {kind} {key[0]} {key[1]}" + (f"  (gap: {gaps[0]})" if gaps else ""))
        for folder in FORMATS:
            s = score[folder]
            totals.update(s)
            table.append((folder, s))
    header = __doc_scoreboard__
    print(header, file=out)
    print(f"{'format':<36}{'files':>6}{'expected':>10}{'found':>7}{'wrong':>7}{'share':>8}{'lines':>12}{'broken':>9}", file=out)
    for folder, s in table + [("all", totals)]:
        share = s["right"] / s["expected"] if s["expected"] else 1.0
        print(f"{folder:<36}{s['files']:>6}{s['expected']:>10}{s['right']:>7}{s['extra']:>7}{share:>8.3f}"
              f"{s['line_right']:>6}/{s['lines']:<5}{s['gaps']:>5}/{s['errors']}", file=out)
    print("\nWhat differs, sample by sample, after its cause:", file=out)
    cause = None
    for miss in misses:
        why = CAUSES.get(miss.split()[0], "not known yet")
        if why != cause:
            cause = why
            print(f"\n{miss.split()[0]}: {cause}", file=out)
        print("  " + miss, file=out)


CAUSES = {
    "dotnet/depsjson": "there the project itself counts as a package; with us it is none of its own dependencies",
    "dotnet/paketdependencies": "a commit of a GitHub source is what was declared; there it is kept apart from the version",
    "haskell/cabal": "a constraint without `any.` holds for some uses only; we list it, there it is skipped",
    "java/gradleverificationmetadataxml": "a component without group, name or version is a gap with us, half a package there",
    "java/pomxml": "versions of a parent in another file are not known from this one; a second version of the same package "
                   "is a row of its own with us",
    "javascript/denojson": "there a range is filled up to a full version",
    "javascript/packagejson": "a package.json of an extension for an editor or game engine is a project with us too",
    "javascript/packagelockjson": "a linked folder of the same repository is no package; a lock file is read by itself, also "
                                  "beside an npm-shrinkwrap.json",
    "python/requirements": "there ranges of several clauses and requirements by URL are skipped, with us they are rows; "
                           "included files are read by themselves; text behind a version is a gap",
    "python/setup": "a literal requirement that is formatted or in a test list is skipped there",
    "r/renvlock": "a package without a repository is skipped there",
    "ruby/gemspec": "the version stands in another file (`VERSION` of a required Ruby file), so this file does not tell it; a "
                    "project without a version is a row with us",
}

__doc_scoreboard__ = """\
Manifest and lock-file readers against the samples and tests of google/osv-scalibr
Made by: python3 bench/supply-chain/compare.py SCALIBR EXAMPLE SCOREBOARD

expected  packages (name and version) that the Go tests beside the samples expect, once per file
found     of those, the ones we read with the same name and version
wrong     packages we read that the tests do not expect
lines     of the found ones whose line the tests give, those where the line is inside the lines we cite
broken    samples that the tests expect to fail, where we note a gap or read nothing

Where we mean something else on purpose, both sides are made comparable:
- A range stays in `declared` with us, while the tests take its first version: the operators in front are dropped.
- Names of Python packages are compared as PyPI normalises them; versions of Go without their `v`.
- We list plugins and the parent of a pom.xml, plugins of a version catalog, and the build system of a pyproject.toml;
  the tests do not, so those rows are left out.
- For package.json and gemspec the tests expect the project itself: compared with table `projects`.
- What has no version of its own (central management, git, a path) is a row with us, but not there: left out for
  *.csproj, Directory.Packages.props, packages.config, Pipfile.lock, pylock.toml, setup.py, gleam.toml, deno.json and
  Cargo.toml; rows of modules replaced by a path in go.mod and of packages from elsewhere in renv.lock likewise.
- Go's standard library, the workspace itself in yarn.lock and the project itself in Cargo.toml are not dependencies.
- A package from an included file (`-r other.txt`) is left out here: that file is read by itself.
"""

if __name__ == "__main__":
    main()
