//! Section files: what a page asks, the queries it rests on and its blocks in order.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::TellError;
use crate::document::{Basis, Format, Level, PictureKind};
use crate::template::Template;

/// Section files in the order in which a report shows them.
pub(crate) static FILES: &[&str] = &[
    include_str!("../sections/start.toml"),
    include_str!("../sections/answers.toml"),
    include_str!("../sections/documents.toml"),
    include_str!("../sections/map.toml"),
    include_str!("../sections/component.toml"),
    include_str!("../sections/flow.toml"),
    include_str!("../sections/endpoints.toml"),
    include_str!("../sections/data.toml"),
    include_str!("../sections/outside.toml"),
    include_str!("../sections/stack.toml"),
    include_str!("../sections/configuration.toml"),
    include_str!("../sections/changes.toml"),
    include_str!("../sections/health.toml"),
    include_str!("../sections/program.toml"),
    include_str!("../sections/dependencies.toml"),
    include_str!("../sections/tables.toml"),
    include_str!("../sections/trust.toml"),
];

/// What changed between two instants: asked for, and in no report.
pub(crate) static SINCE: &str = include_str!("../sections/since.toml");

/// The system's own words: asked for, and in no report.
pub(crate) static WORDS: &str = include_str!("../sections/words.toml");

/// Queries that several sections ask.
pub(crate) static SHARED: &str = include_str!("../sections/shared.toml");

static SHARED_QUERIES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| toml::from_str(SHARED).expect("a test reads the shared queries"));

/// A section file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionFile {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Question.
    pub question: String,
    /// SQL of the pages of a section that has one for each of many things: `page` (an id) and `title`, in order. Its
    /// queries then have a column `page` (claims and evidence: `subject`), hold for all pages and have no order of
    /// their own (`order` of the block).
    #[serde(default)]
    pub pages: String,
    /// A table without which a whole report leaves the section out: of what was not read there is nothing to say.
    #[serde(default)]
    pub needs: String,
    /// Most pages that a report shows; each of them can be asked for.
    #[serde(default)]
    pub page_limit: Option<usize>,
    /// Named queries.
    #[serde(default)]
    pub queries: BTreeMap<String, String>,
    /// Blocks in order.
    #[serde(rename = "block", default)]
    pub blocks: Vec<BlockFile>,
}

/// One block of a section file; its first key says which kind it is.
///
/// A picture of kind `bars`, `months` or `scatter` has one query with the columns `label`, `x` and `y`. Pictures of the
/// running system have boxes and lines:
///
/// ```toml
/// [[block]]
/// picture = "map"
/// kind = "diagram"
/// title = "Parts and connections"
/// description = "Boxes are parts of the running system; a line goes from the part that starts a connection."
/// query = """select component as id, name, kind, area, purpose, is_outside from components"""
/// lines = """select from_component as "from", to_component as "to", kind, is_async, basis, protocol as label from connections"""
/// ```
///
/// | `kind` | Draws | `query` | `lines` |
/// |---|---|---|---|
/// | `diagram` | every box and line; with more than 40 boxes it draws the `grid`, so that one block is enough | as above | as above |
/// | `grid` | areas by kinds, lines summed by area | as above | as above |
/// | `matrix` | who uses whom; with more than 40 parts that have lines, areas | as above | as above |
/// | `columns` | used by, this, uses | as above, and `is_this`, true for one row | as above |
/// | `lanes` | the steps of a flow | `number`, `from`, `to`, `label`, `is_async`, `is_outside`, `is_gap` | none |
///
/// `id`, `name`, `kind` and `from`, `to` are needed, the other columns may be missing. The order of rows does not matter;
/// `limit` (2,000 unless said) cuts the boxes, and lines to boxes that are not there are left out. A picture without
/// boxes is left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BlockFile {
    /// A heading.
    pub heading: Option<String>,
    /// Words of our own.
    pub note: Option<String>,
    /// Key of a claim.
    pub claim: Option<String>,
    /// Key of a table.
    pub table: Option<String>,
    /// Key of a picture.
    pub picture: Option<String>,
    /// SQL, or the name of a query of the section.
    pub query: String,
    /// `column=value`: of the rows of the query those with that value, so that blocks which tell of different things can share
    /// one question.
    pub only: String,
    /// Template of a claim.
    pub text: String,
    /// How the claim is known.
    pub basis: Option<Basis>,
    /// What it is for.
    pub level: Level,
    /// SQL of the evidence: `subject`, `rank`, `repo`, `commit` and what else there is.
    pub evidence: String,
    /// Table that the evidence is from, where the query does not say.
    pub from: String,
    /// Template of the sentence that is said of repositories without a row.
    pub absent: String,
    /// SQL of those sentences: one row per repository that was searched.
    pub absent_query: String,
    /// What the absence is for on its page, where it differs.
    pub absent_level: Option<Level>,
    /// Why it matters.
    pub why: Option<String>,
    /// A question to ask the team.
    pub ask: Option<String>,
    /// Caption of a table.
    pub caption: String,
    /// Words for a table without rows; without such words an empty table is left out, with a heading that has nothing else.
    pub empty: String,
    /// Columns of a table: `name`, heading and format, separated by `|`.
    pub columns: Vec<String>,
    /// Columns by which the rows of a page are ordered, as SQL.
    pub order: String,
    /// Of a section with pages: shown once before them, and not on each.
    pub index: bool,
    /// Most rows that a table or picture reads.
    pub limit: Option<usize>,
    /// Kind of a picture.
    pub kind: Option<PictureKind>,
    /// SQL of the lines between the boxes of a picture, or the name of a query of the section.
    pub lines: String,
    /// Title of a picture.
    pub title: String,
    /// What a picture shows, for people who do not see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_title: String,
    /// Name of the vertical axis.
    pub y_title: String,
    /// How the values of a picture are shown.
    pub format: Format,
}

