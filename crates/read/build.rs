//! Embeds the detectors of `rules/<family>/` by sorted listing, so that a new one needs no registration.

use std::fmt::Write as _;
use std::path::Path;

/// Folders of `rules/` that hold other knowledge than detectors.
const OTHERS: [&str; 2] = ["languages", "catalogue"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../rules");
    println!("cargo::rerun-if-changed={}", room.display());
    let mut code =
        String::from("/// Our detectors: file and text.\npub(crate) static DETECTORS: &[(&str, &str)] = &[\n");
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
        }
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
