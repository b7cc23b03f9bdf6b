//! Metric files: what they hold, and how they are read with messages that show the line.

use std::ops::Range;

use sightline_facts::Diagnostic;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::MeasureError;
use crate::room;

/// Keys of a metric file, all of them required.
const KEYS: &[&str] = &["id", "question", "unit", "better", "grain", "source", "doc", "sql", "rows"];
/// The key that only metrics have which leave rows out.
const LEFT_OUT: &str = "left_out";

/// Which way a value is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// A higher value.
    Higher,
    /// A lower value.
    Lower,
    /// Neither: the value describes.
    Neither,
}

impl Better {
    /// The word in a metric file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::Neither => "neither",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metric {
    /// Id, the name of its file.
    pub id: String,
    /// The question that it answers.
    pub question: String,
    /// Unit of the value.
    pub unit: String,
    /// Which way is good.
    pub better: Better,
    /// One result row per combination of these columns.
    pub grain: Vec<String>,
    /// Where the definition comes from.
    pub source: String,
    /// What the value means, and where it misleads.
    pub doc: String,
    /// The query: the columns of the grain, `n` and `value`.
    pub sql: String,
    /// The query for the rows behind one value; `:column` stands for a value of the grain. It yields `n` rows.
    pub rows: String,
    /// The query for the rows that no value counts, each with a `reason`; none where nothing is left out.
    pub left_out: Option<String>,
    /// The file it comes from.
    pub file: String,
    /// The file's text, for messages.
    pub text: String,
}

impl Metric {
    /// Whether it comes with the program rather than with a workspace.
    pub(crate) fn is_ours(&self) -> bool {
        room::METRICS.iter().any(|(name, text)| self.file.strip_prefix("metrics/") == Some(name) && self.text == *text)
    }
}

/// Our metrics and a user's own (`extra`: file name and text), by id.
///
/// # Errors
/// [`MeasureError::Metric`] shows the first thing that is wrong, and where.
pub fn metrics(extra: &[(String, String)]) -> Result<Vec<Metric>, MeasureError> {
    let ours = room::METRICS.iter().map(|(name, text)| (format!("metrics/{name}"), *text));
    let users = extra.iter().map(|(name, text)| (name.clone(), text.as_str()));
    let mut all: Vec<Metric> = Vec::new();
    for (file, text) in ours.chain(users) {
        let metric = parse(&file, text)?;
        if let Some(other) = all.iter().find(|m| m.id == metric.id) {
            let at = text.find(&metric.id).unwrap_or(0);
            let message = format!("metric `{}` exists already, in {}", metric.id, other.file);
            return Err(Diagnostic::at("metric-duplicate-id", message, &file, text, at..at + metric.id.len())
                .help("give it an id of its own: a metric is never redefined in silence")
                .into());
        }
        all.push(metric);
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(all)
}

/// Reads one metric file.
pub(crate) fn parse(file: &str, text: &str) -> Result<Metric, MeasureError> {
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        let message = format!("this is not TOML: {}", error.message());
        Diagnostic::at("metric-syntax", message, file, text, span)
            .help("close the quote or bracket that the line opens")
    })?;
    let table = table.get_ref();
    let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
    for key in table.keys() {
        let name: &str = key.get_ref();
        if !KEYS.contains(&name) && name != LEFT_OUT {
            let message = format!("metric `{stem}` has a key we do not know: `{name}`");
            return Err(Diagnostic::at("metric-unknown-key", message, file, text, key.span())
                .suggest(name, KEYS.iter().copied().chain([LEFT_OUT]))
                .help(format!("a metric has the keys {}, and may have `{LEFT_OUT}`", list(KEYS.iter().copied())))
                .into());
        }
    }
    let field = Field { file, text, stem, table };
    let metric = Metric {
        id: field.string("id")?.0.to_owned(),
        question: field.string("question")?.0.to_owned(),
        unit: field.string("unit")?.0.to_owned(),
        better: field.better()?,
        grain: field.grain()?,
        source: field.string("source")?.0.to_owned(),
        doc: field.string("doc")?.0.to_owned(),
        sql: field.string("sql")?.0.trim().to_owned(),
        rows: field.string("rows")?.0.trim().to_owned(),
        left_out: match table.get(LEFT_OUT) {
            Some(_) => Some(field.string(LEFT_OUT)?.0.trim().to_owned()),
            None => None,
        },
        file: file.to_owned(),
        text: text.to_owned(),
    };
    if metric.id != stem {
        let span = field.string("id")?.1;
        let message = format!("metric `{}` stands in a file of another name", metric.id);
        return Err(Diagnostic::at("metric-wrong-id", message, file, text, span)
            .help(format!("rename the file to `{}.toml`, or the metric to `{stem}`", metric.id))
            .into());
    }
    for name in &metric.grain {
        if !metric.rows.contains(&format!(":{name}")) {
            let span = field.string("rows")?.1;
            let message = format!("the `rows` of metric `{stem}` do not use `:{name}`, which is in its grain");
            return Err(Diagnostic::at("metric-rows-too-wide", message, file, text, span)
                .help("`rows` selects what stands behind one value: compare every column of the grain")
                .into());
        }
    }
    Ok(metric)
}

