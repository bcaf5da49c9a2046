//! What tokens earned between two blocks.

use tenor_solver::{
    amount::{RAY, YEAR_S, from_f64, to_f64},
    market::{Market, RealisedYield, Redemption},
};

const DAY_S: u64 = 86_400;

/// What share tokens earned from `earlier` to `later`, two markets read at two blocks, by the ETH that
/// their own protocols count behind them.
///
/// A token that stands for one ETH at both has no row: what rebases earns as its shares do. Neither
/// has one whose rate stood still or fell: rates move in steps, and losses are no yields.
pub fn realised(earlier: &Market, later: &Market) -> Vec<RealisedYield> {
    let Some(window_s) = later.timestamp.checked_sub(earlier.timestamp).filter(|s| *s > 0) else {
        return Vec::new();
    };
    let days = window_s / DAY_S;
    let window = format!("{days} days from {} to {}", earlier.utc, later.utc);
    let row = |now: &Redemption| {
        let then = earlier.redemptions.iter().find(|then| then.token == now.token)?;
        Some(RealisedYield {
            token: now.token,
            rate: from_f64(growth(*then, *now)? * per_year(window_s) * to_f64(RAY)),
            window_s,
            window: window.clone(),
            source: format!("rates at both blocks; {}", later.source),
            paid: Vec::new(),
        })
    };
    later.redemptions.iter().filter_map(row).collect()
}

/// The logarithm of how much more a unit stands for; `None` unless it is more.
fn growth(then: Redemption, now: Redemption) -> Option<f64> {
    let before = then.eth.checked_mul(now.units)?;
    let gained = now.eth.checked_mul(then.units)?.checked_sub(before)?;
    let growth = (to_f64(gained) / to_f64(before)).ln_1p();
    (growth.is_finite() && growth > 0.0).then_some(growth)
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a few years are exact in a float")]
fn per_year(window_s: u64) -> f64 {
    YEAR_S as f64 / window_s as f64
}
