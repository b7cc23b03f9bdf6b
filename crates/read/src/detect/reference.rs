//! The reference page of all detectors, made from their files.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Detectors;

/// `docs/reference/detectors.md`: every detector of ours with what it sees, where it looks and its source. `fired` is
/// the text of `bench/architecture/fired.txt`.
///
/// # Panics
/// When a rule of ours is wrong, which a test proves it is not.
pub fn reference(fired: &str) -> String {
    let fired = tried(fired);
    let detectors = Detectors::new(&[]).expect("a test proves that our own rules are right");
    let mut page = String::from(
        "# Detectors\n\n<!-- Made from `rules/`; change those and run `cargo xtask gen`. -->\n\n\
         A detector is a rule in `rules/<family>/`; the page beside it shows what it gives and what it must not. Each\n\
         match becomes a row of `signals`. *Fired on* counts the systems of the architecture benchmark and further public\n\
         systems on which it gave a signal (`bench/architecture/others.py` counts anew); – is a detector that fired on\n\
         none of them, or is newer than the last count.\n",
    );
    let mut rules = detectors.rules();
    rules.sort_by_key(|r| (&r.file, &r.id));
    let mut family = "";
    for rule in rules {
        let own = rule.file.split('/').nth(1).unwrap_or_default();
        if own != family {
            family = own;
            write!(
                page,
                "\n## {family}\n\n| Detector | What it sees | Looks at | Fired on | Status | Source |\n|---|---|---|---|---|---|\n"
            )
            .expect("a string takes any text");
        }
        let places = rule.languages.iter().chain(&rule.files).map(|f| format!("`{f}`")).collect::<Vec<_>>().join(", ");
        let link = format!("../../{}", rule.file.replace(".toml", ".md"));
        let on = match fired.get(rule.id.as_str()) {
            None | Some((0, 0)) => "–".to_owned(),
            Some((benchmark, others)) => format!("{benchmark} + {others}"),
        };
        writeln!(
            page,
            "| [`{}`]({link}) | {} | {places} | {on} | {} | {} |",
            rule.id, rule.sees, rule.status, rule.source
        )
        .expect("a string takes any text");
    }
    page
}

/// Systems of the benchmark and other systems on which each detector fired: lines of its id and two counts.
fn tried(text: &str) -> BTreeMap<&str, (u32, u32)> {
    let line = |line: &'_ str| {
        let mut words = line.split_whitespace();
        let (_, benchmark, others) = (words.next()?, words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((benchmark, others))
    };
    text.lines()
        .filter(|l| !l.starts_with('#'))
        .filter_map(|l| Some((l.split_whitespace().next()?, line(l)?)))
        .collect()
}
