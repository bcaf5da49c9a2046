//! Laws and worked numbers of contracts that issue a token for an asset, on random figures and amounts.
//!
//! No package has the bytecode of Frax, Stader, Renzo, Origin, Dinero, Puffer or ether.fi's redemptions.
//! Their worked numbers have two derivations that share nothing: a port of each contract's own steps in
//! integers, and the maths in exact fractions, rounded where the sources round.

use alloy_primitives::{Address, U256, uint};
use proptest::prelude::{Strategy as _, any};
use tenor_solver::{
    amount::{WAD, mul_div},
    venues::{
        ActiveStake, Capacity, Credits, Dinero, Door, EigenLayer, Erc4626, Erc4626Figures, EtherFi,
        EtherFiFigures, FraxMinter, FraxQueue, InstantBuffer, Kelp, NATIVE, OriginVault, Pirex,
        QuoteError, RateRule, Redeeming, RedemptionFigures, Redemptions, Renzo, RenzoQueue,
        Reported, Stader, StaderQueue, StoredPrice, Strategy, Swap, Symbiotic, Ticket, Tvl, Venue,
        VenueId, Wait, WrappedOeth,
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

fn frax(free: U256) -> FraxMinter {
    let queue = FraxQueue::Known { matures_s: 1_296_000, fee_ppm: U256::from(2_000), free };
    FraxMinter::frax(id("frax"), A, B, open(), &queue)
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
            let _any = (0..tokens).map(|token| venue.redemption(token)).count();
        }
    }
}

fn out(venue: &dyn Venue, from: usize, to: usize, amount: U256) -> U256 {
    venue.quote(Swap { from, to, amount }).unwrap().out
}

const TOTALS: (U256, U256) =
    (uint!(337_512_981_004_519_223_877_421_U256), uint!(318_203_774_889_120_573_112_009_U256));

const AMOUNT: U256 = uint!(17_123_456_789_012_345_678_U256);

#[test]
fn two_derivations_agree_on_what_is_issued() {
    let kelp = StoredPrice { pool: A, price: uint!(1_047_123_456_789_012_345_U256), least: WAD };
    let kelp = Kelp::kelp(id("kelp"), B, kelp, Some(Capacity::Unlimited));
    let told = [
        out(&stader(TOTALS), 0, 1, AMOUNT),
        out(&renzo(TOTALS), 0, 1, AMOUNT),
        out(&dinero(TOTALS), 0, 1, AMOUNT),
        out(&woeth(TOTALS), 0, 1, AMOUNT),
        out(&woeth(TOTALS), 1, 0, AMOUNT),
        out(&kelp, 0, 1, AMOUNT),
    ];
    assert_eq!(told, ISSUED);
}

#[test]
fn two_derivations_agree_on_what_is_redeemed() {
    let told = [
        out(&renzo(TOTALS), 1, 0, AMOUNT),
        out(&dinero(TOTALS), 1, 0, AMOUNT),
        out(&puffer(TOTALS), 1, 0, AMOUNT),
        out(&apxeth(TOTALS), 1, 0, AMOUNT),
        out(&etherfi(TOTALS), 1, 0, AMOUNT),
        out(&etherfi(TOTALS), 2, 0, AMOUNT),
    ];
    assert_eq!(told, REDEEMED);
}

/// After a redemption the totals are those of both derivations too: the next one shows it.
#[test]
fn two_derivations_agree_on_the_redemption_after() {
    let after = |mut venue: Box<dyn Venue>, from: usize, to: usize| {
        let first = venue.trade(Swap { from, to, amount: AMOUNT * U256::from(3) }).unwrap().out;
        (first, out(&*venue, from, to, AMOUNT))
    };
    let told = [
        after(Box::new(renzo(TOTALS)), 1, 0),
        after(Box::new(dinero(TOTALS)), 1, 0),
        after(Box::new(puffer(TOTALS)), 1, 0),
        after(Box::new(apxeth(TOTALS)), 1, 0),
        after(Box::new(etherfi(TOTALS)), 1, 0),
        after(Box::new(etherfi(TOTALS)), 2, 0),
    ];
    assert_eq!(told, AFTER);
}

