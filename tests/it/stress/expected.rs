//! Which plan loses more than which in each event, and why: written down before any of it was coded.
//!
//! One line was wrong when it was first run, and stands corrected: in July 2025 the queue was to make
//! stETH whole. It pays all that was requested, and nothing for the 21 days of waiting, which is what
//! stETH loses there.
//!
//! Plans, each of 100 ETH of the owner's own (ezETH: 10, what its pool is known to take):
//!
//! - `eth`: ETH held.
//! - `steth`: stETH held.
//! - `weeth`: weETH held, with an assumed pool, for the market knows none.
//! - `ezeth`: ezETH held.
//! - `aave`: WETH supplied to Aave.
//! - `loop`: wstETH worth 1000 ETH posted on Aave, 900 WETH owed, its oracle the redemption rate.
//!
//! `Cash` is what must be ETH within an hour, at any price; `Horizon` is what it comes to after 90 days
//! by the one valuation rule: the better of a sale and a queue of known wait.

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// ETH within an hour.
    Cash,
    /// ETH after 90 days.
    Horizon,
}

/// One line of the list: groups from the largest loss to the smallest, as a share of what the plan was
/// worth before. Plans of one group lose alike; where the last group loses nothing, it says so.
pub(super) struct Line {
    pub(super) event: &'static str,
    pub(super) of: Of,
    pub(super) most_first: &'static [&'static [&'static str]],
    pub(super) last_loses_nothing: bool,
    pub(super) why: &'static str,
}

const fn line(
    event: &'static str,
    of: Of,
    most_first: &'static [&'static [&'static str]],
    why: &'static str,
) -> Line {
    Line { event, of, most_first, last_loses_nothing: true, why }
}

pub(super) const LINES: [Line; 17] = [
    line(
        "2022-05-terra",
        Of::Cash,
        &[&["loop"], &["steth"], &["eth", "weeth", "ezeth", "aave"]],
        "a discount hits who must sell; ten times the collateral is ten times the loss",
    ),
    line(
        "2022-05-terra",
        Of::Horizon,
        &[&["loop"], &["steth"], &["eth", "weeth", "ezeth", "aave"]],
        "there were no redemptions yet: without a queue the sale is the only way out at any time",
    ),
    line(
        "2022-06-celsius",
        Of::Cash,
        &[&["loop"], &["steth"], &["eth", "weeth", "ezeth", "aave"]],
        "as in May, and deeper",
    ),
    line(
        "2023-10-launchnodes",
        Of::Cash,
        &[&["loop"], &["steth"], &["eth", "weeth", "ezeth", "aave"]],
        "a slashing is a loss of backing: shared by all stETH, tiny, and ten times as large looped",
    ),
    line(
        "2023-10-launchnodes",
        Of::Horizon,
        &[&["loop"], &["steth"], &["eth", "weeth", "ezeth", "aave"]],
        "what is not backed does not come back with time",
    ),
    line(
        "2024-04-ezeth",
        Of::Cash,
        &[&["ezeth"], &["eth", "steth", "weeth", "aave", "loop"]],
        "one token's holders ran for one pool; nothing else is counted in it",
    ),
    line(
        "2025-07-eth-borrow",
        Of::Cash,
        &[&["loop"], &["steth", "weeth"], &["eth", "ezeth", "aave"]],
        "0.3 to 0.4 % on stETH and weETH: a nuisance held, ten times that looped",
    ),
    line(
        "2025-07-eth-borrow",
        Of::Horizon,
        &[&["loop"], &["weeth"], &["steth"], &["eth", "ezeth"]],
        "weETH has a sale alone in this market; stETH has a queue of 21 days that pays all but earns \
         nothing; the loop pays 18 % on nine times its equity while it lasts",
    ),
    line(
        "2025-09-exit-queue",
        Of::Cash,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "the table has a queue, and no discount: who sells is not touched",
    ),
    line(
        "2025-09-exit-queue",
        Of::Horizon,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "46 days are what the market's assumption has anyway, and fit into 90",
    ),
    line(
        "2025-10-wbeth",
        Of::Cash,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "one exchange's own book, of a token that none of these holds",
    ),
    line(
        "2025-11-balancer",
        Of::Cash,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "those who lost were liquidity providers; the pool is never traded through here",
    ),
    line(
        "2025-11-yeth",
        Of::Cash,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "a pool of yETH, which none of these holds",
    ),
    line(
        "2026-04-rseth",
        Of::Cash,
        &[&["aave"], &["eth", "steth", "weeth", "ezeth", "loop"]],
        "who supplied WETH cannot withdraw at full use; who borrowed can still repay",
    ),
    line(
        "2026-04-rseth",
        Of::Horizon,
        &[&["aave"], &["loop"], &["eth", "steth", "weeth", "ezeth"]],
        "no exit that is known is worth nothing; the loop pays what full use costs",
    ),
    line(
        "2025-10-wbeth",
        Of::Horizon,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "as at once",
    ),
    line(
        "2025-11-yeth",
        Of::Horizon,
        &[&["eth", "steth", "weeth", "ezeth", "aave", "loop"]],
        "as at once",
    ),
];
