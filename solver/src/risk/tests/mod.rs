//! Risk, worked by hand and by law.

mod kit;
mod laws;
mod refusals;

use alloy_primitives::{Address, U256};

use self::kit::{DAY_S, lido, market, pendle, prior, token, vault};
use super::*;
use crate::{amount::WAD, venues::NATIVE};

fn graph(of: &crate::market::Market) -> RiskGraph {
    RiskGraph::new(of).unwrap()
}

fn held(token: Address, whole: u64) -> Holding {
    Holding::plain(token, WAD * U256::from(whole))
}

/// Relative, of the size of floats' own noise.
fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1e-12)
}

#[test]
fn a_closed_issuer_is_an_exposure_and_eth_has_none() {
    let market = market(vec![lido()], vec![prior("lido", Tier::T1)]);
    let graph = graph(&market);
    assert_eq!(graph.exposure(token(1)).protocols, ["lido"]);
    assert_eq!(graph.exposure(NATIVE), Exposure::default());
    assert_eq!(graph.exposure(token(99)), Exposure::default());
}

/// 5 % * 2^-2 * 0.4 = 0.5 %; upgraded ten days ago, 1 %; after ten years, the floor of 0.2 %.
#[test]
fn the_hazard_of_a_contract_follows_age_audits_and_upgrades() {
    let node = PriorNode { age_years: 2.0, audit_factor: 0.4, ..prior("a", Tier::T1) };
    let now = 10_000 * DAY_S;
    assert!(near(node.rule(now, now), 0.005));
    let upgraded = PriorNode { upgraded_days: Some(10.0), ..node.clone() };
    assert!(near(upgraded.rule(now, now), 0.01));
    // Nineteen days later it is still recent, twenty later not; ten days before the file it was new.
    let at = |days: u64| upgraded.rule(now, now + days * DAY_S);
    let of = |days: u64| node.rule(now, now + days * DAY_S);
    assert!(near(at(19), 2.0 * of(19)) && near(at(20), of(20)));
    assert!(near(upgraded.rule(now, now - 11 * DAY_S), node.rule(now, now - 11 * DAY_S)));
    assert!(near(node.rule(now, now + 3_653 * DAY_S), 0.002));
    // Two years and more before the file it was not there yet: as good as new.
    assert!(near(node.rule(now, 0), 0.05 * 0.4));
}

/// stETH lent: Lido's 0.2 % * 45 % + 0.05 % * 20 % = 10 bp, and the lender's 0.2 % * 35 % = 7 bp. One
/// unexpected loss: sqrt(0.002 * 0.45^2 + 0.0005 * 0.2^2 + 0.002 * 0.35^2) = 2.588 %.
#[test]
fn a_stack_loses_what_each_of_its_nodes_loses() {
    let lido_prior = PriorNode {
        hazards: vec![
            kit::hazard(HazardKind::Contract, 0.002, 0.45),
            kit::hazard(HazardKind::Governance, 0.0005, 0.2),
        ],
        ..prior("lido", Tier::T1)
    };
    let bank = PriorNode {
        hazards: vec![kit::hazard(HazardKind::Contract, 0.002, 0.35)],
        ..prior("bank", Tier::T2)
    };
    let market = market(vec![lido(), vault("bank", token(1), token(2))], vec![lido_prior, bank]);
    let graph = graph(&market);
    let risk = assess(&graph, &[held(token(2), 7)], 0.25);
    assert!(near(risk.expected_loss_bps, 17.0), "{risk:?}");
    assert!((risk.unexpected_loss_bps - 258.84).abs() < 0.005, "{risk:?}");
    assert!(near(risk.charge_bps(), 17.0 + 0.25 * risk.unexpected_loss_bps));
    assert_eq!((risk.tier, risk.protocols), (Tier::T2, vec!["bank".into(), "lido".into()]));
    // 1 - survival over two years: three hazards of 0.2, 0.05 and 0.2 %.
    assert!(near(graph.exposure(token(2)).survival(2.0), (-0.009f64).exp()));
}

