//! WETH9.

use alloy_primitives::U256;
use tenor_solver::venues::{Swap, Weth};

use super::{ALICE, lab::Lab, tally::Tally};

#[test]
fn weth_agrees() {
    let (mut tally, mut rng) = Tally::new("WETH9", &["canonical-weth"]);
    let mut lab = Lab::new();
    let weth = lab.weth();
    lab.deal(ALICE, U256::ONE << 100);
    let mut venue = Weth::new(weth);
    while tally.wants_more() {
        let from = usize::from(rng.chance(2));
        let held = if from == 0 { lab.ether(ALICE) } else { lab.balance(weth, ALICE) };
        let amount = if rng.chance(10) { held } else { rng.upto(held) };
        let swap = Swap { from, to: 1 - from, amount };
        if !amount.is_zero() {
            tally.trade(&mut lab, &mut venue, swap).unwrap();
        }
    }
    tally.report();
}
