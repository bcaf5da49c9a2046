//! Weighted pools.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolValue;
use tenor_solver::amount::WAD;

use super::{Lab, Pools, agrees, packages, refuses_hooks, refuses_when_paused};
use crate::world::rng::Rng;

const WEIGHTED: Pools = Pools { kind: "balancer_v3_weighted", most_tokens: 6, begins, deploy };

fn begins(rng: &mut Rng, _decimals: u8) -> U256 {
    rng.bits(24, 100)
}

fn deploy(lab: &mut Lab, vault: Address, rng: &mut Rng, n: usize) -> Address {
    let least = vec![U256::from(1_000_000); n];
    let arguments = (vault, weights(rng, n), least).abi_encode_params();
    lab.deploy(&packages::compiled("BalancerV3Weighted"), &arguments)
}

fn weights(rng: &mut Rng, n: usize) -> Vec<U256> {
    let percent = |n: u64| WAD / U256::from(100) * U256::from(n);
    if n == 2 && rng.chance(2) {
        let first = percent(rng.pick(&[20, 50, 80, 33, 1, 99]));
        return vec![first, WAD - first];
    }
    let mut left = WAD - percent(n as u64);
    let mut weights = vec![percent(1); n];
    for weight in weights.iter_mut().take(n - 1) {
        let part = rng.upto(left);
        *weight += part;
        left -= part;
    }
    weights[n - 1] += left;
    weights
}

#[test]
fn balancer_v3_weighted_agrees() {
    let packages = ["@balancer-labs/v3-vault", "@balancer-labs/v3-pool-weighted"];
    agrees("Balancer v3 weighted", &packages, WEIGHTED);
}

#[test]
fn a_paused_pool_opens_and_refuses() {
    refuses_when_paused(WEIGHTED);
}

#[test]
fn a_pool_with_hooks_does_not_open() {
    refuses_hooks(WEIGHTED);
}
