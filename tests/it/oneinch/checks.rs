//! What is refused, each with its own code.

use alloy_primitives::{Address, Bytes, U256};
use tenor::{
    intents::oneinch::{
        self, Checked, Refusal, Rules,
        extension::Extension,
        order::Order,
        price::Taking,
        traits::{Half, MakerTraits, half},
        wire::Signed,
    },
    problems::Problem,
};
use tenor_solver::amount::WAD;

use super::kit::{Figures, extended, maker, plain, sign, signed};
use crate::world::rng::Rng;

const SETTLEMENT: Address = Address::repeat_byte(0x5e);
const TAKER: Address = Address::repeat_byte(0x7a);
const NOW: u32 = 1_716_479_543;

fn check(signed: &Signed) -> Result<Checked, Refusal> {
    oneinch::check(signed, &rules(TAKER, NOW.into()))
}

fn rules(taker: Address, now: u64) -> Rules<'static> {
    let by = Taking { taker, now, base_fee: 0 };
    Rules { chain_id: 1, settlements: &[SETTLEMENT], by, access: false, state: None }
}

fn order() -> Order {
    let tokens = [Address::repeat_byte(1), Address::repeat_byte(2)];
    let order = plain(&mut Rng::new(7), maker(), tokens);
    Order { makingAmount: WAD, takingAmount: WAD, ..order }
}

/// Signed after a change.
fn with(change: impl FnOnce(&mut Order)) -> Signed {
    let mut order = order();
    change(&mut order);
    signed(order, Bytes::new(), 1)
}

fn with_traits(change: impl FnOnce(&mut MakerTraits)) -> Signed {
    with(|order| {
        let mut traits = MakerTraits::from(order.makerTraits);
        change(&mut traits);
        order.makerTraits = traits.word();
    })
}

fn with_extension(extension: &Extension) -> Signed {
    let (order, bytes) = extended(&order(), extension);
    signed(order, bytes, 1)
}

fn figures() -> Figures {
    let mut figures = Figures::random(&mut Rng::new(3), NOW, WAD);
    (figures.turn, figures.resolvers) = (NOW, vec![(Address::repeat_byte(9), 30), (TAKER, 60)]);
    figures
}

/// A Fusion order whose payment goes to the settlement.
fn fusion(change: impl FnOnce(&mut Figures, &mut Order)) -> Signed {
    let (mut figures, mut order) = (figures(), Order { receiver: SETTLEMENT, ..order() });
    change(&mut figures, &mut order);
    let (order, bytes) = extended(&order, &figures.extension(SETTLEMENT));
    signed(order, bytes, 1)
}

fn problem(signed: &Signed) -> Problem {
    check(signed).unwrap_err().problem()
}

#[test]
fn an_order_as_it_should_be_is_filled() {
    let checked = check(&with(|_| {})).unwrap();
    assert_eq!((checked.remaining(), checked.hash()), (WAD, checked.order().hash(1)));
    let fill = oneinch::fill(&checked, None).unwrap();
    assert_eq!((fill.making, fill.taking), (WAD, WAD));
    let third = oneinch::fill(&checked, Some(WAD / U256::from(3))).unwrap();
    assert_eq!(third.taking, WAD / U256::from(3));
    // One more unit than divides is one more unit to pay.
    let order = with(|order| order.takingAmount = WAD + U256::ONE);
    let fill = oneinch::fill(&check(&order).unwrap(), Some(U256::ONE)).unwrap();
    assert_eq!(fill.taking, U256::from(2));
}

#[test]
fn what_was_signed_is_what_is_filled() {
    assert_eq!(problem(&with(|order| order.makingAmount = U256::ZERO)), Problem::ZeroAmount);
    assert_eq!(problem(&with(|order| order.takingAmount = U256::ZERO)), Problem::ZeroAmount);
    let same = with(|order| order.takerAsset = order.makerAsset);
    assert_eq!(problem(&same), Problem::Contradiction);
    let named = Signed { hash: Some(order().hash(100)), ..with(|_| {}) };
    assert_eq!(problem(&named), Problem::OrderHashMismatch);
    let other = Signed { signature: sign(order().hash(100)), ..with(|_| {}) };
    assert_eq!(problem(&other), Problem::WrongSigner);
    let short = Signed { signature: Bytes::from_static(&[1; 63]), ..with(|_| {}) };
    assert_eq!(problem(&short), Problem::SignerUnknown);
    let known = with(|order| order.maker = TAKER);
    assert_eq!(problem(&known), Problem::WrongSigner);
}

