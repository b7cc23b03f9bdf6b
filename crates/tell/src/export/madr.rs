//! Drafts of decision records (MADR 4): one for each technology that decides much and whose choice no record tells.
//!
//! A draft holds what is known, with its place, and open questions for the rest: a motive is never made up.

use sightline_facts::session::Session;

use super::{Head, Place, ask};
use crate::TellError;
use crate::text::{put, visible};

/// Kinds of technologies that are hard to change later, directly used and named in no title of a decision record.
const CHOICES: &str = "
select t.repo, t.\"commit\", t.path, t.line_start, t.line_end, t.name, t.kind, t.purpose
from (
  select t.*, row_number() over (partition by t.repo, t.technology order by t.path, t.line_start) as place
  from technologies t
  where t.kind in ('database', 'cache', 'search', 'object-store', 'queue', 'stream', 'web-framework', 'ui-framework',
    'job-runner', 'workflow', 'auth-service', 'identity', 'ai')) t
left join (select repo, lower(title) as title from documents where kind = 'decision' and title is not null) d
  on d.repo = t.repo and strpos(d.title, lower(t.name)) > 0
where t.place = 1 and d.title is null
order by t.repo, t.kind, t.name";

pub(super) fn write(session: &Session, head: &Head) -> Result<String, TellError> {
    let rows = ask(session, CHOICES)?;
    let mut out = format!("Drafts of decision records, one below the other. {}\n", plain(&head.lines().join("; ")));
    if rows.rows.is_empty() {
        out.push_str("\nEach technology that we looked for is named by a decision record, or none was found.\n");
    }
    let several = head.sources.len() > 1;
    for row in &rows.rows {
        let text = |name: &str| plain(rows.get(row, name).text().unwrap_or_default());
        let (name, purpose) = (text("name"), text("purpose"));
        let place = Place::of(&rows, row).map(|p| p.id()).unwrap_or_default();
        let place = plain(place.strip_prefix("place:").unwrap_or(&place));
        let of = if several { format!(" in {}", text("repo")) } else { String::new() };
        put(
            &mut out,
            format_args!(
                "\n---\nstatus: proposed\ndate: {}\n---\n\n# Use {name}{of}\n\n## Context and Problem Statement\n\n\
                 {name} {purpose}. It is used here: `{place}`. No decision record names it.\n\n\
                 Which problem did it solve, and what had to be considered? (open)\n\n\
                 ## Considered Options\n\n* {name}\n* (open: what else was considered)\n\n\
                 ## Decision Outcome\n\nChosen option: \"{name}\", because (open: the reason, from those who decided).\n",
                head.as_of_iso().split('T').next().unwrap_or_default()
            ),
        );
    }
    Ok(out)
}

/// Text of a repository that can start neither markup nor code.
fn plain(text: &str) -> String {
    visible(text).replace('&', "&amp;").replace('<', "&lt;").replace('`', "'")
}