/// The fields of one file.
struct Field<'a> {
    file: &'a str,
    text: &'a str,
    stem: &'a str,
    table: &'a DeTable<'a>,
}

impl<'a> Field<'a> {
    fn get(&self, key: &str) -> Result<&'a Spanned<DeValue<'a>>, MeasureError> {
        self.table.get(key).ok_or_else(|| {
            let message = format!("metric `{}` lacks the key `{key}`", self.stem);
            Diagnostic::at("metric-missing-key", message, self.file, self.text, 0..0)
                .help(format!("a metric has the keys {}", list(KEYS.iter().copied())))
                .into()
        })
    }

    fn wrong(&self, key: &str, expected: &str, span: Range<usize>) -> MeasureError {
        let message = format!("`{key}` of metric `{}` must be {expected}", self.stem);
        Diagnostic::at("metric-wrong-value", message, self.file, self.text, span)
            .help("`sightline why METRIC` shows a metric that works; `metrics/` holds ours")
            .into()
    }

    fn string(&self, key: &str) -> Result<(&'a str, Range<usize>), MeasureError> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) if !text.trim().is_empty() => Ok((text, value.span())),
            _ => Err(self.wrong(key, "a text that is not empty", value.span())),
        }
    }

    fn better(&self) -> Result<Better, MeasureError> {
        let (word, span) = self.string("better")?;
        [Better::Higher, Better::Lower, Better::Neither]
            .into_iter()
            .find(|b| b.word() == word)
            .ok_or_else(|| self.wrong("better", "`higher`, `lower` or `neither`", span))
    }

    fn grain(&self) -> Result<Vec<String>, MeasureError> {
        let value = self.get("grain")?;
        let expected = "a list of column names such as [\"repo\", \"module\"]";
        let DeValue::Array(items) = value.get_ref() else { return Err(self.wrong("grain", expected, value.span())) };
        let is_name = |name: &str| !name.is_empty() && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric());
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::String(name) if is_name(name) => Ok(name.to_string()),
                _ => Err(self.wrong("grain", expected, item.span())),
            })
            .collect()
    }
}

/// Words in backticks, for a message.
fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"a\"\nquestion = \"q\"\nunit = \"lines\"\nbetter = \"lower\"\ngrain = [\"repo\"]\n\
                        source = \"s\"\ndoc = \"d\"\nsql = \"select 1\"\nrows = \"select :repo\"\n";

    fn message(text: &str) -> String {
        parse("metrics/a.toml", text).expect_err("the file is wrong").to_string()
    }

    #[test]
    fn a_good_file_is_read() {
        let metric = parse("metrics/a.toml", GOOD).expect("nothing is wrong");
        assert_eq!((metric.id.as_str(), metric.better, metric.grain), ("a", Better::Lower, vec!["repo".to_owned()]));
        assert_eq!(metric.left_out, None);
        let metric = parse("metrics/a.toml", &format!("{GOOD}left_out = \"select 2\"")).expect("nothing is wrong");
        assert_eq!(metric.left_out.as_deref(), Some("select 2"));
    }

    #[test]
    fn a_mistyped_key_is_shown_with_the_right_one() {
        insta::assert_snapshot!(message(&GOOD.replace("better", "beter")), @r#"
        error[metric-unknown-key]: metric `a` has a key we do not know: `beter`
          --> metrics/a.toml:4:1
        4 | beter = "lower"
          | ^^^^^ did you mean `better`?
        help: a metric has the keys `id`, `question`, `unit`, `better`, `grain`, `source`, `doc`, `sql`, `rows`, and may have `left_out`
        "#);
    }

    #[test]
    fn other_mistakes_name_their_place() {
        let check = |from: &str, to: &str, code: &str, place: &str| {
            let message = message(&GOOD.replace(from, to));
            assert!(message.starts_with(&format!("error[{code}]")) && message.contains(place), "{message}");
        };
        check("\"lower\"", "\"less\"", "metric-wrong-value", "a.toml:4:10");
        check("[\"repo\"]", "\"repo\"", "metric-wrong-value", "a.toml:5:9");
        check("[\"repo\"]", "[\"repo\", 3]", "metric-wrong-value", "a.toml:5:18");
        check("unit = \"lines\"\n", "", "metric-missing-key", "a.toml:1:1");
        check("doc = \"d\"", "doc = \"d", "metric-syntax", "a.toml:7:");
        check("\"a\"", "\"b\"", "metric-wrong-id", "a.toml:1:6");
        check("select :repo", "select 1", "metric-rows-too-wide", "a.toml:9:8");
        check("id", "\u{1F600}", "metric-syntax", "a.toml:1:1");
        check("rows =", "left_out = 3\nrows =", "metric-wrong-value", "a.toml:9:12");
    }

    #[test]
    fn a_users_metric_is_loaded_beside_ours_and_cannot_replace_one() {
        let own = ("mine/a.toml".to_owned(), GOOD.to_owned());
        let all = metrics(std::slice::from_ref(&own)).expect("ours are right");
        assert!(all.len() > 30 && all.iter().any(|m| m.id == "a"), "{}", all.len());
        let error = metrics(&[own.clone(), own]).expect_err("twice the same id").to_string();
        assert!(error.starts_with("error[metric-duplicate-id]"), "{error}");
    }
}
