//! Values as trackers write them in JSON: instants, names that stand alone or in an object, and text made safe to show.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use sightline_facts::tables::issue_links::IssueLinkRow;
use sightline_facts::time::parse_instant;

use super::Place;
use crate::history::message;
use crate::history::references::is_bot;
use crate::mentions::{Mention, mentions};
use crate::rows::TrackerRows;

/// Longest text that is kept, in characters.
const TEXT_LIMIT: usize = 1_000;
/// Most work items kept that one description names; a pasted change log names thousands.
const MOST_MENTIONS: usize = 100;
/// How much is kept of a time that cannot be read, in characters.
const MOST_TIME: usize = 40;
/// How much of a description is searched, in bytes.
const SEARCHED: usize = 64 * 1024;

/// Text in one line that is safe to show, at most 1,000 characters; `None` where nothing is left.
pub(super) fn text(raw: &str) -> Option<String> {
    let mut clean = message::clean(raw);
    if let Some((at, _)) = clean.char_indices().nth(TEXT_LIMIT) {
        clean.truncate(at);
    }
    (!clean.is_empty()).then_some(clean)
}

/// Text that a tracker may leave out; made safe while it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Text(Option<String>);

impl Text {
    /// A word of ours.
    pub(super) fn of(word: &str) -> Self {
        Self(Some(word.to_owned()))
    }

    pub(super) fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The text, empty where there is none.
    pub(super) fn owned(&self) -> String {
        self.0.clone().unwrap_or_default()
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.0.as_deref() == Some(word)
    }
}

/// Work items that a description names, at most [`MOST_MENTIONS`]. The text itself is not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Said(Vec<Mention>);

impl Said {
    /// Appends a row of `issue_links` for each item that is named, each once as the strongest that is said of it.
    pub(super) fn tell(&self, item: &str, own_key: &str, at: Option<i64>, place: Place<'_>, rows: &mut TrackerRows) {
        let mut strongest: Vec<(String, &Mention)> = Vec::new();
        for mention in &self.0 {
            let to_key = mention.written();
            match strongest.iter_mut().find(|(key, _)| *key == to_key) {
                Some((_, seen)) => *seen = if mention.manner < seen.manner { mention } else { *seen },
                None if to_key == own_key => {}
                None => strongest.push((to_key, mention)),
            }
        }
        for (to_key, mention) in strongest {
            let kind = mention.manner.link_kind();
            rows.issue_links.push(&IssueLinkRow {
                repo: place.repo,
                from_item: item,
                to_key: &to_key,
                kind,
                type_name: kind,
                basis: "said",
                at,
                path: place.path,
                line_start: place.line_start,
                line_end: place.line_end,
                ..IssueLinkRow::default()
            });
        }
    }
}

/// An instant that a tracker may leave out, microseconds since 1970.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct At(pub(super) Option<i64>);

/// The instant of something that happened to an item. One that cannot be read costs what hangs on it, never the item, so
/// it is kept as it was written and told through [`super::Told::at`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct EventAt(pub(super) Option<i64>, pub(super) Option<Box<str>>);

/// A whole number, a text that holds one, or a list whose length is meant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count(pub(super) Option<i64>);

/// Somebody or something with a name: a text, or an object that holds it under one of the usual keys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) name: Option<String>,
    /// `type`, such as `Bot`.
    pub(super) kind: Option<String>,
    /// `state`, of a milestone.
    pub(super) state: Option<String>,
    /// `due_on`, `releaseDate`, `endsAt`.
    pub(super) due_at: Option<i64>,
    /// `closed_at`, `completedAt`.
    pub(super) closed_at: Option<i64>,
    /// `released`, of a version.
    pub(super) is_released: Option<bool>,
}

/// Keys that hold a name, the most telling first.
const NAME_KEYS: [&str; 13] = [
    "login",
    "username",
    "name",
    "title",
    "displayName",
    "value",
    "ref",
    "summary",
    "full_name",
    "accountId",
    "key",
    "identifier",
    "id",
];

impl Named {
    pub(super) fn get(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Whether it is a program, by what the tracker says or by its name.
    pub(super) fn is_bot(&self) -> bool {
        self.kind.as_deref() == Some("Bot") || self.name.as_deref().is_some_and(|n| is_bot(n, ""))
    }
}

/// The name of something that may be missing.
pub(super) fn name(of: Option<&Named>) -> Option<&str> {
    of.and_then(Named::get)
}

/// Names separated by `; `; `None` where there are none.
pub(super) fn joined<'a>(names: impl IntoIterator<Item = &'a Named>) -> Option<String> {
    let names: Vec<&str> = names.into_iter().filter_map(Named::get).collect();
    (!names.is_empty()).then(|| names.join("; "))
}

