//! What each reader of manifests says of a small file, and what it makes of hostile ones.

use std::fmt::Write as _;

use sightline_facts::RowBuilder;
use sightline_facts::tables::{gaps::GapsView, packages::PackagesView, projects::ProjectsView};
use sightline_read::file::{FileInput, FileKind};
use sightline_read::manifests;
use sightline_read::rows::SourceRows;

/// One line per package: `line name declared version scope direct`, then projects and gaps. Checks on the way that
/// every cited line shows the name, as `sightline verify` will.
fn rows(path: &str, text: &str) -> String {
    assert!(manifests::wants(path), "{path} is wanted");
    let file = FileInput { repo: "r", commit: None, path, text, language: None, kind: FileKind::Config };
    let mut rows = SourceRows::default();
    manifests::read(&file, &mut rows);
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    let batch = rows.packages.finish();
    for p in PackagesView::of(&batch).expect("the table is `packages`").rows() {
        let index = |line: i64| usize::try_from(line).expect("lines are counted from 1");
        let cited = lines[index(p.line_start) - 1..index(p.line_end)].join("\n");
        assert!(cited.contains(p.name_in_file), "{path}: `{}` is not in `{cited}`", p.name_in_file);
        let direct = p.is_direct.map_or("?", |d| if d { "direct" } else { "transitive" });
        let (declared, version) = (p.declared.unwrap_or("-"), p.version.unwrap_or("-"));
        writeln!(out, "{} {} {declared} {version} {} {direct}", p.line_start, p.name, p.scope).expect("memory");
    }
    let batch = rows.projects.finish();
    for p in ProjectsView::of(&batch).expect("the table is `projects`").rows() {
        let (name, version) = (p.name.unwrap_or("-"), p.version.unwrap_or("-"));
        writeln!(out, "project {name} {version} {} {}", p.kind, p.description.unwrap_or("-")).expect("memory");
    }
    let batch = rows.gaps.finish();
    for g in GapsView::of(&batch).expect("the table is `gaps`").rows() {
        writeln!(out, "gap {} {}", g.line_start.unwrap_or(0), g.reason).expect("memory");
    }
    out
}

fn check(path: &str, text: &str, expect: &[&str]) {
    assert_eq!(rows(path, text).lines().collect::<Vec<_>>(), expect, "{path}");
}

#[test]
fn a_package_json_gives_its_tables_with_aliases_and_sources() {
    let text = r#"{
  "name": "shop", "version": "1.0.0",
  "description": "Sells things.",
  "dependencies": {
    "left-pad": "^1.3.0",
    "react": "npm:preact@10.5.0",
    "local": "file:../local"
  },
  "devDependencies": { "vitest": "2.1.0" },
  "scripts": { "lodash": "not a dependency" }
}"#;
    let expect = [
        "5 left-pad ^1.3.0 - runtime direct",
        "6 preact npm:preact@10.5.0 10.5.0 runtime direct",
        "7 local file:../local - runtime direct",
        "9 vitest 2.1.0 2.1.0 dev direct",
        "project shop 1.0.0 unknown Sells things.",
    ];
    check("web/package.json", text, &expect);
}

#[test]
fn npm_locks_tell_what_is_installed_and_leave_the_workspace_out() {
    let lock = r#"{ "lockfileVersion": 3, "packages": {
  "": { "dependencies": { "a": "^1" } },
  "node_modules/a": { "version": "1.0.1", "license": "MIT" },
  "node_modules/a/node_modules/@s/b": {
    "version": "2.0.0", "dev": true },
  "packages/own": { "version": "0.0.1" },
  "node_modules/own": { "resolved": "packages/own", "link": true }
} }"#;
    check("package-lock.json", lock, &["3 a - 1.0.1 runtime direct", "4 @s/b - 2.0.0 dev transitive"]);
    let bun = r#"{ "workspaces": { "": { "dependencies": { "a": "^1" } } }, "packages": {
  "a": ["a@1.0.1", "", {}, "sha"],
  "own": ["own@workspace:x"],
} }"#;
    check("bun.lock", bun, &["2 a - 1.0.1 runtime direct"]);
    let pnpm = "importers:\n  .:\n    devDependencies:\n      a:\n        version: 1.0.1(b@2.0.0)\npackages:\n  \
                a@1.0.1:\n    engines: {node: x}\n  '@s/b@2.0.0':\n    engines: {node: y}\n";
    check("pnpm-lock.yaml", pnpm, &["7 a - 1.0.1 dev direct", "9 @s/b - 2.0.0 unknown transitive"]);
    let two = "---\npackages:\n  a@1.0.0:\n    x: 1\n---\npackages:\n  b@2.0.0:\n    x: 1\n";
    check("pnpm-lock.yaml", two, &["3 a - 1.0.0 unknown transitive", "7 b - 2.0.0 unknown transitive"]);
    let yarn = "# v1\n\n\"@s/b@^2\", \"@s/b@~2.0\":\n  version \"2.0.0\"\n  dependencies:\n    version \"9\"\n";
    check("yarn.lock", yarn, &["3 @s/b - 2.0.0 unknown ?"]);
    let berry = "__metadata:\n  version: 8\n\n\"b@npm:^2\":\n  version: 2.0.0\n  resolution: \"b@npm:2.0.0\"\n\n\
                 \"own@workspace:.\":\n  version: 0.0.0-use.local\n  resolution: \"own@workspace:.\"\n";
    check("yarn.lock", berry, &["4 b - 2.0.0 unknown ?"]);
}