/// Stader, Renzo, Dinero, wOETH in and out, Kelp.
const ISSUED: [U256; 6] = [
    uint!(16_143_819_337_548_709_889_U256),
    uint!(16_143_819_337_548_709_889_U256),
    uint!(17_113_182_714_938_938_271_U256),
    uint!(16_143_819_337_548_709_889_U256),
    uint!(18_162_540_491_468_027_526_U256),
    uint!(16_352_853_790_059_442_772_U256),
];

/// Renzo, Dinero, Puffer, apxETH, eETH and weETH.
const REDEEMED: [U256; 6] = [
    uint!(18_122_582_902_386_797_866_U256),
    uint!(17_037_839_505_067_283_950_U256),
    uint!(17_980_915_086_553_347_250_U256),
    uint!(17_617_664_276_723_986_700_U256),
    uint!(17_072_086_418_645_308_640_U256),
    uint!(18_108_052_869_993_623_442_U256),
];

/// The same: three times the amount, and then the amount.
const AFTER: [(U256, U256); 6] = [
    (uint!(54_362_299_945_012_953_191_U256), uint!(18_120_766_648_337_651_063_U256)),
    (uint!(51_113_518_515_201_851_849_U256), uint!(17_037_839_505_067_283_950_U256)),
    (uint!(53_942_745_259_660_041_753_U256), uint!(17_980_942_667_735_877_840_U256)),
    (uint!(52_852_992_830_171_960_102_U256), uint!(17_617_749_615_630_062_208_U256)),
    (uint!(51_216_259_255_935_925_921_U256), uint!(17_072_086_418_645_308_639_U256)),
    (uint!(54_324_158_609_980_870_331_U256), uint!(18_108_060_764_281_944_300_U256)),
];

#[test]
fn bad_states_are_named() {
    let swap = Swap { from: 0, to: 1, amount: WAD };
    let back = Swap { from: 1, to: 0, amount: WAD };
    // Paused.
    let pirex = Pirex {
        pirex: A,
        deposit_fee: U256::ZERO,
        instant_fee: U256::ZERO,
        redemption_fee: U256::ZERO,
        buffer: WAD,
        buffer_part: U256::ZERO,
        supply: WAD,
    };
    let paused = Dinero::dinero(id("dinero"), B, pirex, Some(true));
    for swap in [swap, back] {
        assert_eq!(paused.quote(swap), Err(QuoteError::Paused(id("dinero"))));
    }
    let untold = Dinero::dinero(id("dinero"), B, pirex, None);
    assert!(matches!(untold.quote(swap), Err(QuoteError::Unknown { .. })));
    // A buffer that is short, to the wei.
    let open = Dinero::dinero(id("dinero"), B, pirex, Some(false));
    let beyond = Swap { amount: WAD + U256::ONE, ..back };
    assert!(open.quote(back).is_ok());
    assert!(matches!(open.quote(beyond), Err(QuoteError::Limit { limit: WAD, .. })));
    // Bounds of one deposit.
    let venue = stader(TOTALS);
    let little = venue.quote(Swap { amount: U256::from(99), ..swap });
    assert!(matches!(little, Err(QuoteError::BelowMinimum { .. })), "{little:?}");
    let much = venue.quote(Swap { amount: WAD * U256::from(10_000) + U256::ONE, ..swap });
    assert!(matches!(much, Err(QuoteError::Limit { .. })), "{much:?}");
    // Nothing behind what exists, and a rate of zero.
    let empty = Reported { manager: A, assets: U256::ZERO, shares: WAD };
    let empty = Stader::stader(id("stader"), B, empty, Door::up_to(Capacity::Unlimited), None);
    assert_eq!(empty.quote(swap), Err(QuoteError::Overflow(id("stader"))));
    let stored = StoredPrice { pool: A, price: U256::ZERO, least: U256::ZERO };
    let zero = Kelp::kelp(id("kelp"), B, stored, Some(Capacity::Unlimited));
    assert_eq!(zero.quote(swap), Err(QuoteError::Overflow(id("kelp"))));
}

