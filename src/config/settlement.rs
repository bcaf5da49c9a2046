//! How what owners signed is brought onto the chain, and what that may cost.

use std::{fmt, num::NonZeroU64};

use alloy_primitives::{U256, uint};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, Visitor},
};

use crate::{bundle::offer::Habits, intents::signed::wire::decimal};

/// How what owners signed is brought onto the chain, and what that may cost.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settlement {
    /// The chain that is meant. A node or a market of another one is refused.
    pub chain_id: u64,
    /// The most wei for gas and tips in any 24 hours, with what is still out counted as if all of it
    /// landed at its highest price. Mode `live` does not start without.
    pub spend_cap_wei: Option<Wei>,
    /// The most wei by which settlements of any 24 hours may cost more than they earn: beyond it the
    /// submitter halts itself. No limit where there is none.
    pub loss_limit_wei: Option<Wei>,
    /// The most wei for a unit of gas, base fee and tip together.
    pub most_fee_wei_per_gas: u64,
    /// The most wei of tip for a unit of gas.
    pub most_tip_wei_per_gas: u64,
    /// Below so many wei the account that pays counts as unfunded.
    pub least_balance_wei: Wei,
    /// For how many blocks a bundle is sent, the first of them the next one.
    pub blocks: NonZeroU64,
    /// How many blocks must have come after a settlement's before it counts as final.
    pub depth: NonZeroU64,
    /// How many slots without a block the deadline of a transaction allows for.
    pub missed_slots: u64,
    /// What is set and assumed of bids.
    pub bids: Habits,
}

/// Wei: in a file a whole number, or a decimal string, since TOML's numbers end at 9.2 ether.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Wei(pub U256);

/// 200 gwei: gas was dearer on few days.
const MOST_FEE: u64 = 200_000_000_000;
/// 50 gwei.
const MOST_TIP: u64 = 50_000_000_000;
/// 0.05 ether: 250,000 gas at the highest fee.
const LEAST_BALANCE: U256 = uint!(50_000_000_000_000_000_U256);
/// A bundle that misses its block may land in one of the next two.
const BLOCKS: NonZeroU64 = NonZeroU64::MIN.saturating_add(2);
/// Two epochs, after which a block is finalised in ordinary times.
const DEPTH: NonZeroU64 = NonZeroU64::MIN.saturating_add(63);
/// Of a hundred slots about one stays without a block.
const MISSED_SLOTS: u64 = 2;

impl Default for Settlement {
    fn default() -> Self {
        Self {
            chain_id: 1,
            spend_cap_wei: None,
            loss_limit_wei: None,
            most_fee_wei_per_gas: MOST_FEE,
            most_tip_wei_per_gas: MOST_TIP,
            least_balance_wei: Wei(LEAST_BALANCE),
            blocks: BLOCKS,
            depth: DEPTH,
            missed_slots: MISSED_SLOTS,
            bids: Habits::default(),
        }
    }
}

impl Serialize for Wei {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Wei {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Digits)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = Wei;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "wei as a whole number that is not negative, or as a decimal string below 2^256",
        )
    }

    fn visit_u64<E: Error>(self, wei: u64) -> Result<Wei, E> {
        Ok(Wei(U256::from(wei)))
    }

    fn visit_i64<E: Error>(self, wei: i64) -> Result<Wei, E> {
        let whole = u64::try_from(wei);
        let wrong = |_| E::invalid_value(serde::de::Unexpected::Signed(wei), &self);
        whole.map_err(wrong).map(|wei| Wei(U256::from(wei)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Wei, E> {
        let wrong = || E::invalid_value(serde::de::Unexpected::Str(text), &self);
        decimal(text).map(Wei).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn read(value: &str) -> Result<Option<Wei>, String> {
        let config = Config::parse("c", &format!("[settlement]\nspend_cap_wei = {value}"));
        config.map(|config| config.settlement.spend_cap_wei).map_err(|error| error.to_string())
    }

    #[test]
    fn wei_are_numbers_or_digits() {
        assert_eq!(read("0"), Ok(Some(Wei(U256::ZERO))));
        assert_eq!(read("9_223_372_036_854_775_807"), Ok(Some(Wei(U256::from(i64::MAX)))));
        let most = U256::MAX;
        assert_eq!(read(&format!("\"{most}\"")), Ok(Some(Wei(most))));
        for wrong in ["-1", "1.5", "\"1.5\"", "\"-1\"", "\"0x10\"", "\"\"", "\"01\"", "true"] {
            let said = read(wrong).unwrap_err();
            assert!(said.contains("line 2") && said.contains("decimal string"), "{wrong}: {said}");
        }
        assert!(read(&format!("\"{most}0\"")).is_err());
    }

    #[test]
    fn nothing_is_final_at_once_and_nothing_is_for_no_block() {
        for name in ["depth", "blocks"] {
            assert!(Config::parse("c", &format!("[settlement]\n{name} = 0")).is_err(), "{name}");
        }
    }

    #[test]
    fn wei_are_written_as_they_are_read() {
        for wei in [U256::ZERO, U256::from(7), U256::MAX] {
            let text = serde_json::to_string(&Wei(wei)).unwrap();
            assert_eq!(serde_json::from_str::<Wei>(&text).unwrap(), Wei(wei));
        }
    }
}
