//! Who uses whom as rows and columns with counts: the picture of dense systems.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::canvas::{Canvas, NAME, Rect, SIZE, fit, put, wide};
use super::{Drawing, Group, Line, Part, System, WIDTH, counted, int, is_guess};

/// Rows and columns; above it areas are counted, and above that the busiest are shown.
const MOST: usize = 40;
/// Cells up to which each has a tool tip.
const MOST_TIPS: usize = 600;
const NAMES: i32 = 176;

/// Draws who starts connections (rows) to whom (columns). Many parts are counted by area.
pub fn matrix(parts: &[Part], lines: &[Line]) -> Drawing {
    let system = System::of(parts, lines);
    let busy: BTreeSet<usize> = system.lines.iter().flat_map(|w| [w.from, w.to]).collect();
    let by_area = busy.len() > MOST;
    let label = |i: usize| -> Key {
        let part = system.parts[i];
        if by_area {
            let area = part.area.clone().filter(|a| !a.is_empty()).unwrap_or_else(|| "no area".to_owned());
            return Key { name: area.clone(), id: area, group: None };
        }
        Key { name: part.name.clone(), id: part.id.clone(), group: Some(Group::of(part)) }
    };
    let mut cells: BTreeMap<(Key, Key), (usize, bool)> = BTreeMap::new();
    for wire in &system.lines {
        let cell = cells.entry((label(wire.from), label(wire.to))).or_insert((0, true));
        cell.0 += 1;
        cell.1 &= is_guess(wire.line);
    }
    let (rows, rows_left) = busiest(cells.iter().map(|((from, _), c)| (from, c.0)));
    let (columns, columns_left) = busiest(cells.iter().map(|((_, to), c)| (to, c.0)));
    let what = if by_area { "area" } else { "part" };
    draw(&cells, &rows, &columns, rows_left + columns_left, what)
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    name: String,
    id: String,
    group: Option<Group>,
}

/// Those with the most connections first, and how many were left out.
fn busiest<'k>(ends: impl Iterator<Item = (&'k Key, usize)>) -> (Vec<Key>, usize) {
    let mut sums: BTreeMap<&Key, usize> = BTreeMap::new();
    for (key, n) in ends {
        *sums.entry(key).or_default() += n;
    }
    let mut keys: Vec<(&Key, usize)> = sums.into_iter().collect();
    keys.sort_by_key(|(key, n)| (usize::MAX - n, *key));
    let left = keys.len().saturating_sub(MOST);
    (keys.into_iter().take(MOST).map(|(key, _)| key.clone()).collect(), left)
}

fn draw(
    cells: &BTreeMap<(Key, Key), (usize, bool)>,
    rows: &[Key],
    columns: &[Key],
    left: usize,
    what: &str,
) -> Drawing {
    let mut canvas = Canvas::default();
    let side = ((WIDTH - NAMES) / int(columns.len()).max(1)).clamp(22, 30);
    let longest = columns.iter().map(|c| wide(&crate::text::visible(&c.name), SIZE)).max().unwrap_or(0).clamp(40, 132);
    let top = longest + 16;
    canvas.text_end(NAMES - 12, top - 8, "m", "from ↓   to →");
    for (c, column) in columns.iter().enumerate() {
        let x = NAMES + int(c) * side;
        canvas.text_up(x + side / 2 + 4, top - 10, &fit(&column.name, SIZE, 132));
        if let Some(group) = column.group {
            canvas.open(group.class());
            canvas.path("kb", &format!("M{} {}h{}", x + 4, top - 4, side - 8));
            canvas.close();
        }
    }
    let most = cells.values().map(|c| c.0).max().unwrap_or(1);
    let (mut empty, mut itself) = (String::new(), String::new());
    let n_cells = rows.len() * columns.len();
    for (r, row) in rows.iter().enumerate() {
        let y = top + int(r) * side;
        let name = fit(&row.name, if row.group.is_some() { SIZE } else { NAME }, NAMES - 20);
        canvas.text_end(NAMES - 12, y + side / 2 + 4, "", &name);
        if let Some(group) = row.group {
            canvas.open(group.class());
            canvas.path("kb", &format!("M{} {}v{}", NAMES - 5, y + 4, side - 8));
            canvas.close();
        }
        for (c, column) in columns.iter().enumerate() {
            let rect = Rect { x: NAMES + int(c) * side + 1, y: y + 1, w: side - 2, h: side - 2 };
            let Some(&(n, is_guess)) = cells.get(&(row.clone(), column.clone())) else {
                let empty = if row.id == column.id { &mut itself } else { &mut empty };
                put!(empty, "M{} {}h{side}v{side}h-{side}z", rect.x - 1, rect.y - 1);
                continue;
            };
            let heat = match n * 3 / most.max(1) {
                _ if most == 1 => "h2",
                0 => "h1",
                1 => "h2",
                _ => "h3",
            };
            canvas.open(if is_guess { "mc gs" } else { "mc" });
            if n_cells <= MOST_TIPS {
                let said = counted(n, "connection", "connections");
                canvas.title(&crate::text::visible(&format!("{} → {}: {said}", row.name, column.name)));
            }
            canvas.solid(rect, heat);
            let words = if n > 999 { "999+".to_owned() } else { n.to_string() };
            canvas.text_middle(rect.x + rect.w / 2, y + side / 2 + 4, "cn", &words);
            canvas.close();
        }
    }
    canvas.path("mx", &empty);
    canvas.path("mx di", &itself);
    let mut y = top + int(rows.len()) * side;
    let groups: BTreeSet<Group> = rows.iter().chain(columns).filter_map(|k| k.group).collect();
    if cells.iter().any(|c| c.1.1) {
        y += 22;
        canvas.text(0, y, "m", "Dashed: all of them are inferred.");
    }
    if left > 0 {
        y += 20;
        canvas.text(0, y, "m", &format!("{left} more with fewer connections are not drawn."));
    }
    if !groups.is_empty() {
        y = canvas.legend(y + 12, &groups.into_iter().collect::<Vec<_>>(), &[], &[]);
    }
    let total: usize = cells.values().map(|c| c.0).sum();
    let words = format!(
        "{} by {}, {}.",
        counted(rows.len(), &format!("{what} as row"), &format!("{what}s as rows")),
        counted(columns.len(), &format!("{what} as column"), &format!("{what}s as columns")),
        counted(total, "connection", "connections")
    );
    canvas.finish((NAMES + int(columns.len()) * side + 4).max(240), y + 8, words)
}