/// `YIELD_AND_RISK` section 11, test 7: a wrapped staking token and a principal token on it both rest on
/// the staking protocol, so that half of each is riskier than the root of the sum of squares says.
#[test]
fn a_share_and_a_principal_token_on_it_are_not_independent() {
    let priors = ["lido", "pendle"].map(|name| prior(name, Tier::T2)).to_vec();
    let [sy, pt] = [token(3), token(4)];
    let [standardized, term] = pendle(token(1), sy, pt);
    let market = market(vec![lido(), standardized, term], priors);
    let graph = graph(&market);
    let exposure = graph.exposure(pt);
    assert_eq!(exposure.protocols, ["pendle", "lido"]);
    let ul = |held: &[Holding]| assess(&graph, held, 0.0).unexpected_loss_bps / 1e4;
    let [share, principal] = [held(token(1), 1), held(pt, 1)];
    let both = ul(&[share, principal]);
    let apart = (0.25 * ul(&[share]).powi(2) + 0.25 * ul(&[principal]).powi(2)).sqrt();
    assert!(both > apart * 1.2, "{both} {apart}");
    // By hand, of hazards of 1 % that take half: lido's whole, and half of pendle's.
    assert!(near(both, (0.01 * 0.5f64.powi(2) + 0.01 * 0.25f64.powi(2)).sqrt()), "{both}");
}

/// LP are made of their standardized token, and so rest on all that it rests on.
#[test]
fn liquidity_rests_on_pendle_and_on_what_its_tokens_rest_on() {
    let priors = vec![prior("lido", Tier::T1), prior("pendle", Tier::T2)];
    let [sy, pt] = [token(3), token(4)];
    let [standardized, term] = pendle(token(1), sy, pt);
    let lp = kit::pendle_lp(sy, pt);
    let address = lp.venue.tokens()[1];
    let exposure = graph(&market(vec![lido(), standardized, term, lp], priors)).exposure(address);
    assert_eq!(exposure.protocols, ["pendle", "lido"]);
    assert_eq!(exposure.tier, Tier::T2);
}

#[test]
fn every_token_that_a_venue_takes_lies_behind_the_one_that_it_issues() {
    let other = kit::staking("rocketpool", "r", token(5));
    let priors = ["lido", "rocketpool", "basket"].map(|name| prior(name, Tier::T1)).to_vec();
    let baskets = [vault("basket", token(1), token(6)), vault("basket", token(5), token(6))];
    let listings = [lido(), other].into_iter().chain(baskets).collect();
    let exposure = graph(&market(listings, priors)).exposure(token(6));
    let mut protocols = exposure.protocols.clone();
    protocols.sort();
    assert_eq!(protocols, ["basket", "lido", "rocketpool"]);
    assert_eq!(exposure.protocols.first().map(String::as_str), Some("basket"));
}

/// Section 7: the highest node, one more for debt, one more for three protocols, never above T4.
#[test]
fn tiers_follow_the_highest_node_the_debt_and_the_layers() {
    let of = |layers: usize, tier| Exposure {
        tier,
        protocols: (0..layers).map(|n| n.to_string()).collect(),
        ..Exposure::default()
    };
    for (layers, node, leverage, tier) in [
        (0, Tier::T0, 1.0, Tier::T0),
        (1, Tier::T1, 1.0, Tier::T1),
        (2, Tier::T1, 1.0, Tier::T2),
        (2, Tier::T2, 1.0, Tier::T2),
        (2, Tier::T3, 1.0, Tier::T3),
        (3, Tier::T2, 1.0, Tier::T3),
        (3, Tier::T3, 1.0, Tier::T4),
        (1, Tier::T1, 1.01, Tier::T2),
        (3, Tier::T2, 3.0, Tier::T4),
        (3, Tier::T4, 9.0, Tier::T4),
    ] {
        assert_eq!(of(layers, node).tier(leverage), tier, "{layers} {node} {leverage}");
    }
}

#[test]
fn debt_multiplies_a_loss_up_to_everything() {
    let market = market(vec![lido()], vec![prior("lido", Tier::T1)]);
    let graph = graph(&market);
    let of = |leverage| assess(&graph, &[Holding { leverage, ..held(token(1), 1) }], 0.0);
    // 1 % that takes half; at 1.5 times, three quarters; at 4 times, all.
    let losses = [1.0, 1.5, 4.0].map(|leverage| of(leverage).expected_loss_bps);
    assert!(losses.into_iter().zip([50.0, 75.0, 100.0]).all(|(a, b)| near(a, b)), "{losses:?}");
    assert_eq!((of(1.0).tier, of(4.0).tier), (Tier::T1, Tier::T2));
}

