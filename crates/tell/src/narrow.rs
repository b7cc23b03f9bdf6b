//! Pages about one of several repositories. Whatever a section asks that says of which repository each row is, is asked
//! for that one alone, so that a figure and the query behind it stay the same; what tells of all together is left out.

use sightline_facts::session::Session;

use crate::document::Block;
use crate::engine::expand;
use crate::section::{self, BlockFile, SectionFile};
use crate::{Report, TellError, words};

/// Rows of a sorted query that are kept in order. Only a limit makes the engine keep the order of an inner query.
const MOST: usize = 1_000_000;

/// One section about one repository.
///
/// # Errors
/// [`TellError::NoSection`] for an unknown id; otherwise as [`crate::claims`].
pub fn load(session: &Session, id: &str, repo: &str) -> Result<Report, TellError> {
    let mut file = section::find(id)?.clone();
    if !file.pages.is_empty() {
        // Of a section with a page for each of many things, the list.
        file.pages.clear();
        file.blocks.retain(|b| b.index);
    }
    let (file, n_left) = narrowed(session, file, repo)?;
    let mut report = crate::asked_for(session, &file)?;
    if let (Some(section), true) = (report.sections.first_mut(), n_left > 0) {
        let words = words::noun(
            i64::try_from(n_left).unwrap_or(i64::MAX),
            "sentence, table or picture/sentences, tables and pictures",
        );
        section.blocks.push(Block::Note(format!(
            "{n_left} {words} about all repositories together {} left out here.",
            if n_left == 1 { "is" } else { "are" }
        )));
    }
    report.sources.retain(|s| s.repo == repo);
    Ok(report)
}

/// The section file with its queries about one repository, and the number of blocks that were left out.
pub(crate) fn narrowed(
    session: &Session,
    mut file: SectionFile,
    repo: &str,
) -> Result<(SectionFile, usize), TellError> {
    let wanted = format!("where repo = '{}'", repo.replace('\'', "''").replace('@', "' || chr(64) || '"));
    let mut blocks = Vec::with_capacity(file.blocks.len());
    let mut n_left = 0;
    for block in std::mem::take(&mut file.blocks) {
        if block.heading.is_some() || block.note.is_some() {
            blocks.push(block);
            continue;
        }
        let place = format!("{}/{}", file.id, block.key());
        let of = |query: &str| -> Result<Option<String>, TellError> {
            let sql = expand(&file.sql(query));
            if query.is_empty() || !has_repo(session, &sql, &place)? {
                return Ok(None);
            }
            let ends = sql.rsplit(')').next().unwrap_or_default().to_lowercase();
            let limit = if ends.contains("limit ") { String::new() } else { format!("\nlimit {MOST}") };
            Ok(Some(format!("select * from (\n{sql}{limit}\n) {wanted}")))
        };
        let Some(query) = of(&block.query)? else {
            n_left += 1;
            continue;
        };
        let absent_query = of(&block.absent_query)?;
        let absent = if absent_query.is_some() { block.absent.clone() } else { String::new() };
        blocks.push(BlockFile { query, absent, absent_query: absent_query.unwrap_or_default(), ..block });
    }
    file.blocks = blocks;
    Ok((file, n_left))
}

/// Whether the rows of a query say of which repository they are.
fn has_repo(session: &Session, sql: &str, place: &str) -> Result<bool, TellError> {
    let ask = format!("select * from (\n{sql}\n) limit 0");
    let (schema, _) =
        session.query_schema(&ask).map_err(|source| TellError::Query { place: place.to_owned(), source })?;
    Ok(schema.column_with_name("repo").is_some())
}
