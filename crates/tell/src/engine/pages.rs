//! Sections with a page for each of many things: parts of the system, flows.
//!
//! Their queries answer for all pages at once. A report asks each of them once and cuts the answer by page; a single
//! page asks with its id, and that is the query which it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::{Engine, Scope, expand, subject};
use crate::TellError;
use crate::cell::Rows;
use crate::document::{Block, Claim, Report, Section};
use crate::section::{BlockFile, SectionFile};
use crate::store::Stored;
use crate::text;

/// Rows that the answer for all pages may have.
const MOST_OF_ALL: usize = 100_000;

/// The page that is being made.
#[derive(Debug, Clone)]
pub(super) struct Page {
    id: String,
    /// It is one of many that are being made, so that questions are asked for all of them.
    of_many: bool,
}

/// Rows as they are shown, and the SQL that gives them.
pub(super) struct Shown {
    pub(super) rows: Rc<Rows>,
    pub(super) sql: String,
}

impl Engine<'_> {
    /// The section itself with its index, and its pages behind it.
    pub(super) fn pages(&mut self, file: &SectionFile, stored: &mut Option<Stored>) -> Result<Vec<Section>, TellError> {
        let pages = self.listed(file)?;
        if pages.is_empty() {
            return Ok(Vec::new());
        }
        let mut sections = vec![self.section(file, Scope::Whole, stored, |b| b.index)?];
        // What a sentence makes one ask is said where it first stands.
        let mut asked = BTreeSet::new();
        for (id, title) in pages {
            let mut section = self.one(file, Page { id, of_many: true }, &title, stored)?;
            for block in &mut section.blocks {
                if let Block::Claim(claim) = block
                    && !asked.insert(claim.key.clone())
                {
                    claim.why = None;
                    claim.ask = None;
                }
            }
            sections.push(section);
        }
        Ok(sections)
    }

    /// Whether a page is being made that stands among others like it: there each leaves out what it has not.
    pub(super) fn is_one_of_many(&self) -> bool {
        self.page.as_ref().is_some_and(|page| page.of_many)
    }

    /// One page alone; `None` when there is none of that id.
    pub(crate) fn page(
        &mut self,
        file: &SectionFile,
        id: &str,
        mut stored: Option<Stored>,
    ) -> Result<Option<Report>, TellError> {
        let sources = self.sources()?;
        let sql = format!("select * from (\n{}\n) where page = {}", expand(&file.sql(&file.pages)), literal(id));
        let rows = self.rows(&sql, &format!("{}/pages", file.id))?;
        let Some(title) = rows.rows.first().and_then(|row| rows.get(row, "title").text().map(str::to_owned)) else {
            return Ok(None);
        };
        let section = self.one(file, Page { id: id.to_owned(), of_many: false }, &title, &mut stored)?;
        self.named(Report { sources, sections: vec![section] }).map(Some)
    }

    fn one(
        &mut self,
        file: &SectionFile,
        page: Page,
        title: &str,
        stored: &mut Option<Stored>,
    ) -> Result<Section, TellError> {
        let id = format!("{}/{}", file.id, slug(&page.id));
        // In a report the question stands once, before the pages.
        let question = if page.of_many { String::new() } else { file.question.clone() };
        self.page = Some(page);
        let made = self.section(file, Scope::Whole, stored, |b| !b.index);
        self.page = None;
        Ok(Section { id, title: text::visible(title), question, ..made? })
    }

    /// Ids and titles of the pages that a report shows.
    fn listed(&mut self, file: &SectionFile) -> Result<Vec<(String, String)>, TellError> {
        let sql = expand(&file.sql(&file.pages));
        let limit = file.page_limit.map(|n| format!("\nlimit {n}")).unwrap_or_default();
        let rows = self.rows(&format!("{sql}{limit}"), &format!("{}/pages", file.id))?;
        let text = |row: &[crate::cell::Cell], name: &str| rows.get(row, name).text().map(str::to_owned);
        Ok(rows.rows.iter().filter_map(|row| Some((text(row, "page")?, text(row, "title")?))).collect())
    }

    /// The rows of a table or picture: all, or those of the page that is being made.
    pub(super) fn shown(
        &mut self,
        block: &BlockFile,
        sql: &str,
        limit: usize,
        place: &str,
    ) -> Result<Shown, TellError> {
        let order = |first: &str| match (first, block.order.as_str()) {
            ("", "") => String::new(),
            ("", order) => format!("\norder by {order}"),
            (first, "") => format!("\norder by {first}"),
            (first, order) => format!("\norder by {first}, {order}"),
        };
        let page = self.page.clone().filter(|_| !block.index);
        match page {
            None => {
                let sql = format!("{sql}{}", order(""));
                Ok(Shown { rows: self.rows(&format!("{sql}\nlimit {limit}"), place)?, sql })
            }
            Some(Page { id, of_many: false }) => {
                let sql = format!("select * from (\n{sql}\n) where page = {}{}", literal(&id), order(""));
                Ok(Shown { rows: self.rows(&format!("{sql}\nlimit {limit}"), place)?, sql })
            }
            Some(Page { id, of_many: true }) => {
                let sql = format!("select * from (\n{sql}\n){}", order("page"));
                if !self.by_page.contains_key(&sql) {
                    let rows = self.rows(&format!("{sql}\nlimit {MOST_OF_ALL}"), place)?;
                    self.by_page.insert(sql.clone(), cut(&rows));
                }
                let none = || Rc::new(Rows::default());
                let all = self.by_page.get(&sql).and_then(|pages| pages.get(&id).map(Rc::clone)).unwrap_or_else(none);
                let rows = if all.rows.len() > limit {
                    Rc::new(Rows { columns: all.columns.clone(), rows: all.rows[..limit].to_vec() })
                } else {
                    all
                };
                Ok(Shown { rows, sql })
            }
        }
    }

    /// The sentences of the page that is being made: stored ones, otherwise asked for.
    pub(super) fn claims_of_page(
        &mut self,
        file: &SectionFile,
        block: &BlockFile,
        place: &str,
        stored: Option<&mut Stored>,
    ) -> Result<Vec<Claim>, TellError> {
        let Some(page) = self.page.clone() else { return Ok(Vec::new()) };
        let key = (file.id.clone(), block.key().to_owned());
        if !self.claims_by_page.contains_key(&key) {
            let claims = match stored {
                Some(stored) => stored.take(&file.id, block),
                None if page.of_many => self.claims(file, block, place)?,
                None => Vec::new(),
            };
            let mut by_page: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
            for claim in claims {
                by_page.entry(claim.id.clone()).or_default().push(claim);
            }
            self.claims_by_page.insert(key.clone(), by_page);
        }
        let by_page = &self.claims_by_page[&key];
        let id = claim_id(place, &page.id);
        if let Some(claims) = by_page.get(&id) {
            return Ok(claims.clone());
        }
        if page.of_many {
            return Ok(Vec::new());
        }
        // Pages that no report shows have no stored sentences.
        let narrowed =
            |sql: &str| format!("select * from (\n{}\n) where subject = {}", file.sql(sql), literal(&page.id));
        let of_page = BlockFile {
            query: narrowed(&block.query),
            evidence: narrowed(&block.evidence),
            absent: String::new(),
            ..block.clone()
        };
        self.claims(file, &of_page, place)
    }

    /// Of the sentences that a scan stores, those of the pages that a report shows.
    pub(super) fn of_shown_pages(
        &mut self,
        file: &SectionFile,
        block: &BlockFile,
        place: &str,
        scope: Scope,
        mut claims: Vec<Claim>,
    ) -> Result<Vec<Claim>, TellError> {
        if scope == Scope::Claims && !file.pages.is_empty() && !block.index {
            let shown: BTreeSet<String> = self.listed(file)?.into_iter().map(|(id, _)| claim_id(place, &id)).collect();
            claims.retain(|c| shown.contains(&c.id));
        }
        Ok(claims)
    }
}