/// Values of outside types are taken as nothing rather than refused: an export is more useful with a hole.
macro_rules! visitor {
    ($name:ident, $ty:ty, $expecting:literal, { $($body:tt)* }) => {
        struct $name;
        impl<'de> Visitor<'de> for $name {
            type Value = $ty;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str($expecting) }
            fn visit_unit<E>(self) -> Result<$ty, E> { Ok(<$ty>::default()) }
            fn visit_none<E>(self) -> Result<$ty, E> { Ok(<$ty>::default()) }
            fn visit_some<D: Deserializer<'de>>(self, d: D) -> Result<$ty, D::Error> { d.deserialize_any(self) }
            $($body)*
        }
        impl<'de> Deserialize<'de> for $ty {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> { d.deserialize_any($name) }
        }
    };
}

visitor!(TextVisitor, Text, "a text or a number", {
    fn visit_str<E>(self, raw: &str) -> Result<Text, E> {
        Ok(Text(text(raw)))
    }
    fn visit_i64<E>(self, n: i64) -> Result<Text, E> {
        Ok(Text(Some(n.to_string())))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Text, E> {
        Ok(Text(Some(n.to_string())))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Text, E> {
        Ok(Text(Some(n.to_string())))
    }
    fn visit_bool<E>(self, is: bool) -> Result<Text, E> {
        Ok(Text(Some(is.to_string())))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Text, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Text(None))
    }
});

visitor!(SaidVisitor, Said, "a text", {
    fn visit_str<E>(self, raw: &str) -> Result<Said, E> {
        let end = (0..=raw.len().min(SEARCHED)).rev().find(|at| raw.is_char_boundary(*at)).unwrap_or(0);
        Ok(Said(mentions(&raw[..end], MOST_MENTIONS)))
    }
    fn visit_i64<E>(self, _: i64) -> Result<Said, E> {
        Ok(Said::default())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Said, E> {
        Ok(Said::default())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Said, E> {
        Ok(Said::default())
    }
    fn visit_bool<E>(self, _: bool) -> Result<Said, E> {
        Ok(Said::default())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Said, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Said::default())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Said, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Said::default())
    }
});

visitor!(AtVisitor, At, "an instant such as 2026-11-20T10:00:00Z", {
    fn visit_str<E: serde::de::Error>(self, raw: &str) -> Result<At, E> {
        if raw.trim().is_empty() {
            return Ok(At(None));
        }
        parse_instant(raw)
            .map(|at| At(Some(at)))
            .ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(raw), &self))
    }
});

visitor!(EventAtVisitor, EventAt, "an instant such as 2026-11-20T10:00:00Z", {
    fn visit_str<E>(self, raw: &str) -> Result<EventAt, E> {
        let at = parse_instant(raw);
        let unreadable = text(raw).filter(|_| at.is_none()).map(|raw| raw.chars().take(MOST_TIME).collect());
        Ok(EventAt(at, unreadable))
    }
    fn visit_i64<E>(self, n: i64) -> Result<EventAt, E> {
        Ok(EventAt(None, Some(n.to_string().into())))
    }
    fn visit_u64<E>(self, n: u64) -> Result<EventAt, E> {
        Ok(EventAt(None, Some(n.to_string().into())))
    }
    fn visit_f64<E>(self, n: f64) -> Result<EventAt, E> {
        Ok(EventAt(None, Some(n.to_string().into())))
    }
    fn visit_bool<E>(self, is: bool) -> Result<EventAt, E> {
        Ok(EventAt(None, Some(is.to_string().into())))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EventAt, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(EventAt(None, Some("{…}".into())))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<EventAt, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(EventAt(None, Some("[…]".into())))
    }
});

