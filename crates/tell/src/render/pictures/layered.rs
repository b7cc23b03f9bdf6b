//! A layered layout from left to right, after Sugiyama: cycles are broken, each box gets a rank, ranks are ordered for
//! few crossings, and lines run at right angles in the channels between the ranks.
//!
//! Lines that share an end and a look are one net with one trunk, so that a box used by all does not drown the
//! picture. Each line belongs to the net of its busier end and to no other: at every fork it stays clear who uses whom.
//! Lines cross no box by construction: upright runs stay in channels, level runs at the height of their own box or in
//! a lane of their own.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::canvas::{Look, Rect, Way, put};
use super::channel::{Channel, draw};
use super::int;

/// A box to be placed.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) w: i32,
    pub(super) h: i32,
    /// Boxes with a small number belong further left, where the lines leave it open.
    pub(super) hint: i32,
}

/// A line between two boxes, by their positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) look: Look,
}

/// Lines that are drawn as one, with a trunk and branches.
#[derive(Debug, Clone)]
pub(super) struct Net {
    pub(super) look: Look,
    pub(super) path: String,
    /// Straight runs: x, y, x, y.
    pub(super) runs: Vec<(i32, i32, i32, i32)>,
    pub(super) heads: Vec<(i32, i32, Way)>,
    /// Where a clock may stand.
    pub(super) clock: (i32, i32),
    /// Edges in it.
    pub(super) edges: Vec<usize>,
}

/// Where everything is.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) boxes: Vec<Rect>,
    pub(super) nets: Vec<Net>,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// Radius of a bend.
pub(super) const BEND: i32 = 6;
/// Distance of trunks, and of lines that reach the same side of a box.
const TRACK: i32 = 9;
/// Room beside the boxes of a channel: to the left without, to the right with heads and clocks.
const MARGIN: (i32, i32) = (12, 27);

/// What stands in a rank: a box, or the lane of a net that passes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Node(usize),
    Lane(usize, usize),
}

pub(super) struct NetKey {
    pub(super) owner: usize,
    pub(super) owner_is_left: bool,
    pub(super) is_reversed: bool,
    look: Look,
    pub(super) edges: Vec<usize>,
}

/// Lays out a connected graph without loops from a box to itself.
pub(super) fn place(nodes: &[Node], edges: &[Edge]) -> Layout {
    if nodes.is_empty() {
        return Layout::default();
    }
    let mut graph = Graph::of(nodes, edges);
    graph.order_ranks();
    graph.set_heights();
    graph.set_ports();
    graph.straighten();
    graph.set_ports();
    graph.route(edges)
}

pub(super) struct Graph {
    /// Boxes first, by their positions, then lanes.
    pub(super) items: Vec<Item>,
    pub(super) heights: Vec<i32>,
    widths: Vec<i32>,
    ranks: Vec<Vec<usize>>,
    /// Per channel: item to the left, item to the right, net.
    pub(super) links: Vec<Vec<(usize, usize, usize)>>,
    nets: Vec<NetKey>,
    /// Middle of each item.
    pub(super) y: Vec<i32>,
    /// Height at which a net meets a side of an item: item, whether it is the right side, net.
    pub(super) ports: BTreeMap<(usize, bool, usize), i32>,
}

