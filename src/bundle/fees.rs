//! What a transaction offers for a unit of gas, and how much gas it may use.

/// The most gas of one transaction since Osaka (EIP-7825).
const MOST_GAS: u64 = 1 << 24;

/// What can be set of fees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// The most wei for a unit of gas, base fee and tip together.
    pub most_fee: u128,
    /// The most wei of tip for a unit of gas.
    pub most_tip: u128,
    /// Gas allowed beyond what the run needed at one moment, in hundredths of it: state moves between
    /// the run and the block, a pool's tick, a slot that is no longer zero.
    pub gas_margin_pct: u32,
}

impl Limits {
    /// A quarter more gas than the run needed, and at most so many wei for a unit.
    pub const fn of(most_fee: u128) -> Self {
        Self { most_fee, most_tip: most_fee, gas_margin_pct: 25 }
    }
}

/// What a transaction offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fees {
    /// The most gas.
    pub gas_limit: u64,
    /// The most wei for a unit, base fee included.
    pub max_fee: u128,
    /// Wei of it for whoever builds the block.
    pub tip: u128,
}

/// Why nothing can be offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// Gas is dearer than is allowed.
    #[error("a unit of gas may cost {base_fee} wei in the first block, and {most} are allowed")]
    Dear {
        /// The highest base fee that the first block can have.
        base_fee: u128,
        /// The most that is allowed.
        most: u128,
    },
    /// More gas than a transaction may have.
    #[error("the run needed {peak} gas, and a transaction may have {most}")]
    Heavy {
        /// Gas needed at one moment.
        peak: u64,
        /// The most there is.
        most: u64,
    },
}

/// The highest base fee that a block can have so many blocks after one with a known base fee: each
/// rises by an eighth at most, and by one at least (EIP-1559).
pub fn highest_base_fee(known: u64, blocks: u64) -> u128 {
    let mut fee = u128::from(known);
    for _ in 0..blocks {
        let next = fee.saturating_add((fee / 8).max(1));
        if next == fee {
            break;
        }
        fee = next;
    }
    fee
}

/// What to offer for a transaction that needed `peak` gas, tipping `tip`, in blocks of which the first
/// is `first` and the last `last` blocks after one with a known base fee.
///
/// The fee lasts through the last block, where that is allowed; else as many blocks as it can. A tip is
/// lowered before the fee would be above its limit.
pub fn fees(
    limits: &Limits,
    (peak, block_gas): (u64, u64),
    tip: u128,
    base_fee: u64,
    (first, last): (u64, u64),
) -> Result<Fees, FeeError> {
    let most = limits.most_fee;
    let lowest = highest_base_fee(base_fee, first);
    if lowest > most {
        return Err(FeeError::Dear { base_fee: lowest, most });
    }
    let tip = tip.min(limits.most_tip).min(most - lowest);
    let max_fee = highest_base_fee(base_fee, last).saturating_add(tip).min(most);
    Ok(Fees { gas_limit: gas_limit(limits, peak, block_gas)?, max_fee, tip })
}

fn gas_limit(limits: &Limits, peak: u64, block_gas: u64) -> Result<u64, FeeError> {
    let most = MOST_GAS.min(block_gas);
    if peak > most {
        return Err(FeeError::Heavy { peak, most });
    }
    let margin = u128::from(peak) * u128::from(limits.gas_margin_pct);
    let margin = u64::try_from(margin.div_ceil(100)).unwrap_or(u64::MAX);
    Ok(peak.saturating_add(margin).min(most))
}
