//! A yield's methods: the solver's own plans that do no more than each method could.

use alloy_primitives::{Address, U256};
use tenor_solver::{
    intent::Intent,
    market::Market,
    solution::{PlanKind, Solution},
    venues::LegKind,
};

use super::{Became, Came, Method, Signed, signed};

/// The methods on a yield: the solver's plans that do no more than each method could, by what they are
/// worth at the horizon.
pub(super) fn held(market: &Market, plans: &[&Solution]) -> Vec<Came> {
    let wraps = |plan: &Solution| plan.legs.iter().filter(|leg| leg.kind == LegKind::Wrap).count();
    let works = |plan: &Solution| plan.legs.len() - wraps(plan);
    let deposits = |plan: &Solution| plan.legs.iter().all(|leg| leg.kind != LegKind::Swap);
    // Each leg then takes all that the one before it gave.
    let one_path =
        |plan: &Solution| plan.legs.windows(2).all(|pair| pair[0].token_out == pair[1].token_in);
    let of = |method, fits: &dyn Fn(&Solution) -> bool, nothing: &str| {
        let fitting = plans.iter().filter(|plan| plan.is_feasible() && fits(plan));
        let best = fitting.max_by_key(|plan| plan.split.net_wei);
        match best {
            None => Came { method, to: Err(nothing.to_owned()), how: nothing.to_owned() },
            Some(plan) => {
                let gas_wei =
                    market.gas_price.saturating_mul(U256::from(plan.gas + plan.worth.gas));
                let net = plan.split.net_wei;
                Came { method, to: Ok((plan.worth.eth, gas_wei, net)), how: plan.label.clone() }
            }
        }
    };
    let moves = |plan: &Solution| plan.kind != PlanKind::Hold && one_path(plan);
    vec![
        of(Method::Hold, &|plan| plan.kind == PlanKind::Hold, "holding breaks a limit"),
        of(
            Method::DirectStake,
            &|plan| moves(plan) && deposits(plan),
            "no plan deposits with protocols alone",
        ),
        of(Method::SingleVenue, &|plan| moves(plan) && works(plan) == 1, "no plan uses one venue"),
        of(Method::SinglePath, &moves, "no plan follows one path"),
        Came {
            method: Method::GreedySplit,
            to: Err("parts of a yield have no order to be placed in".into()),
            how: "parts of a yield have no order to be placed in".into(),
        },
    ]
}

/// What a yield that landed is worth over its horizon: of the plan whose outputs it is, with what reached the
/// recipient in their place.
pub(super) fn earned(
    market: &Market,
    intent: &Intent,
    plans: &[&Solution],
    became: &Became,
) -> Option<Signed> {
    let Became::Landed { received, gas_wei } = became else { return None };
    let gives = |plan: &&&Solution| {
        let tokens =
            plan.end.iter().filter(|held| !held.balance.is_zero() && held.token != intent.asset);
        let tokens: Vec<Address> = tokens.map(|held| held.token).collect();
        !tokens.is_empty() && tokens.iter().all(|token| received.iter().any(|(of, _)| of == token))
    };
    let plan = plans.iter().find(gives)?;
    let redeemed = |token: Address, amount: U256| Some(signed(market.redeem_value(token, amount)?));
    // What was delivered beyond the plan, or below it, and gas that was paid instead of what was thought.
    let mut net = plan.split.net_wei;
    for held in plan.end.iter().filter(|held| held.token != intent.asset) {
        let got = received.iter().filter(|(token, _)| *token == held.token);
        let got = got.fold(U256::ZERO, |sum, (_, amount)| sum.saturating_add(*amount));
        let delivered =
            redeemed(held.token, got)?.saturating_sub(redeemed(held.token, held.balance)?);
        net = net.saturating_add(delivered);
    }
    let thought = market.gas_price.saturating_mul(U256::from(plan.gas));
    Some(Signed(net.saturating_add(signed(thought)).saturating_sub(signed(*gas_wei))))
}
