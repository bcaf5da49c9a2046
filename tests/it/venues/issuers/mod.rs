//! Laws of contracts that issue a token for an asset, on random figures and amounts.

mod numbers;
mod queues;
mod states;

use alloy_primitives::{Address, U256, uint};
use proptest::prelude::{Strategy as _, any};
use tenor_solver::{
    amount::{WAD, mul_div},
    venues::{
        ActiveStake, Capacity, Credits, Dinero, Door, EigenLayer, Erc4626, Erc4626Figures, EtherFi,
        EtherFiFigures, FraxMinter, FraxQueue, InstantBuffer, Kelp, OriginVault, Pirex, Redeeming,
        RedemptionFigures, Redemptions, Renzo, RenzoQueue, Reported, Stader, StaderQueue,
        StoredPrice, Strategy, Swap, Symbiotic, Tvl, Venue, VenueId, Wait, WrappedOeth,
    },
};

use super::{
    CASES,
    laws::{Direction, check},
};
use crate::law::law;

const A: Address = Address::repeat_byte(0xa);
const B: Address = Address::repeat_byte(0xb);
const C: Address = Address::repeat_byte(0xc);

fn id(name: &str) -> VenueId {
    VenueId::new(name)
}

fn open() -> Door {
    Door::up_to(Capacity::Unlimited)
}

/// Shares of a real size and the assets behind them, at a rate between 1 and 2.
fn totals() -> impl proptest::strategy::Strategy<Value = (U256, U256)> {
    (10u64..10_000_000, any::<u64>(), any::<u64>()).prop_map(|(whole, dust, rate)| {
        let shares = U256::from(whole) * WAD + U256::from(dust);
        let grown = mul_div(shares, U256::from(rate), U256::from(u64::MAX)).unwrap();
        (shares + grown, shares)
    })
}

fn amount() -> impl proptest::strategy::Strategy<Value = U256> {
    (1usize..=90, any::<u128>())
        .prop_map(|(bits, random)| U256::from(random) % (U256::ONE << bits) + U256::ONE)
}

fn stader((assets, shares): (U256, U256)) -> Stader {
    let queue = StaderQueue {
        bounds: [WAD / U256::from(10_000), WAD * U256::from(10_000)],
        delay_blocks: 600,
        owed: WAD,
        held: WAD * U256::from(3),
    };
    let deposits = Door::Open {
        least: U256::from(100),
        most: Some(WAD * U256::from(10_000)),
        capacity: Capacity::Unlimited,
    };
    Stader::stader(id("stader"), B, Reported { manager: A, assets, shares }, deposits, Some(queue))
}

fn renzo((value, supply): (U256, U256)) -> Renzo {
    let buffer = InstantBuffer {
        withdrawer: C,
        target: value / U256::from(50),
        available: value / U256::from(60),
        floor: value / U256::from(500),
        least_fee_bps: U256::from(5),
        most_fee_bps: U256::from(100),
    };
    let queue = RenzoQueue { cooldown_s: 259_200, available: value / U256::from(60) };
    let tvl = Tvl { manager: A, value, supply, instant: Some(buffer) };
    Renzo::renzo(id("renzo"), B, tvl, open(), Some(queue), "")
}

fn dinero((assets, shares): (U256, U256)) -> Dinero {
    let pirex = Pirex {
        pirex: A,
        deposit_fee: U256::from(600),
        instant_fee: U256::from(5_000),
        redemption_fee: U256::from(300),
        buffer: (assets - shares) + WAD,
        buffer_part: U256::from(100_000),
        supply: shares,
    };
    Dinero::dinero(id("dinero"), B, pirex, Some(false))
}

fn woeth((assets, shares): (U256, U256)) -> WrappedOeth {
    let adjuster = uint!(1_000_000_000_000_000_000_000_000_000_U256);
    let per_token = mul_div(shares, adjuster, assets).unwrap();
    let credits = Credits { vault: B, per_token, adjuster };
    WrappedOeth::wrapped(id("woeth"), A, credits, [open(), open()])
}

fn vault((assets, shares): (U256, U256), redeeming: Redeeming, virtual_shares: u64) -> Erc4626 {
    let figures = Erc4626Figures {
        asset: A,
        vault: B,
        takes_eth: false,
        stored_assets: assets,
        total_supply: shares,
        virtual_shares: U256::from(virtual_shares),
        cycle: None,
        timestamp: 0,
        deposit_limit: Capacity::Unlimited,
        redeem_limit: Some(Capacity::Limited {
            amount: shares,
            what: "shares in existence",
            refill_per_block: None,
        }),
    };
    Erc4626::new(id("vault"), figures).leaving(redeeming, Vec::new())
}

fn puffer(totals: (U256, U256)) -> Erc4626 {
    let redeeming = Redeeming {
        of: U256::from(10_000),
        kept: U256::from(95),
        leaving: U256::from(5),
        liquid: Some(totals.0 / U256::from(20)),
        apart: true,
    };
    vault(totals, redeeming, 1)
}

fn apxeth(totals: (U256, U256)) -> Erc4626 {
    let (of, kept) = (U256::from(1_000_000), U256::from(30_000));
    vault(totals, Redeeming { of, kept, ..Redeeming::PLAIN }, 0)
}

fn etherfi((assets, shares): (U256, U256)) -> EtherFi {
    let figures = EtherFiFigures {
        liquidity_pool: C,
        eeth: A,
        weeth: B,
        total_pooled_ether: assets,
        total_shares: shares,
        deposit_capacity: Capacity::Unlimited,
    };
    let redemptions = RedemptionFigures {
        manager: C,
        fee_bps: U256::from(30),
        treasury_bps: U256::from(1_000),
        watermark_bps: U256::from(100),
        liquid: assets / U256::from(20),
        bucket: U256::from(2_000_000_000_u64),
        burnable_gwei: Some(U256::from(1_500_000_000_000_u64)),
    };
    let bounds = [Some(WAD / U256::from(100)), Some(WAD * U256::from(1_000))];
    EtherFi::new(id("etherfi"), figures).leaving(Redemptions::Open(redemptions), bounds)
}

