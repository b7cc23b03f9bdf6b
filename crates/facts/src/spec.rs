//! What a fact table is: its name, its purpose and the meaning of every column.
//!
//! The specs are the one place from which `sightline tables`, the reference page, the SQL prompt's help and every
//! Arrow schema are made, so a column cannot exist without a meaning.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};

/// The type of a column, as users of SQL see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnType {
    /// UTF-8 text.
    Text,
    /// Signed 64-bit integer.
    Integer,
    /// 64-bit floating point number.
    Float,
    /// True or false.
    Boolean,
    /// An instant: microseconds since 1970-01-01, UTC.
    Instant,
}

impl ColumnType {
    /// The Arrow type that holds it.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Integer => DataType::Int64,
            Self::Float => DataType::Float64,
            Self::Boolean => DataType::Boolean,
            Self::Instant => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        }
    }

    /// The word shown to users.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "integer",
            Self::Float => "number",
            Self::Boolean => "true/false",
            Self::Instant => "instant (UTC)",
        }
    }
}

/// One column of a fact table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnSpec {
    /// Name in SQL, `snake_case`.
    pub name: &'static str,
    /// Type of its values.
    pub kind: ColumnType,
    /// Whether a value may be missing.
    pub nullable: bool,
    /// Unit of a number (`lines`, `bytes`, `commits`), empty for everything else.
    pub unit: &'static str,
    /// What a value says, in one or two sentences.
    pub meaning: &'static str,
}

/// How a row of a table can be checked against its source by `sightline verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// The lines `line_start..=line_end` of `path` exist at `commit`, and the text of this column occurs in them.
    TextInLines(&'static str),
    /// The lines exist at the commit; no text is demanded of them.
    Lines,
    /// The file `path` exists at `commit` with the object id in this column.
    Blob(&'static str),
    /// The commit exists and its subject is the text of this column.
    Subject(&'static str),
    /// The commit exists, and `path` exists in it or in one of its parents.
    Change,
    /// The tag named in this column exists.
    Tag(&'static str),
    /// A derived or descriptive row: the rows it stands on are checked instead.
    Derived,
}

/// A fact table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSpec {
    /// Name in SQL: plural, `snake_case`.
    pub name: &'static str,
    /// Raised when a column is renamed or means something else.
    pub version: u32,
    /// One sentence: what one row says.
    pub purpose: &'static str,
    /// How a row is checked.
    pub proof: Proof,
    /// Columns in order.
    pub columns: &'static [ColumnSpec],
}

impl TableSpec {
    /// The Arrow schema of the table.
    pub fn schema(&self) -> SchemaRef {
        Arc::new(Schema::new(
            self.columns.iter().map(|c| Field::new(c.name, c.kind.arrow(), c.nullable)).collect::<Vec<_>>(),
        ))
    }

    /// Whether `commit` says at which commit a file was read, which is the same in all rows of a repository. Elsewhere it
    /// is what the row is about, or, in `identities`, one of those of a person.
    pub fn is_of_tree(&self) -> bool {
        let names_a_commit = matches!(self.proof, Proof::Tag(_)) || self.name == "identities";
        self.column("commit").is_some_and(|c| c.nullable) && !names_a_commit
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&'static ColumnSpec> {
        self.columns.iter().find(|c| c.name == name)
    }
}
