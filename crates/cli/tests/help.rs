//! What a newcomer meets first: help that lists every command with examples that work, completions, the manual page,
//! a hint for each mistyped name, no colour where none is wanted, and exit codes that mean what help says.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use common::{fails, ok, run, scanned};
use sightline_testkit::TinyRepo;

/// The program without a workspace of its own.
fn bare(arguments: &[&str]) -> Output {
    let nowhere = std::env::temp_dir();
    Command::new(env!("CARGO_BIN_EXE_sightline"))
        .args(arguments)
        .env_remove("SIGHTLINE_WORKSPACE")
        .env("XDG_DATA_HOME", nowhere.join("sightline-help-test-has-no-data"))
        .output()
        .expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Help of the whole or of one command; its exit code is 0 and it goes to stdout.
fn help(command: &[&str]) -> String {
    let output = bare(&[command, &["--help"]].concat());
    assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
    text(&output.stdout)
}

/// Names of all commands, from the completions, which are made from the parser and not from the help text.
fn commands() -> BTreeSet<String> {
    let script = text(&bare(&["completions", "fish"]).stdout);
    let names: BTreeSet<String> = script
        .lines()
        .filter(|l| l.contains("__fish_sightline_needs_command") && l.contains(" -f "))
        .filter_map(|l| l.split(" -a \"").nth(1)?.split('"').next().map(str::to_owned))
        .collect();
    assert!(names.len() > 15, "{names:?}");
    names
}

/// The words of a command line as a shell would split them; what follows a pipe, a redirection or two blanks is not
/// the program's.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut blanks) = (Vec::new(), String::new(), false, 0);
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                blanks += 1;
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            '|' | '>' | '&' if !quoted => break,
            _ => {
                if blanks > 1 && !quoted && word.is_empty() {
                    break;
                }
                blanks = 0;
                word.push(c);
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Examples in a help text: the lines that begin with the program's name, wrapped lines put together again.
fn examples(help: &str) -> Vec<Vec<String>> {
    let (_, block) = help.split_once("Example").unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for line in block.lines().skip(1).map(str::trim).filter(|l| !l.is_empty()) {
        match lines.last_mut() {
            Some(last) if !line.starts_with("sightline") => last.extend([" ", line]),
            _ => lines.push(line.to_owned()),
        }
    }
    lines.iter().map(|l| words(l)).filter(|w| w.first().is_some_and(|w| w == "sightline")).collect()
}

/// Whether the parser takes the words. `--help` at the end wins over everything but a wrong word before it.
fn parses(words: &[String]) -> Result<(), String> {
    let mut arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    arguments.push("--help");
    let output = bare(&arguments);
    if output.status.code() == Some(0) { Ok(()) } else { Err(text(&output.stderr)) }
}

#[test]
fn grouped_help_lists_every_command() {
    let page = help(&[]);
    let groups = page.split("Options:").next().unwrap_or_default();
    // `  open       Read …`, and names that share a line with their words on the next.
    let listed: BTreeSet<&str> = groups
        .lines()
        .filter_map(|l| l.strip_prefix("  "))
        .filter_map(|l| l.split("  ").next())
        .flat_map(|names| names.split(", "))
        .collect();
    for command in commands() {
        assert!(listed.contains(command.as_str()), "`{command}` is not in the groups: {listed:?}");
    }
    for heading in ["See:", "Check:", "Run:", "Exit codes:", "Examples:", "--workspace", "--json"] {
        assert!(page.contains(heading), "{heading}");
    }
    assert!(page.lines().all(|l| l.chars().count() <= 100), "{page}");
}

#[test]
fn every_command_has_an_example_and_every_example_parses() {
    let mut pages = vec![(String::new(), help(&[]))];
    for command in commands().into_iter().filter(|c| c != "help") {
        let page = help(&[&command]);
        pages.push((command, page));
    }
    for (command, page) in pages {
        let examples = examples(&page);
        assert!(!examples.is_empty(), "`{command}` has no example:\n{page}");
        for words in examples {
            assert!(command.is_empty() || words.get(1) == Some(&command), "`{command}` shows {words:?}");
            if let Err(error) = parses(&words) {
                panic!("`{command}` shows {words:?}, which is no use of it: {error}");
            }
        }
    }
    let wrong = ["sightline", "open", ".", "--no-such"].map(str::to_owned);
    assert!(parses(&wrong).is_err(), "a wrong example would be seen");
}

#[test]
fn help_says_more_than_the_list_of_commands() {
    let page = help(&["open"]);
    let prose = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(prose.contains("writes the report as one HTML file"), "{page}");
    assert!(page.contains("Options of every command"), "{page}");
    assert_eq!(text(&bare(&["help", "open"]).stdout), page);
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let output = bare(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0), "{shell}");
        let script = text(&output.stdout);
        for command in commands() {
            assert!(script.contains(&command), "{shell} does not complete `{command}`");
        }
        assert!(script.contains("no-renames"), "{shell} does not complete options");
    }
    assert_eq!(bare(&["completions", "cobol"]).status.code(), Some(2));
}

