//! Aave v3: balances are rounded together, so the scaled balance is what is counted.

use alloy_primitives::U256;
use tenor_simulations::{Expected, Script, SimulationError, compare as confirm, simulate};
use tenor_solver::{
    amount::RAY,
    venues::{
        AaveFigures, AaveV3, Capacity, QuoteError, Rebase, Rounding, Swap, Trade, Venue, VenueId,
    },
};

use super::{ALICE, at, builder, rng::Rng, trial::trades};

const ASSET: usize = 0;

fn reserve(rng: &mut Rng) -> AaveFigures {
    let available = rng.bits(1, 90);
    let cap =
        Capacity::Limited { amount: rng.bits(1, 90), what: "supply cap", refill_per_block: None };
    AaveFigures {
        id: VenueId::new("aave_v3:A"),
        pool: at(0x44),
        underlying: at(0x11),
        a_token: at(0x22),
        liquidity_index: RAY + rng.bits(60, 92),
        rounding: Rounding::HalfUp,
        unbacked: U256::ZERO,
        curve: None,
        total_debt: rng.chance(2).then(|| rng.bits(1, 90)),
        available,
        supply_cap: if rng.chance(2) {
            cap
        } else {
            Capacity::Unknown("not in the figures".into())
        },
    }
}

/// One trade of an account that may hold some of the aToken already.
#[test]
fn aave_agrees() {
    let seed = Rng::seed();
    println!("aave: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut agreed, mut refused) = (0, 0);
    while agreed < trades() {
        match one(&mut rng) {
            true => agreed += 1,
            false => refused += 1,
        }
    }
    println!("aave: {agreed} trades agree, {refused} are refused by both");
}

fn one(rng: &mut Rng) -> bool {
    let figures = reserve(rng);
    let mut builder = builder();
    builder.token(figures.underlying, 18).unwrap();
    builder.reserve(&figures, 18).unwrap();
    let (world, venue) = (builder.build(), AaveV3::new(figures.clone()));

    let from = usize::from(rng.chance(2));
    let amount = match venue.capacity(from, 1 - from) {
        Capacity::Limited { amount, .. } if rng.chance(3) => amount + U256::from(rng.below(2)),
        Capacity::Limited { amount, .. } => rng.upto(amount + amount / U256::from(8)),
        _ => rng.bits(1, 90),
    };
    let swap = Swap { from, to: 1 - from, amount };
    let tokens = [figures.underlying, figures.a_token];
    let index = Rebase::indexed(figures.liquidity_index);
    // A withdrawal needs its amount; before a deposit there may be nothing.
    let held = [
        amount,
        if from == ASSET && rng.chance(2) {
            U256::ZERO
        } else {
            index.fewest_shares(amount + rng.bits(1, 40)).unwrap()
        },
    ];
    let trade = Trade { swap, min_out: U256::ZERO, recipient: ALICE, deadline: 0 };
    let encoded = venue.encode(&trade);
    let script = Script {
        account: ALICE,
        holdings: tokens.into_iter().zip(held).collect(),
        approvals: encoded.approval.into_iter().collect(),
        calls: encoded.calls,
        watch: tokens.to_vec(),
    };
    let result = simulate(&world, &script);
    let quote = match venue.quote(swap) {
        Ok(quote) => quote,
        Err(QuoteError::ZeroAmount) => return false,
        Err(error) => {
            let reverted = matches!(result, Err(SimulationError::Reverted { .. }));
            assert!(reverted, "{error}, and the contract says {result:?}: {venue:?} {swap:?}");
            return false;
        }
    };
    let report = result.unwrap_or_else(|error| panic!("{error}: {venue:?} {swap:?}"));
    let moved = index.shares_of(amount).unwrap();
    let (stored, left) = if from == ASSET {
        assert_eq!(quote.shares, Some(moved));
        (held[1] + moved, U256::ZERO)
    } else {
        (held[1] - moved, held[0] + quote.out)
    };
    let expected = [
        Expected::units(tokens[0], left),
        Expected { token: tokens[1], balance: index.balance(stored).unwrap(), stored },
    ];
    confirm(&expected, &report).unwrap_or_else(|error| panic!("{error}: {venue:?} {swap:?}"));
    true
}
