//! Worked numbers. No package has the bytecode of Stader, Renzo, Origin, Dinero, Puffer, Kelp or ether.fi's
//! redemptions: these have two derivations that share nothing, a port of each contract's own steps in
//! integers, and the maths in exact fractions, rounded where the sources round.

use alloy_primitives::{U256, uint};
use tenor_solver::{
    amount::WAD,
    venues::{Capacity, Kelp, StoredPrice, Swap, Venue},
};

use super::{A, B, apxeth, dinero, etherfi, id, puffer, renzo, stader, woeth};

fn out(venue: &dyn Venue, from: usize, to: usize, amount: U256) -> U256 {
    venue.quote(Swap { from, to, amount }).unwrap().out
}

pub(super) const TOTALS: (U256, U256) =
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
