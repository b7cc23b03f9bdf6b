//! Fields that a site of Jira made for itself, as a plain export holds them: `customfield_10016`. What one holds is known
//! from the `names` that the search gives with `expand=names`, or from an example that the user gives; a sprint is known by
//! what it looks like. A connector writes all three under names of their own, so that nothing is asked here.
//!
//! The change log names statuses and no categories. What the site says of a status stands beside the issues that are in it
//! now, so that all of them are looked at first.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::super::fields::Named;
use super::Status;

/// How the id of such a field begins.
const OWN: &str = "customfield_";
/// What an example looks like.
const EXAMPLE: &str = "points=PAY-12:5, sprint=PAY-12:Sprint 7, epic=PAY-12:PAY-1";

/// What a site says of itself: which of its fields hold what, what its statuses mean, and what could not be found out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Site {
    /// Key of the category of each status; `None` where two projects mean different things by it.
    statuses: HashMap<String, Option<String>>,
    points: BTreeSet<String>,
    sprint: BTreeSet<String>,
    epic: BTreeSet<String>,
    /// Examples that were not met yet: what, key and value.
    open: Vec<(String, String, String)>,
    /// What is wrong with the examples.
    pub(in super::super) wrong: Vec<String>,
}

impl Site {
    /// Before anything was read; `examples` are the user's, parted by commas.
    pub(in super::super) fn new(examples: Option<&str>) -> Self {
        let mut found = Self::default();
        for example in examples.unwrap_or_default().split(',').map(str::trim).filter(|e| !e.is_empty()) {
            let parts = example.split_once('=').and_then(|(what, rest)| Some((what, rest.split_once(':')?)));
            match parts.map(|(what, (key, value))| (what.trim(), key.trim(), value.trim())) {
                Some((what @ ("points" | "sprint" | "epic"), key, value)) => {
                    found.open.push((what.to_owned(), key.to_owned(), value.to_owned()));
                }
                // Connectors ask for it, and no export is read for it.
                Some(("flagged", ..)) => {}
                _ => found.wrong.push(format!("`{example}` is no example such as `{EXAMPLE}`")),
            }
        }
        found
    }

    /// Key of the category of a status, by what the site says where an issue is in it.
    pub(super) fn category(&self, status: &str) -> Option<&str> {
        self.statuses.get(status)?.as_deref()
    }

    /// Learns from a record: the category of its status, which names its fields have, and whether it is an example.
    pub(in super::super) fn learn(&mut self, bytes: &[u8]) {
        if memchr::memmem::find(bytes, b"\"statusCategory\"").is_some()
            && let Ok(Now { fields: NowFields { status: Some(now) } }) = serde_json::from_slice(bytes)
            && let (Some(name), Some(key)) = (now.name.get(), now.status_category.as_ref().and_then(|c| c.key.get()))
        {
            match self.statuses.get_mut(name) {
                None => drop(self.statuses.insert(name.to_owned(), Some(key.to_owned()))),
                Some(known) if known.as_deref() == Some(key) => {}
                Some(known) => *known = None,
            }
        }
        let is_example = self.open.iter().any(|(_, key, _)| memchr::memmem::find(bytes, key.as_bytes()).is_some());
        let has_names = memchr::memmem::find(bytes, b"\"names\"").is_some();
        if !is_example && !has_names {
            return;
        }
        let Ok(own) = serde_json::from_slice::<Own>(bytes) else { return };
        for (id, name) in own.names.0 {
            let name = name.as_str().unwrap_or_default().to_lowercase();
            let known = match name.as_str() {
                "story points" | "story point estimate" => &mut self.points,
                "sprint" => &mut self.sprint,
                "epic link" => &mut self.epic,
                _ => continue,
            };
            known.insert(id);
        }
        let (here, later) = std::mem::take(&mut self.open).into_iter().partition(|(_, key, _)| *key == own.key);
        self.open = later;
        for (what, key, value) in here {
            let holds: Vec<&String> =
                own.fields.0.iter().filter(|(_, held)| says(held, &value)).map(|(id, _)| id).collect();
            let known = match what.as_str() {
                "points" => &mut self.points,
                "sprint" => &mut self.sprint,
                _ => &mut self.epic,
            };
            match holds.as_slice() {
                // What the user says counts more than names.
                [one] => *known = BTreeSet::from([(*one).clone()]),
                [] => self.wrong.push(format!("`{what}={key}:{value}` fits no field of its own in {key}")),
                several => {
                    let fields: Vec<&str> = several.iter().map(|s| s.as_str()).collect();
                    self.wrong.push(format!(
                        "`{what}={key}:{value}` fits {}; name an issue in which only one holds it",
                        fields.join(", ")
                    ));
                }
            }
        }
    }

