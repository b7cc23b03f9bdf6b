//! Embeds the detectors of `rules/<family>/` by sorted listing, so that a new one needs no registration; and of each what
//! decides at which files it looks, so that a scan of a few files need not read all of them.

use std::fmt::Write as _;
use std::path::Path;

/// Folders of `rules/` that hold other knowledge than detectors.
const OTHERS: [&str; 2] = ["languages", "catalogue"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../rules");
    println!("cargo::rerun-if-changed={}", room.display());
    let mut code =
        String::from("/// Our detectors: file and text.\npub(crate) static DETECTORS: &[(&str, &str)] = &[\n");
    let mut heads = Vec::new();
    for family in sorted(&room)? {
        if OTHERS.contains(&family.as_str()) || !room.join(&family).is_dir() {
            continue;
        }
        println!("cargo::rerun-if-changed={}", room.join(&family).display());
        for name in
            sorted(&room.join(&family))?.iter().filter(|n| Path::new(n).extension().is_some_and(|e| e == "toml"))
        {
            let path = format!("rules/{family}/{name}");
            println!("cargo::rerun-if-changed={}", room.join(&family).join(name).display());
            let place = format!("/../../{path}");
            writeln!(code, "({path:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {place:?}))),")?;
            // A file that is wrong is told of when it is read, with its line.
            let text = std::fs::read_to_string(room.join(&family).join(name))?;
            heads.push((name.trim_end_matches(".toml").to_owned(), head(&text.parse().unwrap_or_default())));
        }
    }
    code.push_str(
        "];\n/// What each of them looks at, in the same order.\npub(crate) static HEADS: &[super::Head] = &[\n",
    );
    for (id, head) in heads {
        writeln!(code, "super::Head {{ id: {id:?}, {head} }},")?;
    }
    code.push_str("];\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("detectors.rs"), code)?;
    Ok(())
}

fn sorted(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Fields of a head as code.
fn head(rule: &toml::Table) -> String {
    let list = |key: &str| -> Vec<&str> {
        rule.get(key).and_then(|v| v.as_array()).into_iter().flatten().filter_map(|v| v.as_str()).collect()
    };
    let matches = rule.get("match").and_then(|m| m.as_array());
    let looks_at_text = matches.is_some_and(|m| m.iter().any(|m| m.get("query").is_none()));
    let is_retired = rule.get("status").and_then(|s| s.as_str()) == Some("retired");
    format!(
        "languages: &{:?}, files: &{:?}, looks_at_text: {looks_at_text}, is_retired: {is_retired}",
        list("languages"),
        list("files")
    )
}
