//! Boxes and all their lines, from those who start to those who are used: the picture of a small system.
//!
//! Boxes that use and are used by exactly the same others stand in one frame, and a line to the frame counts for each
//! of them. Areas are words in the boxes and not frames: frames around areas pull boxes away from what they talk to.

use std::collections::{BTreeMap, BTreeSet};

use super::canvas::{BESIDE_NAME, Canvas, Look, NAME, ONE_LINE, Rect, height_of, wide};
use super::layered::{Edge, Layout, Node, place};
use super::{Drawing, Group, Line, Part, System, WIDTH, Wire, counted, drawn_words, int};
use crate::text;

/// As many boxes with the same neighbours share a frame.
const ALIKE: usize = 4;
const PAD: i32 = 10;
/// Room on a page of 1,200 pixels, where a picture may be wider than the text.
const PAGE: i32 = 1_130;

/// Draws all parts and lines. Above [`super::MOST_IN_DIAGRAM`] parts it is slow and hard to read: use the grid.
pub fn diagram(parts: &[Part], lines: &[Line]) -> Drawing {
    let system = System::of(parts, lines);
    let wires: Vec<Wire> = system.lines.iter().copied().filter(|w| w.from != w.to).collect();
    let wanted = system.parts.iter().map(|p| BESIDE_NAME + 2 + wide(&text::visible(&p.name), NAME)).max().unwrap_or(0);
    // Narrower boxes when the picture would be too wide for a page.
    let mut best: Option<Plan> = None;
    for most in [176, 148, 124, 112] {
        let plan = Plan::of(&system, &wires, wanted.clamp(112, most));
        let fits = plan.width <= PAGE;
        if best.as_ref().is_none_or(|b| plan.width < b.width) {
            best = Some(plan);
        }
        if fits {
            break;
        }
    }
    let plan = best.unwrap_or_default();
    plan.draw(&system, &wires)
}

/// Boxes that are placed as one.
#[derive(Debug, Clone, Default)]
struct Cluster {
    members: Vec<usize>,
    columns: usize,
}

/// A connected piece: its clusters, its layout, its corner, and the wires behind each of its edges.
type Piece = (Vec<usize>, Layout, (i32, i32), Vec<Vec<usize>>);

#[derive(Default)]
struct Plan {
    clusters: Vec<Cluster>,
    pieces: Vec<Piece>,
    alone: Vec<usize>,
    box_width: i32,
    width: i32,
    height: i32,
}

impl Plan {
    fn of(system: &System, wires: &[Wire], box_width: i32) -> Self {
        let (clusters, cluster_of, alone) = clusters(system, wires);
        let mut plan = Self { clusters, alone, box_width, ..Self::default() };
        let mut between: BTreeMap<Edge, Vec<usize>> = BTreeMap::new();
        for (i, wire) in wires.iter().enumerate() {
            let edge = Edge { from: cluster_of[wire.from], to: cluster_of[wire.to], look: Look::of(wire.line) };
            between.entry(edge).or_default().push(i);
        }
        let mut pieces: Vec<(Vec<usize>, Layout, Vec<Vec<usize>>)> = connected(plan.clusters.len(), between.keys())
            .into_iter()
            .map(|members| {
                let nodes: Vec<Node> = members.iter().map(|&c| plan.node(system, c)).collect();
                let local = |cluster: usize| members.binary_search(&cluster).ok();
                let (edges, behind): (Vec<Edge>, Vec<Vec<usize>>) = between
                    .iter()
                    .filter_map(|(e, w)| {
                        Some((Edge { from: local(e.from)?, to: local(e.to)?, look: e.look }, w.clone()))
                    })
                    .unzip();
                let layout = place(&nodes, &edges);
                (members, layout, behind)
            })
            .collect();
        pieces.sort_by_key(|(members, _, _)| (usize::MAX - members.len(), members.clone()));
        plan.shelve(pieces);
        plan
    }

    fn node(&self, system: &System, cluster: usize) -> Node {
        let cluster = &self.clusters[cluster];
        let tall = self.tall(system, &cluster.members);
        let hint = cluster.members.iter().map(|&m| hint(system.parts[m])).min().unwrap_or(0);
        if let [_] = cluster.members[..] {
            return Node { w: self.box_width, h: tall, hint };
        }
        let (columns, rows) = (int(cluster.columns), int(cluster.members.len().div_ceil(cluster.columns)));
        Node {
            w: columns * self.box_width + (columns - 1) * 8 + 2 * PAD,
            h: rows * tall + (rows - 1) * 8 + 2 * PAD,
            hint,
        }
    }

