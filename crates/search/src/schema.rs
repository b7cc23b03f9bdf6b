//! The fields of the index.

use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};

/// Handles of all fields.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields {
    /// Whole names without signs and case.
    pub(crate) names: Field,
    /// The same of what makes up the running system: few, so that even one letter can be looked for.
    pub(crate) system: Field,
    /// Words of names.
    pub(crate) words: Field,
    /// Words of what is said about it, and of its path.
    pub(crate) context: Field,
    /// The order among equals.
    pub(crate) rank: Field,
    /// Word of its kind.
    pub(crate) kind: Field,
    pub(crate) id: Field,
    pub(crate) title: Field,
    pub(crate) detail: Field,
    pub(crate) repo: Field,
    pub(crate) path: Field,
    pub(crate) line: Field,
    pub(crate) link: Field,
}

/// Name of the field by which answers are sorted.
pub(crate) const RANK: &str = "rank";

/// The schema of an index.
pub(crate) fn schema() -> Schema {
    let mut builder = Schema::builder();
    // Words are cut here, so the engine takes each as it is; which documents have one is all that ranking asks.
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_index_option(IndexRecordOption::Basic)
        .set_fieldnorms(false);
    let found = TextOptions::default().set_indexing_options(indexing);
    let kept = TextOptions::default().set_stored();
    builder.add_text_field("names", found.clone());
    builder.add_text_field("system", found.clone());
    builder.add_text_field("words", found.clone());
    builder.add_text_field("context", found.clone());
    builder.add_u64_field(RANK, NumericOptions::default().set_fast());
    builder.add_text_field("kind", found.set_stored());
    for name in ["id", "title", "detail", "repo", "path", "link"] {
        builder.add_text_field(name, kept.clone());
    }
    builder.add_i64_field("line", NumericOptions::default().set_stored());
    builder.build()
}

impl Fields {
    pub(crate) fn of(schema: &Schema) -> Result<Self, tantivy::TantivyError> {
        let field = |name: &str| schema.get_field(name);
        Ok(Self {
            names: field("names")?,
            system: field("system")?,
            words: field("words")?,
            context: field("context")?,
            rank: field(RANK)?,
            kind: field("kind")?,
            id: field("id")?,
            title: field("title")?,
            detail: field("detail")?,
            repo: field("repo")?,
            path: field("path")?,
            line: field("line")?,
            link: field("link")?,
        })
    }
}
