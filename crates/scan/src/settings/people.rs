//! `[[person]]` of `sightline.toml`: accounts of history and trackers that belong to one person.

use sightline_map::Person;
use toml_edit::{Item, Key};

use super::{FILE, document, mistake};
use crate::ScanError;

const KEYS: [&str; 2] = ["name", "accounts"];

/// People, in the order of the file.
pub(super) fn parse(text: &str) -> Result<Vec<Person>, ScanError> {
    let document = document(text)?;
    let Some(item) = document.get("person") else { return Ok(Vec::new()) };
    let wrong = |what: &str, offset: Option<usize>, help: &str| Err(mistake(text, what, offset, help));
    let Some(tables) = item.as_array_of_tables() else {
        let start = item.span().map(|s| s.start);
        return wrong("`person` is not a list of tables", start, "write `[[person]]` with double brackets");
    };
    let mut found: Vec<Person> = Vec::new();
    for table in tables {
        let start = table.span().map(|s| s.start);
        for (key, value) in table {
            if !KEYS.contains(&key) {
                let offset = table.key(key).and_then(Key::span).or(value.span()).map(|s| s.start);
                let what = format!("a person has a key we do not know: `{key}`");
                return wrong(&what, offset, "the keys are `name` and `accounts`");
            }
        }
        let name = table.get("name").and_then(Item::as_str).map(str::trim).filter(|n| !n.is_empty());
        let Some(name) = name else {
            return wrong("a person needs `name`", start, "write `name = \"…\"` as it is to be shown");
        };
        let accounts = table.get("accounts").and_then(Item::as_array);
        let accounts: Option<Vec<String>> =
            accounts.and_then(|all| all.iter().map(|a| Some(a.as_str()?.trim().to_owned())).collect());
        let Some(accounts) = accounts.filter(|all| !all.is_empty() && all.iter().all(|a| !a.is_empty())) else {
            let help = "write `accounts = [\"ann@example.org\", \"github:ann\"]`: addresses, names, or a name in one kind of \
                        source; `sightline sql \"select * from identities\"` lists them";
            return wrong("a person needs `accounts`, a list of texts", start, help);
        };
        for account in &accounts {
            if let Some(other) = found.iter().find(|p| p.accounts.iter().any(|a| a.eq_ignore_ascii_case(account))) {
                let what = format!("account `{account}` is said to be that of {} and of {name}", other.name);
                return wrong(&what, start, "leave it with the one whose it is");
            }
        }
        let line = start.map_or(1, |o| text[..o.min(text.len())].matches('\n').count() + 1);
        found.push(Person { name: name.to_owned(), accounts, place: format!("{FILE}:{line}") });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_read_with_their_lines() {
        let found = parse("\n[[person]]\nname = \"Ann Lee\"\naccounts = [\"ann@x.org\", \" github:ann \"]\n");
        let ann = Person {
            name: "Ann Lee".to_owned(),
            accounts: vec!["ann@x.org".to_owned(), "github:ann".to_owned()],
            place: "sightline.toml:2".to_owned(),
        };
        assert_eq!(found.expect("one person"), [ann]);
        assert_eq!(parse("[calendar]\n").expect("nobody"), []);
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let check = |text: &str, expect: &str| {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(expect) && error.contains("\nhelp: "), "{error}");
        };
        check("[person]\nname = \"x\"\n", "is not a list of tables");
        check("[[person]]\naccounts = [\"x\"]\n", "a person needs `name`\n  --> sightline.toml:1");
        check("[[person]]\nname = \"x\"\n", "a person needs `accounts`");
        check("[[person]]\nname = \"x\"\naccounts = []\n", "a person needs `accounts`");
        check("[[person]]\nname = \"x\"\nmail = \"y\"\n", "a key we do not know: `mail`\n  --> sightline.toml:3");
        let both = "[[person]]\nname = \"Ann\"\naccounts = [\"a@x.org\"]\n[[person]]\nname = \"Bo\"\naccounts = [\"A@x.org\"]\n";
        check(both, "account `A@x.org` is said to be that of Ann and of Bo\n  --> sightline.toml:4");
    }
}