#[test]
fn a_compact_signature_is_the_same() {
    let full = with(|_| {});
    let mut compact = full.signature[..64].to_vec();
    compact[32] |= (full.signature[64] - 27) << 7;
    let compact = Signed { signature: compact.into(), ..full.clone() };
    let call = |signed: &Signed| oneinch::fill(&check(signed).unwrap(), None).unwrap().call;
    assert_eq!(call(&compact), call(&full));
}

#[test]
fn the_extension_is_what_the_salt_commits_to() {
    let (order, bytes) = extended(&order(), &figures().extension(SETTLEMENT));
    let missing = signed(order.clone(), Bytes::new(), 1);
    assert_eq!(problem(&missing), Problem::ExtensionMismatch);
    let mut other = bytes.to_vec();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(problem(&signed(order, other.into(), 1)), Problem::ExtensionMismatch);
    let unexpected = Signed { extension: bytes, ..with(|_| {}) };
    assert_eq!(problem(&unexpected), Problem::ExtensionMismatch);
}

#[test]
fn limits_of_the_maker_are_kept() {
    let private = with_traits(|traits| traits.allowed_sender = Half::repeat_byte(1));
    assert_eq!(problem(&private), Problem::PrivateOrder);
    check(&with_traits(|traits| traits.allowed_sender = half(TAKER))).unwrap();
    let past = with_traits(|traits| traits.expiration = u64::from(NOW) - 1);
    assert_eq!(problem(&past), Problem::Expired);
    check(&with_traits(|traits| traits.expiration = NOW.into())).unwrap();
    let epoch = with_traits(|traits| traits.checks_epoch = true);
    assert_eq!(problem(&epoch), Problem::EpochUnknown);
    let both = with_traits(|traits| (traits.checks_epoch, traits.multiple_fills) = (true, false));
    assert_eq!(problem(&both), Problem::Contradiction);
    let whole = check(&with_traits(|traits| traits.no_partial_fills = true)).unwrap();
    let part = oneinch::fill(&whole, Some(U256::ONE)).unwrap_err();
    assert_eq!(part.problem(), Problem::WholeOnly);
    let gone = Signed { remaining: Some(U256::ZERO), ..with(|_| {}) };
    assert_eq!(problem(&gone), Problem::OrderGone);
    let left = check(&Signed { remaining: Some(U256::from(5)), ..with(|_| {}) }).unwrap();
    let more = oneinch::fill(&left, Some(U256::from(6))).unwrap_err();
    assert_eq!(more.problem(), Problem::MoreThanLeft);
    let nothing = oneinch::fill(&left, Some(U256::ZERO)).unwrap_err();
    assert_eq!(nothing.problem(), Problem::ZeroAmount);
    let large = check(&with(|order| order.takingAmount = U256::MAX >> 60)).unwrap();
    let large = oneinch::fill(&large, None).unwrap_err();
    assert_eq!(large.problem(), Problem::AmountOverflow);
}