visitor!(CountVisitor, Count, "a number", {
    fn visit_i64<E>(self, n: i64) -> Result<Count, E> {
        Ok(Count(Some(n)))
    }
    fn visit_u64<E>(self, n: u64) -> Result<Count, E> {
        Ok(Count(i64::try_from(n).ok()))
    }
    fn visit_f64<E>(self, n: f64) -> Result<Count, E> {
        // Whole numbers below 2^53 are exact; anything else is no count.
        #[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
        Ok(Count((n.fract() == 0.0 && n.abs() < 9e15).then_some(n as i64)))
    }
    fn visit_str<E>(self, raw: &str) -> Result<Count, E> {
        Ok(Count(raw.trim().parse().ok()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Count, A::Error> {
        let mut n = 0;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            n += 1;
        }
        Ok(Count(Some(n)))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Count(None))
    }
});

visitor!(NamedVisitor, Named, "a name, or an object that has one", {
    fn visit_str<E>(self, raw: &str) -> Result<Named, E> {
        Ok(Named { name: text(raw), ..Named::default() })
    }
    fn visit_i64<E>(self, n: i64) -> Result<Named, E> {
        Ok(Named { name: Some(n.to_string()), ..Named::default() })
    }
    fn visit_u64<E>(self, n: u64) -> Result<Named, E> {
        Ok(Named { name: Some(n.to_string()), ..Named::default() })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Named, A::Error> {
        let mut named = Named::default();
        // How telling the key was that gave the name; lower is better.
        let mut best = usize::MAX;
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match key.as_ref() {
                "type" => named.kind = map.next_value::<Text>()?.0,
                "state" => named.state = map.next_value::<Text>()?.0,
                "due_on" | "due_date" | "releaseDate" | "endsAt" | "endDate" => {
                    named.due_at = map.next_value::<At>()?.0;
                }
                "closed_at" | "completedAt" | "completeDate" => named.closed_at = map.next_value::<At>()?.0,
                "released" => named.is_released = map.next_value()?,
                key => match NAME_KEYS.iter().position(|k| *k == key) {
                    Some(rank) => {
                        let value = map.next_value::<Text>()?.0;
                        if value.is_some() && rank < best {
                            (named.name, best) = (value, rank);
                        }
                    }
                    None => drop(map.next_value::<IgnoredAny>()?),
                },
            }
        }
        Ok(named)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Named, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Named::default())
    }
});

/// A list that may be missing or `null`, or stand in an object under `nodes` as GraphQL writes lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct ListVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
            type Value = List<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }
            fn visit_unit<E>(self) -> Result<List<T>, E> {
                Ok(List::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<List<T>, A::Error> {
                let mut found = Vec::new();
                while let Some(one) = seq.next_element()? {
                    found.push(one);
                }
                Ok(List(found))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
                let mut found = List::default();
                while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
                    if matches!(key.as_ref(), "nodes" | "comments" | "values") {
                        found = map.next_value()?;
                    } else {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(found)
            }
        }
        d.deserialize_any(ListVisitor(std::marker::PhantomData))
    }
}

/// What a record lacks of the two keys without which it says nothing: its id, and when it came to be.
pub(super) fn without_id_or_start(id: &Text, created_at: &At) -> Option<&'static str> {
    first_missing([("id", id.get().is_some()), ("created_at", created_at.0.is_some())])
}

/// The first of some keys that a record does not hold; each with whether it is there.
pub(super) fn first_missing<const N: usize>(keys: [(&'static str, bool); N]) -> Option<&'static str> {
    keys.into_iter().find(|(_, is_there)| !is_there).map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(json: &str) -> T {
        serde_json::from_str(json).expect(json)
    }

    #[test]
    fn names_stand_alone_or_in_objects() {
        let check = |json: &str, expect: Option<&str>| assert_eq!(read::<Named>(json).get(), expect, "{json}");
        check("\"v1\"", Some("v1"));
        check("{\"id\":7,\"name\":\"Ann\",\"login\":\"ann\"}", Some("ann"));
        check("{\"login\":\"ann\",\"id\":7}", Some("ann"));
        check("{\"id\":7,\"avatar\":{\"x\":[1]}}", Some("7"));
        check("null", None);
        check("[1]", None);
        check("\"a\\u202eb\\u0007\"", Some("ab\\x07"));
    }

    #[test]
    fn other_values_are_taken_as_far_as_they_go() {
        assert_eq!(read::<Count>("[1,2]").0, Some(2));
        assert_eq!(read::<Count>("3.0").0, Some(3));
        assert_eq!(read::<Count>("\"4\"").0, Some(4));
        assert_eq!(read::<Count>("1e300").0, None);
        assert_eq!(read::<At>("null").0, None);
        assert!(serde_json::from_str::<At>("\"soon\"").is_err());
        assert_eq!(read::<EventAt>("\"1970-01-01T00:00:01Z\""), EventAt(Some(1_000_000), None));
        assert_eq!(read::<EventAt>("\"soon\\u0007\""), EventAt(None, Some("soon\\x07".into())));
        assert_eq!(read::<EventAt>("{\"at\":1}"), EventAt(None, Some("{…}".into())));
        assert_eq!([read::<EventAt>("null"), read("\" \"")], [EventAt::default(), EventAt::default()]);
        assert_eq!(read::<List<Count>>("{\"pageInfo\":{},\"nodes\":[1,2]}").0.len(), 2);
        assert_eq!(read::<List<Count>>("null").0.len(), 0);
        assert_eq!(read::<Text>(&format!("\"{}\"", "ä".repeat(2_000))).get().map(|t| t.chars().count()), Some(1_000));
    }
}
