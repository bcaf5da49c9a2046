//! Stable pools: amplification from one to the most, also while it moves.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::{amount::WAD, venues::Swap};

use super::{
    Exchange, Lab, OWNER, Pools, Tally, agrees, initialised, packages, refuses_hooks,
    refuses_when_paused,
};
use crate::world::rng::Rng;

sol! {
    function startAmplificationParameterUpdate(uint256 rawEndValue, uint256 endTime) external;
}

const STABLE: Pools = Pools { kind: "balancer_v3_stable", most_tokens: 5, begins, deploy };

/// Up to 16,000 times as many whole tokens of one as of another, at rates of their own: some pools begin
/// beyond the imbalance that they allow, and refuse.
fn begins(rng: &mut Rng, decimals: u8) -> U256 {
    let bits = 6 + rng.below(8);
    let whole = 20 + rng.below(1 << bits);
    U256::from(whole) * U256::from(10).pow(U256::from(decimals))
}

fn deploy(lab: &mut Lab, vault: Address, rng: &mut Rng, _n: usize) -> Address {
    let any = 1 + rng.below(50_000);
    let amplification = U256::from(rng.pick(&[1, 50, 200, 5_000, 50_000, any]));
    let arguments = (vault, amplification).abi_encode_params();
    lab.deploy(&packages::compiled("BalancerV3Stable"), &arguments)
}

#[test]
fn balancer_v3_stable_agrees() {
    let packages = ["@balancer-labs/v3-vault", "@balancer-labs/v3-pool-stable"];
    agrees("Balancer v3 stable", &packages, STABLE);
}

#[test]
fn a_paused_stable_pool_opens_and_refuses() {
    refuses_when_paused(STABLE);
}

#[test]
fn a_stable_pool_with_hooks_does_not_open() {
    refuses_hooks(STABLE);
}

/// At any second of a change of the amplification the pool opens with what it is then.
#[test]
fn an_amplification_that_moves_is_that_of_the_second() {
    let mut rng = Rng::new(Rng::seed());
    let mut tally = Tally::new("Balancer v3 stable, amplification moving", &[]).0;
    let exchange = Exchange::new();
    for _ in 0..8 {
        let mut market = initialised(STABLE, &exchange, &mut rng, Address::ZERO);
        let lab = &mut market.exchange.lab;
        let end = U256::from(lab.now() + 40 * 86_400);
        for goal in [7_000, 30] {
            let call = startAmplificationParameterUpdateCall {
                rawEndValue: U256::from(goal),
                endTime: end,
            };
            if lab.send(OWNER, market.pool, &call).is_ok() {
                break;
            }
        }
        for days in [0, 3, 20, 90] {
            market.exchange.lab.warp(days * 86_400 + rng.below(5_000));
            let mut venue = market.open();
            let amount = WAD / U256::from(1 + rng.below(50));
            let _ =
                tally.trade(&mut market.exchange.lab, &mut *venue, Swap { from: 0, to: 1, amount });
        }
    }
}
