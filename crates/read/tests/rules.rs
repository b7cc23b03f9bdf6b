//! All fixture pages of `rules/`, run with all detectors. `SIGHTLINE_BLESS=1` rewrites the blocks of rows, and nothing
//! else, for you to read the diff.

use std::path::{Path, PathBuf};

use sightline_read::detect::Detectors;
use sightline_testkit::page;

fn room() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// File and text of each rule, from the room itself, so that editing one needs no build.
fn rules() -> Vec<(String, String)> {
    let mut rules = Vec::new();
    let sorted = |folder: &Path| {
        let mut paths: Vec<PathBuf> =
            std::fs::read_dir(folder).expect("a folder").flatten().map(|e| e.path()).collect();
        paths.sort();
        paths
    };
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for family in sorted(&room().join("rules")).into_iter().filter(|p| p.is_dir()) {
        if ["languages", "catalogue"].contains(&name(&family).as_str()) {
            continue;
        }
        for path in sorted(&family).into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml")) {
            let text = std::fs::read_to_string(&path).expect("a rule can be read");
            rules.push((format!("rules/{}/{}", name(&family), name(&path)), text));
        }
    }
    rules
}

fn detectors(rules: &[(String, String)]) -> Detectors {
    let rules: Vec<(&str, &str)> = rules.iter().map(|(f, t)| (f.as_str(), t.as_str())).collect();
    let detectors = Detectors::only(&rules).map_err(|d| d.to_string()).expect("detectors that load");
    detectors.check().map_err(|d| d.to_string()).expect("detectors that compile");
    detectors
}

#[test]
fn all_rules_of_the_room_are_in_the_program() {
    let rules = rules();
    let embedded: Vec<(&str, &str)> = Detectors::ours().to_vec();
    assert_eq!(rules.iter().map(|(f, t)| (f.as_str(), t.as_str())).collect::<Vec<_>>(), embedded);
    assert!(Detectors::new(&rules).is_ok(), "a workspace may stand at the root of this repository");
}

#[test]
fn every_page_gives_its_rows() {
    let rules = rules();
    let detectors = detectors(&rules);
    let bless = std::env::var_os("SIGHTLINE_BLESS").is_some();
    let mut wrong = Vec::new();
    for (file, _) in &rules {
        let path = room().join(file.replace(".toml", ".md"));
        let Ok(text) = std::fs::read_to_string(&path) else {
            wrong.push(format!("{file}: there is no page beside it"));
            continue;
        };
        match page::run(&text, &detectors, id_of(file)) {
            Ok(now) if now == text => {}
            Ok(now) if bless => std::fs::write(&path, now).expect("the page can be written"),
            Ok(now) => wrong.push(format!("{file}: the page should be\n{}", difference(&text, &now))),
            Err(error) => wrong.push(format!("{file}: {error}")),
        }
        if page::shape(&text).is_ok_and(|(_, has_near_miss)| !has_near_miss) {
            wrong.push(format!("{file}: the page has no near miss"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A detector has the name of its file.
fn id_of(file: &str) -> &str {
    file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml")
}

/// The lines in which two pages differ.
fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lost = old.iter().filter(|l| !new.contains(l)).map(|l| format!("- {l}"));
    lost.chain(new.iter().filter(|l| !old.contains(l)).map(|l| format!("+ {l}"))).collect::<Vec<_>>().join("\n")
}
