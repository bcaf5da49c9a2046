//! What is left by a victim: the agent against the closed form of two pairs in a ring.

use tenor_solver::{
    amount::to_f64,
    mev::backrun::Path,
    venues::{Swap, Venue},
};

use super::kit::{CLOSE, attack, between, limit, off, pairs, product, rng, share};

const CASES: usize = 40;

/// Two pairs at one price until the victim trades in the first.
#[test]
fn what_a_victim_leaves_is_what_the_closed_form_says() {
    let mut rng = rng("backrun on two pairs");
    let (mut gains, mut worst, mut runs) = (0, 0.0_f64, 0);
    for _ in 0..CASES {
        let reserves = [0, 1].map(|_| rng.bits(64, 86));
        let depth = between(&mut rng, 0.2, 5.0);
        let fees = [0, 1].map(|_| rng.pick(&[1_000, 3_000, 3_000, 10_000]));
        let others = reserves.map(|reserve| share(reserve, depth));
        let seeds = [([0x11, 0x22], reserves, fees[0]), ([0x11, 0x22], others, fees[1])];
        let (world, venues) = pairs(&seeds);
        let from = usize::from(rng.chance(2));
        let amount = share(reserves[from], between(&mut rng, 1e-3, 0.3));
        let swap = Swap { from, to: 1 - from, amount };
        let min_out = limit(venues[0].quote(swap).unwrap().out, 0);
        let prices = [(venues[0].tokens()[from], 1.0)];
        let found = attack(&world, &[&venues[0], &venues[1]], swap, min_out, &prices);
        runs = runs.max(found.runs);

        let mut moved = venues[0].clone();
        moved.trade(swap).unwrap();
        // What the victim bought is bought in the other pair and sold where it became dear, or the
        // ring the other way round: where it starts, it starts with what the victim gave.
        let there = Path::of(&product(&venues[1], from, fees[1]));
        let real = there.then(&product(&moved, 1 - from, fees[0])).backrun();
        let what = format!("{reserves:?} {others:?} {fees:?} {swap:?}: {real:?} {found:?}");
        match &found.backrun {
            None => assert!(real.profit <= 1e-9 * to_f64(amount) + 8.0, "{what}"),
            Some(backrun) => {
                let differs = off(to_f64(backrun.taken), real.profit);
                assert!(differs < CLOSE, "{differs} off: {what}");
                assert_eq!(backrun.token, prices[0].0, "{what}");
                worst = worst.max(differs);
                gains += 1;
            }
        }
    }
    println!("{CASES} backruns, {gains} gain, at most {worst} off, {runs} runs with the sandwich");
    assert!(gains > CASES / 2, "{gains}");
}

/// Three pairs in a ring: the closed form composes.
#[test]
fn a_ring_of_three_pairs_is_found() {
    let mut rng = rng("backrun on three pairs");
    let mut gains = 0;
    for _ in 0..12 {
        let reserves = [0, 1].map(|_| rng.bits(70, 80));
        let deep = reserves.map(|reserve| share(reserve, 4.0));
        let seeds = [
            ([0x11, 0x22], reserves, 3_000),
            ([0x11, 0x33], [deep[0], deep[0]], 3_000),
            ([0x22, 0x33], [deep[1], deep[0]], 3_000),
        ];
        let (world, venues) = pairs(&seeds);
        let amount = share(reserves[0], between(&mut rng, 0.02, 0.3));
        let swap = Swap { from: 0, to: 1, amount };
        let min_out = limit(venues[0].quote(swap).unwrap().out, 0);
        let all: Vec<&dyn Venue> = venues.iter().map(|pair| pair as &dyn Venue).collect();
        let prices = [(venues[0].tokens()[0], 1.0)];
        let found = attack(&world, &all, swap, min_out, &prices).backrun;
        let mut moved = venues[0].clone();
        moved.trade(swap).unwrap();
        // 0x11 to 0x33 to 0x22 and back in the victim's pair.
        let path = Path::of(&product(&venues[1], 0, 3_000))
            .then(&product(&venues[2], 1, 3_000))
            .then(&product(&moved, 1, 3_000));
        let real = path.backrun();
        let Some(found) = found else {
            assert!(real.profit <= 1e-9 * to_f64(amount) + 8.0, "{real:?}");
            continue;
        };
        let differs = off(to_f64(found.taken), real.profit);
        assert!(differs < CLOSE, "{differs} off: {real:?} {found:?}");
        gains += 1;
    }
    assert!(gains > 6, "{gains}");
}
