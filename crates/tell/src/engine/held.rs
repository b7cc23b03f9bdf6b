//! What several claims ask is asked once, and shortens their questions.

use std::sync::Arc;

use sightline_facts::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use sightline_facts::session::Session;
use sightline_facts::spec::TableSpec;
use sightline_facts::tables;

use super::{Engine, expand};
use crate::section::{BlockFile, SectionFile};

/// The name under which a session holds what `@tables` stands for.
const TABLES: &str = "held_tables";

impl Engine<'_> {
    /// Finds what several claims ask, asks it once, and shortens their questions by it.
    pub(super) fn shorten(&mut self, claims: &[(&SectionFile, &BlockFile)]) {
        let mut asked: Vec<String> = Vec::new();
        for (file, block) in claims {
            let query = file.sql(&block.query);
            let absent = (!block.absent_query.is_empty()).then(|| file.sql(&block.absent_query));
            if !sightline_measure::asks_of_nothing(self.session, &query) {
                asked.extend([query, file.sql(&block.evidence)]);
            }
            asked.extend(absent);
        }
        asked.sort_unstable();
        asked.dedup();
        let counts = asked.iter().any(|sql| sql.contains("@tables"));
        if counts && self.session.hold_rows(TABLES, vec![all_tables(self.session)]).is_err() {
            return;
        }
        let brief: Vec<String> = asked.iter().map(|sql| sql.replace("@tables", TABLES)).collect();
        let brief: Vec<&str> = brief.iter().map(String::as_str).collect();
        // Where one cannot be asked, the questions that contain it are asked in full, and tell what is wrong.
        let Ok(short) = sightline_measure::hold_shared(self.session, "held_by_claims", &brief) else { return };
        for (full, short) in asked.iter().map(|sql| expand(sql)).zip(short) {
            if full != short {
                self.short.insert(full, short);
            }
        }
    }
}

/// What `@tables` gives, without asking each table.
fn all_tables(session: &Session) -> RecordBatch {
    let text = |each: fn(&TableSpec) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(tables::ALL.iter().map(|spec| each(spec))))
    };
    let number = |values: Vec<usize>| -> ArrayRef {
        Arc::new(values.into_iter().map(|n| i64::try_from(n).unwrap_or(i64::MAX)).collect::<Int64Array>())
    };
    let rows = |spec: &&TableSpec| usize::try_from(session.n_rows(spec.name)).unwrap_or(usize::MAX);
    RecordBatch::try_from_iter([
        ("position", number((0..tables::ALL.len()).collect())),
        ("name", text(|spec| spec.name)),
        ("purpose", text(|spec| spec.purpose)),
        ("n_columns", number(tables::ALL.iter().map(|spec| spec.columns.len()).collect())),
        ("n_rows", number(tables::ALL.iter().map(rows).collect())),
    ])
    .expect("columns of one length")
}
