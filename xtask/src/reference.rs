//! Reference pages made from the specs, so that they cannot say something else than the program.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use sightline_facts::tables::ALL;

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Writes the pages, or only compares.
pub(crate) fn generate(check: bool) -> Result<()> {
    let catalogue = sightline_map::catalogue_reference().map_err(|wrong| anyhow!("{wrong}"))?;
    let fired = std::fs::read_to_string(root().join("bench/architecture/fired.txt")).unwrap_or_default();
    let pages = [
        ("docs/reference/tables.md", tables()),
        ("docs/reference/metrics.md", sightline_measure::reference()),
        ("docs/reference/catalogue.md", catalogue),
        ("docs/reference/permissions.md", sightline_connect::reference()),
        ("docs/reference/detectors.md", sightline_read::detect::reference(&fired)),
    ];
    for (name, text) in pages {
        let path = root().join(name);
        let old = std::fs::read_to_string(&path).unwrap_or_default();
        if old == text {
            continue;
        }
        if check {
            bail!("`{name}` is stale\nhelp: run `cargo xtask gen` and commit the result");
        }
        std::fs::write(&path, text).with_context(|| format!("could not write `{name}`"))?;
    }
    Ok(())
}

/// All tables with their columns.
fn tables() -> String {
    let mut page = String::from(
        "# Fact tables\n\nGenerated from the table specs by `cargo xtask gen`; edit `crates/facts/src/tables/`.\n\n\
         Instants are UTC, lines are counted from 1 and ranges include both ends. `sightline sql` asks all of them.\n",
    );
    for table in ALL {
        write!(page, "\n## {}\n\n{} Spec version {}.\n\n", table.name, table.purpose, table.version)
            .expect("writing to a string does not fail");
        page.push_str("| column | type | unit | empty? | meaning |\n|---|---|---|---|---|\n");
        for column in table.columns {
            let empty = if column.nullable { "may be" } else { "" };
            writeln!(
                page,
                "| `{}` | {} | {} | {empty} | {} |",
                column.name,
                column.kind.word(),
                column.unit,
                column.meaning.replace('|', "\\|")
            )
            .expect("writing to a string does not fail");
        }
    }
    page
}