impl Graph {
    fn of(nodes: &[Node], edges: &[Edge]) -> Self {
        let reversed = reversals(nodes, edges);
        let ends: Vec<(usize, usize)> =
            edges.iter().zip(&reversed).map(|(e, r)| if *r { (e.to, e.from) } else { (e.from, e.to) }).collect();
        let rank = ranks_of(nodes, &ends);
        let nets = nets_of(edges, &reversed);
        let mut items: Vec<Item> = (0..nodes.len()).map(Item::Node).collect();
        let mut rank_of_item = rank.clone();
        let mut known: BTreeMap<(usize, usize), usize> = BTreeMap::new();
        let n_ranks = rank.iter().max().map_or(1, |m| m + 1);
        let mut links: Vec<BTreeSet<(usize, usize, usize)>> = vec![BTreeSet::new(); n_ranks];
        for (net, key) in nets.iter().enumerate() {
            for &edge in &key.edges {
                let (left, right) = ends[edge];
                let mut last = left;
                for r in rank[left] + 1..rank[right] {
                    let lane = *known.entry((net, r)).or_insert_with(|| {
                        items.push(Item::Lane(net, r));
                        rank_of_item.push(r);
                        items.len() - 1
                    });
                    links[r - 1].insert((last, lane, net));
                    last = lane;
                }
                links[rank[right] - 1].insert((last, right, net));
            }
        }
        let mut ranks = vec![Vec::new(); n_ranks];
        let mut by_hint: Vec<usize> = (0..items.len()).collect();
        by_hint.sort_by_key(|&i| (nodes.get(i).map_or(i32::MAX, |n| n.hint), i));
        for i in by_hint {
            ranks[rank_of_item[i]].push(i);
        }
        let links: Vec<Vec<_>> = links.into_iter().map(|l| l.into_iter().collect()).collect();
        let mut graph = Self {
            heights: (0..items.len()).map(|i| nodes.get(i).map_or(TRACK, |n| n.h)).collect(),
            widths: (0..items.len()).map(|i| nodes.get(i).map_or(0, |n| n.w)).collect(),
            y: vec![0; items.len()],
            ports: BTreeMap::new(),
            items,
            ranks,
            links,
            nets,
        };
        // A side that many nets reach needs the room for it.
        for (item, sides) in graph.sides() {
            let most = sides.iter().map(BTreeSet::len).max().unwrap_or(0);
            if matches!(graph.items[item], Item::Node(_)) {
                graph.heights[item] = graph.heights[item].max(int(most) * TRACK + 8);
            }
        }
        graph
    }

    /// Nets at the left and right side of each item.
    fn sides(&self) -> BTreeMap<usize, [BTreeSet<usize>; 2]> {
        let mut sides: BTreeMap<usize, [BTreeSet<usize>; 2]> = BTreeMap::new();
        for &(left, right, net) in self.links.iter().flatten() {
            sides.entry(left).or_default()[1].insert(net);
            sides.entry(right).or_default()[0].insert(net);
        }
        sides
    }

    fn positions(&self) -> Vec<usize> {
        let mut at = vec![0; self.items.len()];
        for rank in &self.ranks {
            for (position, &item) in rank.iter().enumerate() {
                at[item] = position;
            }
        }
        at
    }

    fn crossings(&self) -> usize {
        let at = self.positions();
        self.links.iter().map(|links| crossings(links, &at)).sum()
    }

    fn order_ranks(&mut self) {
        let mut best = (self.crossings(), self.ranks.clone());
        for sweep in 0..24 {
            let n = self.ranks.len();
            let forward = sweep % 2 == 0;
            for step in 1..n {
                let r = if forward { step } else { n - 1 - step };
                self.sort_rank(r, forward, sweep >= 16);
            }
            let now = self.crossings();
            if now < best.0 {
                best = (now, self.ranks.clone());
            }
        }
        self.ranks = best.1;
        self.swap_neighbours();
    }

    /// Sorts a rank by the middle of its neighbours to the left, or to the right, or on both sides.
    fn sort_rank(&mut self, r: usize, forward: bool, both: bool) {
        let at = self.positions();
        let mut sums: BTreeMap<usize, (i64, i64)> = BTreeMap::new();
        let mut add = |item: usize, other: usize, size: usize| {
            // Positions in ranks of different length are compared as thousandths of the rank.
            let part = (2 * i64::from(int(at[other])) + 1) * 100_000 / (2 * i64::from(int(size)).max(1));
            let sum = sums.entry(item).or_default();
            sum.0 += part;
            sum.1 += 1;
        };
        if r > 0 && (forward || both) {
            for &(left, right, _) in &self.links[r - 1] {
                add(right, left, self.ranks[r - 1].len());
            }
        }
        if r + 1 < self.ranks.len() && (!forward || both) {
            for &(left, right, _) in &self.links[r] {
                add(left, right, self.ranks[r + 1].len());
            }
        }
        let size = i64::from(int(self.ranks[r].len()));
        self.ranks[r].sort_by_key(|&item| {
            let own = (2 * i64::from(int(at[item])) + 1) * 100_000 / (2 * size);
            (sums.get(&item).map_or(own, |s| s.0 / s.1), at[item])
        });
    }

