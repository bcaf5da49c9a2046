//! The breaker and the budget, on a clock that stands until it is set.

use std::{sync::atomic::Ordering, time::Duration};

use proptest::{collection::vec, prelude::*};
use tenor::{
    clock::Clock,
    relays::{
        breaker::{Breaker, Rules},
        budget::{Budget, Kind},
        score::Score,
        terms::Requests,
    },
};

use crate::law::law;

const REST: Duration = Duration::from_secs(12);
const RULES: Rules = Rules { failures: 3, rest: REST, longest: Duration::from_secs(60) };

#[test]
fn it_opens_after_failures_in_a_row_and_closes_after_a_probe() {
    let mut breaker = Breaker::new(RULES);
    for _ in 0..2 {
        breaker.unwell(0);
        assert_eq!(breaker.admit(0), Ok(()));
    }
    breaker.well();
    for _ in 0..2 {
        breaker.unwell(0);
    }
    assert!(breaker.is_closed(), "an answer begins the count again");
    breaker.unwell(1_000);
    assert_eq!(breaker.admit(1_000), Err(REST));
    assert_eq!(breaker.admit(12_999), Err(Duration::from_millis(1)));
    assert_eq!(breaker.admit(13_000), Ok(()));
    assert_eq!(breaker.admit(13_000), Err(REST), "one probe at a time");
    breaker.unwell(14_000);
    assert_eq!(breaker.admit(14_000), Err(2 * REST), "twice as long");
    assert_eq!(breaker.admit(38_000), Ok(()));
    breaker.well();
    assert!(breaker.is_closed());
    assert_eq!((breaker.admit(38_000), breaker.admit(38_000)), (Ok(()), Ok(())));
}

#[test]
fn a_probe_that_nothing_is_heard_of_does_not_close_it_for_ever() {
    let mut breaker = Breaker::new(Rules { failures: 1, ..RULES });
    breaker.unwell(0);
    let mut now = 0;
    for (wait, next) in [(12, 12), (12, 24), (24, 48), (48, 60), (60, 60)] {
        now += wait * 1_000;
        assert_eq!(breaker.admit(now), Ok(()));
        assert_eq!(breaker.admit(now), Err(Duration::from_secs(next)));
    }
}

#[test]
fn it_rests_as_long_as_it_is_asked_to() {
    let mut breaker = Breaker::new(RULES);
    breaker.rest(0, Duration::from_secs(7));
    assert_eq!(breaker.admit(0), Err(Duration::from_secs(7)));
    breaker.rest(0, Duration::from_secs(2));
    assert_eq!(breaker.admit(0), Err(Duration::from_secs(7)), "never shorter");
    breaker.rest(0, Duration::from_secs(1 << 40));
    assert_eq!(breaker.admit(0), Err(RULES.longest), "nor without end");
}

/// Whatever happens: closed, everything passes; open, nothing does until the rest is over, which is never
/// longer than the longest; and then one request does.
#[test]
fn a_breaker_never_locks() {
    let steps = vec((0u8..4, 0u64..40_000), 0..200);
    law(300, &steps, |steps| {
        let (mut breaker, mut now) = (Breaker::new(RULES), 0);
        for (step, later) in steps {
            now += later;
            match step {
                0 => breaker.unwell(now),
                1 => breaker.well(),
                2 => breaker.rest(now, Duration::from_millis(later)),
                _ => {
                    let _ = breaker.admit(now);
                }
            }
            let rest = breaker.resting(now);
            prop_assert!(!(breaker.is_closed() && rest.is_some()));
            prop_assert!(rest.is_none_or(|rest| rest <= RULES.longest));
            let until = now + rest.map_or(0, |rest| u64::try_from(rest.as_millis()).unwrap());
            prop_assert!(breaker.clone().admit(until).is_ok());
        }
        Ok(())
    });
}

fn requests(sends: u32) -> Requests {
    Requests { sends, cancels: 3, simulations: 1, questions: 1 }
}

/// In no minute, wherever it begins, does more pass than may; and it is told when the next may.
#[test]
fn a_budget_is_kept_in_every_minute() {
    let pauses = vec(0u64..3_000, 1..400);
    law(200, &(1u32..120, pauses), |(most, pauses)| {
        let clock = Clock::standing(1_000);
        let Clock::Standing(millis) = &clock else { unreachable!() };
        let budget = Budget::new(requests(most), clock.clone());
        let mut passed: Vec<u64> = Vec::new();
        for pause in pauses {
            let now = millis.fetch_add(pause, Ordering::Relaxed) + pause;
            match budget.spend(Kind::Send) {
                Ok(()) => passed.push(now),
                Err(wait) => {
                    prop_assert!(!wait.is_zero() && wait <= Duration::from_secs(61), "{:?}", wait);
                }
            }
            let lately = passed.iter().filter(|at| **at + 60_000 > now).count();
            prop_assert!(lately <= most as usize, "{} of {}", lately, most);
        }
        prop_assert!(!passed.is_empty());
        Ok(())
    });
}

#[test]
fn what_was_spent_comes_back() {
    let clock = Clock::standing(1_000);
    let Clock::Standing(millis) = &clock else { unreachable!() };
    let budget = Budget::new(requests(1), clock.clone());
    assert_eq!(budget.spend(Kind::Send), Ok(()));
    let wait = budget.spend(Kind::Send).unwrap_err();
    // Sends spent, there is still enough to take back what was sent.
    assert_eq!(budget.spend(Kind::Cancel), Ok(()));
    millis.fetch_add(u64::try_from(wait.as_millis()).unwrap() + 1, Ordering::Relaxed);
    assert_eq!(budget.spend(Kind::Send), Ok(()));
}

#[test]
fn a_score_follows_what_was_seen_last() {
    let mut score = Score::default();
    assert_eq!((score.accepted, score.landed), (None, None));
    score.answered(true, Duration::from_millis(100));
    assert_eq!((score.accepted, score.latency_ms), (Some(1.0), Some(100.0)));
    for _ in 0..100 {
        score.answered(false, Duration::from_millis(10));
        score.built(true);
    }
    assert!(score.accepted.unwrap() < 0.01 && score.landed == Some(1.0));
    assert!((score.latency_ms.unwrap() - 10.0).abs() < 0.5);
    law(300, &vec((any::<bool>(), 0u64..10_000), 1..60), |seen| {
        let mut score = Score::default();
        for &(accepted, ms) in &seen {
            score.answered(accepted, Duration::from_millis(ms));
        }
        let (least, most) = (seen.iter().map(|s| s.1).min(), seen.iter().map(|s| s.1).max());
        let latency = score.latency_ms.unwrap();
        let within = least.unwrap() as f64 - 1e-6..=most.unwrap() as f64 + 1e-6;
        prop_assert!(within.contains(&latency), "{}", latency);
        prop_assert!((0.0..=1.0).contains(&score.accepted.unwrap()));
        Ok(())
    });
}