    /// Height of boxes that stand in one block.
    fn tall(&self, system: &System, members: &[usize]) -> i32 {
        members.iter().map(|&m| height_of(system.parts[m], self.box_width)).max().unwrap_or(ONE_LINE)
    }

    /// Sets the pieces beside and below each other.
    fn shelve(&mut self, pieces: Vec<(Vec<usize>, Layout, Vec<Vec<usize>>)>) {
        let (mut x, mut y, mut tall) = (0, 0, 0);
        for (members, layout, behind) in pieces {
            if x > 0 && x + layout.width > WIDTH {
                (x, y, tall) = (0, y + tall + 28, 0);
            }
            self.width = self.width.max(x + layout.width);
            tall = tall.max(layout.height);
            let next = x + layout.width + 48;
            self.pieces.push((members, layout, (x, y), behind));
            x = next;
        }
        self.height = y + tall;
    }

    fn draw(&self, system: &System, wires: &[Wire]) -> Drawing {
        let mut canvas = Canvas::default();
        let areas: BTreeSet<&str> = system.parts.iter().filter_map(|p| p.area.as_deref()).collect();
        let more = |part: &Part| part.area.as_deref().filter(|_| areas.len() > 1).map(str::to_owned);
        let mut looks = BTreeSet::new();
        let mut framed = false;
        for (members, layout, (dx, dy), behind) in &self.pieces {
            for (&cluster, rect) in members.iter().zip(&layout.boxes) {
                if self.clusters[cluster].members.len() > 1 {
                    framed = true;
                    canvas.solid(Rect { x: rect.x + dx, y: rect.y + dy, ..*rect }, "fr");
                }
            }
            for net in &layout.nets {
                looks.insert(net.look);
                let lines: Vec<&Wire> = net.edges.iter().flat_map(|&e| behind[e].iter()).map(|&w| &wires[w]).collect();
                canvas.open("nt");
                canvas.title(&net_words(system, &lines));
                canvas.open_at(*dx, *dy);
                canvas.path(net.look.class(), &net.path);
                for &(x, y, way) in &net.heads {
                    canvas.head(x, y, way, net.look);
                }
                if net.look.is_async {
                    canvas.clock(net.clock.0, net.clock.1);
                }
                canvas.close();
                canvas.close();
                let runs: Vec<_> = net.runs.iter().map(|r| (r.0 + dx, r.1 + dy, r.2 + dx, r.3 + dy)).collect();
                canvas.runs(&runs);
            }
        }
        for (members, layout, (dx, dy), _) in &self.pieces {
            for (&cluster, rect) in members.iter().zip(&layout.boxes) {
                let cluster = &self.clusters[cluster];
                let rect = Rect { x: rect.x + dx, y: rect.y + dy, ..*rect };
                if let [only] = cluster.members[..] {
                    canvas.part(rect, system.parts[only], more(system.parts[only]).as_deref());
                    continue;
                }
                let rows = cluster.members.len().div_ceil(cluster.columns);
                let tall = self.tall(system, &cluster.members);
                for (i, &member) in cluster.members.iter().enumerate() {
                    let (column, row) = (int(i / rows), int(i % rows));
                    let inner = Rect {
                        x: rect.x + PAD + column * (self.box_width + 8),
                        y: rect.y + PAD + row * (tall + 8),
                        w: self.box_width,
                        h: tall,
                    };
                    canvas.part(inner, system.parts[member], more(system.parts[member]).as_deref());
                }
            }
        }
        let mut y = self.height;
        let mut width = self.width;
        if !self.alone.is_empty() {
            if y > 0 {
                y += 34;
            }
            canvas.text(0, y + 12, "m", "No connection was found of these:");
            y += 24;
            let tall = self.tall(system, &self.alone);
            let per_row = usize::try_from((WIDTH + 12) / (self.box_width + 12)).unwrap_or(1).max(1);
            for (i, &part) in self.alone.iter().enumerate() {
                let (column, row) = (int(i % per_row), int(i / per_row));
                let rect =
                    Rect { x: column * (self.box_width + 12), y: y + row * (tall + 10), w: self.box_width, h: tall };
                width = width.max(rect.right());
                canvas.part(rect, system.parts[part], more(system.parts[part]).as_deref());
            }
            y += int(self.alone.len().div_ceil(per_row)) * (tall + 10);
        }
        let groups: Vec<Group> =
            Group::ALL.into_iter().filter(|g| system.parts.iter().any(|p| Group::of(p) == *g)).collect();
        let others: &[&str] = if framed { &["same connections for each box in the frame"] } else { &[] };
        let looks: Vec<Look> = looks.into_iter().collect();
        y = canvas.legend(y + 14, &groups, &looks, others);
        canvas.finish(width.max(WIDTH.min(720)), y, drawn_words(system.parts.len(), wires))
    }
}

