//! Which fields of a Jira site hold estimates, sprints, epics and flags: each site makes such fields for itself. Known by
//! their usual names, or by an example that the user gives: an issue, and what stands there.

use serde_json::Value;

use super::Search;
use crate::client::encoded;
use crate::error::ConnectError;
use crate::pages::{array, text};
use crate::sync::Sync;

/// What an example looks like.
const EXAMPLE: &str = "points=PAY-12:5, sprint=PAY-12:Sprint 7, epic=PAY-12:PAY-1";

/// Ids of the fields that each site names for itself.
#[derive(Debug, Default)]
pub(super) struct Custom {
    pub(super) points: Vec<String>,
    pub(super) sprint: Option<String>,
    pub(super) epic: Option<String>,
    pub(super) flagged: Option<String>,
}

impl Custom {
    /// By their names, and then by the user's examples, which count more.
    pub(super) fn find(sync: &mut Sync<'_>, search: Search) -> Result<Self, ConnectError> {
        let path = format!("/rest/api/{}/field", search.version());
        let mut custom = Self::default();
        for field in array(sync.detail(&path, &[])?.unwrap_or_default()) {
            let id = text(&field, "id");
            if !id.starts_with("customfield_") {
                continue;
            }
            match text(&field, "name").to_lowercase().as_str() {
                "story points" | "story point estimate" => custom.points.push(id),
                "sprint" => custom.sprint = Some(id),
                "epic link" => custom.epic = Some(id),
                "flagged" => custom.flagged = Some(id),
                _ => {}
            }
        }
        for example in sync.jira_fields.clone().unwrap_or_default().split(',').map(str::trim) {
            if !example.is_empty() {
                custom.learn(sync, search, example)?;
            }
        }
        Ok(custom)
    }

    /// All ids, for the question.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.points.iter().chain(&self.sprint).chain(&self.epic).chain(&self.flagged)
    }

    /// Finds the one field of the named issue that holds the named value.
    fn learn(&mut self, sync: &mut Sync<'_>, search: Search, example: &str) -> Result<(), ConnectError> {
        let parts = example.split_once('=').and_then(|(what, rest)| Some((what, rest.split_once(':')?)));
        let Some((what, (key, value))) = parts else {
            sync.notice(&format!("SIGHTLINE_JIRA_FIELDS says `{example}`, which is no example such as `{EXAMPLE}`"));
            return Ok(());
        };
        let (what, key, value) = (what.trim(), key.trim(), value.trim());
        let path = format!("/rest/api/{}/issue/{}", search.version(), encoded(key));
        let issue = sync.detail(&path, &[("fields", "*all")])?.unwrap_or_default();
        let fields = issue["fields"].as_object();
        let holds = |(id, held): &(&String, &Value)| id.starts_with("customfield_") && says(held, value);
        let found: Vec<String> = fields.into_iter().flatten().filter(holds).map(|(id, _)| id.clone()).collect();
        let [id] = found.as_slice() else {
            let fits = match found.len() {
                0 => "no field of its own there".to_owned(),
                _ => format!("{}; name an issue in which only one holds it", found.join(", ")),
            };
            sync.notice(&format!("the example `{example}` of SIGHTLINE_JIRA_FIELDS fits {fits}"));
            return Ok(());
        };
        match what {
            "points" => self.points = vec![id.clone()],
            "sprint" => self.sprint = Some(id.clone()),
            "epic" => self.epic = Some(id.clone()),
            "flagged" => self.flagged = Some(id.clone()),
            _ => sync.notice(&format!(
                "SIGHTLINE_JIRA_FIELDS says `{example}`, and a field is `points`, `sprint`, `epic` or `flagged`"
            )),
        }
        Ok(())
    }
}

/// Whether a field holds a value: as text, number, name of an object, or one of several.
fn says(held: &Value, value: &str) -> bool {
    match held {
        // Data Center writes a sprint as the text of an object.
        Value::String(text) => text == value || text.contains(&format!("name={value},")),
        Value::Number(number) => value.parse::<f64>().ok().is_some_and(|wanted| number.as_f64() == Some(wanted)),
        Value::Array(all) => all.iter().any(|one| says(one, value)),
        Value::Object(_) => ["name", "value", "key"].iter().any(|key| held[*key] == value),
        _ => false,
    }
}
