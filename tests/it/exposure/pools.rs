//! Concentrated liquidity and stable pools of the embedded market: the agent against the attack in the
//! venues' own integers.

use tenor_solver::{
    amount::to_f64,
    mev::attack::sandwich,
    venues::{Capacity, Swap, Venue},
};

use super::kit::{CLOSE, attack, limit, market};

/// Units that contracts round away.
const ROUNDING: f64 = 8.0;

/// At least what the model takes, and no more than it could.
#[test]
fn pools_are_attacked_as_in_their_own_integers() {
    let (market, world) = market();
    let (mut attacks, mut gains, mut runs, mut least, mut most) = (0, 0, 0, f64::MAX, f64::MIN);
    for listing in &market.listings {
        let venue = &*listing.venue;
        if !(venue.id().as_str().starts_with("uniswap_v3:") || listing.protocol == "curve") {
            continue;
        }
        for (from, to) in [(0, 1), (1, 0)] {
            let amount = amount(venue, from, to);
            for slip_ppm in [1_000, 10_000] {
                let swap = Swap { from, to, amount };
                let Ok(quote) = venue.quote(swap) else { continue };
                let min_out = limit(quote.out, slip_ppm);
                let model = sandwich(venue, swap, min_out);
                let found = attack(&world, &[venue], swap, min_out, &[]);
                let (taken, expected) = (to_f64(found.legs[0].taken), to_f64(model.profit));
                let what = format!("{} {swap:?} {slip_ppm} ppm: {model:?} {found:?}", venue.id());
                attacks += 1;
                runs = runs.max(found.runs);
                if expected <= 1e-9 * to_f64(amount) + ROUNDING {
                    assert!(taken <= 2e-9 * to_f64(amount) + 2.0 * ROUNDING, "{what}");
                    continue;
                }
                gains += 1;
                let ratio = taken / expected;
                (least, most) = (least.min(ratio), most.max(ratio));
                assert!(ratio >= 1.0 - CLOSE, "{what}");
                // More would be a trade that the model does not know.
                assert!(ratio <= 1.0 + CLOSE, "{what}");
            }
        }
    }
    println!(
        "{attacks} attacks on pools, {gains} gain: {least} to {most} of the model, {runs} runs"
    );
    assert!(attacks >= 20 && gains >= 6, "{attacks}, {gains}");
}

/// Large enough to be worth an attack: a quarter of what is known, or a twentieth of the balance.
fn amount(venue: &dyn Venue, from: usize, to: usize) -> alloy_primitives::U256 {
    use alloy_primitives::U256;
    match venue.capacity(from, to) {
        Capacity::Limited { amount, .. } => amount / U256::from(4),
        Capacity::Unlimited | Capacity::Unknown(_) => {
            U256::from(3_000) * U256::from(10).pow(U256::from(18))
        }
    }
}
