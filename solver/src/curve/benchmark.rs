//! What staking itself pays: the rate that others are compared with.
//!
//! The formula is the one that Treehouse publishes for its staking rate (TESR; "ESR, index
//! calculation" in docs.treehouse.finance), on figures of the beacon chain and of its blocks. Where
//! those are not at hand, what stETH earned, before Lido's share of it, stands in and says so.

use alloy_primitives::{I256, U256};

use crate::{
    amount::{YEAR_S, to_f64},
    market::{Market, Weighing},
    yields::{fraction, signed},
};

/// Epochs of a day: 225 of 32 slots of 12 seconds.
pub const EPOCHS: usize = 225;

/// An attester earns seven eighths of what inclusion pays in all, so the proposer's part times this
/// is the whole: weights of 8 for the proposer of 64 (consensus specification, Altair).
const WHOLE: u64 = 8;

const DAYS_OF_YEAR: f64 = 365.25;
const WEI_OF_GWEI: u64 = 1_000_000_000;

/// Lido's part of what stakers earn, in thousandths: 10 % (Lido's `getFee`; a parameter of its DAO).
const LIDO_FEE_PERMILLE: u32 = 100;

/// What one epoch paid and took, over all validators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch {
    /// Its number.
    pub epoch: u64,
    /// Gwei that proposers got for including attestations, less penalties (PA).
    pub attestation_gwei: i64,
    /// Gwei that proposers got for including sync committees' votes, less penalties (PSY).
    pub sync_gwei: i64,
    /// Gwei that proposers got for reporting slashings (PSL).
    pub report_gwei: u64,
    /// Wei of priority fees or MEV payments in all its blocks (ER).
    pub execution_wei: U256,
    /// Gwei that slashed validators lost (S).
    pub slashed_gwei: u64,
    /// Gwei of effective balance at its start, which is the end of the epoch before (EB).
    pub balance_gwei: u64,
}

/// Why figures of epochs make no rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BenchmarkError {
    /// Too few or too many epochs.
    #[error("{0} epochs are no day: give {EPOCHS}")]
    NotADay(usize),
    /// An epoch twice.
    #[error("epoch {0} is given twice")]
    Duplicate(u64),
    /// An epoch after a later one.
    #[error("epoch {epoch} follows {before}: sort them")]
    Unsorted {
        /// The epoch.
        epoch: u64,
        /// The one before it.
        before: u64,
    },
    /// Epochs are missing.
    #[error("epochs {from} to {to} are missing")]
    Gap {
        /// The first that is missing.
        from: u64,
        /// The last that is missing.
        to: u64,
    },
    /// No validator.
    #[error("the effective balance of epoch {0} is zero")]
    ZeroBalance(u64),
    /// Figures larger than any chain's.
    #[error("the figures of the epochs are too large to add up")]
    Overflow,
    /// More was lost than there was.
    #[error("the epochs lost all that was staked")]
    AllLost,
    /// A market that does not say what stETH earned.
    #[error("the market does not say what stETH earned over a week or more")]
    NoYield,
    /// A yield that is none.
    #[error("stETH's realised yield is no rate: {0}")]
    NotARate(&'static str),
}

/// The benchmark rate and where it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// The annual rate, continuously compounded, year of 365.25 days.
    pub rate: f64,
    /// The annual rate as published: a day's times 365.25, not compounded.
    pub simple: f64,
    /// Where it comes from.
    pub basis: Basis,
}

/// Where a benchmark rate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// Figures of a day's epochs, from this one on.
    Epochs {
        /// The first.
        first: u64,
    },
    /// What stETH earned, before Lido's share.
    Steth {
        /// Over which window, in words.
        window: String,
        /// From where, in words.
        source: String,
    },
}

