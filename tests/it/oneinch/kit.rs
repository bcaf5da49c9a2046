//! Orders at random, written out by hand, and their signatures.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use k256::ecdsa::SigningKey;
use tenor::intents::oneinch::{
    extension::Extension,
    order::Order,
    traits::{Half, MakerTraits, half},
    wire::Signed,
};

use crate::world::rng::Rng;

/// A key that only tests know.
pub(crate) fn key() -> SigningKey {
    SigningKey::from_slice(&[0x1c; 32]).unwrap()
}

/// Whose it is.
pub(crate) fn maker() -> Address {
    let point = key().verifying_key().to_encoded_point(false);
    Address::from_slice(&keccak256(&point.as_bytes()[1..])[12..])
}

/// r, s and v of the key.
pub(crate) fn sign(digest: B256) -> Bytes {
    crate::signed::sign(&key(), digest)
}

pub(crate) fn address(rng: &mut Rng) -> Address {
    Address::from_word(keccak256(rng.next().to_be_bytes()))
}

/// What a Fusion order's extension says, in figures.
#[derive(Debug, Clone)]
pub(crate) struct Figures {
    pub(crate) gas_bump: u32,
    pub(crate) gas_price: u32,
    pub(crate) start: u32,
    pub(crate) duration: u32,
    pub(crate) initial: u32,
    pub(crate) points: Vec<(u32, u16)>,
    /// Hundred thousandths, hundredths, hundred thousandths, hundredths.
    pub(crate) rates: (u16, u8, u16, u8),
    pub(crate) integrator: Address,
    pub(crate) protocol: Address,
    pub(crate) receiver: Option<Address>,
    pub(crate) turn: u32,
    pub(crate) resolvers: Vec<(Address, u16)>,
    pub(crate) estimated: U256,
    pub(crate) surplus: u8,
}

impl Figures {
    /// An auction that begins about now. Fees are whole basis points, which is all that 1inch's package
    /// knows.
    pub(crate) fn random(rng: &mut Rng, now: u32, taking: U256) -> Self {
        let small = |rng: &mut Rng, below: u64| u32::try_from(rng.below(below)).unwrap();
        let count = rng.below(5);
        let mut bumps: Vec<u32> = (0..=count).map(|_| small(rng, 1_000_000)).collect();
        if rng.chance(2) {
            bumps.sort_unstable_by(|a, b| b.cmp(a));
        }
        let (initial, rest) = bumps.split_first().unwrap();
        let delay = |rng: &mut Rng, below: u64| u16::try_from(rng.below(below)).unwrap();
        let points = rest.iter().map(|bump| (*bump, delay(rng, 90))).collect();
        let gas = rng.chance(2);
        let most = if rng.chance(4) { 1 } else { 30 };
        let (integrator_fee, resolver_fee) = (rng.below(most) * 10, rng.below(most) * 10);
        let whitelisted = if resolver_fee == 0 { 100 } else { rng.below(101) };
        let percent = |figure: u64| u8::try_from(figure).unwrap();
        let bps = |figure: u64| u16::try_from(figure).unwrap();
        let protocol = address(rng);
        Self {
            gas_bump: if gas { small(rng, 50_000) } else { 0 },
            gas_price: if gas { 1 + small(rng, 100_000) } else { 0 },
            start: now - small(rng, 300),
            duration: 1 + small(rng, 600),
            initial: *initial,
            points,
            rates: (
                bps(integrator_fee),
                if integrator_fee == 0 { 0 } else { percent(rng.below(101)) },
                bps(resolver_fee),
                percent(whitelisted),
            ),
            // The package writes nobody where there is no fee.
            integrator: if integrator_fee == 0 { Address::ZERO } else { address(rng) },
            protocol,
            receiver: rng.chance(2).then(|| address(rng)),
            turn: now - 400,
            resolvers: (0..1 + rng.below(4)).map(|_| (address(rng), delay(rng, 60))).collect(),
            estimated: if rng.chance(3) { U256::MAX } else { taking + rng.upto(taking) },
            surplus: percent(rng.below(101)),
        }
    }

    /// What getters are told, and the settlement.
    fn data(&self) -> (Vec<u8>, Vec<u8>) {
        let u24 = |figure: u32| figure.to_be_bytes()[1..].to_vec();
        let (integrator, share, resolver, whitelisted) = self.rates;
        let rates =
            [&integrator.to_be_bytes()[..], &[share], &resolver.to_be_bytes()[..], &[whitelisted]]
                .concat();
        let count = [u8::try_from(self.resolvers.len()).unwrap()];
        let mut getter = [
            u24(self.gas_bump),
            self.gas_price.to_be_bytes().to_vec(),
            self.start.to_be_bytes().to_vec(),
            u24(self.duration),
            u24(self.initial),
            vec![u8::try_from(self.points.len()).unwrap()],
        ]
        .concat();
        for (bump, delay) in &self.points {
            getter.extend([u24(*bump), delay.to_be_bytes().to_vec()].concat());
        }
        getter.extend([&rates[..], &count].concat());
        let mut settled = vec![u8::from(self.receiver.is_some())];
        settled.extend([self.integrator, self.protocol].concat());
        settled.extend(self.receiver.iter().flatten());
        settled.extend([&rates[..], &self.turn.to_be_bytes(), &count].concat());
        for (resolver, delay) in &self.resolvers {
            let half: Half = half(*resolver);
            getter.extend(half);
            settled.extend([&half[..], &delay.to_be_bytes()].concat());
        }
        settled.extend(self.estimated.to_be_bytes::<32>());
        settled.push(self.surplus);
        (getter, settled)
    }

    /// As the order's extension has it.
    pub(crate) fn extension(&self, settlement: Address) -> Extension {
        let (getter, settled) = self.data();
        let to = |data: &[u8]| Bytes::from([settlement.as_slice(), data].concat());
        Extension {
            making_amount: to(&getter),
            taking_amount: to(&getter),
            post_interaction: to(&settled),
            ..Extension::default()
        }
    }
}

/// An order between two tokens, without an extension.
pub(crate) fn plain(rng: &mut Rng, maker: Address, [given, wanted]: [Address; 2]) -> Order {
    let traits = MakerTraits { multiple_fills: true, ..MakerTraits::default() };
    Order {
        salt: rng.bits(1, 96),
        maker,
        receiver: if rng.chance(2) { Address::ZERO } else { address(rng) },
        makerAsset: given,
        takerAsset: wanted,
        makingAmount: rng.bits(2, 100),
        takingAmount: rng.bits(2, 100),
        makerTraits: traits.word(),
    }
}

/// The order with an extension that its salt commits to.
pub(crate) fn extended(order: &Order, extension: &Extension) -> (Order, Bytes) {
    let bytes = extension.encode();
    let mut traits = MakerTraits::from(order.makerTraits);
    traits.has_extension = true;
    traits.post_interaction = !extension.post_interaction.is_empty();
    let low = U256::MAX >> 96_usize;
    let hash = U256::from_be_bytes(keccak256(&bytes).0) & low;
    let salt = (order.salt << 160_usize) | hash;
    (Order { salt, makerTraits: traits.word(), ..order.clone() }, bytes)
}

/// The order as its maker hands it in.
pub(crate) fn signed(order: Order, extension: Bytes, chain: u64) -> Signed {
    let signature = sign(order.hash(chain));
    Signed { order, extension, signature, hash: None, remaining: None }
}
