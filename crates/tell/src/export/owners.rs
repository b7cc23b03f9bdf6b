//! What nobody is named for: components without an owner in CODEOWNERS or in a correction, as a table.

use sightline_map::{SystemMap, short_id};

use super::{Head, Place};
use crate::cell::Cell;
use crate::render::csv_line;

pub(super) fn write(map: &SystemMap, head: &Head, n_rules: i64) -> String {
    let mut out = String::new();
    let text = |t: &str| Cell::Text(t.to_owned());
    let columns =
        ["component", "name", "kind", "folder", "owner", "gap", "n_uses", "n_used_by", "fact", "place", "as_of"];
    csv_line(&mut out, columns.into_iter().map(text));
    let as_of = head.as_of_iso();
    for c in map.components.iter().filter(|c| !c.is_outside) {
        let gap = match (&c.owner, &c.folder) {
            (Some(_), _) => continue,
            (None, _) if n_rules == 0 => "no CODEOWNERS file names anybody",
            (None, None) => "it has no code here, so no rule can name an owner",
            (None, Some(_)) => "no rule of CODEOWNERS covers its folder",
        };
        let count = |of: &dyn Fn(&sightline_map::Connection) -> bool| {
            Cell::Integer(i64::try_from(map.connections.iter().filter(|x| of(x)).count()).unwrap_or(i64::MAX))
        };
        csv_line(
            &mut out,
            [
                text(short_id(&c.id)),
                text(&c.name),
                text(&c.kind),
                c.folder.as_deref().map_or(Cell::Null, text),
                Cell::Null,
                text(gap),
                count(&|x| x.from == c.id),
                count(&|x| x.to == c.id),
                text(&c.id),
                c.spots.first().map_or(Cell::Null, |s| Cell::Text(Place::of_spot(s).id())),
                text(&as_of),
            ]
            .into_iter(),
        );
    }
    out
}