impl Benchmark {
    /// The rate of the day that these epochs make: `365.25 * sum[8 * (PA + PSY) + PSL + ER - S]` over
    /// the mean effective balance. Exact up to one division; penalties and slashings can make it
    /// negative.
    pub fn of_epochs(epochs: &[Epoch]) -> Result<Self, BenchmarkError> {
        let first = consecutive(epochs)?;
        let (mut paid, mut balance) = (I256::ZERO, U256::ZERO);
        for epoch in epochs {
            paid = earned(epoch)
                .and_then(|wei| paid.checked_add(wei))
                .ok_or(BenchmarkError::Overflow)?;
            // 225 words of 64 bits, in wei, do not overflow.
            balance += U256::from(epoch.balance_gwei) * U256::from(WEI_OF_GWEI);
        }
        // The mean balance is a 225th of the sum.
        let days_worth =
            paid.checked_mul(I256::from_raw(U256::from(EPOCHS))).ok_or(BenchmarkError::Overflow)?;
        let day = signed(days_worth) / to_f64(balance);
        if day <= -1.0 {
            return Err(BenchmarkError::AllLost);
        }
        Ok(Self::of_day(day, Basis::Epochs { first }))
    }

    /// What stETH earned net over a week or more, over what Lido leaves of it, on `market`. Of more
    /// windows the one nearest to thirty days counts.
    pub fn of_steth(market: &Market) -> Result<Self, BenchmarkError> {
        let row = steth(market).ok_or(BenchmarkError::NoYield)?;
        let net = fraction(row.rate);
        if !(net.is_finite() && net < 1.0) {
            return Err(BenchmarkError::NotARate("above 100 % a year"));
        }
        let day = (net / DAYS_OF_YEAR).exp_m1() / (1.0 - f64::from(LIDO_FEE_PERMILLE) / 1e3);
        let basis = Basis::Steth { window: row.window.clone(), source: row.source.clone() };
        Ok(Self::of_day(day, basis))
    }

    /// From the growth of one day.
    fn of_day(day: f64, basis: Basis) -> Self {
        Self { rate: day.ln_1p() * DAYS_OF_YEAR, simple: day * DAYS_OF_YEAR, basis }
    }
}

impl std::fmt::Display for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Epochs { first } => {
                write!(f, "beacon chain, {EPOCHS} epochs from {first} on, TESR formula")
            }
            Self::Steth { window, source } => write!(
                f,
                "no beacon figures: stETH's net yield over {window}, before Lido's {} % ({source})",
                LIDO_FEE_PERMILLE / 10
            ),
        }
    }
}

/// What stETH has earned on `market`, over the window of a week or more that is nearest to thirty
/// days: net of Lido's share, and the short end of the curve.
pub fn steth(market: &Market) -> Option<&crate::market::RealisedYield> {
    const WEEK_S: u64 = 7 * 86_400;
    const MONTH_S: u64 = 30 * 86_400;
    let named = |symbol: &str| matches!(symbol, "stETH" | "wstETH");
    let tokens: Vec<_> = market.tokens.iter().filter(|t| named(&t.symbol)).collect();
    let of_steth = |token| tokens.iter().any(|t| t.address == token);
    let even = |y: &&crate::market::RealisedYield| y.weighing == Weighing::Even;
    let rows = market.yields.iter().filter(even);
    let rows = rows.filter(|y| y.window_s >= WEEK_S && of_steth(y.token));
    rows.min_by_key(|y| y.window_s.abs_diff(MONTH_S))
}

/// That these are the epochs of one day, each once, in order; the first one's number.
fn consecutive(epochs: &[Epoch]) -> Result<u64, BenchmarkError> {
    for pair in epochs.windows(2) {
        let [before, Epoch { epoch, .. }] = pair else { continue };
        let (before, epoch) = (before.epoch, *epoch);
        match epoch.checked_sub(before) {
            None => return Err(BenchmarkError::Unsorted { epoch, before }),
            Some(0) => return Err(BenchmarkError::Duplicate(epoch)),
            Some(1) => {}
            Some(_) => return Err(BenchmarkError::Gap { from: before + 1, to: epoch - 1 }),
        }
    }
    if let Some(empty) = epochs.iter().find(|e| e.balance_gwei == 0) {
        return Err(BenchmarkError::ZeroBalance(empty.epoch));
    }
    match epochs.first() {
        Some(first) if epochs.len() == EPOCHS => Ok(first.epoch),
        _ => Err(BenchmarkError::NotADay(epochs.len())),
    }
}