/// Every direction, with the units out that its roundings can cost, and by how much floats may miss.
fn directions(totals: (U256, U256)) -> Vec<(Box<dyn Venue>, usize, usize, U256)> {
    let few = U256::from(3);
    let (balance, shares) = totals;
    let strategy = Strategy { manager: A, strategy: B, balance, shares };
    let active = ActiveStake { vault: B, stake: balance, shares };
    let wait = Wait::Seconds(1);
    let queue = FraxQueue::Unknown("its length".into());
    // The fee of a redemption from Renzo's buffer grows by whole basis points of what is taken.
    let step = balance / U256::from(60) / U256::from(10_000) + few;
    vec![
        (Box::new(FraxMinter::frax(id("frax"), A, B, open(), &queue)), 0, 1, few),
        (Box::new(stader(totals)), 0, 1, few),
        (Box::new(renzo(totals)), 0, 1, few),
        (Box::new(renzo(totals)), 1, 0, step),
        (Box::new(OriginVault::origin(id("origin"), A, [A, B], open(), None)), 0, 1, few),
        (Box::new(woeth(totals)), 0, 1, few),
        (Box::new(woeth(totals)), 1, 0, few),
        (Box::new(dinero(totals)), 0, 1, few),
        (Box::new(dinero(totals)), 1, 0, few),
        (Box::new(EigenLayer::eigenlayer(id("el"), A, strategy, open(), None)), 0, 1, few),
        (Box::new(Symbiotic::symbiotic(id("sy"), A, active, open(), &wait)), 0, 1, few),
        (Box::new(puffer(totals)), 0, 1, few),
        (Box::new(puffer(totals)), 1, 0, few),
        (Box::new(apxeth(totals)), 1, 0, few),
        (Box::new(etherfi(totals)), 1, 0, few),
        (Box::new(etherfi(totals)), 2, 0, few),
    ]
}

#[test]
fn issuers_keep_the_laws_of_venues() {
    law(CASES, &(totals(), amount(), amount()), |(totals, a, b)| {
        for (venue, from, to, rounding) in directions(totals) {
            let steps = rounding > U256::from(3);
            // A fee that grows in steps makes more in a little less out: only its bound is a law.
            if steps {
                let out = venue.quote(Swap { from, to, amount: a }).map_or(U256::ZERO, |q| q.out);
                let gain = venue.gain(from, to).unwrap().out(tenor_solver::amount::to_f64(a));
                let bound = gain * (1.0 + 1e-12) + 1.0;
                proptest::prop_assert!(tenor_solver::amount::to_f64(out) <= bound, "{a}");
                continue;
            }
            let fee_kept_ppm = if venue.id().as_str() == "frax" { 0 } else { 31_000 };
            let venue = &*venue;
            check(Direction { venue, from, to, rounding, fee_kept_ppm, float_floor: 1.0 }, a, b)?;
        }
        Ok(())
    });
}

/// A quote is what the trade then returns, a refused trade changes nothing, and the venue after a trade
/// refuses or quotes without a fault.
#[test]
fn trades_return_their_quotes() {
    law(CASES, &(totals(), amount()), |(totals, a)| {
        for (mut venue, from, to, _) in directions(totals) {
            let before = format!("{venue:?}");
            let quote = venue.quote(Swap { from, to, amount: a });
            let refused = quote.is_err();
            proptest::prop_assert_eq!(venue.trade(Swap { from, to, amount: a }), quote);
            proptest::prop_assert!(!refused || format!("{venue:?}") == before, "{}", venue.id());
            let _after = venue.quote(Swap { from, to, amount: a });
        }
        Ok(())
    });
}

/// Nothing panics, whatever the figures: zero totals, all of 256 bits, amounts of any size.
#[test]
fn extremes_are_refused_or_quoted() {
    let ends = [U256::ZERO, U256::ONE, WAD, U256::from(u128::MAX), U256::MAX];
    for (assets, shares) in ends.into_iter().flat_map(|a| ends.map(|s| (a, s))) {
        let strategy = Strategy { manager: A, strategy: B, balance: assets, shares };
        let active = ActiveStake { vault: B, stake: assets, shares };
        let stored = StoredPrice { pool: A, price: assets, least: U256::ZERO };
        let venues: [Box<dyn Venue>; 8] = [
            Box::new(stader((assets, shares))),
            Box::new(renzo((assets, shares))),
            Box::new(puffer((assets, shares))),
            Box::new(apxeth((assets, shares))),
            Box::new(etherfi((assets, shares))),
            Box::new(EigenLayer::eigenlayer(id("el"), A, strategy, open(), Some(u64::MAX))),
            Box::new(Symbiotic::symbiotic(id("sy"), A, active, open(), &Wait::Seconds(1))),
            Box::new(Kelp::kelp(id("kelp"), B, stored, Some(Capacity::Unlimited))),
        ];
        for venue in venues {
            let tokens = venue.tokens().len();
            for (from, to) in (0..tokens).flat_map(|from| (0..tokens).map(move |to| (from, to))) {
                for amount in ends {
                    let _any = venue.boxed().trade(Swap { from, to, amount });
                }
                let _any = (venue.gain(from, to), venue.capacity(from, to), venue.exits(from));
            }
            for token in 0..tokens {
                let _any = venue.redemption(token);
            }
        }
    }
}
