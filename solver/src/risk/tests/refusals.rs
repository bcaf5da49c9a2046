//! Priors that make no sense are refused, each for what is wrong with it.

use super::super::*;
use super::kit::{hazard, lido, market, prior, priors, token, vault};

fn refused(change: impl FnOnce(&mut Priors)) -> HazardError {
    let mut given = priors(vec![prior("a", Tier::T1), prior("b", Tier::T2)]);
    change(&mut given);
    Hazards::new(given).unwrap_err()
}

fn rests(on: &str) -> Vec<Rest> {
    vec![Rest { on: on.into(), passes: 1.0 }]
}

#[test]
fn figures_out_of_range_are_named_with_their_node() {
    for (what, wrong) in
        [("lambda", -0.01), ("lambda", f64::NAN), ("lgd", 1.01), ("lgd", -1.0), ("lgd", f64::NAN)]
    {
        let error = refused(|priors| {
            let (rate, loss) = if what == "lambda" { (wrong, 0.5) } else { (0.1, wrong) };
            priors.nodes[1].hazards = vec![hazard(HazardKind::Contract, rate, loss)];
        });
        let HazardError::Figure { node, what: told, .. } = &error else { panic!("{error}") };
        assert_eq!((node.as_str(), *told), ("b", what), "{error}");
        assert!(error.to_string().contains("give "), "{error}");
    }
    let wrong: [fn(&mut Priors); 10] = [
        |p| p.nodes[0].age_years = -1.0,
        |p| p.nodes[0].audit_factor = f64::INFINITY,
        |p| p.nodes[0].upgraded_days = Some(-3.0),
        |p| p.nodes[0].rests_on = vec![Rest { on: "b".into(), passes: 1.5 }],
        |p| p.need_per_year = f64::NAN,
        |p| p.depegs.alpha = 1.1,
        |p| p.depegs.stress = -0.1,
        |p| p.depegs.normal = vec![2.0],
        |p| p.queues = vec![QueueHistory { venue: "v".into(), seen: Vec::new(), why: "w".into() }],
        |p| {
            let slashing = Slashing { of_position: 0.1, of_network: 0.1, staked_eth: 0.0 };
            let loss = Loss::Slashed(slashing);
            p.nodes[0].hazards =
                vec![PriorHazard { loss, ..hazard(HazardKind::Slashing, 0.1, 0.0) }];
        },
    ];
    for (nth, wrong) in wrong.into_iter().enumerate() {
        let error = refused(wrong);
        assert!(matches!(error, HazardError::Figure { .. }), "{nth}: {error}");
    }
}

#[test]
fn names_that_are_twice_or_nowhere_are_refused() {
    let error = refused(|priors| priors.nodes[1].name = "a".into());
    assert_eq!(error, HazardError::Duplicate("a".into()));
    let error = refused(|priors| {
        priors.nodes[0].hazards = vec![hazard(HazardKind::Contract, 0.1, 0.1); 2];
    });
    assert_eq!(error, HazardError::Duplicate("a: contract".into()));
    let error = refused(|priors| priors.nodes[0].rests_on = rests("c"));
    assert_eq!(error, HazardError::Dangling { node: "a".into(), on: "c".into() });
    assert_eq!(refused(|priors| priors.label = " ".into()), HazardError::NoLabel);
}

#[test]
fn what_rests_on_itself_is_refused() {
    let error = refused(|priors| {
        priors.nodes[0].rests_on = rests("b");
        priors.nodes[1].rests_on = rests("a");
    });
    assert!(matches!(error, HazardError::Cycle(_)), "{error}");
    assert!(matches!(refused(|p| p.nodes[0].rests_on = rests("a")), HazardError::Cycle(_)));
}

/// The file alone has no circle, with what the market tells it has: a's share rests on a's underlying,
/// which the file has rest on a's share.
#[test]
fn a_circle_through_the_market_is_refused_where_priors_meet_it() {
    let asset = |name: &str, on: &str| PriorNode {
        kind: NodeKind::Asset,
        hazards: Vec::new(),
        rests_on: rests(on),
        ..prior(name, Tier::T0)
    };
    let share = PriorNode { rests_on: Vec::new(), ..asset("t2", "") };
    let nodes = vec![asset("t1", "t2"), share, prior("bank", Tier::T2)];
    let empty = market(vec![lido(), vault("bank", token(1), token(2))], Vec::new());
    let hazards = Hazards::new(priors(nodes)).unwrap();
    let error = empty.with_hazards(std::sync::Arc::new(hazards)).unwrap_err();
    assert_eq!(error, HazardError::Cycle("t1".into()));
}