    /// Says of the examples that are still open that their issues were not read.
    pub(in super::super) fn close(&mut self) {
        for (what, key, value) in std::mem::take(&mut self.open) {
            self.wrong.push(format!("`{what}={key}:{value}` names an issue that the export does not hold"));
        }
    }
}

/// The status of an issue, apart from all else.
#[derive(Deserialize)]
struct Now {
    fields: NowFields,
}

#[derive(Deserialize)]
struct NowFields {
    status: Option<Status>,
}

/// What an issue holds in its own fields, apart from all else.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Own {
    key: String,
    names: OwnValues,
    fields: OwnValues,
}

impl Own {
    /// The own fields of a record; none where it has none, which is cheap to see.
    pub(super) fn of(bytes: &[u8]) -> Self {
        if memchr::memmem::find(bytes, OWN.as_bytes()).is_none() {
            return Self::default();
        }
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The estimate.
    pub(super) fn points(&self, known: &Site) -> Option<f64> {
        known.points.iter().filter_map(|id| self.fields.0.get(id)).find_map(Value::as_f64)
    }

    /// The sprints, which are also known by what they look like.
    pub(super) fn sprints(&self, known: &Site) -> Vec<Named> {
        let is_sprint = |(id, value): &(&String, &Value)| {
            known.sprint.contains(*id)
                || value.as_array().is_some_and(|all| !all.is_empty() && all.iter().all(looks_like_sprint))
        };
        let values = self.fields.0.iter().filter(is_sprint).flat_map(|(_, value)| match value {
            Value::Array(all) => all.as_slice(),
            one => std::slice::from_ref(one),
        });
        values.filter_map(sprint).collect()
    }

    /// The key of the epic.
    pub(super) fn epic(&self, known: &Site) -> Option<&str> {
        known.epic.iter().filter_map(|id| self.fields.0.get(id)).find_map(Value::as_str).filter(|key| !key.is_empty())
    }
}

/// Values of fields whose ids begin as such ids do. All others are passed over unread.
#[derive(Default)]
struct OwnValues(BTreeMap<String, Value>);

impl<'de> Deserialize<'de> for OwnValues {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Values;
        impl<'de> Visitor<'de> for Values {
            type Value = OwnValues;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("fields by their ids")
            }
            fn visit_unit<E>(self) -> Result<OwnValues, E> {
                Ok(OwnValues::default())
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OwnValues, A::Error> {
                let mut found = BTreeMap::new();
                while let Some(id) = map.next_key::<String>()? {
                    if id.starts_with(OWN) {
                        let value: Value = map.next_value()?;
                        if !value.is_null() {
                            found.insert(id, value);
                        }
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(OwnValues(found))
            }
        }
        from.deserialize_any(Values)
    }
}

/// Whether a value is a sprint: an object that hangs on a board, or the text that Data Center writes.
fn looks_like_sprint(value: &Value) -> bool {
    match value {
        Value::Object(sprint) => ["boardId", "state", "name"].iter().all(|key| sprint.contains_key(*key)),
        Value::String(text) => text.contains(".sprint.Sprint@"),
        _ => false,
    }
}

/// A sprint, which Data Center writes as the text of an object of Java.
fn sprint(value: &Value) -> Option<Named> {
    let mut found = match value {
        Value::Object(_) => json!({
            "name": value["name"], "state": value["state"], "endDate": value["endDate"], "completeDate": value["completeDate"],
        }),
        Value::String(written) => {
            let mut found = json!({});
            let inside = written.split_once('[').map_or("", |(_, inside)| inside.trim_end_matches(']'));
            for (name, value) in inside.split(',').filter_map(|pair| pair.split_once('=')) {
                if ["name", "state", "endDate", "completeDate"].contains(&name) && value != "<null>" {
                    found[name] = value.into();
                }
            }
            found
        }
        _ => return None,
    };
    if let Some(state) = found["state"].as_str().map(str::to_lowercase) {
        found["state"] = state.into();
    }
    serde_json::from_value(found).ok().filter(|named: &Named| named.name.is_some())
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