/// Parts with exactly the same connections as one; and parts without any.
fn clusters(system: &System, wires: &[Wire]) -> (Vec<Cluster>, Vec<usize>, Vec<usize>) {
    let n = system.parts.len();
    let mut near: Vec<BTreeSet<(bool, usize, Look)>> = vec![BTreeSet::new(); n];
    for wire in wires {
        let look = Look::of(wire.line);
        near[wire.from].insert((true, wire.to, look));
        near[wire.to].insert((false, wire.from, look));
    }
    let mut alike: BTreeMap<&BTreeSet<(bool, usize, Look)>, Vec<usize>> = BTreeMap::new();
    let mut alone = Vec::new();
    for (i, near) in near.iter().enumerate() {
        if near.is_empty() { alone.push(i) } else { alike.entry(near).or_default().push(i) }
    }
    let by_kind =
        |&i: &usize| (Group::of(system.parts[i]), system.parts[i].kind.clone(), system.parts[i].name.clone(), i);
    let mut clusters: Vec<Cluster> = Vec::new();
    for mut members in alike.into_values() {
        if members.len() < ALIKE {
            clusters.extend(members.into_iter().map(|m| Cluster { members: vec![m], columns: 1 }));
            continue;
        }
        members.sort_by_key(by_kind);
        let columns = match members.len() {
            0..=5 => 1,
            6..=14 => 2,
            _ => 3,
        };
        clusters.push(Cluster { members, columns });
    }
    clusters.sort_by_key(|c| c.members.clone());
    alone.sort_by_key(by_kind);
    let mut cluster_of = vec![0; n];
    for (c, cluster) in clusters.iter().enumerate() {
        for &member in &cluster.members {
            cluster_of[member] = c;
        }
    }
    (clusters, cluster_of, alone)
}

/// Connected pieces, each sorted.
fn connected<'e>(n: usize, edges: impl Iterator<Item = &'e Edge>) -> Vec<Vec<usize>> {
    let mut piece: Vec<usize> = (0..n).collect();
    for edge in edges {
        let (a, b) = (piece[edge.from], piece[edge.to]);
        for p in &mut piece {
            if *p == b {
                *p = a;
            }
        }
    }
    let mut out: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, p) in piece.into_iter().enumerate() {
        out.entry(p).or_default().push(i);
    }
    out.into_values().collect()
}

/// People and front ends to the left, what keeps data and what others run to the right.
fn hint(part: &Part) -> i32 {
    match part.kind.as_str() {
        "user" => 0,
        "web" | "app" => 1,
        "gateway" => 2,
        "job" => 4,
        "auth" | "config" | "registry" | "monitoring" => 5,
        "broker" => 6,
        "database" | "cache" | "search" | "storage" => 7,
        "external" => 8,
        _ => 3,
    }
}

fn net_words(system: &System, wires: &[&Wire]) -> String {
    let mut words: Vec<String> = wires
        .iter()
        .take(6)
        .map(|w| {
            let label = w.line.label.as_deref().map(|l| format!(" ({l})")).unwrap_or_default();
            text::visible(&format!("{} → {}{label}", system.parts[w.from].name, system.parts[w.to].name))
        })
        .map(|w| text::shorten_middle(&w, 80))
        .collect();
    if wires.len() > 6 {
        words.push(format!("and {}", counted(wires.len() - 6, "more", "more")));
    }
    words.join("; ")
}
