//! Ways out of a token by its own protocol: what they pay, when, and how much they take.

use alloy_primitives::U256;

use super::Capacity;
use crate::amount::{mul_div, mul_div_up};

/// Seconds of a slot, the least that a block takes: `SECONDS_PER_SLOT` of the consensus.
pub(crate) const SLOT_S: u64 = 12;

/// The most units of which `units * out / per`, rounded down, is at most `limit`; `None` on overflow or
/// where nothing is paid.
pub(crate) fn most_within(limit: U256, out: U256, per: U256) -> Option<U256> {
    mul_div_up(limit.checked_add(U256::ONE)?, per, out)?.checked_sub(U256::ONE)
}

/// A way out of a token by its own protocol, which is no [`quote`](super::Venue::quote): a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// What it is called, such as `Lido withdrawal queue`.
    pub name: &'static str,
    /// Position of the token that is paid out.
    pub to: usize,
    /// How the amount paid relates to the amount requested.
    pub rule: RateRule,
    /// What a request is worth at the rate of now, before the fee, rounded down.
    pub rate: ExitRate,
    /// What is kept of that.
    pub fee: ExitFee,
    /// The least that one request may ask for, in units of the token given.
    pub least: Bound,
    /// The most that one request may ask for, in units of the token given.
    pub most: Bound,
    /// How much it takes in all, in units of the token given.
    pub capacity: Capacity,
    /// Seconds before which nothing is paid.
    pub least_wait: Wait,
    /// Seconds after which payment is to be expected.
    pub expected_wait: Wait,
    /// What one holds while waiting.
    pub ticket: Ticket,
}

/// Units paid for units given, as a fraction that nothing has rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitRate {
    /// Units paid ...
    pub out: U256,
    /// ... for this many units given.
    pub units: U256,
}

impl ExitRate {
    /// One for one.
    pub const ONE: Self = Self { out: U256::ONE, units: U256::ONE };

    /// The bound on units given that an amount paid sets from below, rounded up.
    pub(crate) fn least(self, paid: U256) -> Option<U256> {
        mul_div_up(paid, self.units, self.out)
    }

    /// The bound on units given that an amount paid sets from above, rounded down.
    pub(crate) fn most(self, paid: U256) -> Option<U256> {
        most_within(paid, self.out, self.units)
    }
}

/// What an exit keeps of what it pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExitFee {
    /// Nothing.
    None,
    /// A part.
    Part {
        /// So many parts ...
        part: U256,
        /// ... of so many.
        of: U256,
        /// Whether the fee is rounded up.
        up: bool,
    },
    /// Unknown, in words.
    Unknown(String),
}

/// A bound on one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// The contract sets none.
    None,
    /// In units of the token given.
    At(U256),
    /// Unknown, in words.
    Unknown(String),
}

impl Bound {
    /// A bound that a contract told, or the words of why none is known.
    pub(crate) fn told(told: Option<U256>, otherwise: &str) -> Self {
        told.map_or_else(|| Self::Unknown(otherwise.to_owned()), Self::At)
    }
}

/// How long something takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Seconds.
    Seconds(u64),
    /// Unknown, and what would tell, in words.
    Unknown(String),
}

impl Wait {
    /// The seconds, where they are known.
    pub const fn seconds(&self) -> Option<u64> {
        match self {
            Self::Seconds(s) => Some(*s),
            Self::Unknown(_) => None,
        }
    }

    /// The wait for as much as is there to pay: `wait_s`, and how much of the token given that is. Where
    /// nothing is, the wait is unknown, in these words, and the queue takes any amount.
    pub(crate) fn covered(
        wait_s: u64,
        free: U256,
        rate: ExitRate,
        otherwise: &str,
    ) -> (Self, Capacity) {
        match rate.most(free) {
            Some(amount) if !free.is_zero() => {
                let what = "what is there to pay for it";
                let capacity = Capacity::Limited { amount, what, refill_per_block: None };
                (Self::Seconds(wait_s), capacity)
            }
            _ => (Self::Unknown(otherwise.to_owned()), Capacity::Unlimited),
        }
    }

    /// A wait that a contract told, or the words of why none is known.
    pub(crate) fn told(told: Option<U256>, otherwise: &str) -> Self {
        let seconds = told.and_then(|s| u64::try_from(s).ok());
        seconds.map_or_else(|| Self::Unknown(otherwise.to_owned()), Self::Seconds)
    }
}

/// What one holds while waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ticket {
    /// A token of its own: whoever waits may sell it.
    Transferable,
    /// A claim of the account that asked: it cannot be sold.
    Bound,
}

/// How a queue's payout follows the share rate while one waits (`VENUES`, section 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateRule {
    /// The smaller of the rates at request and at settlement: no yield while waiting.
    MinRequestSettle,
    /// The amount is frozen at the request.
    FixedAtRequest,
    /// Can still be slashed while waiting, and earns nothing.
    SlashableInQueue,
    /// Keeps earning until processed.
    AccruesInQueue,
    /// Instant, at today's price.
    Spot,
}

impl RateRule {
    /// What is paid where the same claim is worth so much at the request and so much at settlement.
    pub fn paid(self, at_request: U256, at_settlement: U256) -> U256 {
        match self {
            Self::MinRequestSettle | Self::SlashableInQueue => at_request.min(at_settlement),
            Self::FixedAtRequest | Self::Spot => at_request,
            Self::AccruesInQueue => at_settlement,
        }
    }

