//! Product areas by kinds of parts: readable at every size, because lines between areas are summed.
//!
//! Places are fixed by what was kept from the last picture: rows keep their order and height and columns their number,
//! so that a new part shows up in its own row and moves nothing else. Without it, rows stand where related areas are
//! close.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{Canvas, NAME, Rect, SIZE, fit, wide};
use super::{Drawing, Group, Line, Part, System, WIDTH, counted, int, is_guess};

/// Boxes in one cell.
const MOST: usize = 6;
/// Summed lines that are drawn unless all are asked for.
const MOST_LINES: usize = 10;
/// From so many areas on, a row is one line of counts.
const COLLAPSED: usize = 8;
const HEAD: i32 = 34;
const NAMES: i32 = 158;
const SLOT: i32 = 32;
const TRACK: i32 = 24;

/// The places of a picture that the next one keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// Headings of the columns.
    pub columns: Vec<String>,
    /// Rows from top to bottom.
    pub rows: Vec<Row>,
}

/// One row of the grid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Product area; empty for parts without one.
    pub area: String,
    /// Boxes that stand below each other in its cells.
    pub slots: i32,
}

/// Draws the grid in the places of `before`. `all_lines` draws each summed line and not only the strongest.
pub fn grid(parts: &[Part], lines: &[Line], before: &Kept, all_lines: bool) -> Drawing {
    let system = System::of(parts, lines);
    let plan = Plan::of(&system, before);
    plan.draw(&system, all_lines)
}

/// The places that [`grid`] uses, for the picture after this one.
pub fn kept(parts: &[Part], lines: &[Line], before: &Kept) -> Kept {
    let plan = Plan::of(&System::of(parts, lines), before);
    Kept { columns: plan.columns.iter().map(|g| g.words().to_owned()).collect(), rows: plan.rows }
}

struct Plan {
    columns: Vec<Group>,
    rows: Vec<Row>,
    /// Parts of each cell by row and column.
    cells: BTreeMap<(usize, usize), Vec<usize>>,
    row_of: Vec<usize>,
    /// Width of a column, and boxes beside each other in it.
    column: i32,
    beside: usize,
    is_collapsed: bool,
}

impl Plan {
    fn of(system: &System, before: &Kept) -> Self {
        let area = |i: usize| system.parts[i].area.clone().unwrap_or_default();
        let columns: Vec<Group> = Group::ALL
            .into_iter()
            .filter(|g| {
                before.columns.iter().any(|c| c == g.words()) || system.parts.iter().any(|p| Group::of(p) == *g)
            })
            .collect();
        let mut areas: Vec<String> = before.rows.iter().map(|r| r.area.clone()).collect();
        areas.extend(ordered(system).into_iter().filter(|a| !before.rows.iter().any(|r| r.area == *a)));
        let row_of: Vec<usize> =
            (0..system.parts.len()).map(|i| areas.iter().position(|a| *a == area(i)).unwrap_or(0)).collect();
        let mut cells: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for (i, &row) in row_of.iter().enumerate() {
            let column = columns.iter().position(|g| *g == Group::of(system.parts[i])).unwrap_or(0);
            cells.entry((row, column)).or_default().push(i);
        }
        for cell in cells.values_mut() {
            cell.sort_by_key(|&i| (system.parts[i].name.clone(), i));
        }
        let n = int(columns.len()).max(1);
        let column = ((WIDTH - NAMES - 130) / n).clamp(128, 264);
        let beside = usize::try_from(column / 128).unwrap_or(1);
        let rows = areas
            .into_iter()
            .enumerate()
            .map(|(row, area)| {
                let most = cells.range((row, 0)..(row + 1, 0)).map(|c| c.1.len().min(MOST)).max().unwrap_or(0);
                let known = before.rows.get(row).map(|r| r.slots);
                let slots = known.unwrap_or_else(|| int(most.div_ceil(beside)).max(1));
                Row { area, slots }
            })
            .collect::<Vec<_>>();
        let is_collapsed = rows.len() >= COLLAPSED;
        Self { columns, rows, cells, row_of, column, beside, is_collapsed }
    }

    fn tall(&self, row: usize) -> i32 {
        if self.is_collapsed { 40 } else { (self.rows[row].slots * SLOT + 10).max(56) }
    }

