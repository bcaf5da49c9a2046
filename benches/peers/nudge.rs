//! The same market a little earlier.

use tenor_solver::route::{Network, NetworkEdge};

/// Every pool's depth differs by up to a thousandth, its price by up to a fifty-thousandth.
pub(crate) fn nudged(network: &Network, seed: u64) -> Network {
    let pools = network.edges().iter().map(|edge| edge.pool + 1).max().unwrap_or(0);
    let mut state = seed;
    let moves: Vec<[f64; 2]> = (0..pools)
        .map(|_| {
            let (depth, price) = (1e-3 * signed(&mut state), 1e-5 * signed(&mut state));
            [1.0 + depth + price, 1.0 + depth - price]
        })
        .collect();
    let moved = |edge: &NetworkEdge| {
        let [first, second] = moves[edge.pool];
        // A pool's directions agree on which reserve is which by the nodes' numbers.
        let (x, y) = if edge.from < edge.to { (first, second) } else { (second, first) };
        NetworkEdge { gain: edge.gain.rescaled(1.0 / x, y), ..edge.clone() }
    };
    let edges = network.edges().iter().map(moved).collect();
    Network::new(network.nodes(), edges).expect("sound figures stay sound")
}

/// Between minus one and one: SplitMix64, which needs no more state than a number.
fn signed(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
}
