//! The channels between ranks: which trunk runs where, and how the lines bend into it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::canvas::{Way, put};
use super::int;
use super::layered::{BEND, Edge, Graph, Item, Net, NetKey};

/// A net within one channel.
pub(super) struct Run {
    pub(super) net: usize,
    /// Item and height.
    pub(super) left: Vec<(usize, i32)>,
    pub(super) right: Vec<(usize, i32)>,
    pub(super) track: i32,
}

impl Run {
    fn span(&self) -> (i32, i32) {
        let ys = || self.left.iter().chain(&self.right).map(|p| p.1);
        (ys().min().unwrap_or(0), ys().max().unwrap_or(0))
    }

    fn is_straight(&self) -> bool {
        let (top, bottom) = self.span();
        top == bottom
    }
}

/// Heights and items at one side of a channel.
type Ends = BTreeSet<(i32, usize)>;

pub(super) struct Channel {
    pub(super) nets: Vec<Run>,
    pub(super) n_tracks: i32,
}

impl Channel {
    pub(super) fn of(graph: &Graph, r: usize) -> Self {
        let mut runs: BTreeMap<usize, (Ends, Ends)> = BTreeMap::new();
        for &(left, right, net) in &graph.links[r] {
            let run = runs.entry(net).or_default();
            run.0.insert((graph.port(left, true, net), left));
            run.1.insert((graph.port(right, false, net), right));
        }
        let turned = |set: Ends| set.into_iter().map(|(y, item)| (item, y)).collect();
        let mut nets: Vec<Run> = runs
            .into_iter()
            .map(|(net, (left, right))| Run { net, left: turned(left), right: turned(right), track: 0 })
            .collect();
        let n_tracks = tracks(&mut nets);
        Self { nets, n_tracks }
    }

    /// A port to move, and how far: two nets of which each would lie on a level run of the other.
    pub(super) fn clash(&self, graph: &Graph) -> Option<(usize, bool, usize, i32)> {
        for (i, a) in self.nets.iter().enumerate() {
            for b in &self.nets[i + 1..] {
                let (before, after) = if a.track <= b.track { (a, b) } else { (b, a) };
                // The level runs of the later net to the left pass those of the earlier one to the right.
                for &(own, y) in &after.left {
                    for &(other, other_y) in &before.right {
                        if (y - other_y).abs() >= 4 || before.is_straight() || after.is_straight() {
                            continue;
                        }
                        let toward = if y >= other_y { 1 } else { -1 };
                        let moves = [5, -5, 8, -8]
                            .into_iter()
                            .map(|by| by * toward)
                            .flat_map(|by| [(own, true, after.net, y, by), (other, false, before.net, other_y, -by)]);
                        for (item, right, net, at, by) in moves {
                            let half = graph.heights[item] / 2 - 5;
                            let free = graph
                                .ports
                                .range((item, right, 0)..=(item, right, usize::MAX))
                                .all(|(k, p)| k.2 == net || (at + by - p).abs() >= 4);
                            // Not onto another line's level run on the other side of the channel.
                            let open = self.nets.iter().filter(|r| r.net != net).all(|r| {
                                let across = if right { &r.right } else { &r.left };
                                across.iter().all(|p| (p.1 - at - by).abs() >= 4)
                            });
                            let inside = (at + by - graph.y[item]).abs() <= half;
                            if matches!(graph.items[item], Item::Node(_)) && inside && free && open {
                                return Some((item, right, net, by));
                            }
                        }
                    }
                }
            }
        }
        None
    }
}