    /// Exchanges neighbours as long as that saves crossings.
    fn swap_neighbours(&mut self) {
        for _ in 0..6 {
            let mut better = false;
            for r in 0..self.ranks.len() {
                for i in 1..self.ranks[r].len() {
                    let before = self.around(r);
                    self.ranks[r].swap(i - 1, i);
                    if self.around(r) < before {
                        better = true;
                    } else {
                        self.ranks[r].swap(i - 1, i);
                    }
                }
            }
            if !better {
                break;
            }
        }
    }

    fn around(&self, r: usize) -> usize {
        let at = self.positions();
        let left = r.checked_sub(1).map_or(0, |l| crossings(&self.links[l], &at));
        left + crossings(&self.links[r], &at)
    }

    /// Distance of the middles of two items that stand one below the other.
    fn apart(&self, upper: usize, lower: usize) -> i32 {
        let gap = match (self.items[upper], self.items[lower]) {
            (Item::Node(_), Item::Node(_)) => 14,
            (Item::Lane(..), Item::Lane(..)) => 1,
            _ => 8,
        };
        (self.heights[upper] + self.heights[lower] + 1) / 2 + gap
    }

    /// Brings neighbours to the same height as far as the boxes above and below allow.
    fn set_heights(&mut self) {
        for r in 0..self.ranks.len() {
            let rank = self.ranks[r].clone();
            let mut y = 0;
            for (i, &item) in rank.iter().enumerate() {
                if i > 0 {
                    y += self.apart(rank[i - 1], item);
                }
                self.y[item] = y;
            }
        }
        let mut near: Vec<[Vec<usize>; 2]> = vec![<[Vec<usize>; 2]>::default(); self.items.len()];
        for &(left, right, _) in self.links.iter().flatten() {
            near[left][1].push(right);
            near[right][0].push(left);
        }
        for sweep in 0..30 {
            let n = self.ranks.len();
            for step in 0..n {
                let r = if sweep % 2 == 0 { step } else { n - 1 - step };
                let rank = self.ranks[r].clone();
                let wishes: Vec<(i32, i32)> = rank
                    .iter()
                    .map(|&item| {
                        let is_lane = matches!(self.items[item], Item::Lane(..));
                        let side = usize::from(sweep % 2 == 1);
                        let mut others: Vec<i32> = near[item][side].iter().map(|&o| self.y[o]).collect();
                        if sweep >= 10 || others.is_empty() {
                            others.extend(near[item][1 - side].iter().map(|&o| self.y[o]));
                        }
                        let weight = if is_lane { 6 } else { int(others.len().clamp(1, 3)) };
                        (median(&mut others).unwrap_or(self.y[item]), weight)
                    })
                    .collect();
                let apart: Vec<i32> = rank.windows(2).map(|w| self.apart(w[0], w[1])).collect();
                for (&item, y) in rank.iter().zip(spread(&wishes, &apart)) {
                    self.y[item] = y;
                }
            }
        }
        let top = (0..self.items.len()).map(|i| self.y[i] - self.heights[i] / 2).min().unwrap_or(0);
        for y in &mut self.y {
            *y -= top;
        }
    }