    /// The rule's name in words.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinRequestSettle => "min_request_settle",
            Self::FixedAtRequest => "fixed_at_request",
            Self::SlashableInQueue => "slashable_in_queue",
            Self::AccruesInQueue => "accrues_in_queue",
            Self::Spot => "spot",
        }
    }
}

impl ExitFee {
    /// What is left of `amount`; `None` where the fee is unknown, or on overflow.
    pub fn left(&self, amount: U256) -> Option<U256> {
        match self {
            Self::None => Some(amount),
            Self::Part { part, of, up: false } => amount.checked_sub(mul_div(amount, *part, *of)?),
            Self::Part { part, of, up: true } => {
                amount.checked_sub(mul_div_up(amount, *part, *of)?)
            }
            Self::Unknown(_) => None,
        }
    }
}

impl Exit {
    /// What a request for `amount` pays at today's rate; `None` where the fee is unknown, or on
    /// overflow.
    pub fn pays(&self, amount: U256) -> Option<U256> {
        self.fee.left(mul_div(amount, self.rate.out, self.rate.units)?)
    }

    /// How many requests `amount` takes; `None` where the bound is unknown.
    pub fn requests(&self, amount: U256) -> Option<U256> {
        match self.most {
            Bound::None => Some(U256::ONE),
            Bound::At(most) => (!most.is_zero()).then(|| amount.div_ceil(most)),
            Bound::Unknown(_) => None,
        }
    }

    /// Everything about it that is not known, in words.
    pub fn unknowns(&self) -> Vec<String> {
        let mut words = Vec::new();
        let mut add = |what: &String| {
            if !words.contains(what) {
                words.push(what.clone());
            }
        };
        if let ExitFee::Unknown(what) = &self.fee {
            add(what);
        }
        for bound in [&self.least, &self.most] {
            if let Bound::Unknown(what) = bound {
                add(what);
            }
        }
        if let Capacity::Unknown(what) = &self.capacity {
            add(what);
        }
        for wait in [&self.least_wait, &self.expected_wait] {
            if let Wait::Unknown(what) = wait {
                add(what);
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::uint;

    use super::*;

    const RULES: [RateRule; 5] = [
        RateRule::MinRequestSettle,
        RateRule::FixedAtRequest,
        RateRule::SlashableInQueue,
        RateRule::AccruesInQueue,
        RateRule::Spot,
    ];

    #[test]
    fn each_rule_pays_what_its_name_says() {
        let (less, more) = (uint!(90_U256), uint!(100_U256));
        // A rate that rises while one waits is paid by the rule that accrues alone.
        let risen = RULES.map(|rule| rule.paid(less, more));
        assert_eq!(risen, [less, less, less, more, less]);
        // A loss while one waits hits all but an amount that is fixed.
        let fallen = RULES.map(|rule| rule.paid(more, less));
        assert_eq!(fallen, [less, more, less, less, more]);
    }

    fn exit(fee: ExitFee, most: Bound) -> Exit {
        Exit {
            name: "a queue",
            to: 0,
            rule: RateRule::FixedAtRequest,
            rate: ExitRate { out: uint!(7_U256), units: uint!(5_U256) },
            fee,
            least: Bound::None,
            most,
            capacity: Capacity::Unlimited,
            least_wait: Wait::Seconds(0),
            expected_wait: Wait::Unknown("its length".into()),
            ticket: Ticket::Bound,
        }
    }

    #[test]
    fn a_fee_rounds_as_it_says() {
        let fee = |up| ExitFee::Part { part: uint!(3_U256), of: uint!(100_U256), up };
        let pays = |fee| exit(fee, Bound::None).pays(uint!(101_U256));
        // 101 * 7 / 5 = 141.4; 3 % of 141 = 4.23.
        assert_eq!(pays(ExitFee::None), Some(uint!(141_U256)));
        assert_eq!(pays(fee(false)), Some(uint!(137_U256)));
        assert_eq!(pays(fee(true)), Some(uint!(136_U256)));
        assert_eq!(pays(ExitFee::Unknown("its fee".into())), None);
        let more = ExitFee::Part { part: uint!(101_U256), of: uint!(100_U256), up: false };
        assert_eq!(pays(more), None);
    }

    #[test]
    fn large_amounts_take_several_requests() {
        let requests = |most, amount: u64| exit(ExitFee::None, most).requests(U256::from(amount));
        assert_eq!(requests(Bound::None, 1_000), Some(U256::ONE));
        assert_eq!(requests(Bound::At(U256::from(1_000)), 1_000), Some(U256::ONE));
        assert_eq!(requests(Bound::At(U256::from(1_000)), 1_001), Some(U256::from(2)));
        assert_eq!(requests(Bound::At(U256::ZERO), 1), None);
        assert_eq!(requests(Bound::Unknown("its limit".into()), 1), None);
    }

    #[test]
    fn what_is_unknown_is_told_once() {
        let unknown = || "its fee and limits".to_owned();
        let exit = exit(ExitFee::Unknown(unknown()), Bound::Unknown(unknown()));
        assert_eq!(exit.unknowns(), [unknown(), "its length".to_owned()]);
    }
}
