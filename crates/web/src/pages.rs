//! One file per page. Each asks `tell` for what is said, and adds what only a server can: filters, forms, downloads.

pub(crate) mod assets;
pub(crate) mod code;
pub(crate) mod compare;
pub(crate) mod component;
pub(crate) mod correct;
pub(crate) mod evidence;
pub(crate) mod flow;
pub(crate) mod glossary;
pub(crate) mod metric;
pub(crate) mod scan;
pub(crate) mod search;
pub(crate) mod section;
pub(crate) mod sql;
pub(crate) mod table;

use std::sync::Arc;

use axum::response::Response;
use sightline_tell::document::{Block, Report};
use sightline_tell::render::{self, Served};

use crate::ask::Ask;
use crate::carried::Carried;
use crate::facts::Facts;
use crate::reply::{self, Trouble};
use crate::shell::{self, Page};

/// Bytes of a table as CSV at most.
const MOST_CSV: usize = 64 << 20;

/// The form in which a page is asked for: the ending of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Page,
    Json,
    Csv,
    Markdown,
    Parquet,
}

impl Form {
    /// The name without its ending, and the form that the ending means.
    pub(crate) fn of(name: &str) -> (&str, Self) {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        match ending {
            "json" => (stem, Self::Json),
            "csv" => (stem, Self::Csv),
            "md" => (stem, Self::Markdown),
            "parquet" => (stem, Self::Parquet),
            _ => (name, Self::Page),
        }
    }
}

/// Where a report stands in the app.
pub(crate) struct Place {
    /// Address without query, as links write it.
    pub(crate) path: String,
    /// Query of the address.
    pub(crate) query: String,
    /// Entry of the rail.
    pub(crate) room: &'static str,
    /// Pages above it.
    pub(crate) above: Vec<(String, String)>,
}

impl Place {
    /// The address, with an ending where another form is meant.
    fn address(&self, ending: &str) -> String {
        // The first page has no name of its own to put an ending to.
        let path = if self.path == "/" && !ending.is_empty() { "/start" } else { &self.path };
        let glue = if self.query.is_empty() { "" } else { "?" };
        format!("{path}{ending}{glue}{}", self.query)
    }
}

/// Answers with a report, as a page or as data. `more` stands below it on the page.
pub(crate) fn told(
    facts: &Facts,
    ask: &Ask,
    place: Place,
    form: Form,
    report: &Arc<Report>,
    more: &maud::Markup,
) -> Result<Response, Trouble> {
    let section = report.sections.first();
    let name = section.map(|s| s.id.clone()).unwrap_or_default();
    match form {
        Form::Json => Ok(reply::json(&render::json(report))),
        Form::Markdown => {
            Ok(reply::download("text/markdown; charset=utf-8", &format!("{name}.md"), render::markdown(report, None)))
        }
        Form::Csv => {
            let wanted = ask.get("table");
            let mut tables = report.sections.iter().flat_map(|s| &s.blocks).filter_map(|b| match b {
                Block::Table(table) => Some(table),
                _ => None,
            });
            let table = tables.find(|t| wanted.is_empty() || t.key == wanted);
            let table = table.ok_or_else(|| Trouble::NotFound(format!("this page has no table `{wanted}`")))?;
            let csv = render::table_csv(table, MOST_CSV);
            Ok(reply::download("text/csv; charset=utf-8", &format!("{name}-{}.csv", table.key), csv))
        }
        Form::Parquet => Err(Trouble::NotFound("only tables and answers in SQL come as Parquet".to_owned())),
        Form::Page => {
            let path = if place.path == "/" { "/start" } else { &place.path };
            let key = place.address("");
            let body = facts.body(&key, || {
                let served = Served { path, query: &place.query, parts: &facts.parts };
                Ok(render::served(report, &served).into_string())
            })?;
            let has_table = report.sections.iter().flat_map(|s| &s.blocks).any(|b| matches!(b, Block::Table(_)));
            let mut forms = vec![("JSON", place.address(".json")), ("Markdown", place.address(".md"))];
            if has_table {
                forms.push(("CSV", place.address(".csv")));
            }
            let carried = Carried::of(ask);
            let title = section.map(|s| s.title.clone()).unwrap_or_default();
            let part = place.path.starts_with("/component/").then_some(title.as_str());
            let since = if name == "since" {
                maud::html! {}
            } else {
                compare::line(facts, ask, part)
            };
            let body = carried.on_links(&body);
            let page = Page {
                room: place.room,
                above: place.above.into_iter().map(|(name, href)| (name, carried.on(&href))).collect(),
                forms,
                main: maud::html! { (since) (shell::set(&body)) (more) },
                title,
            };
            Ok(reply::page(ask, Some(facts), &page))
        }
    }
}