/// The id of the sentence about a page.
fn claim_id(place: &str, page: &str) -> String {
    format!("{place}/{}", text::shorten_middle(page, 200))
}

/// Cuts an answer by its column `page`.
fn cut(rows: &Rows) -> BTreeMap<String, Rc<Rows>> {
    let mut pages: BTreeMap<String, Rows> = BTreeMap::new();
    for row in &rows.rows {
        let page = rows.get(row, "page").text().map_or_else(|| subject(rows, row), str::to_owned);
        pages
            .entry(page)
            .or_insert_with(|| Rows { columns: rows.columns.clone(), rows: Vec::new() })
            .rows
            .push(row.clone());
    }
    pages.into_iter().map(|(page, rows)| (page, Rc::new(rows))).collect()
}

/// A text as SQL writes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A page's id as part of an address: letters, digits and `-`, and a hash where that is not the whole of it.
pub(crate) fn slug(id: &str) -> String {
    let plain = id.rsplit_once("component:").map_or(id, |(_, name)| name);
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        if c.is_ascii_alphanumeric() || c == '.' || c == '_' {
            out.push(c);
        } else if !out.ends_with('-') {
            out.push('-');
        }
    }
    let out: String = out.trim_matches('-').chars().take(60).collect();
    let is_same = plain.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) && plain.len() <= 60;
    if is_same {
        return out;
    }
    let hash = Sha256::digest(id.as_bytes());
    format!("{out}-{:02x}{:02x}{:02x}", hash[0], hash[1], hash[2])
}
