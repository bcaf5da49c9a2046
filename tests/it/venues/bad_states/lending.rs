//! Lending markets and vaults over them.

use alloy_primitives::U256;
use tenor_solver::{
    amount::WAD,
    venues::{
        AaveFigures, AaveV3, Capacity, CompoundFigures, CompoundV3, MetaMorpho, MetaMorphoFigures,
        MorphoFigures, MorphoMarket, MorphoTotals, Side, Venue,
    },
};

use super::{
    super::samples::lending, NO_LIMIT, NO_PAUSE, NO_TERM, Never, Refuses, Row, Trades, back, there,
    whole,
};

const FIRST: &str = "the first supply is at the index";
const VIRTUAL: &str = "virtual units make a rate of nothing";

pub(super) fn rows() -> Vec<Row> {
    vec![aave(), compound(), metamorpho(), morpho()]
}

fn reserve(change: fn(&mut AaveFigures)) -> AaveV3 {
    let mut figures = lending::aave();
    change(&mut figures);
    AaveV3::new(figures)
}

fn aave() -> Row {
    let row = [
        Trades(FIRST, || {
            there(reserve(|f| {
                f.available = U256::ZERO;
                f.total_debt = Some(U256::ZERO);
            }))
        }),
        Refuses("NoRate", || there(reserve(|f| f.liquidity_index = U256::ZERO))),
        // Paused, it does not open; frozen, it takes no supply.
        Refuses("Limit", || {
            there(reserve(|f| {
                let (amount, what) = (U256::ZERO, "the reserve is frozen");
                f.supply_cap = Capacity::Limited { amount, what, refill_per_block: None };
            }))
        }),
        Refuses("Limit", || {
            there(reserve(|f| {
                let (amount, what) = (whole(99), "supply cap");
                f.supply_cap = Capacity::Limited { amount, what, refill_per_block: None };
            }))
        }),
        Never(NO_TERM),
        Refuses("Limit", || back(reserve(|f| f.available = U256::ZERO))),
        // More is owed than was supplied: suppliers' part of it is bad debt.
        Refuses("Limit", || {
            back(reserve(|f| {
                f.available = U256::ZERO;
                f.unbacked = U256::ZERO;
                f.total_debt = f.total_debt.map(|debt| debt * U256::from(3));
            }))
        }),
    ];
    ("aave_v3", row)
}

fn comet(change: fn(&mut CompoundFigures)) -> CompoundV3 {
    let mut figures = lending::compound();
    change(&mut figures);
    CompoundV3::new(figures)
}

fn compound() -> Row {
    let row = [
        Trades(FIRST, || {
            there(comet(|f| {
                f.totals.supply_principal = U256::ZERO;
                f.totals.borrow_principal = U256::ZERO;
            }))
        }),
        Refuses("NoRate", || there(comet(|f| f.totals.supply_index = U256::ZERO))),
        Refuses("Paused", || back(comet(|f| f.withdraw_paused = true))),
        // 104 bits of principal.
        Refuses("Overflow", || {
            there(comet(|f| f.totals.supply_principal = (U256::ONE << 104) - U256::ONE))
        }),
        Never(NO_TERM),
        Refuses("Limit", || back(comet(|f| f.cash = U256::ZERO))),
        Refuses("Limit", || {
            back(comet(|f| {
                f.cash = U256::ZERO;
                f.totals.borrow_principal = f.totals.supply_principal * U256::from(2);
            }))
        }),
    ];
    ("compound_v3", row)
}

fn vault(change: fn(&mut MetaMorphoFigures)) -> MetaMorpho {
    let mut figures = lending::metamorpho();
    change(&mut figures);
    MetaMorpho::new(figures).unwrap()
}

/// A market that owes so much of what was supplied, in tenths.
fn owing(totals: &mut MorphoTotals, tenths: u64) {
    let Side { assets, shares } = totals.supply;
    let part = |all: U256| all / U256::from(10) * U256::from(tenths);
    totals.borrow = Side { assets: part(assets), shares: part(shares) };
}

fn metamorpho() -> Row {
    let row = [
        Trades(VIRTUAL, || {
            there(vault(|f| {
                (f.supply, f.last_assets) = (U256::ZERO, U256::ZERO);
                for market in &mut f.markets {
                    market.shares = U256::ZERO;
                }
            }))
        }),
        Never(VIRTUAL),
        Never("it is stopped by caps of zero: see its limit"),
        Refuses("Limit", || {
            there(vault(|f| {
                for market in &mut f.markets {
                    market.cap = U256::ZERO;
                }
            }))
        }),
        Never(NO_TERM),
        Refuses("Limit", || {
            back(vault(|f| f.markets.iter_mut().for_each(|m| owing(&mut m.totals, 10))))
        }),
        Refuses("Limit", || {
            back(vault(|f| f.markets.iter_mut().for_each(|m| owing(&mut m.totals, 15))))
        }),
    ];
    ("metamorpho", row)
}

fn market(change: fn(&mut MorphoFigures)) -> MorphoMarket {
    let mut figures = lending::morpho();
    change(&mut figures);
    MorphoMarket::new(figures)
}

fn morpho() -> Row {
    let row = [
        Trades(VIRTUAL, || {
            there(market(|f| {
                let last_update = f.totals.last_update;
                f.totals = MorphoTotals { last_update, ..MorphoTotals::default() };
            }))
        }),
        Never(VIRTUAL),
        Never(NO_PAUSE),
        Never(NO_LIMIT),
        Never(NO_TERM),
        Refuses("Limit", || millions(market(|f| owing(&mut f.totals, 10)))),
        Refuses("Limit", || millions(market(|f| owing(&mut f.totals, 15)))),
    ];
    ("morpho_market", row)
}

/// As many shares as a hundred tokens are worth about.
fn millions(venue: MorphoMarket) -> (Box<dyn Venue>, tenor_solver::venues::Swap) {
    let (venue, swap) = back(venue);
    (venue, tenor_solver::venues::Swap { amount: WAD * U256::from(100_000_000), ..swap })
}