    fn draw(&self, system: &System, all_lines: bool) -> Drawing {
        let mut canvas = Canvas::default();
        let sums = Sums::of(system, &self.row_of, all_lines);
        let body = NAMES + int(self.columns.len()) * self.column;
        let mut tops = Vec::with_capacity(self.rows.len());
        let mut y = HEAD;
        for row in 0..self.rows.len() {
            tops.push(y);
            y += self.tall(row);
        }
        let bottom = y;
        for (c, group) in self.columns.iter().enumerate() {
            canvas.open(group.class());
            canvas.text(NAMES + int(c) * self.column + 4, 20, "hk", group.words());
            canvas.close();
        }
        canvas.path("ax", &format!("M0 {HEAD}H{body}"));
        for (row, one) in self.rows.iter().enumerate() {
            let (top, tall) = (tops[row], self.tall(row));
            if row > 0 {
                canvas.path("gr", &format!("M0 {top}H{body}"));
            }
            self.head(&mut canvas, one, row, top, &sums);
            for c in 0..self.columns.len() {
                let x = NAMES + int(c) * self.column;
                if let Some(cell) = self.cells.get(&(row, c)) {
                    self.cell(&mut canvas, system, cell, (x, top, tall), self.rows[row].slots);
                }
            }
        }
        canvas.path("ax", &format!("M0 {bottom}H{body}"));
        let tracks =
            gutter(&mut canvas, &sums.shown, &tops, &(0..tops.len()).map(|r| self.tall(r)).collect::<Vec<_>>(), body);
        let mut y = bottom;
        if !sums.shown.is_empty() {
            let words =
                format!("Numbers at the right: connections between two areas, both ways together{}.", sums.words());
            y += 22;
            canvas.text(0, y, "m", &words);
        }
        let width = (body + if tracks > 0 { 26 + tracks * TRACK } else { 2 }).max(480);
        let words = format!(
            "{} in {}, {}; {}.",
            counted(system.parts.len(), "part", "parts"),
            counted(self.rows.len(), "area", "areas"),
            counted(self.columns.len(), "kind", "kinds"),
            counted(sums.n_all, "pair of areas is connected", "pairs of areas are connected")
        );
        canvas.finish(width, y + 8, words)
    }

    fn head(&self, canvas: &mut Canvas, row: &Row, index: usize, top: i32, sums: &Sums) {
        let n: usize = self.cells.range((index, 0)..(index + 1, 0)).map(|c| c.1.len()).sum();
        let name = if row.area.is_empty() { "no area" } else { &row.area };
        let inside = sums.inside.get(&index).copied().unwrap_or(0);
        let y = if self.is_collapsed { top + 17 } else { top + 22 };
        canvas.text(2, y, "nm", &fit(name, NAME, NAMES - 12));
        let mut words = counted(n, "part", "parts");
        if inside > 0 {
            words = format!("{words}, {}", counted(inside, "line inside", "lines inside"));
        }
        canvas.text(2, y + 16, "m", &fit(&words, SIZE, NAMES - 8));
    }

    fn cell(&self, canvas: &mut Canvas, system: &System, cell: &[usize], (x, top, tall): (i32, i32, i32), slots: i32) {
        let w = (self.column - 8) / int(self.beside) - 4;
        if self.is_collapsed {
            let rect = Rect { x: x + 2, y: top + 7, w: w.min(150), h: tall - 14 };
            if let [only] = cell {
                canvas.small_part(rect, system.parts[*only]);
            } else {
                let names: Vec<&str> = cell.iter().take(12).map(|&i| system.parts[i].name.as_str()).collect();
                let group = Group::of(system.parts[cell[0]]);
                canvas.count(rect, group, cell.len(), &names.join(", "));
            }
            return;
        }
        let room = usize::try_from(slots).unwrap_or(1) * self.beside;
        let fits = cell.len() <= room.min(MOST);
        let shown = if fits { cell.len() } else { room.min(MOST).saturating_sub(1) };
        let start = top + 8;
        let place = |i: usize| {
            let (column, line) = (int(i % self.beside), int(i / self.beside));
            Rect { x: x + 2 + column * (w + 4), y: start + line * SLOT, w, h: SLOT - 6 }
        };
        for (i, &part) in cell.iter().take(shown).enumerate() {
            canvas.small_part(place(i), system.parts[part]);
        }
        if !fits {
            let rect = place(shown);
            canvas.text(rect.x + 4, rect.middle() + 4, "m", &format!("+{} more", cell.len() - shown));
        }
    }
}

