//! `AsyncAPI` 3.0: topics and queues with who sends and who receives, as an inventory to start from, with the lines that
//! show each.
//!
//! What a message holds is not known, so channels have no messages.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use sightline_map::{SystemMap, Topic, short_id};

use super::{Head, Place};
use crate::answers::NameError;
use crate::text::visible;

pub(super) fn write(map: &SystemMap, head: &Head) -> Result<String, NameError> {
    if map.topics.is_empty() {
        return Err(NameError(
            "no topic and no queue was found\nhelp: `sightline sql \"select * from map_gaps\"` shows what could not be followed"
                .to_owned(),
        ));
    }
    let mut keys: BTreeMap<&str, String> = BTreeMap::new();
    for topic in &map.topics {
        let key = free(&topic.topic, &keys.values().collect::<Vec<_>>());
        keys.entry(&topic.topic).or_insert(key);
    }
    let mut uses: BTreeMap<(&str, &str, bool), Vec<&Topic>> = BTreeMap::new();
    for topic in &map.topics {
        uses.entry((&topic.topic, &topic.component, topic.produces)).or_default().push(topic);
    }
    let channels: Map<String, Value> = keys.iter().map(|(name, key)| (key.clone(), channel(map, name))).collect();
    let mut operations: BTreeMap<String, Value> = BTreeMap::new();
    for ((name, component, produces), found) in &uses {
        let action = if *produces { "send" } else { "receive" };
        let key = free(&format!("{} {action} {name}", short_id(component)), &operations.keys().collect::<Vec<_>>());
        operations.insert(key, operation(map, component, action, &keys[name], found));
    }
    let whole = json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": head.title,
            "version": head.sources.iter().find_map(|s| s.commit.clone()).unwrap_or_else(|| head.as_of_iso()),
            "description": format!("Topics and queues as found in code and settings. {}", head.lines().join("; ")),
            "x-sightline": { "as_of": head.as_of_iso() },
        },
        "channels": channels,
        "operations": operations,
    });
    Ok(format!("{whole:#}\n"))
}

fn channel(map: &SystemMap, name: &str) -> Value {
    let brokers = map.topics.iter().filter(|t| t.topic == name).filter_map(|t| t.broker.as_deref());
    let mut brokers: Vec<&str> = brokers.collect();
    brokers.sort_unstable();
    brokers.dedup();
    // A name that is put together when the program runs is none yet; in an address, brackets would declare parameters.
    let address = (!name.contains(['{', '}'])).then(|| visible(name));
    json!({ "address": address, "title": visible(name), "x-sightline": { "brokers": brokers } })
}

fn operation(map: &SystemMap, component: &str, action: &str, channel: &str, found: &[&Topic]) -> Value {
    let name = map.component(component).map_or_else(|| short_id(component).to_owned(), |c| c.name.clone());
    let evidence: Vec<Value> = found
        .iter()
        .map(|t| json!({ "place": Place::of_spot(&t.spot).id(), "basis": t.spot.basis, "seen": t.spot.seen }))
        .collect();
    json!({
        "action": action,
        "title": format!("{} {}", visible(&name), if action == "send" { "sends" } else { "receives" }),
        "channel": { "$ref": format!("#/channels/{channel}") },
        "x-sightline": { "component": component, "evidence": evidence },
    })
}

/// A key of letters, digits, `-` and `_` that is not taken.
fn free(name: &str, taken: &[&String]) -> String {
    let mut key: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    while taken.contains(&&key) {
        key.push('_');
    }
    key
}