#[test]
fn cargo_says_names_behind_renames_and_what_targets_need() {
    let manifest = r#"[package]
name = "x"
[dependencies]
serde = { workspace = true }
old = { package = "new", version = "=1.2.3" }
[target.'cfg(unix)'.dev-dependencies]
nix = "0.29"
[features]
serde = []
"#;
    let expect = [
        "4 serde - - runtime direct",
        "5 new =1.2.3 1.2.3 runtime direct",
        "7 nix 0.29 - dev direct",
        "project x - unknown -",
    ];
    check("Cargo.toml", manifest, &expect);
    let lock = r#"[[package]]
name = "own"
version = "0.1.0"
dependencies = ["a"]
[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
"#;
    check("Cargo.lock", lock, &["2 own - 0.1.0 unknown transitive", "6 a - 1.0.0 unknown direct"]);
}

#[test]
fn go_modules_are_replaced_and_marked_indirect() {
    let text = "module example.org/m\nrequire (\n\ta.org/x v1.0.0\n\tb.org/y v2.0.0 // indirect\n\tc.org/z v1.1.0\n)\n\
                replace a.org/x => d.org/x v1.0.1\nreplace c.org/z v9.9.9 => ./z\n";
    let expect = [
        "7 d.org/x v1.0.1 v1.0.1 runtime direct",
        "4 b.org/y v2.0.0 v2.0.0 runtime transitive",
        "5 c.org/z v1.1.0 v1.1.0 runtime direct",
        "project example.org/m - unknown -",
    ];
    check("go.mod", text, &expect);
    check("go.sum", "a.org/x v1.0.0 h1:abc=\na.org/x v1.0.0/go.mod h1:def=\n", &["1 a.org/x - v1.0.0 unknown ?"]);
}

#[test]
fn a_pom_fills_in_its_own_properties_and_keeps_the_rest() {
    let text = "<project>\n<groupId>g</groupId><artifactId>a</artifactId><version>1.0</version>
<properties><v>2.5</v></properties>
<dependencies>
<dependency><groupId>${project.groupId}</groupId><artifactId>b</artifactId><version>${v}</version></dependency>
<dependency><groupId>h</groupId><artifactId>c</artifactId><version>${far}</version><scope>test</scope></dependency>
<!-- <dependency><groupId>no</groupId><artifactId>no</artifactId></dependency> -->
</dependencies>
<build><plugins><plugin><artifactId>p</artifactId></plugin></plugins></build>
</project>";
    let expect = [
        "5 g:b ${v} 2.5 runtime direct",
        "6 h:c ${far} - test direct",
        "9 org.apache.maven.plugins:p - - build direct",
        "project g:a 1.0 unknown -",
    ];
    check("pom.xml", text, &expect);
}

#[test]
fn gradle_scripts_are_read_for_their_literals() {
    let text = "plugins {\n  id(\"org.x\") version \"1.2\"\n}\next.kafka = '3.1'\ndependencies {
  implementation \"g:a:$kafka\"
  testImplementation group: 'g', name: 'b', version: '2'
  // implementation 'no:no:1'
  api(platform(\"g:bom:4.+\"))
  implementation project(':own')
}
println 'not:a:dependency'
";
    let expect = [
        "2 org.x:org.x.gradle.plugin 1.2 1.2 build direct",
        "6 g:a $kafka 3.1 runtime direct",
        "7 g:b 2 2 test direct",
        "9 g:bom 4.+ - runtime direct",
    ];
    check("build.gradle", text, &expect);
    let catalog = "[versions]\nk = \"3.1\"\n[libraries]\na = { module = \"g:a\", version.ref = \"k\" }\nb = \"g:b:1\"\nc = \"x\"\n";
    let expect = ["4 g:a 3.1 3.1 unknown direct", "5 g:b 1 1 unknown direct", "gap 6 syntax"];
    check("gradle/libs.versions.toml", catalog, &expect);
    let lock = "# c\ng:a:1.0=testRuntimeClasspath\nempty=x\nodd\n";
    check("gradle.lockfile", lock, &["2 g:a - 1.0 test ?", "gap 4 syntax"]);
    let script = "versions += [\n  core: \"2.16\"\n]\nlibs += [\n  a: \"g:a:$versions.core\",\n  b: \"g:b:1.0\"\n]\n";
    let expect = ["5 g:a $versions.core 2.16 unknown direct", "6 g:b 1.0 1.0 unknown direct"];
    check("gradle/dependencies.gradle", script, &expect);
}

#[test]
fn python_requirements_stand_in_many_files() {
    let text = "# c\n-r other.txt\nrequests[security]==2.31.0 ; python_version < '4' \\\n    --hash=sha256:1
Flask>=2 # why
mine @ https://x.org/a.zip
-e git+https://x.org/e.git#egg=edit
not a requirement
";
    let expect = [
        "3 requests ==2.31.0 2.31.0 runtime direct",
        "5 Flask >=2 - runtime direct",
        "6 mine - - runtime direct",
        "7 edit - - runtime direct",
        "gap 8 syntax",
    ];
    check("requirements.txt", text, &expect);
    let pyproject = "[project]\nname = \"p\"\ndependencies = [\n  \"a>=1\",\n]\n[dependency-groups]\ntest = [\"b==2\"]
[tool.poetry.dependencies]\npython = \"^3\"\nc = { version = \"1.0\", optional = true }\n";
    let expect =
        ["4 a >=1 - runtime direct", "7 b ==2 2 test direct", "10 c 1.0 1.0 optional direct", "project p - unknown -"];
    check("pyproject.toml", pyproject, &expect);
    let setup = "setup(name='s', install_requires=['a>=1', 'b'], x=['c'])\n";
    check("setup.py", setup, &["1 a >=1 - runtime direct", "1 b - - runtime direct", "project s - unknown -"]);
    let cfg = "[options]\ninstall_requires =\n    a>=1\n    b; x=='y'\n[other]\nz = q\n";
    check("setup.cfg", cfg, &["3 a >=1 - runtime direct", "4 b - - runtime direct"]);
    let uv = "[[package]]\nname = \"own\"\nsource = { virtual = \".\" }\ndependencies = [{ name = \"a\" }]
[[package]]\nname = \"a\"\nversion = \"1.0\"\n";
    check("uv.lock", uv, &["6 a - 1.0 runtime direct"]);
    check("Pipfile.lock", "{\"_meta\": {}, \"develop\": {\n\"a\": {\"version\": \"==1.0\"}}}", &["2 a - 1.0 dev ?"]);
    let conda = "dependencies:\n  - numpy=1.26\n  - pip:\n    - a==2\n";
    check("environment.yml", conda, &["2 numpy =1.26 1.26 runtime direct", "4 a ==2 2 runtime direct"]);
}

#[test]
fn nuget_has_central_versions_and_private_tools() {
    let project = r#"<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><V>1.0</V></PropertyGroup><ItemGroup>
<PackageReference Include="A" Version="$(V)" />
<PackageReference Include="B" PrivateAssets="all"><Version>[2.0,3.0)</Version></PackageReference>
<ProjectReference Include="C" />
</ItemGroup></Project>"#;
    let expect = ["2 A $(V) 1.0 runtime direct", "3 B [2.0,3.0) - build direct", "project Shop - unknown -"];
    check("src/Shop.csproj", project, &expect);
    let central = "<Project><ItemGroup>\n<PackageVersion Include=\"A\" Version=\"1.0\" />\n</ItemGroup></Project>";
    check("Directory.Packages.props", central, &["2 A 1.0 1.0 unknown ?"]);
    let lock = "{\"dependencies\": {\"net8.0\": {\n\"A\": {\"type\": \"Transitive\", \"resolved\": \"1.0\"}}}}";
    check("packages.lock.json", lock, &["2 A - 1.0 runtime transitive"]);
}

#[test]
fn ruby_and_its_kin_are_read_by_their_calls() {
    let gemfile =
        "ruby '3.3.0'\ngem 'rails', '~> 7.1', '>= 7.1.2'\ngroup :development, :test do\n  gem \"rspec\", \"3.0\"\nend
# gem 'no'
gem 'x', git: 'https://x.org/x.git'
";
    let expect = [
        "2 rails ~> 7.1, >= 7.1.2 - runtime direct",
        "4 rspec 3.0 3.0 test direct",
        "7 x - - runtime direct",
        "project - - unknown -",
    ];
    check("Gemfile", gemfile, &expect);
    let lock = "GEM\n  specs:\n    nokogiri (1.16.0-x86_64-linux)\n      racc (~> 1.4)\n    racc (1.7.3)\n\nDEPENDENCIES\n  nokogiri\n";
    check("Gemfile.lock", lock, &["3 nokogiri - 1.16.0 unknown direct", "5 racc - 1.7.3 unknown transitive"]);
    let spec = "V = '1.1'\nSpec.new do |s|\n  s.name = 'g'\n  s.version = V\n  s.add_dependency 'a', '>= 1'\nend\n";
    check("g.gemspec", spec, &["5 a >= 1 - runtime direct", "project g 1.1 library -"]);
    check("Podfile", "target 'App' do\n  pod 'A/Core', '1.0'\nend\n", &["2 A/Core 1.0 1.0 runtime direct"]);
    let pods = "PODS:\n  - A (1.0):\n    - B\n  - B (2.0)\nDEPENDENCIES:\n  - A\n";
    check("Podfile.lock", pods, &["2 A - 1.0 unknown direct", "4 B - 2.0 unknown transitive"]);
}

#[test]
fn the_other_ecosystems_have_their_readers_too() {
    let composer = "{\"name\": \"a/b\",\n\"require\": {\"php\": \">=8\",\n\"m/n\": \"^3\"}}";
    check("composer.json", composer, &["3 m/n ^3 - runtime direct", "project a/b - unknown -"]);
    let lock = "{\"packages\": [], \"packages-dev\": [{\n\"name\": \"m/n\", \"version\": \"3.1\"}]}";
    check("composer.lock", lock, &["2 m/n - 3.1 dev ?"]);
    let mix = "defp deps do\n  [{:a, \"~> 1.0\"},\n   {:b, \"2.0.0\", only: :test}]\nend\ndef x, do: {:no, \"1\"}\n";
    check("mix.exs", mix, &["2 a ~> 1.0 - runtime direct", "3 b 2.0.0 2.0.0 test direct"]);
    check("mix.lock", "%{\n  \"a\": {:hex, :a, \"1.0.2\", \"x\", [:mix]},\n}\n", &["2 a - 1.0.2 unknown ?"]);
    let sbt = "val v = \"2.8\"\ndeps += \"g\" %% \"a\" % v % Test\naddSbtPlugin(\"g\" % \"p\" % \"1.0\")\n\"no\" % \"version\"\n";
    check("build.sbt", sbt, &["2 g:a 2.8 2.8 test direct", "3 g:p 1.0 1.0 build direct"]);
    let swift = "let p = Package(name: \"S\", dependencies: [\n  .package(url: \"https://github.com/o/r.git\", from: \"1.0.0\"),
  .product(name: \"no\", package: \"r\")])\n";
    check("Package.swift", swift, &["2 github.com/o/r from 1.0.0 - runtime direct", "project S - library -"]);
    let resolved = "{\"pins\": [{\n\"location\": \"https://github.com/o/r.git\", \"state\": {\"version\": \"1.2\"}}]}";
    check("Package.resolved", resolved, &["2 github.com/o/r - 1.2 unknown ?"]);
    check("conanfile.txt", "[requires]\nzlib/1.3\n[options]\nno/1\n", &["2 zlib 1.3 1.3 runtime direct"]);
    let conan = "class C(ConanFile):\n    requires = 'a/1', 'b/[>2]'\n";
    check("conanfile.py", conan, &["2 a 1 1 runtime direct", "2 b [>2] - runtime direct"]);
    check("conan.lock", "{\"version\": \"0.5\", \"requires\": [\n\"zlib/1.3#rev%1\"]}", &["2 zlib - 1.3 runtime ?"]);
    let vcpkg = "{\"name\": \"v\", \"dependencies\": [\n\"fmt\",\n{\"name\": \"x\", \"version>=\": \"2\"}]}";
    let expect = ["2 fmt - - runtime direct", "3 x >=2 - runtime direct", "project v - unknown -"];
    check("vcpkg.json", vcpkg, &expect);
    let dart = "packages:\n  a:\n    dependency: \"direct dev\"\n    version: \"1.0\"\n";
    check("pubspec.lock", dart, &["2 a - 1.0 dev direct"]);
    let renv = "{\"Packages\": {\n\"a\": {\"Package\": \"a\", \"Version\": \"1.0\", \"Repository\": \"CRAN\"}}}";
    check("renv.lock", renv, &["2 a - 1.0 unknown ?"]);
}

#[test]
fn names_that_only_look_like_manifests_are_not_wanted() {
    for path in ["package.json5", "my-Cargo.toml", "docs/notes.txt", "pom.xml.bak", "x.scala", "versions.toml"] {
        assert!(!manifests::wants(path), "{path}");
    }
    for path in ["requirements-dev.txt", "requirements/base.txt", "a/b.fsproj", "project/Build.scala", "app.deps.json"]
    {
        assert!(manifests::wants(path), "{path}");
    }
}

#[test]
fn content_that_is_not_what_the_name_says_is_a_gap() {
    let page = "<!doctype html>\n<html><body>404: not found</body>\n";
    let names =
        ["package.json", "Cargo.lock", "go.mod", "pom.xml", "a.csproj", "Gemfile.lock", "mix.lock", "yarn.lock"];
    for path in names {
        let found = rows(path, page);
        assert!(found.starts_with("gap "), "{path}: {found}");
    }
}

#[test]
fn hostile_files_end_in_rows_or_gaps_and_never_in_a_panic() {
    const NAMES: [&str; 26] = [
        "package.json",
        "package-lock.json",
        "bun.lock",
        "pnpm-lock.yaml",
        "yarn.lock",
        "Cargo.toml",
        "Cargo.lock",
        "go.mod",
        "pom.xml",
        "build.gradle",
        "dependencies.gradle",
        "gradle.lockfile",
        "libs.versions.toml",
        "pyproject.toml",
        "requirements.txt",
        "setup.cfg",
        "setup.py",
        "a.csproj",
        "Gemfile",
        "Gemfile.lock",
        "mix.exs",
        "mix.lock",
        "build.sbt",
        "Package.swift",
        "Podfile.lock",
        "conanfile.py",
    ];
    let deep = 100_000;
    let bomb = (b'a'..=b'y').fold("z: &a [x, x]\n".to_owned(), |mut text, c| {
        let (from, to) = (char::from(c), char::from(c + 1));
        writeln!(text, "k{to}: &{to} [*{from}, *{from}, *{from}, *{from}, *{from}]").expect("memory");
        text
    });
    let hostile = [
        String::new(),
        "\u{feff}".to_owned(),
        "[".repeat(deep),
        "{\"a\":".repeat(deep),
        "a = ".to_owned() + &"[".repeat(deep),
        "<a>".repeat(deep),
        "dependencies {".repeat(deep),
        "install_requires=[".repeat(deep),
        "\"".repeat(deep),
        "x".repeat(1 << 20),
        bomb,
    ];
    for text in &hostile {
        for path in NAMES {
            rows(path, text);
        }
    }
}

#[test]
fn a_lock_file_of_a_hundred_thousand_packages_is_read_in_linear_time() {
    let mut lock = String::from("version = 4\n");
    for i in 0..100_000 {
        writeln!(lock, "[[package]]\nname = \"crate-{i}\"\nversion = \"1.0.{i}\"\nsource = \"registry+x\"")
            .expect("memory");
    }
    let found = rows("Cargo.lock", &lock);
    assert_eq!(found.lines().count(), 100_000);
    assert!(found.ends_with("crate-99999 - 1.0.99999 unknown ?\n"));
    // All on one line: nothing may search that line once per package.
    let entries: Vec<_> = (0..100_000).map(|i| format!("\"node_modules/p{i}\":{{\"version\":\"1.0.{i}\"}}")).collect();
    let text = format!("{{\"lockfileVersion\":3,\"packages\":{{{}}}}}", entries.join(","));
    let path = "package-lock.json";
    let file = FileInput { repo: "r", commit: None, path, text: &text, language: None, kind: FileKind::Config };
    let mut rows = SourceRows::default();
    manifests::read(&file, &mut rows);
    assert_eq!(rows.packages.len(), 100_000);
}
