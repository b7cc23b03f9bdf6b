//! What `rules/system.toml` knows: kinds of components, roles, implied connections, products that belong together.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The file, read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Knowledge {
    kinds: BTreeMap<String, String>,
    products: BTreeMap<String, String>,
    reaches: BTreeMap<String, String>,
    /// Technologies that see everything the container engine runs.
    pub(super) watchers: Vec<String>,
    /// Images that stand in for something else while people develop and test.
    pub(super) stand_ins: Vec<String>,
    /// Kinds of technology whose packages are there to call the company that runs it.
    pub(super) called: Vec<String>,
    /// Images that hold a tool and no server.
    pub(super) once: Vec<String>,
    /// Stores whose name as that of a folder says where the tables in it are kept.
    pub(super) schemas: Vec<String>,
    /// Technologies whose routes lead people in and are no part of their own.
    pub(super) edges: Vec<String>,
    /// Beginnings of variables that frameworks read by themselves.
    framework_settings: Vec<String>,
    /// Web frameworks whose packages also send or describe requests.
    pub(super) also_clients: Vec<String>,
    /// Packages that bring a client of a broker or store along and use it for upkeep alone.
    pub(super) carriers: Vec<String>,
    #[serde(rename = "role")]
    roles: Vec<RoleOf>,
    /// Connections that follow from packages and roles.
    pub(super) implies: Vec<Implied>,
    /// Products that belong together.
    pub(super) companion: Vec<Companion>,
    /// Settings that are read only with some library.
    #[serde(default)]
    pub(super) setting: Vec<Setting>,
}

/// What an annotation makes of an application.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoleOf {
    names: Vec<String>,
    /// Technology that the component then is.
    pub(super) technology: String,
    /// Kind of component.
    pub(super) kind: String,
}

/// A connection that follows from what a component is made with.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Implied {
    /// What the connection does.
    pub(super) what: String,
    /// `ecosystem:name` of packages, `*` for any text.
    #[serde(default)]
    pub(super) packages: Vec<String>,
    /// Names of roles.
    #[serde(default)]
    pub(super) roles: Vec<String>,
    /// Technologies of the other end.
    #[serde(default)]
    pub(super) to: Vec<String>,
    /// Kind of the other end.
    pub(super) to_kind: Option<String>,
    /// Roles, one of which the other end has.
    #[serde(default)]
    pub(super) to_roles: Vec<String>,
    /// The other end starts the connection.
    #[serde(default)]
    pub(super) is_reverse: bool,
    /// Kind of connection.
    pub(super) kind: String,
    /// Which way data moves.
    pub(super) data_flow: String,
}

/// Two products that belong together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Companion {
    /// Technology that starts the connection.
    pub(super) from: String,
    /// Technologies of the other end.
    pub(super) to: Vec<String>,
    /// Kind of connection.
    pub(super) kind: String,
    /// Which way data moves.
    pub(super) data_flow: String,
    /// What the connection does.
    pub(super) what: String,
}

/// A group of settings that only components with some package or role read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Setting {
    /// Beginning of the keys, compared without signs.
    pub(super) prefix: String,
    /// Packages, one of which must be there.
    #[serde(default)]
    pub(super) packages: Vec<String>,
    /// Roles, one of which must be there.
    #[serde(default)]
    pub(super) roles: Vec<String>,
}

static KNOWLEDGE: LazyLock<Knowledge> =
    LazyLock::new(|| toml::from_str(TEXT).expect("rules/system.toml is tested to be right"));

/// The file's text, for a hash over what the map depends on.
pub(super) const TEXT: &str = include_str!("../../../../rules/system.toml");

/// What we know.
pub(super) fn knowledge() -> &'static Knowledge {
    &KNOWLEDGE
}

impl Knowledge {
    /// The kind of a component that is a technology of the catalogue.
    pub(super) fn kind_of(&self, technology: &str, catalogue_kind: &str) -> Option<&str> {
        self.products.get(technology).or_else(|| self.kinds.get(catalogue_kind)).map(String::as_str)
    }

    /// Whether a framework reads a variable without being asked in code.
    pub(super) fn is_framework_setting(&self, name: &str) -> bool {
        let name = super::names::key(name);
        self.framework_settings.iter().any(|p| name.starts_with(&super::names::key(p)))
    }

    /// The product that a driver, dialect or scheme reaches.
    pub(super) fn reached<'a>(&'a self, word: &'a str) -> &'a str {
        self.reaches.get(word).map_or(word, String::as_str)
    }

    /// What a role makes of an application.
    pub(super) fn role(&self, name: &str) -> Option<&RoleOf> {
        self.roles.iter().find(|r| r.names.iter().any(|n| n == name))
    }

    /// Groups of settings that hold a key, in the form in which keys are compared.
    pub(super) fn settings_with(&self, key: &str) -> impl Iterator<Item = &Setting> {
        self.setting.iter().filter(move |s| key.starts_with(&super::names::key(&s.prefix)))
    }
}

/// Whether a text fits a pattern in which `*` stands for any text; small and capital letters are the same.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let Some((first, others)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = others.split('*').collect();
    let last = parts.pop().unwrap_or("");
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        assert!(fits("maven:a:b", "maven:a:b") && !fits("maven:a:b", "maven:a:bc"));
        assert!(fits("maven:a:*", "maven:a:bc") && fits("*eureka*", "x-eureka-y") && fits("a*c", "abc"));
        assert!(fits("a*c", "abcc") && !fits("a*c", "abd") && fits("npm:X", "npm:x"));
    }

    #[test]
    fn the_room_is_right() {
        let known = knowledge();
        assert_eq!(known.kind_of("zookeeper", "stream"), Some("config"));
        assert_eq!(known.kind_of("react", "ui-framework"), None);
        assert_eq!(known.reached("amqp"), "rabbitmq");
        assert!(known.role("EurekaServer").is_some_and(|r| r.kind == "registry"));
        let catalogue = crate::Catalogue::new(&[]).expect("the catalogue is right");
        for name in known
            .products
            .keys()
            .chain(known.watchers.iter())
            .chain(known.schemas.iter())
            .chain(known.also_clients.iter())
            .chain(known.companion.iter().flat_map(|c| c.to.iter().chain([&c.from])))
        {
            assert!(catalogue.get(name).is_some(), "no technology `{name}` in the catalogue");
        }
    }
}