#[test]
fn the_manual_page_is_one() {
    let page = text(&bare(&["man"]).stdout);
    assert!(page.contains(".TH sightline 1"), "{page}");
    for command in commands().iter().filter(|c| *c != "help") {
        let (_, own) = page.split_once(&format!("\n.SS sightline {command}\n")).unwrap_or_default();
        let own = own.split("\n.S").next().unwrap_or_default();
        assert!(own.contains("Example") && own.contains("Usage:"), "`{command}` is not in it: {own}");
    }
    let (_, codes) = page.split_once(".SH EXIT STATUS\n").unwrap_or_default();
    assert!(codes.contains(".TP\n70\na fault of ours\n"), "{codes}");
    assert!(page.contains("\\-\\-no\\-renames") && !page.contains('\u{1b}'), "{page}");
}

#[test]
fn a_mistyped_name_is_met_with_the_one_that_was_meant() {
    let mut repo = TinyRepo::default();
    repo.file("src/main.rs", "fn main() {}\n").commit("one");
    let workspace = scanned(&repo, &[]);
    let check = |arguments: &[&str], meant: &str| {
        let (code, message) = fails(&workspace, arguments);
        assert_eq!(code, 2, "{arguments:?}: {message}");
        assert!(message.contains(meant), "{arguments:?} should name {meant}: {message}");
    };
    check(&["stak"], "'stack'");
    check(&["overview", "--jsn"], "'--json'");
    check(&["tables", "comits"], "did you mean `commits`?");
    check(&["sql", "select * from commitz"], "did you mean `commits`?");
    check(&["sql", "select subjct from commits"], "no column `subjct` in this question\nhelp: did you mean `subject`?");
    check(&["sql", "select c.subjct from commits c"], "did you mean `subject`?");
    check(&["sql", "select zzz from commits"], "`sightline tables commits` lists its columns");
    check(&["metrics", "bus-facto"], "did you mean `bus-factor`?");
    check(&["why", "bus-facto"], "did you mean `bus-factor`?");
    check(&["show", "main.rs"], "did you mean `src/main.rs`?");
    check(&["show", "src/mian.rs"], "did you mean `src/main.rs`?");
}

#[test]
fn colour_is_never_written_where_nobody_sees_it() {
    let mut repo = TinyRepo::default();
    repo.file("src/main.rs", "fn main() {}\n").commit("one");
    let workspace = scanned(&repo, &[]);
    for (key, value) in [("NO_COLOR", "1"), ("CLICOLOR", "1")] {
        for arguments in [["overview"].as_slice(), &["--help"], &["tables", "comits"]] {
            let output = common::command(&workspace, arguments).env(key, value).output().expect("the program starts");
            let said = text(&output.stdout) + &text(&output.stderr);
            assert!(!said.is_empty() && !said.contains('\u{1b}'), "{key} {arguments:?}: {said:?}");
        }
    }
    let (painted, plain) = (on_a_terminal(&workspace, None), on_a_terminal(&workspace, Some("1")));
    // Without the program that lends a terminal there is nothing to compare.
    if let (Some(painted), Some(plain)) = (painted, plain) {
        assert!(painted.contains("\u{1b}["), "a terminal gets colour: {painted:?}");
        assert!(!plain.contains("\u{1b}["), "`NO_COLOR` is respected on a terminal: {plain:?}");
    }
}

