//! What may be spent: the caps of any 24 hours, with what is still out counted at its worst.
//!
//! Before a transaction is sent it is charged with all that it can cost, at its highest fee. It stays out,
//! charged so, until it has landed and what it did cost is known, or until it can no longer land. However
//! late and in whatever order they land, no 24 hours then see more than the cap: of all that lands in
//! them, the last to be admitted was admitted beside all the others, each of which was out, or paid less
//! than 24 hours before.

use alloy_primitives::U256;

/// Milliseconds of the window: 24 hours.
pub const WINDOW_MS: u64 = 86_400_000;

/// What may be spent in any 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// The most wei for gas and tips.
    pub spend: U256,
    /// The most wei by which settlements may cost more than they earn; `None` for no limit.
    pub loss: Option<U256>,
}

/// What a transaction that landed came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paid {
    /// Unix milliseconds of when it landed.
    pub at_ms: u64,
    /// Wei that it cost: gas and tips.
    pub paid: U256,
    /// Wei that it earned, valued in the block that it landed in.
    pub earned: U256,
}

/// Why nothing more is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Over {
    /// It could spend too much.
    #[error(
        "{wanted} wei more could bring what 24 hours cost to more than the spend cap of {cap}: {used} are \
         paid or may still be; wait until payments are a day old, or raise settlement.spend_cap_wei"
    )]
    Spend {
        /// Wei that are wanted.
        wanted: U256,
        /// Wei paid in the window, or out.
        used: U256,
        /// The most there may be.
        cap: U256,
    },
    /// It could lose too much.
    #[error(
        "{wanted} wei more could bring what 24 hours lose to more than the limit of {limit}: {lost} are \
         lost or may still be; wait until payments are a day old, or raise settlement.loss_limit_wei"
    )]
    Loss {
        /// Wei that are wanted.
        wanted: U256,
        /// Wei paid in the window, or out, beyond what was earned in it.
        lost: U256,
        /// The most that may be lost.
        limit: U256,
    },
    /// Numbers that no chain has.
    #[error("what 24 hours cost does not fit 256 bits: the journal is damaged")]
    Overflow,
}

/// What landed in the window.
#[derive(Debug, Clone, Copy)]
struct Sums {
    paid: U256,
    earned: U256,
}

impl Caps {
    /// Whether `wanted` wei may be put at risk now, beside what was paid and `outstanding` wei at risk
    /// already. What is wanted and what is out count as if all of it were lost.
    pub fn admit(
        &self,
        paid: &[Paid],
        outstanding: U256,
        wanted: U256,
        now_ms: u64,
    ) -> Result<(), Over> {
        let Sums { paid, earned } = sums(paid, now_ms)?;
        let used = paid.checked_add(outstanding).ok_or(Over::Overflow)?;
        let all = used.checked_add(wanted).ok_or(Over::Overflow)?;
        if all > self.spend {
            return Err(Over::Spend { wanted, used, cap: self.spend });
        }
        match self.loss {
            Some(limit) if all > earned.saturating_add(limit) => {
                Err(Over::Loss { wanted, lost: used.saturating_sub(earned), limit })
            }
            _ => Ok(()),
        }
    }

    /// Whether what landed keeps the limits by itself: where it does not, the submitter halts.
    pub fn kept(&self, paid: &[Paid], now_ms: u64) -> Result<(), Over> {
        self.admit(paid, U256::ZERO, U256::ZERO, now_ms)
    }
}