/// Areas so that those with many lines between them are close: front ends at the top, then each is moved as long as
/// that makes the lines shorter in sum.
fn ordered(system: &System) -> Vec<String> {
    let area = |i: usize| system.parts[i].area.clone().unwrap_or_default();
    let mut first: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (i, part) in system.parts.iter().enumerate() {
        let rank = Group::ALL.iter().position(|g| *g == Group::of(part)).unwrap_or(0);
        let entry = first.entry(area(i)).or_default();
        entry.0 += i64::from(int(rank));
        entry.1 += 1;
    }
    // What others run, and what has no area, stays at the bottom.
    let inside: BTreeSet<String> =
        (0..system.parts.len()).filter(|&i| Group::of(system.parts[i]) != Group::Outside).map(area).collect();
    let is_last = |a: &String| a.is_empty() || !inside.contains(a);
    let mut areas: Vec<String> = first.keys().cloned().collect();
    areas.sort_by_key(|a| {
        let (sum, n) = first.get(a).copied().unwrap_or((0, 1));
        (is_last(a), sum * 1_000 / n.max(1), a.clone())
    });
    let n_free = areas.iter().filter(|a| !is_last(a)).count();
    let number: BTreeMap<&str, usize> = areas.iter().enumerate().map(|(i, a)| (a.as_str(), i)).collect();
    let mut weights: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for wire in &system.lines {
        let (a, b) = (number[area(wire.from).as_str()], number[area(wire.to).as_str()]);
        if a != b {
            *weights.entry((a.min(b), a.max(b))).or_default() += 1;
        }
    }
    let length = |order: &[usize]| -> i64 {
        let mut at = vec![0_i64; order.len()];
        for (place, &i) in order.iter().enumerate() {
            at[i] = i64::from(int(place));
        }
        weights.iter().map(|(&(a, b), w)| (at[a] - at[b]).abs() * w).sum()
    };
    let n = areas.len();
    let mut order: Vec<usize> = (0..n).collect();
    let mut best = length(&order);
    // Hundreds of areas stay in their first order: the search is for pictures that people compare by eye.
    let rounds = if n <= 40 { 6 } else { 0 };
    for _ in 0..rounds {
        let before = best;
        for from in 0..n_free {
            for to in 0..n_free {
                let mut other = order.clone();
                let moved = other.remove(from);
                other.insert(to, moved);
                let now = length(&other);
                if now < best {
                    best = now;
                    order = other;
                }
            }
        }
        if best == before {
            break;
        }
    }
    order.into_iter().map(|i| areas[i].clone()).collect()
}

/// One summed line between two rows.
struct Sum {
    upper: usize,
    lower: usize,
    n: usize,
    is_guess: bool,
}

struct Sums {
    shown: Vec<Sum>,
    n_all: usize,
    inside: BTreeMap<usize, usize>,
}

impl Sums {
    fn of(system: &System, row_of: &[usize], all_lines: bool) -> Self {
        let mut inside: BTreeMap<usize, usize> = BTreeMap::new();
        let mut between: BTreeMap<(usize, usize), (usize, bool)> = BTreeMap::new();
        for wire in &system.lines {
            let (a, b) = (row_of[wire.from], row_of[wire.to]);
            if a == b {
                *inside.entry(a).or_default() += 1;
                continue;
            }
            let sum = between.entry((a.min(b), a.max(b))).or_insert((0, true));
            sum.0 += 1;
            sum.1 &= is_guess(wire.line);
        }
        let n_all = between.len();
        let mut shown: Vec<Sum> =
            between.into_iter().map(|((upper, lower), (n, is_guess))| Sum { upper, lower, n, is_guess }).collect();
        shown.sort_by_key(|s| (usize::MAX - s.n, s.upper, s.lower));
        if !all_lines {
            shown.truncate(MOST_LINES);
        }
        Self { shown, n_all, inside }
    }

