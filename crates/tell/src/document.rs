//! The typed document that all renderers share: a report of sections, a section of blocks.

use serde_json::Value;

use crate::cell::Cell;
use crate::render::pictures::{Line, Part, Step};

/// How a claim is known; `design.md`, section 7.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Basis {
    /// Written down in a manifest, contract or ownership file.
    Declared,
    /// Resolved to exact files, lines or commits.
    Resolved,
    /// The likeliest reading by a named rule.
    Inferred,
    /// Said by people.
    Said,
    /// Looked, could not tell.
    Unknown,
}

impl Basis {
    /// All of them, in the order in which they are explained.
    pub const ALL: [Self; 5] = [Self::Declared, Self::Resolved, Self::Inferred, Self::Said, Self::Unknown];

    /// The word in tables.
    pub fn id(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Resolved => "resolved",
            Self::Inferred => "inferred",
            Self::Said => "said",
            Self::Unknown => "unknown",
        }
    }

    /// The basis of a word in a table.
    pub fn of(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|b| b.id() == id)
    }

    /// The words shown to people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Declared => "Declared",
            Self::Resolved => "Seen in code",
            Self::Inferred => "Inferred",
            Self::Said => "Said by people",
            Self::Unknown => "Unknown",
        }
    }

    /// The shape that goes with the words.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Declared => "■",
            Self::Resolved => "●",
            Self::Inferred => "○",
            Self::Said => "❝",
            Self::Unknown => "□",
        }
    }

    /// What the words mean, in one sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Declared => "It is written down in a manifest, a licence file or an ownership file.",
            Self::Resolved => "It was counted or followed in files, lines and commits that you can open.",
            Self::Inferred => "A named rule matched; it is the likeliest reading and may be wrong.",
            Self::Said => "People wrote it, in a README, a document or a decision record.",
            Self::Unknown => "We looked and could not tell; the sentence says what was missing.",
        }
    }
}

/// What a claim is for on its page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The one sentence that answers the section's question.
    Top,
    /// One fact.
    #[default]
    Fact,
    /// Something that deserves a look; a page shows the first few.
    Attention,
    /// Words of the repository itself, set as a quotation.
    Quote,
}

/// One typed value inside a sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Column of the query that it comes from.
    pub name: String,
    /// Type in the template: `count`, `date`, `name` and so on.
    pub kind: String,
    /// The exact value.
    pub value: Value,
    /// Bytes of the sentence that show it.
    pub at: std::ops::Range<usize>,
}

impl Figure {
    /// Whether it is a number, a date or another value that the reader may want to recompute.
    pub fn is_number(&self) -> bool {
        matches!(self.kind.as_str(), "count" | "percent" | "date" | "duration" | "number")
    }
}

/// One place on which a claim stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Repository.
    pub repo: String,
    /// Commit, in full.
    pub commit: Option<String>,
    /// File, where the evidence is a file.
    pub path: Option<String>,
    /// First and last line.
    pub lines: Option<(i64, i64)>,
    /// Text that stands in those lines, or the subject of the commit, shortened.
    pub quote: Option<String>,
    /// What the cited row says, in words that need not stand in the lines.
    pub about: Option<String>,
    /// Table of the row that is cited.
    pub from_table: String,
}

/// One sentence with everything it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Id: section, claim and subject.
    pub id: String,
    /// Key of its template in the section file.
    pub key: String,
    /// Repository it is about; `None` when it is about all.
    pub repo: Option<String>,
    /// The sentence.
    pub text: String,
    /// Values in it, in order.
    pub figures: Vec<Figure>,
    /// How it is known.
    pub basis: Basis,
    /// What it is for on its page.
    pub level: Level,
    /// The template.
    pub template: String,
    /// The SQL that gave the values.
    pub query: String,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// Rows that could have been cited; `evidence` holds the first few.
    pub n_rows: i64,
    /// Why it matters, in plain words.
    pub why: Option<String>,
    /// A question to ask the team.
    pub ask: Option<String>,
}

/// How a column is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// By its type.
    #[default]
    Plain,
    /// A ratio as a percentage.
    Percent,
    /// An instant as a day.
    Date,
    /// A path, in fixed-width letters.
    Path,
    /// A path with lines that opens in the code host; reads `repo`, `commit`, `path`, `line_start`, `line_end`.
    Place,
    /// The name of the row.
    Name,
    /// Words of a document, shown at more length than other cells.
    Text,
    /// How a row is known, as people say it.
    Basis,
    /// What kind of part it is, as people say it.
    Kind,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in the query.
    pub name: String,
    /// Heading.
    pub title: String,
    /// How it is shown.
    pub format: Format,
}