/// What landed less than 24 hours ago. What claims to be of later than now counts: clocks differ.
fn sums(paid: &[Paid], now_ms: u64) -> Result<Sums, Over> {
    let mut recent = paid.iter().filter(|paid| now_ms.saturating_sub(paid.at_ms) < WINDOW_MS);
    let none = Sums { paid: U256::ZERO, earned: U256::ZERO };
    let sums = recent.try_fold(none, |sums, one| {
        // Earnings beyond 256 bits are understated, costs are not.
        let earned = sums.earned.saturating_add(one.earned);
        Some(Sums { paid: sums.paid.checked_add(one.paid)?, earned })
    });
    sums.ok_or(Over::Overflow)
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn wei(amount: u64) -> U256 {
        U256::from(amount)
    }

    fn paid(at_ms: u64, paid: u64, earned: u64) -> Paid {
        Paid { at_ms, paid: wei(paid), earned: wei(earned) }
    }

    const DAY: u64 = 24 * 60 * 60 * 1_000;

    #[test]
    fn the_cap_is_reached_and_not_passed() {
        let caps = Caps { spend: wei(10), loss: None };
        let admit = |out, wanted| caps.admit(&[paid(0, 3, 9)], wei(out), wei(wanted), 5);
        assert_eq!(admit(4, 3), Ok(()));
        let over = Over::Spend { wanted: wei(4), used: wei(7), cap: wei(10) };
        assert_eq!(admit(4, 4), Err(over));
        assert!(over.to_string().contains("settlement.spend_cap_wei"));
    }

    #[test]
    fn losses_are_what_costs_beyond_what_was_earned() {
        let caps = Caps { spend: wei(1_000), loss: Some(wei(5)) };
        let history = [paid(0, 10, 0), paid(1, 10, 17)];
        // 20 are paid and 17 earned: 3 lost, and 2 more may be.
        assert_eq!(caps.admit(&history, wei(1), wei(1), 9), Ok(()));
        let over = Over::Loss { wanted: wei(2), lost: wei(4), limit: wei(5) };
        assert_eq!(caps.admit(&history, wei(1), wei(2), 9), Err(over));
        assert_eq!(caps.kept(&history, 9), Ok(()));
        let worse = [paid(0, 10, 0), paid(1, 10, 14)];
        let over = caps.kept(&worse, 9).unwrap_err();
        assert!(matches!(over, Over::Loss { limit, .. } if limit == wei(5)), "{over}");
        assert!(over.to_string().contains("settlement.loss_limit_wei"));
    }

    /// A payment counts for 24 hours, of which the last millisecond is in and the next out.
    #[test]
    fn the_window_has_an_edge() {
        let caps = Caps { spend: wei(1), loss: None };
        let admit = |at, now| caps.admit(&[paid(at, 1, 0)], U256::ZERO, wei(1), now);
        assert!(admit(7, 7).is_err() && admit(7, 7 + DAY - 1).is_err());
        assert_eq!(admit(7, 7 + DAY), Ok(()));
        // Of later than now, by another clock.
        assert!(admit(9, 7).is_err() && admit(u64::MAX, 0).is_err());
    }

    #[test]
    fn what_overflows_is_not_admitted() {
        let caps = Caps { spend: U256::MAX, loss: Some(U256::MAX) };
        let most = Paid { at_ms: 0, paid: U256::MAX, earned: U256::MAX };
        assert_eq!(caps.admit(&[most], U256::ZERO, U256::ZERO, 0), Ok(()));
        for (history, out, wanted) in [
            (vec![most, paid(0, 1, 0)], U256::ZERO, U256::ZERO),
            (vec![most], wei(1), U256::ZERO),
            (vec![most], U256::ZERO, wei(1)),
        ] {
            assert_eq!(caps.admit(&history, out, wanted, 0), Err(Over::Overflow));
        }
        // Earnings may: both were at least what is told.
        assert_eq!(caps.kept(&[Paid { paid: U256::ZERO, ..most }, most], 0), Ok(()));
    }

    fn payment() -> impl Strategy<Value = Paid> {
        (0..3 * DAY, 0..100_u64, 0..100_u64).prop_map(|(at, cost, earned)| paid(at, cost, earned))
    }

    fn caps() -> impl Strategy<Value = Caps> {
        (0..1_000_u64, proptest::option::of(0..300_u64))
            .prop_map(|(spend, loss)| Caps { spend: wei(spend), loss: loss.map(wei) })
    }

    proptest! {
        /// In no order does anything else come out, and less of everything is admitted where more is.
        #[test]
        fn order_is_nothing_and_less_is_easier(
            history in vec(payment(), 0..12),
            caps in caps(),
            (out, wanted, now) in (0..300_u64, 0..300_u64, 0..4 * DAY),
        ) {
            let told = caps.admit(&history, wei(out), wei(wanted), now);
            let back: Vec<Paid> = history.iter().rev().copied().collect();
            prop_assert_eq!(told, caps.admit(&back, wei(out), wei(wanted), now));
            if told.is_ok() {
                prop_assert!(caps.admit(&history, wei(out / 2), wei(wanted), now).is_ok());
                prop_assert!(caps.admit(&history, wei(out), wei(wanted / 2), now).is_ok());
                let loose = Caps { spend: caps.spend + wei(1), loss: caps.loss.map(|l| l + wei(1)) };
                prop_assert!(loose.admit(&history, wei(out), wei(wanted), now).is_ok());
                let unlimited = Caps { loss: None, ..caps };
                prop_assert!(unlimited.admit(&history, wei(out), wei(wanted), now).is_ok());
                let mut dearer = history.clone();
                dearer.push(paid(now, 1_000, 0));
                prop_assert!(caps.admit(&dearer, wei(out), wei(wanted), now).is_err());
            }
        }

        /// Transactions are wanted, land later than they were admitted for at most what they were charged
        /// with, or are given up: no 24 hours cost more than the cap, wherever they begin.
        #[test]
        fn no_day_costs_more_than_the_cap(
            cap in 1..60_u64,
            acts in vec((0..DAY / 3, 0..40_u64, 0..5_usize, 0..=40_u64), 1..80),
        ) {
            let caps = Caps { spend: wei(cap), loss: None };
            let (mut now, mut history, mut out) = (0, Vec::<Paid>::new(), Vec::<u64>::new());
            let mut admitted = 0;
            for (pause, amount, which, share) in acts {
                now += pause;
                if which == 0 || out.len() < which {
                    let charged = out.iter().sum::<u64>();
                    if caps.admit(&history, wei(charged), wei(amount), now).is_ok() {
                        out.push(amount);
                        admitted += 1;
                    }
                } else {
                    let charged = out.swap_remove(which - 1);
                    history.push(paid(now, charged.min(share), 0));
                }
            }
            prop_assert!(admitted > 0 || cap < 40);
            for first in &history {
                let day = history.iter().filter(|paid| {
                    paid.at_ms >= first.at_ms && paid.at_ms < first.at_ms + DAY
                });
                let cost: U256 = day.map(|paid| paid.paid).sum();
                prop_assert!(cost <= caps.spend, "{cost} in the day from {}", first.at_ms);
            }
        }
    }
}
