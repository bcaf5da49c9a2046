//! A plan that only the second look at limits refuses: the error names the limit, by how much, and what
//! helps, and says nothing of an EVM that never ran.

use tenor::engine::{EngineError, NOBODY};
use tenor_solver::{
    limits_check::{Broken, Rule},
    solve,
};

use super::ENGINE;

/// The error of an answer found for a sentence, held to limits that were changed since.
fn refused(sentence: &str, change: impl Fn(&mut tenor_solver::intent::Limits)) -> EngineError {
    let mut intent = ENGINE.read(sentence).unwrap();
    let mut answer = solve(ENGINE.market(), &intent).unwrap();
    // Holding would keep the changed limits: it is not what this is about.
    answer.alternatives.clear();
    assert!(answer.best.is_some(), "{sentence}");
    assert!(ENGINE.verified(answer.clone(), &intent, NOBODY).is_ok(), "{sentence}");
    change(&mut intent.limits);
    ENGINE.verified(answer, &intent, NOBODY).unwrap_err()
}

#[test]
fn the_error_names_the_limit_by_how_much_and_what_helps() {
    let error = refused("maximize ETH yield on 100 WETH for 365 days", |limits| {
        limits.max_expected_loss_bps = 5;
        limits.only = Vec::new();
    });
    let EngineError::Limit { broken, plan } = &error else { panic!("{error}") };
    let Broken { rule, by_bps, .. } = **broken;
    assert_eq!(rule, Rule::ExpectedLoss);
    // What stETH is expected to lose by the priors that come with the program, less the 5 bp left.
    let by = by_bps.unwrap();
    let lido = ENGINE.market().tokens.iter().find(|t| t.symbol == "wstETH").unwrap().address;
    let graph = tenor_solver::risk::RiskGraph::new(ENGINE.market()).unwrap();
    let loses: f64 = graph.exposure(lido).perils.iter().map(|p| 1e4 * p.rate * p.loss).sum();
    assert!((by - (loses - 5.0)).abs() < 1e-3, "{by} of {loses}");
    assert!(plan.contains("ETH"), "{plan}");
    let told = error.to_string();
    for part in ["expected loss limit", "of 5 bp", "beyond it", Rule::ExpectedLoss.remedy()] {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    assert!(!told.contains("EVM"), "{told}");
    assert!(!error.is_input());
}

#[test]
fn a_limit_that_is_no_matter_of_more_or_less_names_what_breaks_it() {
    let error = refused("maximize ETH yield on 100 WETH for 365 days", |limits| {
        limits.avoid = vec!["lido".to_owned()];
    });
    let EngineError::Limit { broken, .. } = &error else { panic!("{error}") };
    assert_eq!((broken.rule, broken.by_bps), (Rule::Avoid, None));
    assert!(error.to_string().contains("lido"), "{error}");
}
