//! Proofs that come with cleared batches: what they prove, and that forged ones do not.

use proptest::prelude::*;
use tenor_solver::{
    batch::{Proof, ProofError, clear},
    certify::{CertifyError, batch_bound},
};

use super::kit::{batches, drawn, pool, sell};
use crate::law::law;

/// Whatever the prices, what was reached stays below what they prove.
#[test]
fn no_prices_prove_too_little() {
    let noise = proptest::collection::vec(-2.0..2.0f64, 12);
    law(50, &(batches(6), noise, 0.0..1.0f64), |(drawn, noise, much)| {
        let cleared = drawn.cleared()?;
        let shaken = cleared.proof.prices.iter().zip(&noise);
        let prices: Vec<f64> = shaken.map(|(price, noise)| price * (much * noise).exp()).collect();
        match batch_bound(&drawn.batch(), &prices) {
            Ok(bound) => {
                prop_assert!(bound >= cleared.proof.net * (1.0 - 1e-9), "{bound} {cleared:?}");
            }
            Err(CertifyError::Cheap { .. } | CertifyError::Unbounded { .. }) => {}
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
        Ok(())
    });
}

#[test]
fn forged_proofs_are_refused() {
    let pools = [pool(0, (0, 1), 1e3, 1e3)];
    let orders = vec![sell((0, 1), 100.0, 0.5), sell((1, 0), 40.0, 0.5)];
    let drawn = drawn(2, &pools, orders);
    let proof = clear(&drawn.batch(), None).unwrap().proof;
    let refused = |change: &dyn Fn(&mut Proof)| {
        let mut forged = proof.clone();
        change(&mut forged);
        forged.check(&drawn.batch()).unwrap_err()
    };
    assert!(proof.check(&drawn.batch()).unwrap() >= 0.0);
    assert!(matches!(refused(&|p| p.bound *= 0.99), ProofError::TooLow { .. }));
    assert!(matches!(refused(&|p| p.bound = f64::NAN), ProofError::TooLow { .. }));
    assert!(matches!(refused(&|p| p.net = p.bound * 1.01), ProofError::Exceeded { .. }));
    assert!(matches!(refused(&|p| p.net = f64::NAN), ProofError::Exceeded { .. }));
    // Other prices prove more, and the bound claimed is too low for them.
    assert!(matches!(refused(&|p| p.prices[0] *= 1.5), ProofError::TooLow { .. }));
    let unbounded = |change: &dyn Fn(&mut Proof)| match refused(change) {
        ProofError::Unbounded(why) => why,
        other => panic!("{other}"),
    };
    assert!(matches!(unbounded(&|p| p.prices[1] = 0.9), CertifyError::Cheap { node: 1, .. }));
    assert!(matches!(unbounded(&|p| p.prices[0] = 0.0), CertifyError::Price { node: 0, .. }));
    assert!(matches!(unbounded(&|p| p.prices[0] = f64::NAN), CertifyError::Price { .. }));
    assert!(matches!(unbounded(&|p| p.prices.truncate(1)), CertifyError::Prices { given: 1, .. }));
}

#[test]
fn a_proof_of_other_orders_is_no_proof() {
    let pools = [pool(0, (0, 1), 1e3, 1e3)];
    let few = drawn(2, &pools, vec![sell((0, 1), 10.0, 0.9)]);
    let more = drawn(2, &pools, vec![sell((0, 1), 10.0, 0.9), sell((1, 0), 10.0, 0.9)]);
    let proof = clear(&few.batch(), None).unwrap().proof;
    assert!(proof.check(&few.batch()).is_ok() && proof.check(&more.batch()).is_err());
}
