//! The reference page of all detectors, made from their files.

use std::fmt::Write as _;

use super::Detectors;

/// `docs/reference/detectors.md`: every detector of ours with what it sees, where it looks and its source.
///
/// # Panics
/// When a rule of ours is wrong, which a test proves it is not.
pub fn reference() -> String {
    let detectors = Detectors::new(&[]).expect("a test proves that our own rules are right");
    let mut page = String::from(
        "# Detectors\n\n<!-- Made from `rules/`; change those and run `cargo xtask gen`. -->\n\n\
         A detector is a rule in `rules/<family>/`; the page beside it shows what it gives and what it must not. Each\n\
         match becomes a row of `signals`.\n",
    );
    let mut rules: Vec<_> = detectors.rules().iter().collect();
    rules.sort_by_key(|r| (&r.file, &r.id));
    let mut family = "";
    for rule in rules {
        let own = rule.file.split('/').nth(1).unwrap_or_default();
        if own != family {
            family = own;
            write!(
                page,
                "\n## {family}\n\n| Detector | What it sees | Looks at | Status | Source |\n|---|---|---|---|---|\n"
            )
            .expect("a string takes any text");
        }
        let places = rule.languages.iter().chain(&rule.files).map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ");
        let link = format!("../../{}", rule.file.replace(".toml", ".md"));
        writeln!(page, "| [`{}`]({link}) | {} | {places} | {} | {} |", rule.id, rule.sees, rule.status, rule.source)
            .expect("a string takes any text");
    }
    page
}