/// Rows behind a section.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Key in the section file.
    pub key: String,
    /// What one row says.
    pub caption: String,
    /// Columns that are shown.
    pub columns: Vec<Column>,
    /// Shown cells, row by row.
    pub rows: Vec<Vec<Cell>>,
    /// Where a row stands, for columns of [`Format::Place`].
    pub places: Vec<Option<Evidence>>,
    /// Whether the query was cut at its limit.
    pub cut: bool,
    /// What it means that there are no rows.
    pub empty: String,
    /// The SQL.
    pub query: String,
}

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureKind {
    /// Horizontal bars, one per row.
    Bars,
    /// Vertical bars over time.
    Months,
    /// Points of two measures, the first ten named.
    Scatter,
    /// Parts of the running system with all their lines; the grid when there are too many.
    Diagram,
    /// Product areas by kinds of parts, with summed lines.
    Grid,
    /// Who uses whom, as rows and columns.
    Matrix,
    /// One part between those who use it and those it uses.
    Columns,
    /// The steps of a flow between lanes.
    Lanes,
}

impl PictureKind {
    /// Whether it shows the running system: boxes and lines in place of marks.
    pub fn is_system(self) -> bool {
        matches!(self, Self::Diagram | Self::Grid | Self::Matrix | Self::Columns | Self::Lanes)
    }

    /// Whether it has a second query, for lines.
    pub fn has_lines(self) -> bool {
        self.is_system() && self != Self::Lanes
    }
}

/// One mark of a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Name of it.
    pub label: String,
    /// Place along the horizontal axis, or length of a bar.
    pub x: f64,
    /// Place along the vertical axis.
    pub y: f64,
}

/// A picture, drawn by `render::svg`.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// Key in the section file.
    pub key: String,
    /// Kind.
    pub kind: PictureKind,
    /// Title.
    pub title: String,
    /// What it shows, for people who do not see it.
    pub description: String,
    /// Name of the horizontal axis.
    pub x_title: String,
    /// Name of the vertical axis.
    pub y_title: String,
    /// How values are shown.
    pub format: Format,
    /// Marks, most important first.
    pub marks: Vec<Mark>,
    /// What is drawn of the running system, where that is the picture's kind.
    pub system: Drawn,
    /// The SQL.
    pub query: String,
    /// The SQL of the lines between boxes; empty where there are none.
    pub lines_query: String,
}

/// Boxes, lines and steps of a picture of the running system.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Drawn {
    /// Boxes.
    pub parts: Vec<Part>,
    /// Lines between them.
    pub lines: Vec<Line>,
    /// Id of the part in the middle of [`PictureKind::Columns`].
    pub this: Option<String>,
    /// Steps of [`PictureKind::Lanes`].
    pub steps: Vec<Step>,
}

/// One piece of a section.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// A heading inside the section.
    Heading(String),
    /// A sentence.
    Claim(Claim),
    /// A table.
    Table(Table),
    /// A picture.
    Picture(Picture),
    /// Words of our own that state no fact about the system.
    Note(String),
}

/// One page of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Id, also the name of the command that prints it.
    pub id: String,
    /// Title.
    pub title: String,
    /// The question it answers.
    pub question: String,
    /// Its parts in order.
    pub blocks: Vec<Block>,
}

impl Section {
    /// All claims of the section in order.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.blocks.iter().filter_map(|b| if let Block::Claim(claim) = b { Some(claim) } else { None })
    }
}

/// What was read: the header of every page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Name of the repository.
    pub repo: String,
    /// What people call it, where that differs and it is the only one.
    pub name: Option<String>,
    /// Where it comes from.
    pub url: Option<String>,
    /// Commit that was read.
    pub commit: Option<String>,
    /// When that commit was made.
    pub committed_at: Option<i64>,
    /// Instant to which look-back windows reach.
    pub as_of: i64,
    /// Only part of the history is there.
    pub is_shallow: bool,
}

/// All sections over one snapshot of facts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What was read.
    pub sources: Vec<Source>,
    /// Sections in order.
    pub sections: Vec<Section>,
}

impl Report {
    /// A name for the whole: of the repository, or how many there are.
    pub fn title(&self) -> String {
        match self.sources.as_slice() {
            // Exports of trackers are no repositories.
            [] => "exports".to_owned(),
            [one] => crate::text::visible(one.name.as_ref().unwrap_or(&one.repo)),
            many => format!("{} repositories", many.len()),
        }
    }

    /// The report in which a page says why something matters, and what to ask, at the first of sentences alike.
    #[must_use]
    pub(crate) fn with_reasons_once(mut self) -> Self {
        for section in &mut self.sections {
            let mut said = std::collections::BTreeSet::new();
            for block in &mut section.blocks {
                if let Block::Claim(claim) = block
                    && !said.insert(claim.key.clone())
                {
                    claim.why = None;
                    claim.ask = None;
                }
            }
        }
        self
    }

    /// The newest instant to which the sources were read.
    pub fn as_of(&self) -> Option<i64> {
        self.sources.iter().map(|s| s.as_of).max()
    }

    /// The source of a repository.
    pub fn source(&self, repo: &str) -> Option<&Source> {
        self.sources.iter().find(|s| s.repo == repo)
    }

    /// The section of that id.
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|s| s.id == id)
    }
}