/// Gives each net a track so that few lines cross and none lie on each other; returns how many tracks there are.
fn tracks(nets: &mut [Run]) -> i32 {
    let bent: Vec<usize> = (0..nets.len()).filter(|&i| !nets[i].is_straight()).collect();
    // What it costs when the first stands left of the second.
    let cost = |a: usize, b: usize| -> i32 {
        let (a, b) = (&nets[a], &nets[b]);
        let (sa, sb) = (a.span(), b.span());
        let inside = |y: i32, span: (i32, i32)| span.0 - 3 < y && y < span.1 + 3;
        let crossed =
            a.right.iter().filter(|p| inside(p.1, sb)).count() + b.left.iter().filter(|p| inside(p.1, sa)).count();
        let clashes =
            b.left.iter().flat_map(|p| a.right.iter().map(move |q| (p.1 - q.1).abs())).filter(|d| *d < 4).count();
        int(crossed) + 1_000 * int(clashes)
    };
    let n = nets.len();
    let mut costs = vec![0; n * n];
    for &a in &bent {
        for &b in bent.iter().filter(|&&b| b != a) {
            costs[a * n + b] = cost(a, b);
        }
    }
    let mut order = bent;
    order.sort_by_key(|&i| (nets[i].left.iter().map(|p| p.1).min(), i));
    // Each net in turn moves to where it costs least.
    for _ in 0..8 {
        let mut better = false;
        for place in 0..order.len() {
            let net = order.remove(place);
            let mut now: i32 = order.iter().map(|&o| costs[net * n + o]).sum();
            let mut least = (i32::MAX, 0);
            let mut stay = 0;
            for to in 0..=order.len() {
                if to > 0 {
                    let passed = order[to - 1];
                    now += costs[passed * n + net] - costs[net * n + passed];
                }
                if to == place {
                    stay = now;
                }
                least = least.min((now, to));
            }
            let to = if least.0 < stay { least.1 } else { place };
            better |= to != place;
            order.insert(to, net);
        }
        if !better {
            break;
        }
    }
    let mut n_tracks = 1;
    for i in 0..order.len() {
        let (top, bottom) = nets[order[i]].span();
        let mut track = 0;
        for &earlier in &order[..i] {
            let other = nets[earlier].span();
            if top <= other.1 + 10 && other.0 <= bottom + 10 {
                track = track.max(nets[earlier].track + 1);
            }
        }
        nets[order[i]].track = track;
        n_tracks = n_tracks.max(track + 1);
    }
    n_tracks
}

/// Adds the part of a net that lies in one channel: branches bend into the trunk in the direction of its owner.
pub(super) fn draw(
    net: &mut Net,
    key: &NetKey,
    left: &[(i32, i32, usize)],
    right: &[(i32, i32, usize)],
    trunk: i32,
    edges: &[Edge],
    n_nodes: usize,
) {
    let (owners, leaves) = if key.owner_is_left { (left, right) } else { (right, left) };
    let Some(&(owner_x, owner_y, owner)) = owners.first() else { return };
    let (mut above, mut below) = (owner_y, owner_y);
    let mut through = false;
    for &(x, y, _) in leaves {
        let far = (y - owner_y).abs();
        if far == 0 {
            through = true;
            put!(net.path, "M{x} {y}H{owner_x}");
            net.runs.push((x, y, owner_x, y));
            continue;
        }
        let bend = BEND.min(far / 2).max(1);
        let near = if x < trunk { trunk - bend } else { trunk + bend };
        let turn = if y < owner_y { y + bend } else { y - bend };
        put!(net.path, "M{x} {y}H{near}Q{trunk} {y} {trunk} {turn}");
        net.runs.push((x, y, trunk, y));
        above = above.min(turn);
        below = below.max(turn);
    }
    for (end, is_above) in [(above, true), (below, false)] {
        let far = (end - owner_y).abs();
        if far == 0 {
            continue;
        }
        let bend = BEND.min(far).max(1);
        let turn = if is_above { owner_y - bend } else { owner_y + bend };
        let near = if owner_x < trunk { trunk - bend } else { trunk + bend };
        put!(net.path, "M{trunk} {end}V{turn}Q{trunk} {owner_y} {near} {owner_y}");
        if !through {
            put!(net.path, "H{owner_x}");
            through = true;
        }
        net.runs.push((trunk, end, trunk, owner_y));
        net.runs.push((trunk, owner_y, owner_x, owner_y));
    }
    // Heads point at the boxes that are reached.
    let way = if key.is_reversed { Way::Left } else { Way::Right };
    let owner_is_target = key.owner_is_left == key.is_reversed;
    if owner < n_nodes && owner == key.owner {
        let away = if key.owner_is_left { 1 } else { -1 };
        net.clock = (owner_x + away * if owner_is_target { 17 } else { 9 }, owner_y);
        if owner_is_target {
            net.heads.push((owner_x, owner_y, way));
        }
    }
    if !owner_is_target {
        let reached: BTreeSet<usize> = key.edges.iter().map(|&e| edges[e].to).collect();
        for &(x, y, item) in leaves {
            if item < n_nodes && reached.contains(&item) {
                net.heads.push((x, y, way));
            }
        }
    }
}
