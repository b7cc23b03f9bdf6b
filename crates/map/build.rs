//! Embeds `rules/catalogue/` by sorted listing, so that a new kind of technology needs no registration.

#![expect(clippy::disallowed_methods, reason = "a build script lists the data room; the crate itself reads no file")]

use std::fmt::Write as _;
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let room = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("../../rules/catalogue");
    println!("cargo::rerun-if-changed={}", room.display());
    let mut names = std::fs::read_dir(&room)?
        .map(|entry| entry.map(|e| e.file_name().to_string_lossy().into_owned()))
        .collect::<Result<Vec<_>, _>>()?;
    names.sort();
    let mut code =
        String::from("/// Files of the catalogue: name and text.\npub(crate) static FILES: &[(&str, &str)] = &[\n");
    for name in names.iter().filter(|n| Path::new(n).extension().is_some_and(|e| e == "toml")) {
        println!("cargo::rerun-if-changed={}", room.join(name).display());
        let path = format!("/../../rules/catalogue/{name}");
        writeln!(code, "({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {path:?}))),")?;
    }
    code.push_str("];\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("catalogue.rs"), code)?;
    Ok(())
}
