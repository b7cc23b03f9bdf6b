//! Cycles and layers of a directed graph, from the pairs of its edges.

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// Where each node of a graph stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Structure {
    /// Per node: the smallest node of its cycle, or `None` outside cycles.
    pub cycle: Vec<Option<usize>>,
    /// Per node: edges on the longest path below it when each cycle counts as one node.
    pub layer: Vec<usize>,
}

/// Finds cycles and layers.
///
/// - Input: nodes are `0..nodes`; edges point from the user to the used, in any order. An edge from a node to itself
///   and an edge that comes twice change nothing.
/// - Output: a cycle is a strongly connected component of two or more nodes. A node that uses none is in layer 0;
///   a node outside a cycle stands above every node it uses, and nodes of one cycle share a layer.
/// - Cost: time and memory grow with nodes + edges.
///
/// # Source
/// Kosaraju's algorithm as in Sharir, "A strong-connectivity algorithm and its applications in data flow analysis",
/// 1981: unlike Tarjan's as the library has it, it keeps its own stack, so that a long chain cannot overflow ours.
pub fn structure(nodes: usize, edges: &[(usize, usize)]) -> Structure {
    let mut sorted: Vec<_> = edges.iter().copied().filter(|(a, b)| a != b && *a < nodes && *b < nodes).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut graph = DiGraph::<(), ()>::with_capacity(nodes, sorted.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, to) in &sorted {
        graph.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
    }
    // Components come in reverse topological order: whatever a component uses has come before it.
    let mut found = Structure { cycle: vec![None; nodes], layer: vec![0; nodes] };
    let mut component_of = vec![usize::MAX; nodes];
    for (component, members) in kosaraju_scc(&graph).iter().enumerate() {
        for node in members {
            component_of[node.index()] = component;
        }
        let layer = members
            .iter()
            .flat_map(|node| graph.neighbors(*node))
            .filter(|used| component_of[used.index()] != component)
            .map(|used| found.layer[used.index()] + 1)
            .max()
            .unwrap_or(0);
        let smallest = members.iter().map(|node| node.index()).min();
        for node in members {
            found.layer[node.index()] = layer;
            if members.len() > 1 {
                found.cycle[node.index()] = smallest;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cycle_shares_a_layer_and_stands_above_what_it_uses() {
        // 0 uses 1; 1 and 2 use each other; 2 uses 3; 4 stands alone.
        let found = structure(5, &[(0, 1), (1, 2), (2, 1), (2, 3)]);
        assert_eq!(found.cycle, [None, Some(1), Some(1), None, None]);
        assert_eq!(found.layer, [2, 1, 1, 0, 0]);
    }

    #[test]
    fn a_node_that_uses_itself_is_no_cycle() {
        assert_eq!(structure(1, &[(0, 0)]), Structure { cycle: vec![None], layer: vec![0] });
        assert_eq!(structure(0, &[]), Structure::default());
    }

    #[test]
    fn a_long_chain_does_not_overflow_the_stack() {
        let edges: Vec<_> = (0..100_000).map(|i| (i, i + 1)).collect();
        assert_eq!(structure(100_001, &edges).layer[0], 100_000);
    }

    /// Whether `to` can be reached from `from` by at least one edge.
    fn reaches(edges: &[(usize, usize)], from: usize, to: usize, nodes: usize) -> bool {
        let mut seen = vec![false; nodes];
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            for (_, next) in edges.iter().filter(|(a, _)| *a == node) {
                if *next == to {
                    return true;
                }
                if !std::mem::replace(&mut seen[*next], true) {
                    open.push(*next);
                }
            }
        }
        false
    }

    proptest! {
        #[test]
        fn layers_and_cycles_hold_for_any_graph(
            edges in proptest::collection::vec((0usize..9, 0usize..9), 0..30),
        ) {
            let found = structure(9, &edges);
            for &(a, b) in &edges {
                let same_cycle = found.cycle[a].is_some() && found.cycle[a] == found.cycle[b];
                if a != b && !same_cycle {
                    prop_assert!(found.layer[a] > found.layer[b], "{a} uses {b}");
                }
            }
            for a in 0..9 {
                for b in 0..9 {
                    if a == b { continue; }
                    let mutual = reaches(&edges, a, b, 9) && reaches(&edges, b, a, 9);
                    let same = found.cycle[a].is_some() && found.cycle[a] == found.cycle[b];
                    prop_assert_eq!(mutual, same, "{} and {}", a, b);
                }
            }
            let mut shuffled = edges;
            shuffled.reverse();
            prop_assert_eq!(structure(9, &shuffled), found);
        }
    }
}