    /// Chooses where on the sides of boxes the nets arrive, so that lines are straight where they can be.
    fn set_ports(&mut self) {
        let sides = self.sides();
        for (&item, nets) in &sides {
            for (right, nets) in [(false, &nets[0]), (true, &nets[1])] {
                for &net in nets {
                    self.ports.insert((item, right, net), self.y[item]);
                }
            }
        }
        let mut far: BTreeMap<(usize, bool, usize), Vec<usize>> = BTreeMap::new();
        for &(left, right, net) in self.links.iter().flatten() {
            far.entry((left, true, net)).or_default().push(right);
            far.entry((right, false, net)).or_default().push(left);
        }
        for _ in 0..8 {
            for (&item, nets) in &sides {
                if matches!(self.items[item], Item::Lane(..)) {
                    continue;
                }
                for (right, nets) in [(false, &nets[0]), (true, &nets[1])] {
                    let mut wishes: Vec<(i32, usize)> = nets
                        .iter()
                        .map(|&net| {
                            let others = far.get(&(item, right, net)).map_or(&[][..], Vec::as_slice);
                            let mut ys: Vec<i32> = others
                                .iter()
                                .map(|&o| self.ports.get(&(o, !right, net)).copied().unwrap_or(self.y[o]))
                                .collect();
                            (median(&mut ys).unwrap_or(self.y[item]), net)
                        })
                        .collect();
                    wishes.sort_unstable();
                    let half = self.heights[item] / 2 - 8;
                    let (top, bottom) = (self.y[item] - half, self.y[item] + half);
                    let clamped: Vec<(i32, i32)> = wishes.iter().map(|w| (w.0.clamp(top, bottom), 1)).collect();
                    let apart = vec![TRACK; clamped.len().saturating_sub(1)];
                    let mut ys = spread(&clamped, &apart);
                    keep_within(&mut ys, top, bottom, TRACK);
                    for ((_, net), y) in wishes.into_iter().zip(ys) {
                        self.ports.insert((item, right, net), y);
                    }
                }
            }
        }
    }

    /// Moves lanes to the height of the ports that they lead to, as far as their neighbours allow.
    fn straighten(&mut self) {
        let mut wishes: BTreeMap<usize, Vec<i32>> = BTreeMap::new();
        for &(left, right, net) in self.links.iter().flatten() {
            wishes.entry(left).or_default().push(self.port(right, false, net));
            wishes.entry(right).or_default().push(self.port(left, true, net));
        }
        for r in 0..self.ranks.len() {
            for i in 0..self.ranks[r].len() {
                let item = self.ranks[r][i];
                let wish = wishes.get_mut(&item).and_then(|w| median(w));
                let (Item::Lane(..), Some(wish)) = (self.items[item], wish) else { continue };
                let rank = &self.ranks[r];
                let least = i.checked_sub(1).map_or(i32::MIN, |u| self.y[rank[u]] + self.apart(rank[u], item));
                let most = rank.get(i + 1).map_or(i32::MAX, |&l| self.y[l] - self.apart(item, l));
                if least <= most {
                    self.y[item] = wish.clamp(least, most);
                }
            }
        }
        let top = (0..self.items.len()).map(|i| self.y[i] - self.heights[i] / 2).min().unwrap_or(0);
        for y in &mut self.y {
            *y -= top;
        }
    }

    pub(super) fn port(&self, item: usize, right: bool, net: usize) -> i32 {
        self.ports.get(&(item, right, net)).copied().unwrap_or(self.y[item])
    }