#[test]
fn rseth_is_denied_and_says_why_and_how_to_allow_it() {
    let stored = StoredPrice { pool: A, price: WAD, least: U256::ZERO };
    let denied = Kelp::kelp(id("kelp"), B, stored, None);
    let refused = denied.quote(Swap { from: 0, to: 1, amount: WAD }).unwrap_err().to_string();
    for words in ["18 April 2026", "unbacked", "`allowed`"] {
        assert!(refused.contains(words), "{refused}");
    }
    assert_eq!(denied.gain(0, 1), None);
    assert!(matches!(denied.capacity(0, 1), Capacity::Unknown(_)));
}

/// Puffer lets nobody deposit and redeem in one transaction: the venue after a deposit refuses.
#[test]
fn nobody_deposits_and_redeems_pufeth_in_one_transaction() {
    let mut venue = puffer(TOTALS);
    let back = Swap { from: 1, to: 0, amount: WAD };
    assert!(venue.quote(back).is_ok());
    let shares = venue.trade(Swap { from: 0, to: 1, amount: WAD }).unwrap().out;
    let refused = venue.quote(Swap { amount: shares, ..back });
    assert_eq!(refused, Err(QuoteError::OneTransaction(id("vault"))));
    assert!(venue.quote(Swap { from: 0, to: 1, amount: WAD }).is_ok());
}

/// Each queue with its rule, its waits and what its ticket is.
#[test]
fn queues_are_what_their_contracts_make_them() {
    let strategy = Strategy { manager: A, strategy: B, balance: TOTALS.0, shares: TOTALS.1 };
    let active = ActiveStake { vault: B, stake: TOTALS.0, shares: TOTALS.1 };
    let two_weeks = Some(100_800);
    let all: [(Box<dyn Venue>, usize, RateRule, Ticket, Option<u64>, Option<u64>); 7] = [
        (
            Box::new(frax(WAD)),
            1,
            RateRule::FixedAtRequest,
            Ticket::Transferable,
            Some(1_296_000),
            Some(1_296_000),
        ),
        (
            Box::new(frax(U256::ZERO)),
            1,
            RateRule::FixedAtRequest,
            Ticket::Transferable,
            Some(1_296_000),
            None,
        ),
        (
            Box::new(stader(TOTALS)),
            1,
            RateRule::MinRequestSettle,
            Ticket::Bound,
            Some(7_200),
            Some(7_200),
        ),
        (
            Box::new(renzo(TOTALS)),
            1,
            RateRule::MinRequestSettle,
            Ticket::Bound,
            Some(259_200),
            Some(259_200),
        ),
        (
            Box::new(etherfi(TOTALS)),
            2,
            RateRule::MinRequestSettle,
            Ticket::Transferable,
            None,
            None,
        ),
        (
            Box::new(EigenLayer::eigenlayer(id("el"), A, strategy, open(), two_weeks)),
            1,
            RateRule::SlashableInQueue,
            Ticket::Bound,
            Some(1_209_600),
            Some(1_209_600),
        ),
        (
            Box::new(Symbiotic::symbiotic(id("sy"), A, active, open(), &Wait::Seconds(604_801))),
            1,
            RateRule::SlashableInQueue,
            Ticket::Bound,
            Some(604_801),
            Some(604_801),
        ),
    ];
    for (venue, token, rule, ticket, least, expected) in all {
        let [exit] = venue.exits(token).try_into().unwrap();
        assert_eq!((exit.rule, exit.ticket), (rule, ticket), "{}", exit.name);
        assert_eq!(exit.least_wait.seconds(), least, "{}", exit.name);
        assert_eq!(exit.expected_wait.seconds(), expected, "{}", exit.name);
        assert_eq!(exit.unknowns().is_empty(), expected.is_some(), "{:?}", exit.unknowns());
        assert!(exit.pays(WAD).is_some_and(|paid| !paid.is_zero()), "{}", exit.name);
    }
    // What there is to pay, and no more, is known to be paid after the wait.
    let [exit] = stader(TOTALS).exits(1).try_into().unwrap();
    let Capacity::Limited { amount, .. } = exit.capacity else { panic!("{exit:?}") };
    assert!(exit.pays(amount).unwrap() <= WAD * U256::from(2));
    assert!(exit.pays(amount + U256::ONE).unwrap() > WAD * U256::from(2));
    assert_eq!(frax(WAD).exits(1)[0].pays(WAD), Some(uint!(998_000_000_000_000_000_U256)));
    assert_eq!(NATIVE, frax(WAD).tokens()[0]);
}
