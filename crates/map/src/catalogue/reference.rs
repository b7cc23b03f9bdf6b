//! The reference page of the catalogue.

use std::fmt::Write as _;

use sightline_facts::Diagnostic;

use super::{Catalogue, KINDS, Technology};

/// What stands above the lists.
const HEAD: &str = "# Technology catalogue

Generated from `rules/catalogue/` by `cargo xtask gen`; edit the files there, one per kind.

An entry says what a package, image, import, address, port or environment variable means. Files of the same form in
the folder `rules/catalogue/` of a workspace are read as well.

| key | meaning |
|---|---|
| `id` | name in tables: lower-case letters, digits, `-` |
| `name` | name as its makers write it |
| `kind` | what kind of component it is when it runs, or what kind of library |
| `purpose` | what it does, in at most 12 plain words that begin with a verb or a noun |
| `company` | the outside company that runs it; leave out for what people run themselves |
| `packages` | packages that make a component *use* it: purl type, `:`, name; `*` at the end stands for any rest |
| `packages_server` | packages that make a component *be* it, such as the server of a registry |
| `images` | container images that are it, without `docker.io/`, `library/`, tag and digest; `*` stands for any text |
| `schemes` | what stands before `://` in an address of it; `jdbc:` and `r2dbc:` with one word more |
| `ports` | ports that are well known for it and for nothing else |
| `imports` | imports of code that packages do not tell; what lies below counts too; `java:` before it limits the language |
| `env` | environment variables that configure it, by habit |
| `hosts` | its names on the network; `*` stands for any text |
| `shared` | patterns of this entry that another entry claims as well, listed in both |

The most specific pattern decides: the exact name, then the longest prefix, then the most literal characters.
";

/// The page `docs/reference/catalogue.md`.
///
/// # Errors
/// What is wrong in our own files, and where.
pub fn catalogue_reference() -> Result<String, Box<Diagnostic>> {
    let catalogue = Catalogue::new(&[])?;
    let all = catalogue.technologies();
    let companies = all.iter().filter(|t| t.company.is_some()).count();
    let mut page = String::from(HEAD);
    let count = format!("\n{} technologies, {companies} of them run by outside companies.\n", all.len());
    page.push_str(&count);
    for (kind, title) in KINDS {
        let mut of_kind = all.iter().filter(|t| t.kind == *kind).peekable();
        if of_kind.peek().is_none() {
            continue;
        }
        write!(page, "\n## {title} (`{kind}`)\n\n| technology | what it does | recognised by |\n|---|---|---|\n")
            .expect("writing to a string does not fail");
        for technology in of_kind {
            let company = technology.company.as_ref().map(|c| format!("; run by {c}")).unwrap_or_default();
            writeln!(
                page,
                "| {} (`{}`) | {}{company} | {} |",
                technology.name,
                technology.id,
                technology.purpose,
                marks(technology)
            )
            .expect("writing to a string does not fail");
        }
    }
    Ok(page)
}

/// How an entry is recognised: a few examples of each sort, then how many more there are.
fn marks(technology: &Technology) -> String {
    let ports: Vec<String> = technology.ports.iter().map(u16::to_string).collect();
    let sorts: [(&str, &[String]); 8] = [
        ("package", &technology.packages),
        ("package of the thing itself", &technology.packages_server),
        ("image", &technology.images),
        ("scheme", &technology.schemes),
        ("port", &ports),
        ("import", &technology.imports),
        ("variable", &technology.env),
        ("host", &technology.hosts),
    ];
    let mut habits = Vec::new();
    for (sort, patterns) in sorts.iter().filter(|(_, patterns)| !patterns.is_empty()) {
        let shown: Vec<String> = patterns.iter().take(3).map(|p| format!("`{p}`")).collect();
        let more = match patterns.len().saturating_sub(3) {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        habits.push(format!("{sort} {}{more}", shown.join(", ")));
    }
    habits.join("; ")
}