    fn route(mut self, edges: &[Edge]) -> Layout {
        self.part_clashes();
        let columns: Vec<i32> =
            self.ranks.iter().map(|rank| rank.iter().map(|&i| self.widths[i]).max().unwrap_or(0)).collect();
        let mut nets: Vec<Net> = self
            .nets
            .iter()
            .map(|key| Net {
                look: key.look,
                path: String::new(),
                runs: Vec::new(),
                heads: Vec::new(),
                clock: (0, 0),
                edges: key.edges.clone(),
            })
            .collect();
        let n_nodes = self.items.iter().filter(|i| matches!(i, Item::Node(_))).count();
        let mut boxes = vec![Rect::default(); n_nodes];
        let mut x = 0;
        for (r, &column) in columns.iter().enumerate() {
            for &item in &self.ranks[r] {
                match self.items[item] {
                    Item::Node(node) => {
                        let (w, h) = (self.widths[item], self.heights[item]);
                        boxes[node] = Rect { x: x + (column - w) / 2, y: self.y[item] - h / 2, w, h };
                    }
                    Item::Lane(net, _) => {
                        let y = self.y[item];
                        put!(nets[net].path, "M{x} {y}h{column}");
                        nets[net].runs.push((x, y, x + column, y));
                    }
                }
            }
            x += column;
            if r + 1 == columns.len() {
                break;
            }
            let channel = Channel::of(&self, r);
            let wide = MARGIN.0 + MARGIN.1 + channel.n_tracks.saturating_sub(1) * TRACK;
            let edges_of = |item: usize, right: bool, start: i32, end: i32, column: i32| -> i32 {
                // Boxes narrower than their column stand in its middle.
                let slack = if self.widths[item] == 0 { 0 } else { column - self.widths[item] };
                if right { start - (slack - slack / 2) } else { end + slack / 2 }
            };
            for run in &channel.nets {
                let trunk = x + MARGIN.0 + run.track * TRACK;
                let left = run.left.iter().map(|&(i, y)| (edges_of(i, true, x, x + wide, column), y, i));
                let right = run.right.iter().map(|&(i, y)| (edges_of(i, false, x, x + wide, columns[r + 1]), y, i));
                draw(
                    &mut nets[run.net],
                    &self.nets[run.net],
                    &left.collect::<Vec<_>>(),
                    &right.collect::<Vec<_>>(),
                    trunk,
                    edges,
                    n_nodes,
                );
            }
            x += wide;
        }
        let height = boxes
            .iter()
            .map(|b| b.bottom())
            .chain(nets.iter().flat_map(|n| n.runs.iter().map(|r| r.1.max(r.3) + 6)))
            .max()
            .unwrap_or(0);
        Layout { boxes, nets, width: x, height }
    }

    /// Two nets that leave and arrive at each other's heights could not be told apart; one of them moves a little.
    fn part_clashes(&mut self) {
        for r in 0..self.links.len() {
            for _ in 0..12 {
                let channel = Channel::of(self, r);
                let Some((item, right, net, by)) = channel.clash(self) else { break };
                let to = self.port(item, right, net) + by;
                self.ports.insert((item, right, net), to);
            }
        }
    }
}

fn crossings(links: &[(usize, usize, usize)], at: &[usize]) -> usize {
    let mut n = 0;
    for (i, a) in links.iter().enumerate() {
        for b in &links[i + 1..] {
            let (left, right) = (at[a.0].cmp(&at[b.0]), at[a.1].cmp(&at[b.1]));
            if a.2 != b.2 && left != right && left.is_ne() && right.is_ne() {
                n += 1;
            }
        }
    }
    n
}

fn median(values: &mut [i32]) -> Option<i32> {
    values.sort_unstable();
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (low, high) = (values[(n - 1) / 2], values[n / 2]);
    Some(low + (high - low) / 2)
}

/// The places nearest to the wishes (place, weight) that keep their order and distances: pooling of neighbours.
fn spread(wishes: &[(i32, i32)], apart: &[i32]) -> Vec<i32> {
    let mut offset = 0_i64;
    // Sum of weighted wishes, weight, how many.
    let mut pools: Vec<(i64, i64, usize)> = Vec::new();
    let mut offsets = Vec::with_capacity(wishes.len());
    for (i, &(wish, weight)) in wishes.iter().enumerate() {
        if i > 0 {
            offset += i64::from(apart[i - 1]);
        }
        offsets.push(offset);
        let weight = i64::from(weight.max(1));
        pools.push(((i64::from(wish) - offset) * weight, weight, 1));
        while let [.., a, b] = pools[..]
            && a.0 * b.1 >= b.0 * a.1
        {
            pools.truncate(pools.len() - 2);
            pools.push((a.0 + b.0, a.1 + b.1, a.2 + b.2));
        }
    }
    let mut out = Vec::with_capacity(wishes.len());
    for (sum, weight, n) in pools {
        for _ in 0..n {
            let y = sum.div_euclid(weight) + offsets[out.len()];
            out.push(i32::try_from(y).unwrap_or(0));
        }
    }
    out
}