impl BlockFile {
    /// The key of the block: of its claim, table or picture.
    pub fn key(&self) -> &str {
        self.claim.as_deref().or(self.table.as_deref()).or(self.picture.as_deref()).unwrap_or("note")
    }
}

impl SectionFile {
    /// The SQL behind a query's name; other text is SQL itself. `@name` inside it stands for a query of the section, or of
    /// `sections/shared.toml`.
    pub fn sql(&self, query: &str) -> String {
        let mut sql = self.queries.get(query).map_or(query, String::as_str).trim().to_owned();
        for (name, inner) in self.queries.iter().chain(&*SHARED_QUERIES) {
            sql = sql.replace(&format!("@{name}"), inner.trim());
        }
        sql
    }

    fn error(&self, detail: String) -> TellError {
        TellError::Section { section: self.id.clone(), detail }
    }

    fn check(&self) -> Result<(), TellError> {
        let mut keys = std::collections::BTreeSet::new();
        for block in &self.blocks {
            let kinds = [&block.heading, &block.note, &block.claim, &block.table, &block.picture];
            if kinds.iter().filter(|k| k.is_some()).count() != 1 {
                return Err(self.error(format!(
                    "block `{}` must be exactly one of heading, note, claim, table, picture",
                    block.key()
                )));
            }
            let named = [("claim", &block.claim), ("table", &block.table), ("picture", &block.picture)];
            for (kind, key) in named.into_iter().filter_map(|(kind, key)| Some((kind, key.as_deref()?))) {
                if !keys.insert((kind, key)) {
                    return Err(self.error(format!("{kind} `{key}` comes twice")));
                }
            }
            if block.picture.is_some() {
                let wants = block.kind.is_some_and(PictureKind::has_lines);
                if wants == block.lines.is_empty() {
                    let detail = if wants {
                        "needs `lines`, the query of the lines between its boxes"
                    } else {
                        "is of a kind without `lines`"
                    };
                    return Err(self.error(format!("picture `{}` {detail}", block.key())));
                }
            }
            if block.claim.is_some() {
                for template in [&block.text, &block.absent] {
                    Template::parse(template).map_err(|detail| TellError::Template {
                        claim: format!("{}/{}", self.id, block.key()),
                        detail,
                    })?;
                }
                if block.basis.is_none() || block.query.is_empty() || block.evidence.is_empty() {
                    return Err(self.error(format!("claim `{}` needs basis, query and evidence", block.key())));
                }
            }
        }
        Ok(())
    }
}

/// All sections of the report, in order; read once.
///
/// # Errors
/// The first thing that is wrong with a section file.
pub fn all() -> Result<&'static [SectionFile], TellError> {
    static ALL: LazyLock<Result<Vec<SectionFile>, String>> =
        LazyLock::new(|| FILES.iter().map(|text| parse(text).map_err(|e| e.to_string())).collect());
    let all = ALL.as_ref().map_err(|detail| TellError::Section { section: "?".to_owned(), detail: detail.clone() })?;
    Ok(all)
}

/// Sections that no report shows, but pages that are asked for.
///
/// # Errors
/// The first thing that is wrong with a section file.
pub fn asked_for() -> Result<Vec<SectionFile>, TellError> {
    [SINCE, WORDS].into_iter().map(parse).collect()
}

/// Reads one section file.
///
/// # Errors
/// What is wrong with it, with its line.
pub fn parse(text: &str) -> Result<SectionFile, TellError> {
    let section: SectionFile = toml::from_str(text)
        .map_err(|error| TellError::Section { section: "?".to_owned(), detail: error.to_string() })?;
    section.check()?;
    Ok(section)
}

/// The section of that id.
///
/// # Errors
/// [`TellError::NoSection`] names those that exist.
pub fn find(id: &str) -> Result<&'static SectionFile, TellError> {
    let sections = all()?;
    let known = || sections.iter().map(|s| format!("`{}`", s.id)).collect::<Vec<_>>().join(", ");
    sections.iter().find(|s| s.id == id).ok_or_else(|| TellError::NoSection { name: id.to_owned(), known: known() })
}
