//! The prompt: history, completion of tables, columns and words of SQL, answers as tables.

use std::borrow::Cow;

use anyhow::{Context, Result};
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Config, Editor, Helper};
use sightline_facts::session::Session;
use sightline_facts::store::Workspace;
use sightline_facts::tables::ALL;

use super::{Format, answer, helped};
use crate::output;

const WORDS: [&str; 32] = [
    "select",
    "from",
    "where",
    "group by",
    "order by",
    "limit",
    "join",
    "left join",
    "on",
    "as",
    "and",
    "or",
    "not",
    "in",
    "like",
    "is null",
    "is not null",
    "count(*)",
    "sum(",
    "avg(",
    "min(",
    "max(",
    "median(",
    "distinct",
    "having",
    "union all",
    "with",
    "case when",
    "then",
    "else",
    "end",
    "date_trunc('month', ",
];

const HELP: &str = "\
Ask in SQL and end with `;`. Tab completes tables and columns.
  .tables          all tables
  .columns TABLE   columns of a table
  .help            this text
  .quit            leave (or Ctrl-D)
";

/// Completes names.
struct Names;

impl Completer for Names {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &rustyline::Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let start = line[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_').map_or(0, |i| i + 1);
        Ok((start, candidates(line, &line[start..at])))
    }
}

/// Tables first, then columns of the tables that the line names (all columns while it names none), then words.
fn candidates(line: &str, begun: &str) -> Vec<Pair> {
    let begun = begun.to_lowercase();
    let line = line.to_lowercase();
    let named: Vec<_> = ALL
        .iter()
        .filter(|t| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|w| w == t.name))
        .collect();
    let columns = ALL
        .iter()
        .filter(|t| named.is_empty() || named.iter().any(|n| n.name == t.name))
        .flat_map(|t| t.columns)
        .map(|c| c.name);
    let mut found: Vec<&str> =
        ALL.iter().map(|t| t.name).chain(columns).chain(WORDS).filter(|n| n.starts_with(&begun)).collect();
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|n| seen.insert(*n));
    found.into_iter().map(|n| Pair { display: n.to_owned(), replacement: n.to_owned() }).collect()
}

impl Hinter for Names {
    type Hint = String;
}

impl Highlighter for Names {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        Cow::Borrowed(prompt)
    }
}

impl Validator for Names {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let input = context.input().trim();
        let whole = input.is_empty() || input.starts_with('.') || input.ends_with(';');
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Helper for Names {}

/// Asks until the user leaves.
pub(super) fn run(session: &Session, workspace: &Workspace) -> Result<()> {
    let config = Config::builder().auto_add_history(true).completion_type(rustyline::CompletionType::List).build();
    let mut editor: Editor<Names, FileHistory> = Editor::with_config(config).context("the prompt could not start")?;
    editor.set_helper(Some(Names));
    let history = workspace.state_dir().join("sql-history");
    // A prompt without its history is still a prompt.
    editor.load_history(&history).ok();
    output::say("Ask in SQL and end with `;`. `.help` says more, Ctrl-D leaves.");
    loop {
        match editor.readline("sightline> ") {
            Ok(line) => {
                let line = line.trim();
                if line.is_empty() {
                    continue;
                }
                if line == ".quit" || line == ".exit" {
                    break;
                }
                reply(session, line)?;
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("the prompt ended"),
        }
    }
    editor.save_history(&history).ok();
    Ok(())
}

fn reply(session: &Session, line: &str) -> Result<()> {
    if let Some(command) = line.strip_prefix('.') {
        let mut words = command.split_whitespace();
        let text = match (words.next(), words.next()) {
            (Some("tables"), _) => {
                ALL.iter().map(|t| format!("{:18} {}", t.name, t.purpose)).collect::<Vec<_>>().join("\n")
            }
            (Some("columns"), Some(name)) => sightline_facts::tables::find(name).map_or_else(
                || format!("there is no table `{name}`\n"),
                |t| {
                    let lines: Vec<_> =
                        t.columns.iter().map(|c| format!("{:22} {:12} {}", c.name, c.kind.word(), c.meaning)).collect();
                    lines.join("\n")
                },
            ),
            _ => HELP.to_owned(),
        };
        return output::data(&text);
    }
    let query = line.trim_end_matches(';');
    let started = std::time::Instant::now();
    match session.query(query) {
        Ok(batches) => {
            let rows: usize = batches.iter().map(sightline_facts::arrow::array::RecordBatch::num_rows).sum();
            output::data(&answer(&batches, Format::Table)?)?;
            output::say(&format!(
                "{} in {:.0} ms",
                output::counted(rows as u64, "row"),
                started.elapsed().as_secs_f64() * 1_000.0
            ));
        }
        Err(error) => output::error(&helped(error, query).into(), false),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completes_columns_of_the_tables_that_are_named() {
        let names = |line: &str, begun: &str| -> Vec<String> {
            candidates(line, begun).into_iter().map(|p| p.replacement).collect()
        };
        assert!(names("select * from com", "com").contains(&"commits".to_owned()));
        let of_tags = names("select is_ from tags", "is_");
        assert!(of_tags.contains(&"is_release".to_owned()) && !of_tags.contains(&"is_bot".to_owned()), "{of_tags:?}");
        assert!(names("sel", "sel").contains(&"select".to_owned()));
    }
}