    fn words(&self) -> String {
        let mut out = String::new();
        if self.shown.len() < self.n_all {
            out = format!("; the {} strongest of {} are drawn", self.shown.len(), self.n_all);
        }
        if self.shown.iter().any(|s| s.is_guess) {
            out.push_str("; dashed where all are inferred");
        }
        out
    }
}

/// Draws the summed lines beside the rows and returns how many tracks they take.
fn gutter(canvas: &mut Canvas, sums: &[Sum], tops: &[i32], tall: &[i32], body: i32) -> i32 {
    // Short lines stand inside, so that long ones go around them.
    let mut order: Vec<usize> = (0..sums.len()).collect();
    order.sort_by_key(|&i| (sums[i].lower - sums[i].upper, sums[i].upper));
    let mut track = vec![0_usize; sums.len()];
    let mut taken: Vec<Vec<usize>> = Vec::new();
    for &i in &order {
        let free = |others: &Vec<usize>| {
            others.iter().all(|&o| sums[i].lower <= sums[o].upper || sums[o].lower <= sums[i].upper)
        };
        let at = taken.iter().position(free).unwrap_or(taken.len());
        if at == taken.len() {
            taken.push(Vec::new());
        }
        taken[at].push(i);
        track[i] = at;
    }
    // Heights at which lines leave each row: those that go up first, the outer ones towards the middle.
    let mut ends: BTreeMap<(usize, usize), i32> = BTreeMap::new();
    for row in 0..tops.len() {
        let mut here: Vec<(bool, i64, usize)> = Vec::new();
        for (i, sum) in sums.iter().enumerate() {
            let t = i64::from(int(track[i]));
            if sum.lower == row {
                here.push((false, t, i));
            } else if sum.upper == row {
                here.push((true, -t, i));
            }
        }
        here.sort_unstable();
        let n = int(here.len()).max(1);
        let step = ((tall[row] - 14) / n).clamp(2, 12);
        let start = tops[row] + tall[row] / 2 - step * (n - 1) / 2;
        for (place, (_, _, i)) in here.into_iter().enumerate() {
            ends.insert((row, i), start + int(place) * step);
        }
    }
    let most = sums.iter().map(|s| s.n).max().unwrap_or(1);
    let mut chips = Vec::new();
    for &i in order.iter().rev() {
        let sum = &sums[i];
        let (a, b) = (ends[&(sum.upper, i)], ends[&(sum.lower, i)]);
        let x = body + 24 + int(track[i]) * TRACK;
        let weight = match sum.n * 4 / most.max(1) {
            _ if sum.n == 1 => "w1",
            0 => "w1",
            1 => "w2",
            2 | 3 => "w3",
            _ => "w4",
        };
        let class = format!("su {weight}{}", if sum.is_guess { " gs" } else { "" });
        canvas.path(&class, &format!("M{} {a}H{}q6 0 6 6V{}q0 6 -6 6H{}", body + 4, x - 6, b - 6, body + 4));
        canvas.runs(&[(body + 4, a, x, a), (x, a, x, b), (x, b, body + 4, b)]);
        chips.push((i, x, a, b));
    }
    let mut done: BTreeSet<(i32, i32)> = BTreeSet::new();
    for (i, x, a, b) in chips {
        let words = sums[i].n.to_string();
        let w = wide(&words, SIZE) + 6;
        let passing: Vec<i32> =
            ends.iter().filter(|((_, other), _)| track[*other] > track[i]).map(|(_, y)| *y).collect();
        let middle = i32::midpoint(a, b);
        let free = |y: &i32| {
            passing.iter().all(|p| (p - y).abs() >= 10) && done.iter().all(|d| d.0 != x || (d.1 - y).abs() > 18)
        };
        let y = (0..(b - a) / 2 - 9).flat_map(|d| [middle - d, middle + d]).find(free).unwrap_or(middle);
        done.insert((x, y));
        canvas.solid(Rect { x: x - w / 2, y: y - 9, w, h: 18 }, "chip");
        canvas.text_middle(x, y + 4, "cn", &words);
    }
    int(taken.len())
}
