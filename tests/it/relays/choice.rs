//! Whom it is worth telling: the model's sums, added up term by term and over every set of relays.

use proptest::{collection::vec, prelude::*};
use tenor::relays::choice::{Candidate, Prize, Way, private, public, way, worth, worthwhile};

use crate::law::law;

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let candidate = (0.0..0.3, 0.0..1.0, 0.0..0.2, 0.0..2.0);
    let candidate =
        candidate.prop_map(|(share, inclusion, defects, exposed): (f64, f64, f64, f64)| {
            Candidate { share, inclusion, defects, exposed }
        });
    vec(candidate, 0..8)
}

/// No set of relays is worth more than the one chosen.
#[test]
fn the_chosen_set_is_the_best_of_all() {
    law(300, &(candidates(), 0.0..3.0), |(all, surplus): (Vec<Candidate>, f64)| {
        let chosen = worthwhile(&all, surplus);
        let of = |set: u32| -> f64 {
            let told = (0..all.len()).filter(|at| set & (1 << at) != 0).map(|at| all[at]);
            // What the relays land, block by block, less what they leak.
            told.map(|c| c.share * c.inclusion * surplus - c.defects * c.exposed).sum()
        };
        let ours = chosen.iter().fold(0, |set, at| set | 1 << at);
        let best = (0..1u32 << all.len()).map(of).fold(f64::MIN, f64::max);
        prop_assert!(of(ours) >= best - 1e-12);
        let told: Vec<Candidate> = chosen.iter().map(|at| all[*at]).collect();
        prop_assert!((worth(&told, surplus) - of(ours)).abs() < 1e-12);
        Ok(())
    });
}

#[test]
fn several_blocks_are_worth_the_sum_of_each() {
    let inputs = (0.0..=1.0, 0.0..=1.0, 0.0..5.0, 1u32..200);
    law(500, &inputs, |(lands, survives, gain, blocks): (f64, f64, f64, u32)| {
        let prize = Prize { surplus: gain, survives, blocks };
        // Landed in none of the blocks before, the chance still there, and landed now.
        let mut waiting = 1.0;
        let mut sum = 0.0;
        for _ in 0..blocks {
            sum += waiting * lands * gain;
            waiting *= survives * (1.0 - lands);
        }
        let found = prize.expected(lands, gain);
        prop_assert!((found - sum).abs() <= 1e-9 * sum.max(1.0), "{} {}", found, sum);
        Ok(())
    });
    let never = Prize { surplus: 1.0, survives: 1.0, blocks: 10 };
    assert!(never.expected(0.0, 1.0).abs() < 1e-12);
}

#[test]
fn alone_is_better_only_where_it_pays_for_what_is_missed() {
    let one = Candidate { share: 0.3, inclusion: 0.9, defects: 0.0, exposed: 0.0 };
    let all = [one, Candidate { share: 0.5, ..one }];
    let now = Prize { surplus: 1.0, survives: 0.0, blocks: 1 };
    assert_eq!(way(one, 0.0, &all, now), Way::Everybody);
    // One block: 0.27 (1 + r) against 0.72; the refund pays from r = 5/3 on.
    assert_eq!(way(one, 1.66, &all, now), Way::Everybody);
    assert_eq!(way(one, 1.67, &all, now), Way::Alone);
    // Who can wait loses nothing by being told to one alone.
    let patient = Prize { surplus: 1.0, survives: 1.0, blocks: 200 };
    assert_eq!(way(one, 0.01, &all, patient), Way::Alone);
    let leaky = all.map(|c| Candidate { defects: 1.0, exposed: 5.0, ..c });
    assert_eq!(way(leaky[0], 0.0, &leaky, now), Way::Nobody);
}

/// With nothing exposed the mempool is worth what it lands; with all of it, it is worth less than nothing.
#[test]
fn the_mempool_is_for_what_nobody_wants() {
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
    close(public(0.9, 1.0, 1.0, 0.0), 0.9);
    assert!(public(0.9, 1.0, 1.0, 2.0) < 0.0);
    close(private(0.5, 1.0, 1.0, 0.8), 0.9);
    close(private(1.0, 1.0, 1.0, 0.8), 1.0);
}