#[test]
fn what_is_not_understood_is_named() {
    let to = |target: Address| Bytes::from([target.as_slice(), &[1, 2, 3]].concat());
    let stranger = Address::repeat_byte(0x66);
    let none = Extension::default;
    let getter = Extension { making_amount: to(stranger), taking_amount: to(stranger), ..none() };
    let half_getter = Extension { taking_amount: to(stranger), ..none() };
    // The router's `or`.
    let or = Bytes::from_static(&[0x74, 0x26, 0x11, 0x45, 0, 0]);
    let predicate = Extension { predicate: or, ..none() };
    let post = Extension { post_interaction: to(stranger), ..none() };
    let proxy = Extension { maker_asset_suffix: Bytes::from_static(&[1]), ..none() };
    let named = stranger.to_string();
    for (extension, expected, name) in [
        (getter, Problem::UnknownGetter, named.as_str()),
        (half_getter, Problem::UnknownGetter, &named),
        (predicate, Problem::UnknownPredicate, "\"or\""),
        (post, Problem::UnknownInteraction, &named),
        (proxy, Problem::UnknownProxy, &order().makerAsset.to_string()),
    ] {
        let error = check(&with_extension(&extension)).unwrap_err();
        assert_eq!(error.problem(), expected, "{error}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let pre = with_traits(|traits| traits.pre_interaction = true);
    let error = check(&pre).unwrap_err();
    assert_eq!(error.problem(), Problem::UnknownInteraction);
    assert!(error.to_string().contains(&maker().to_string()), "{error}");
    let mut chained = figures().extension(SETTLEMENT);
    chained.post_interaction = [&chained.post_interaction[..], stranger.as_slice()].concat().into();
    let error = check(&with_extension(&chained)).unwrap_err();
    assert!(
        matches!(error, Refusal::UnknownInteraction { target, .. } if target == Some(stranger))
    );
    let mut behind = figures().extension(SETTLEMENT);
    behind.making_amount = [&behind.making_amount[..], stranger.as_slice()].concat().into();
    behind.taking_amount = behind.making_amount.clone();
    let error = check(&with_extension(&behind)).unwrap_err();
    assert!(matches!(error, Refusal::UnknownGetter(getter) if getter == stranger));
    let mut differ = figures().extension(SETTLEMENT);
    differ.making_amount = [&differ.making_amount[..], &[0]].concat().into();
    assert_eq!(problem(&with_extension(&differ)), Problem::ExtensionMalformed);
    let mut short = figures().extension(SETTLEMENT);
    short.post_interaction.truncate(60);
    assert_eq!(problem(&with_extension(&short)), Problem::ExtensionMalformed);
    let over = fusion(|figures, _| figures.surplus = 101);
    assert_eq!(problem(&over), Problem::ExtensionMalformed);
}

#[test]
fn resolvers_take_their_turn() {
    let order = fusion(|_, _| {});
    let at = |taker, now| oneinch::check(&order, &rules(taker, now)).map(|_| ());
    let now = u64::from(NOW);
    let first = Address::repeat_byte(9);
    assert!(matches!(at(first, now - 1), Err(Refusal::NotYetAllowed { from, .. }) if from == now));
    at(first, now).unwrap();
    // The first resolver's delay is what the second waits longer.
    assert!(
        matches!(at(TAKER, now + 29), Err(Refusal::NotYetAllowed { from, .. }) if from == now + 30)
    );
    at(TAKER, now + 30).unwrap();
    let stranger = Address::repeat_byte(0x66);
    let error = at(stranger, now + 1_000).unwrap_err();
    assert_eq!(error.problem(), Problem::NotAResolver);
    let with_token = |now| {
        let rules = Rules { access: true, ..rules(stranger, now) };
        oneinch::check(&order, &rules).map(|_| ())
    };
    assert!(
        matches!(with_token(now + 89), Err(Refusal::NotYetAllowed { from, .. }) if from == now + 90)
    );
    with_token(now + 90).unwrap();
}

#[test]
fn payments_that_the_settlement_refuses_are_refused() {
    let fill = |signed: &Signed| {
        let rules = rules(Address::repeat_byte(9), NOW.into());
        let checked = oneinch::check(signed, &rules).unwrap();
        oneinch::fill(&checked, None).unwrap_err().problem()
    };
    let low = fusion(|figures, order| figures.estimated = order.takingAmount - U256::ONE);
    assert_eq!(fill(&low), Problem::Contradiction);
    let unpaid = fusion(|figures, order| {
        (figures.rates, order.receiver) = ((100, 50, 100, 100), Address::ZERO);
    });
    assert_eq!(fill(&unpaid), Problem::FeesUnpaid);
}
