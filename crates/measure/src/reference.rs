//! The reference page of all metrics, made from their files.

use std::fmt::Write as _;

use crate::metric::metrics;

/// `docs/reference/metrics.md`: every metric of ours with its definition, source and query.
///
/// # Panics
/// When a metric file of ours is wrong, which a test proves it is not.
pub fn reference() -> String {
    let metrics = metrics(&[]).expect("a test proves that our own metric files are right");
    let mut page = String::from(
        "# Metrics\n\n<!-- Made from `metrics/*.toml`; change those and run `cargo xtask gen`. -->\n\n\
         Every number is a query. Windows are counted back from `sources.as_of`, never from today. `n` is the number\n\
         of rows behind a value; `sightline why METRIC` shows them, and what the metric leaves out with the reasons.\n\n| Metric | Question | Unit | Better |\n|---|---|---|---|\n",
    );
    let mut write = |text: std::fmt::Arguments<'_>| page.write_fmt(text).expect("a string takes any text");
    for m in &metrics {
        write(format_args!("| [`{0}`](#{0}) | {1} | {2} | {3} |\n", m.id, m.question, m.unit, m.better.word()));
    }
    for m in &metrics {
        let grain = m.grain.iter().map(|g| format!("`{g}`")).collect::<Vec<_>>().join(", ");
        write(format_args!("\n## {}\n\n{}\n\n", m.id, m.question));
        write(format_args!("- Unit: {}; better: {}; one value per {grain}\n", m.unit, m.better.word()));
        write(format_args!("- Source: {}\n\n{}\n\n```sql\n{}\n```\n", m.source, m.doc.trim(), m.sql));
    }
    page
}
