//! `[status]` of `sightline.toml`: what the names of statuses mean, where the tracker or we have it wrong.

use sightline_read::trackers::Statuses;
use toml_edit::{Item, Key};

use super::{document, mistake};
use crate::ScanError;

const CATEGORIES: [&str; 3] = ["to-do", "in-progress", "done"];

/// The meanings; none where the settings have none.
pub(super) fn parse(text: &str) -> Result<Statuses, ScanError> {
    let document = document(text)?;
    let mut found = Statuses::default();
    let Some(item) = document.get("status") else { return Ok(found) };
    let Some(table) = item.as_table_like() else {
        let what = "`status` is not a table";
        let start = item.span().map(|s| s.start);
        return Err(mistake(text, what, start, "write `[status]` and below it `\"Waiting for QA\" = \"in-progress\"`"));
    };
    for (name, value) in table.iter() {
        let offset = table.key(name).and_then(Key::span).or(value.span()).map(|s| s.start);
        let category = value.as_str().and_then(|said| CATEGORIES.into_iter().find(|known| *known == said));
        let Some(category) = category else {
            let given = Item::as_str(value).map_or_else(|| "something else than text".to_owned(), |v| format!("`{v}`"));
            let what = format!("status `{name}` means {given}, which is nothing that we know");
            return Err(mistake(text, &what, offset, "it means `to-do`, `in-progress` or `done`"));
        };
        found.say(name, category);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::FILE;
    use super::*;

    #[test]
    fn a_status_means_what_people_say() {
        let told = parse("[status]\n\"Waiting for  QA\" = \"in-progress\"\nShipped = \"done\"\n").expect("it is right");
        assert_eq!(told.category("waiting-for-qa", Some("new")), ("in-progress", "said"));
        assert_eq!(told.category("SHIPPED", None), ("done", "said"));
        assert_eq!(told.category("Doing", None), ("in-progress", "inferred"));
        let wrong = |text: &str| parse(text).expect_err("it is wrong").to_string();
        let said = wrong("# mine\n[status]\nShipped = \"gone\"\n");
        assert!(
            said.contains("`gone`") && said.contains(&format!("{FILE}:3")) && said.contains("`in-progress`"),
            "{said}"
        );
        assert!(wrong("status = 3\n").contains("not a table"));
    }
}