/// Moves sorted places into a range without giving up their distance.
fn keep_within(ys: &mut [i32], top: i32, bottom: i32, apart: i32) {
    let mut least = top;
    for y in ys.iter_mut() {
        *y = (*y).max(least);
        least = *y + apart;
    }
    let mut most = bottom;
    for y in ys.iter_mut().rev() {
        *y = (*y).min(most);
        most = *y - apart;
    }
}

/// Which lines run against the others: the heuristic of Eades, Lin and Smyth, 1993.
fn reversals(nodes: &[Node], edges: &[Edge]) -> Vec<bool> {
    let n = nodes.len();
    let mut left: BTreeSet<(i32, usize)> = nodes.iter().enumerate().map(|(i, node)| (node.hint, i)).collect();
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let mut gone = vec![false; n];
    while !left.is_empty() {
        let mut outs = vec![0_i32; n];
        let mut ins = vec![0_i32; n];
        for edge in edges.iter().filter(|e| !gone[e.from] && !gone[e.to]) {
            outs[edge.from] += 1;
            ins[edge.to] += 1;
        }
        let sink = left.iter().rev().copied().find(|&(_, i)| outs[i] == 0);
        let pick = sink
            .or_else(|| left.iter().copied().find(|&(_, i)| ins[i] == 0))
            .or_else(|| left.iter().copied().min_by_key(|&(hint, i)| (ins[i] - outs[i], hint, i)));
        let Some(pick) = pick else { break };
        left.remove(&pick);
        gone[pick.1] = true;
        if sink.is_some() { last.push(pick.1) } else { first.push(pick.1) }
    }
    let mut place = vec![0; n];
    for (position, &i) in first.iter().chain(last.iter().rev()).enumerate() {
        place[i] = position;
    }
    edges.iter().map(|e| place[e.from] > place[e.to]).collect()
}

/// The rank of each box: the longest way to it; boxes that mostly start lines then move towards what they use.
fn ranks_of(nodes: &[Node], ends: &[(usize, usize)]) -> Vec<usize> {
    let mut rank = vec![0; nodes.len()];
    // As many rounds as there are boxes are enough without cycles.
    for _ in 0..nodes.len() {
        let mut moved = false;
        for &(a, b) in ends {
            if rank[b] < rank[a] + 1 {
                rank[b] = rank[a] + 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    for _ in 0..nodes.len() {
        let mut moved = false;
        for i in 0..nodes.len() {
            let outs = ends.iter().filter(|e| e.0 == i).map(|e| rank[e.1]).min();
            let (n_out, n_in) = (ends.iter().filter(|e| e.0 == i).count(), ends.iter().filter(|e| e.1 == i).count());
            if let Some(next) = outs
                && n_out > n_in
                && next > rank[i] + 1
            {
                rank[i] = next - 1;
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    rank
}

/// Each line in the net of its busier end.
fn nets_of(edges: &[Edge], reversed: &[bool]) -> Vec<NetKey> {
    let mut outs: BTreeMap<(usize, bool, Look), usize> = BTreeMap::new();
    let mut ins = outs.clone();
    for (edge, &r) in edges.iter().zip(reversed) {
        *outs.entry((edge.from, r, edge.look)).or_default() += 1;
        *ins.entry((edge.to, r, edge.look)).or_default() += 1;
    }
    let mut nets: BTreeMap<(usize, bool, bool, Look), Vec<usize>> = BTreeMap::new();
    for (i, (edge, &r)) in edges.iter().zip(reversed).enumerate() {
        // Being used is what people look for, so a part that starts lines owns them only where it is clearly busier.
        let out = outs.get(&(edge.from, r, edge.look)).copied().unwrap_or(0);
        let into = ins.get(&(edge.to, r, edge.look)).copied().unwrap_or(0);
        let by_source = out > into * if into > 1 { 2 } else { 1 };
        let owner = if by_source { edge.from } else { edge.to };
        nets.entry((owner, by_source, r, edge.look)).or_default().push(i);
    }
    nets.into_iter()
        .map(|((owner, by_source, is_reversed, look), edges)| NetKey {
            owner,
            owner_is_left: by_source != is_reversed,
            is_reversed,
            look,
            edges,
        })
        .collect()
}
