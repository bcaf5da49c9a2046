//! Who may be settled with whom: directions by themselves, both directions of a pair, rings of three,
//! and all that orders connect.

use std::collections::{BTreeMap, BTreeSet};

use super::Batch;

/// Orders by the node that they sell and the one that they buy.
pub(super) type Directions = BTreeMap<(usize, usize), Vec<usize>>;

/// Most rings that are looked at.
const RINGS: usize = 256;

/// Most nodes, and most orders, that are settled together.
const NODES: usize = 16;
const ORDERS: usize = 64;

/// Orders that may be settled together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Group {
    pub(super) orders: Vec<usize>,
    pub(super) shape: Shape,
}

/// How a group's orders lie.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
    /// All sell the first node for the second.
    Direction(usize, usize),
    /// All trade the first node for the second, or the second for the first.
    Pair(usize, usize),
    /// Over more than two nodes.
    Several,
}

/// The directions of a batch.
pub(super) fn directions(batch: &Batch<'_>) -> Directions {
    let mut directions = Directions::new();
    for (at, order) in batch.orders.iter().enumerate() {
        directions.entry((order.sell, order.buy)).or_default().push(at);
    }
    directions
}

/// Every direction by itself, the one in which most is offered first: time may be short.
pub(super) fn alone(batch: &Batch<'_>, directions: &Directions) -> Vec<Group> {
    let group = |(&(from, to), orders): (&(usize, usize), &Vec<usize>)| Group {
        orders: orders.clone(),
        shape: Shape::Direction(from, to),
    };
    let mut groups: Vec<Group> = directions.iter().map(group).collect();
    let offered = |group: &Group| {
        group.orders.iter().map(|at| batch.orders[*at].worth(batch.values)).sum::<f64>()
    };
    groups.sort_by(|a, b| offered(b).total_cmp(&offered(a)));
    groups
}

/// Groups of more than one direction.
pub(super) fn company(directions: &Directions) -> Vec<Group> {
    let mut groups = pairs(directions);
    let rings = rings(directions).into_iter().chain(connected(directions));
    for keys in rings.filter(|keys| keys.len() > 1) {
        let orders: Vec<usize> = keys.iter().flat_map(|key| &directions[key]).copied().collect();
        let group = Group { orders, shape: Shape::Several };
        if group.orders.len() <= ORDERS && !groups.contains(&group) {
            groups.push(group);
        }
    }
    groups
}

fn pairs(directions: &Directions) -> Vec<Group> {
    let forth = directions.iter().filter(|((from, to), _)| from < to);
    forth
        .filter_map(|(&(from, to), orders)| {
            let back = directions.get(&(to, from))?;
            let orders = orders.iter().chain(back).copied().collect();
            Some(Group { orders, shape: Shape::Pair(from, to) })
        })
        .collect()
}

/// Directions that lead through three nodes and back.
fn rings(directions: &Directions) -> Vec<BTreeSet<(usize, usize)>> {
    let mut rings = Vec::new();
    for &(one, two) in directions.keys() {
        // From the first node, so that each ring is found once.
        let next = directions.range((two, 0)..=(two, usize::MAX)).map(|((_, three), _)| *three);
        for three in next.filter(|three| one < two && one < *three && *three != two) {
            if directions.contains_key(&(three, one)) {
                rings.push(BTreeSet::from([(one, two), (two, three), (three, one)]));
            }
            if rings.len() == RINGS {
                return rings;
            }
        }
    }
    rings
}

/// Directions that share nodes, where these are not too many, and not just a pair's.
fn connected(directions: &Directions) -> Vec<BTreeSet<(usize, usize)>> {
    let parts = parts(directions).into_iter();
    parts.filter(|(nodes, _)| (3..=NODES).contains(nodes)).map(|(_, keys)| keys).collect()
}

/// Whether more orders share nodes than a group may have.
pub(super) fn is_large(directions: &Directions) -> bool {
    parts(directions).iter().any(|(nodes, keys)| {
        *nodes > NODES || keys.iter().map(|key| directions[key].len()).sum::<usize>() > ORDERS
    })
}

/// Directions that share nodes, and how many these are.
fn parts(directions: &Directions) -> Vec<(usize, BTreeSet<(usize, usize)>)> {
    let mut left: BTreeSet<(usize, usize)> = directions.keys().copied().collect();
    let mut found = Vec::new();
    while let Some(first) = left.pop_first() {
        let (mut nodes, mut keys) = (BTreeSet::from([first.0, first.1]), BTreeSet::from([first]));
        loop {
            let touching = |(from, to): &(usize, usize)| nodes.contains(from) || nodes.contains(to);
            let more: Vec<(usize, usize)> = left.iter().copied().filter(touching).collect();
            if more.is_empty() {
                break;
            }
            for key in more {
                left.remove(&key);
                keys.insert(key);
                nodes.extend([key.0, key.1]);
            }
        }
        found.push((nodes.len(), keys));
    }
    found
}