/// What `overview` writes to a terminal, lent by `script` of util-linux; `None` where that is missing.
fn on_a_terminal(workspace: &Path, no_color: Option<&str>) -> Option<String> {
    let line = format!("'{}' overview --workspace '{}'", env!("CARGO_BIN_EXE_sightline"), workspace.display());
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).env("TERM", "xterm").env_remove("NO_COLOR");
    if let Some(value) = no_color {
        command.env("NO_COLOR", value);
    }
    let output = command.stdin(std::process::Stdio::null()).output().ok()?;
    output.status.success().then(|| text(&output.stdout))
}

#[test]
fn exit_codes_mean_what_help_says() {
    let mut repo = TinyRepo::default();
    repo.file("src/main.rs", "fn main() {}\n").commit("one");
    let workspace = scanned(&repo, &[]);
    ok(&workspace, &["verify"]);
    assert_eq!(run(&workspace, &["scan", "--strict"]).status.code(), Some(0), "nothing was left unread");

    repo.file("package.json", "{ \"name\": ").commit("a manifest that is none");
    assert_eq!(run(&workspace, &["scan", "--strict"]).status.code(), Some(4));
    assert_eq!(run(&workspace, &["scan"]).status.code(), Some(0), "without `--strict` a gap is no failure");

    assert_eq!(fails(&workspace, &["no-such-command"]).0, 2);
    assert_eq!(fails(&workspace, &["open", "/no/such/place"]).0, 3);
    assert_eq!(fails(&workspace, &["sql", "drop table commits"]).0, 2);
    assert_eq!(fails(&workspace, &["sql", "--format", "parquet", "select 1"]).0, 2, "Parquet needs a file");
    let (code, message) = fails(&workspace, &["sql", "selec \"a\""]);
    assert_eq!(code, 2, "{message}");
    assert!(message.starts_with("error: this is no SQL: expected: an SQL statement, found: selec"), "{message}");
    assert!(message.contains("help: `sightline sql --help`"), "{message}");
    assert_eq!(bare(&[]).status.code(), Some(2), "no command is wrong usage");
    assert_eq!(bare(&["--version"]).status.code(), Some(0));

    let folder = repo.outside().join("plain");
    std::fs::create_dir(&folder).expect("a new folder");
    std::fs::write(folder.join("a.py"), "def a():\n    pass\n").expect("a new file");
    let of_folder = repo.outside().join("of-folder");
    ok(&of_folder, &["scan", folder.to_str().expect("temporary folders have plain names")]);
    std::fs::write(folder.join("a.py"), "\n").expect("a file of ours");
    assert_eq!(fails(&of_folder, &["verify"]).0, 1, "a cited line that is gone");
}

#[test]
fn what_a_scan_did_is_said_in_numbers_and_nouns() {
    let mut repo = TinyRepo::default();
    repo.file("src/main.rs", "fn main() {}\n").file("src/cart.rs", "pub fn fill() {}\n").commit("one");
    let workspace = repo.outside().join("workspace");
    let path = repo.path();
    let place = path.to_str().expect("temporary folders have plain names");
    let said = ok(&workspace, &["scan", place]);
    assert!(said.starts_with("shop: read 2 files and 1 commit\n"), "{said}");
    repo.file("src/cart.rs", "pub fn fill() {}\npub fn empty() {}\n").commit("two");
    let said = ok(&workspace, &["scan"]);
    assert!(said.starts_with("shop: 2 files, 1 of them read anew; 2 commits, 1 of them new\n"), "{said}");
    let doctor = ok(&workspace, &["doctor"]);
    assert!(doctor.contains(" of 1 source\n"), "{doctor}");
}
