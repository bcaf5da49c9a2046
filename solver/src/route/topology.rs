//! Which edges lead where: what of a network stays when figures change.

use std::sync::OnceLock;

/// Nodes and the ends of edges, with the orders that a search walks them in.
#[derive(Debug, Default)]
pub(super) struct Topology {
    pub(super) nodes: usize,
    /// The nodes given and wanted of every edge.
    pub(super) ends: Vec<(u32, u32)>,
    /// Nodes, those with few edges first.
    pub(super) by_degree: Vec<u32>,
    /// The place of each node in that order.
    pub(super) rank: Vec<u32>,
    links: OnceLock<Links>,
}

impl Topology {
    pub(super) fn new(nodes: usize, ends: Vec<(u32, u32)>) -> Self {
        let mut degree = vec![0u32; nodes];
        for &(from, to) in &ends {
            degree[from as usize] += 1;
            degree[to as usize] += 1;
        }
        let mut by_degree: Vec<u32> = (0..u32::MAX).take(nodes).collect();
        by_degree.sort_by_key(|&node| degree[node as usize]);
        let mut rank = vec![0; nodes];
        for (at, &node) in (0..).zip(&by_degree) {
            rank[node as usize] = at;
        }
        Self { nodes, ends, by_degree, rank, links: OnceLock::new() }
    }

    /// Who trades with whom; worked out when first asked for.
    pub(super) fn links(&self) -> &Links {
        self.links.get_or_init(|| Links::new(self))
    }
}

/// An edge as one of its nodes sees it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Link {
    /// The node at the other end.
    pub(super) node: u32,
    pub(super) edge: u32,
}

/// The edges of every node.
#[derive(Debug)]
pub(super) struct Links {
    /// For each node where the edges that leave it begin, then those that enter it.
    starts: Vec<u32>,
    links: Vec<Link>,
}

impl Links {
    fn new(topology: &Topology) -> Self {
        let mut starts = vec![0u32; 2 * topology.nodes + 1];
        for &(from, to) in &topology.ends {
            starts[2 * from as usize + 1] += 1;
            starts[2 * to as usize + 2] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut links = vec![Link::default(); 2 * topology.ends.len()];
        for (edge, &(from, to)) in (0..).zip(&topology.ends) {
            for (slot, node) in [(2 * from as usize, to), (2 * to as usize + 1, from)] {
                links[next[slot] as usize] = Link { node, edge };
                next[slot] += 1;
            }
        }
        Self { starts, links }
    }

    /// All edges of a node.
    pub(super) fn of(&self, node: usize) -> &[Link] {
        self.between(2 * node, 2 * node + 2)
    }

    /// The edges that lead away from a node.
    pub(super) fn leaving(&self, node: usize) -> &[Link] {
        self.between(2 * node, 2 * node + 1)
    }

    /// The edges that lead to a node.
    pub(super) fn entering(&self, node: usize) -> &[Link] {
        self.between(2 * node + 1, 2 * node + 2)
    }

    fn between(&self, first: usize, last: usize) -> &[Link] {
        &self.links[self.starts[first] as usize..self.starts[last] as usize]
    }
}