#[test]
fn what_no_priors_name_is_the_worst() {
    let market = market(vec![kit::staking("nobody", "n", token(1))], Vec::new());
    let risk = assess(&graph(&market), &[held(token(1), 1)], 0.0);
    assert_eq!((risk.tier, risk.unknown), (Tier::T4, vec!["nobody".to_owned()]));
    assert!(near(risk.expected_loss_bps, 300.0));
}

/// What configuration adds: an oracle that two lenders ask is one hazard, a pledge that stands behind a
/// loan passes half of its losses.
#[test]
fn configured_nodes_are_shared_and_pass_what_they_say() {
    let rests = |name: &str, on: &str, passes| PriorNode {
        rests_on: vec![Rest { on: on.into(), passes }],
        ..prior(name, Tier::T2)
    };
    let oracle = PriorNode { kind: NodeKind::Oracle, ..prior("oracle", Tier::T1) };
    let priors = vec![rests("a", "oracle", 1.0), rests("b", "oracle", 0.5), oracle];
    let of = |name, at| vault(name, NATIVE, token(at));
    let graph = graph(&market(vec![of("a", 1), of("b", 2)], priors));
    // Each lender 1 % of half, the oracle 1 % of half, of which b feels half.
    let losses = [1, 2].map(|at| 1e4 * graph.exposure(token(at)).expected_loss());
    assert!(near(losses[0], 100.0) && near(losses[1], 75.0), "{losses:?}");
    let both = assess(&graph, &[held(token(1), 1), held(token(2), 1)], 0.0);
    let oracles = both.drivers.iter().filter(|driver| driver.node == "oracle").count();
    assert_eq!(oracles, 1);
    let by_hand = 0.01 * (0.25f64.powi(2) + 0.25f64.powi(2) + (0.25f64 + 0.125).powi(2));
    assert!(near(both.unexpected_loss_bps / 1e4, by_hand.sqrt()), "{both:?}");
}

/// Two vaults that take each other's shares: each rests on both protocols or on its own, and nothing hangs.
#[test]
fn vaults_that_hold_each_other_do_not_hang() {
    let priors = ["a", "b"].map(|name| prior(name, Tier::T2)).to_vec();
    let listings = vec![vault("a", token(1), token(2)), vault("b", token(2), token(1))];
    let graph = graph(&market(listings, priors));
    assert_eq!(graph.exposure(token(2)).protocols, ["a", "b"]);
    assert_eq!(graph.exposure(token(1)).protocols, ["b"]);
}

/// What the ladder takes for half the depth, half of what twice as much brings, is what a pool of half the
/// reserves pays, but for rounding.
#[test]
fn half_a_pool_pays_half_of_what_the_whole_pays_for_twice() {
    use crate::venues::{
        CurveFigures, CurveStableSwap, DenominatorForm, Swap, UniswapV2, Venue, VenueId,
    };
    let wei = |ether: u64| U256::from(ether) * WAD;
    let pair = |parts: u64| -> Box<dyn Venue> {
        let reserves = [wei(8_000 / parts), wei(9_000 / parts)];
        let id = VenueId::new("pair");
        Box::new(
            UniswapV2::new(id, token(90), token(91), [token(1), token(2)], reserves, 3_000)
                .unwrap(),
        )
    };
    let stable = |parts: u64| -> Box<dyn Venue> {
        Box::new(
            CurveStableSwap::new(CurveFigures {
                id: VenueId::new("stable"),
                pool: token(92),
                coins: vec![token(1), token(2)],
                balances: vec![wei(34_052 / parts), wei(36_928 / parts)],
                amp_scaled: U256::from(20_000),
                rates: vec![WAD; 2],
                fee_1e10: U256::from(1_000_000),
                admin_fee_1e10: U256::from(5_000_000_000u64),
                form: DenominatorForm::PlusOne,
            })
            .unwrap(),
        )
    };
    for (whole, half) in [(pair(1), pair(2)), (stable(1), stable(2))] {
        for ether in [1, 37, 500, 3_000] {
            let out = |venue: &dyn Venue, amount| {
                venue.quote(Swap { from: 1, to: 0, amount }).unwrap().out
            };
            let twice = out(whole.as_ref(), wei(2 * ether)) / U256::from(2);
            let less = out(half.as_ref(), wei(ether));
            assert!(twice.abs_diff(less) <= U256::from(4), "{ether}: {twice} {less}");
            assert!(less < out(whole.as_ref(), wei(ether)));
        }
    }
}