/// Wei that an epoch paid; `None` when they are too many.
fn earned(epoch: &Epoch) -> Option<I256> {
    let signed = |gwei: i64| I256::try_from(gwei).ok();
    let whole = |gwei: u64| I256::from_raw(U256::from(gwei));
    let included = signed(epoch.attestation_gwei)?.checked_add(signed(epoch.sync_gwei)?)?;
    let gwei = included
        .checked_mul(whole(WHOLE))?
        .checked_add(whole(epoch.report_gwei))?
        .checked_sub(whole(epoch.slashed_gwei))?;
    gwei.checked_mul(whole(WEI_OF_GWEI))?.checked_add(I256::try_from(epoch.execution_wei).ok()?)
}

// The benchmark's year is the one that rates are quoted over.
const _: () = assert!(YEAR_S == 31_557_600);

#[cfg(test)]
mod tests {
    use super::*;

    /// A quiet day of about a million validators of 32 ETH.
    fn day() -> Vec<Epoch> {
        let epoch = |i: u64| Epoch {
            epoch: 300_000 + i,
            attestation_gwei: 1_200_000_000 + i64::try_from(i).unwrap() * 1_000,
            sync_gwei: 45_000_000,
            report_gwei: 0,
            execution_wei: U256::from(1_500_000_000_000_000_000u64 + i),
            slashed_gwei: 0,
            balance_gwei: 32_500_000_000_000_000 + i * 1_000_000_000,
        };
        (0..225).map(epoch).collect()
    }

    /// Worked by hand with exact fractions: 8 * (225 * 1.245 + 0.0252) ETH and 225 * 1.5 ETH and
    /// 25,200 wei are 2,578.7016 ETH and 25,200 wei; the mean balance is 32,500,112 ETH.
    #[test]
    fn a_day_has_the_rate_of_the_formula() {
        let rate = Benchmark::of_epochs(&day()).unwrap();
        let day = (2_578.701_6 + 25_200e-18) / 32_500_112.0;
        assert!((rate.simple - 365.25 * day).abs() < 1e-16, "{rate:?}");
        assert!((rate.rate - 365.25 * f64::ln_1p(day)).abs() < 1e-15, "{rate:?}");
        assert_eq!(rate.basis, Basis::Epochs { first: 300_000 });
        assert!((0.028..0.030).contains(&rate.rate));
    }

    #[test]
    fn slashings_and_penalties_lower_it_even_below_zero() {
        let mut epochs = day();
        let before = Benchmark::of_epochs(&epochs).unwrap().rate;
        epochs[7].slashed_gwei = 1_000_000_000_000;
        let after = Benchmark::of_epochs(&epochs).unwrap().rate;
        assert!(after < before && after > 0.0);
        for epoch in &mut epochs {
            epoch.attestation_gwei = -1_200_000_000;
        }
        assert!(Benchmark::of_epochs(&epochs).unwrap().rate < 0.0);
    }

    #[test]
    fn what_is_no_day_is_named() {
        let of = |change: fn(&mut Vec<Epoch>)| {
            let mut epochs = day();
            change(&mut epochs);
            Benchmark::of_epochs(&epochs).unwrap_err()
        };
        assert_eq!(Benchmark::of_epochs(&[]), Err(BenchmarkError::NotADay(0)));
        assert_eq!(of(|e| e.truncate(224)), BenchmarkError::NotADay(224));
        assert_eq!(
            of(|e| e.retain(|e| e.epoch != 300_003)),
            BenchmarkError::Gap { from: 300_003, to: 300_003 }
        );
        assert_eq!(of(|e| e[5].epoch = 300_004), BenchmarkError::Duplicate(300_004));
        let unsorted = BenchmarkError::Unsorted { epoch: 300_000, before: 300_001 };
        assert_eq!(of(|e| e.swap(0, 1)), unsorted);
        assert_eq!(of(|e| e[9].balance_gwei = 0), BenchmarkError::ZeroBalance(300_009));
        assert_eq!(of(|e| e[9].execution_wei = U256::MAX), BenchmarkError::Overflow);
        assert_eq!(of(|e| e[9].execution_wei = U256::MAX >> 1usize), BenchmarkError::Overflow);
        assert_eq!(of(|e| e[9].slashed_gwei = u64::MAX), BenchmarkError::AllLost);
    }
}
