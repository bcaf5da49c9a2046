//! Fixed term.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, PendleError, PendleFigures, PendleLp, PendleLpFigures, PendleMarket,
        PendlePrincipal, PendlePrincipalFigures, PendleSy, PendleSyFigures, Swap, Venue,
    },
};

use super::{
    super::samples::term, NO_RATE, NO_SHARES, NO_TERM, NOT_LENT, Never, Refuses, Row, Trades,
    Unmade, back, error, there, whole,
};

pub(super) fn rows() -> Vec<Row> {
    vec![liquidity(), market(), principal(), standardized()]
}

fn made(change: fn(&mut PendleFigures)) -> Result<PendleMarket, PendleError> {
    let mut figures = term::market();
    change(&mut figures);
    PendleMarket::new(figures)
}

fn market() -> Row {
    let row = [
        Unmade("empty", || error(made(|f| f.total_pt = U256::ZERO))),
        Unmade("", || error(made(|f| f.index = U256::ZERO))),
        Refuses("Paused", || there(made(|f| f.paused = true).unwrap())),
        Refuses("Limit", || {
            let (venue, swap) = there(made(|_| ()).unwrap());
            (venue, Swap { amount: whole(1_000_000), ..swap })
        }),
        Unmade("expired", || error(made(|f| f.expiry = f.timestamp))),
        Never(NOT_LENT),
        Never(NOT_LENT),
    ];
    ("pendle_market", row)
}

fn pooled(change: fn(&mut PendleLpFigures)) -> Result<PendleLp, PendleError> {
    let mut figures = term::liquidity();
    change(&mut figures);
    PendleLp::new(figures)
}

fn liquidity() -> Row {
    let row = [
        Unmade("empty", || error(pooled(|f| f.total_lp = U256::ZERO))),
        Unmade("empty", || error(pooled(|f| f.market.index = U256::ZERO))),
        Refuses("Paused", || there(pooled(|f| f.market.paused = true).unwrap())),
        Refuses("Limit", || {
            let (venue, swap) = there(pooled(|_| ()).unwrap());
            (venue, Swap { amount: whole(1_000_000), ..swap })
        }),
        // Until its expiry it is added to; it is taken out at any time.
        Refuses("Expired", || there(pooled(|f| f.market.expiry = f.market.timestamp).unwrap())),
        Never(NOT_LENT),
        Never(NOT_LENT),
    ];
    ("pendle_lp", row)
}

/// Ten PT for SY.
fn redeemed(change: fn(&mut PendlePrincipalFigures)) -> (Box<dyn Venue>, Swap) {
    let mut figures = term::principal();
    change(&mut figures);
    back(PendlePrincipal::new(figures))
}

fn principal() -> Row {
    let row = [
        Never("it is asked for what is redeemed alone, of which there is some"),
        Refuses("NoRate", || redeemed(|f| f.index = U256::ZERO)),
        Refuses("Paused", || redeemed(|f| f.paused = true)),
        Refuses("Limit", || redeemed(|f| f.held_sy = WAD)),
        // It is the expiry that opens it.
        Refuses("NotYet", || redeemed(|f| f.expiry = f.timestamp + 1)),
        Never("SY that are not there are its limit"),
        Never("SY that are not there are its limit"),
    ];
    ("pendle_py", row)
}

fn wrapped(change: fn(&mut PendleSyFigures)) -> PendleSy {
    let mut figures = term::standardized();
    change(&mut figures);
    PendleSy::new(figures)
}

fn none(what: &'static str) -> Capacity {
    Capacity::Limited { amount: U256::ZERO, what, refill_per_block: None }
}

fn standardized() -> Row {
    let row = [
        Trades(NO_SHARES, || there(wrapped(|_| ()))),
        Never(NO_RATE),
        Refuses("Paused", || there(wrapped(|f| f.paused = true))),
        Refuses("Limit", || there(wrapped(|f| f.deposits = none("its cap")))),
        Never(NO_TERM),
        Never("what does not lie there is its limit"),
        Refuses("Limit", || back(wrapped(|f| f.redemptions = none("what lies there")))),
    ];
    ("pendle_sy", row)
}
