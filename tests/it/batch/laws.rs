//! Laws of batches, over random markets and orders.

use proptest::prelude::*;

use super::kit::batches;
use crate::law::law;

#[test]
fn what_is_cleared_is_balanced_fair_and_bounded() {
    let figures = std::cell::RefCell::new(Vec::new());
    let sizes = std::cell::RefCell::new([0; 5]);
    law(300, &batches(8), |drawn| {
        let cleared = drawn.cleared()?;
        let bound = cleared.proof.bound;
        if bound > 0.0 {
            figures.borrow_mut().push(cleared.proof.net / bound);
        }
        for settlement in &cleared.settlements {
            let ends = |at: &usize| (drawn.orders[*at].sell, drawn.orders[*at].buy);
            let mut kinds: Vec<_> = settlement.orders.iter().map(ends).collect();
            kinds.sort_unstable();
            kinds.dedup();
            sizes.borrow_mut()[kinds.len().min(4)] += 1;
        }
        Ok(())
    });
    let mut figures = figures.into_inner();
    figures.sort_by(f64::total_cmp);
    let at = |q: f64| figures[(q * (figures.len() - 1) as f64) as usize];
    println!("directions together {:?}", sizes.into_inner());
    println!(
        "{} reached of the bound: {:.4} {:.4} {:.4} {:.4}",
        figures.len(),
        at(0.1),
        at(0.25),
        at(0.5),
        at(0.75)
    );
}
