//! Hashes, traits and amounts beside `@1inch/limit-order-sdk` and `@1inch/fusion-sdk`, over randomised
//! orders.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use alloy_primitives::{Address, U256};
use serde_json::{Value, json};
use tenor::intents::oneinch::{
    extension::Extension,
    fusion::Fusion,
    order::Order,
    price::{Price, Taking},
    traits::{Half, MakerTraits},
};

use super::kit::{Figures, address, extended, plain};
use crate::{node::anvil::installed, world::rng::Rng};

const CASES: usize = 400;
const SETTLEMENT: Address = Address::repeat_byte(0x5e);
const NOW: u32 = 1_716_479_543;

/// One order, and at what it is compared.
struct Case {
    order: Order,
    extension: Extension,
    price: Price,
    making: U256,
    taking: U256,
    by: Taking,
}

impl Case {
    fn random(rng: &mut Rng, fusion: bool) -> Self {
        let (maker, tokens) = (address(rng), [address(rng), address(rng)]);
        let order = plain(rng, maker, tokens);
        let making = rng.upto(order.makingAmount);
        let taking = rng.upto(order.takingAmount);
        let by = Taking {
            taker: address(rng),
            now: u64::from(NOW) + rng.below(400),
            base_fee: rng.below(80_000_000_000),
        };
        if !fusion {
            let order = Order { makerTraits: traits(rng).word(), ..order };
            let (extension, price) = (Extension::default(), Price::Linear);
            return Self { order, extension, price, making, taking, by };
        }
        let figures = Figures::random(rng, NOW, order.takingAmount);
        let listed = rng.pick(&figures.resolvers).0;
        let by = if rng.chance(2) { Taking { taker: listed, ..by } } else { by };
        let extension = figures.extension(SETTLEMENT);
        let (order, _) = extended(&Order { receiver: SETTLEMENT, ..order }, &extension);
        let traits = MakerTraits::from(order.makerTraits);
        let price = Price::of(&extension, &traits, &[SETTLEMENT]).unwrap();
        Self { order, extension, price, making, taking, by }
    }

    fn told(&self) -> Value {
        let order = &self.order;
        json!({
            "order": {
                "salt": order.salt.to_string(),
                "maker": order.maker,
                "receiver": order.receiver,
                "makerAsset": order.makerAsset,
                "takerAsset": order.takerAsset,
                "makingAmount": order.makingAmount.to_string(),
                "takingAmount": order.takingAmount.to_string(),
                "makerTraits": order.makerTraits.to_string(),
            },
            "extension": self.extension.encode(),
            "chain": 1,
            "making": self.making.to_string(),
            "taking": self.taking.to_string(),
            "taker": self.by.taker,
            "time": self.by.now,
            "baseFee": self.by.base_fee,
            "fusion": self.fusion().is_some(),
        })
    }

    fn fusion(&self) -> Option<&Fusion> {
        match &self.price {
            Price::Linear => None,
            Price::Fusion(fusion) => Some(fusion),
        }
    }
}

/// Every flag but that of an extension, and every field.
fn traits(rng: &mut Rng) -> MakerTraits {
    let private = rng.chance(2);
    MakerTraits {
        no_partial_fills: rng.chance(2),
        multiple_fills: rng.chance(2),
        pre_interaction: rng.chance(2),
        post_interaction: rng.chance(2),
        checks_epoch: rng.chance(2),
        has_extension: false,
        permit2: rng.chance(2),
        unwraps: rng.chance(2),
        allowed_sender: if private {
            Half::repeat_byte(1 + rng.next().to_be_bytes()[0] / 2)
        } else {
            Half::ZERO
        },
        expiration: rng.below(1 << 40),
        nonce_or_epoch: rng.below(1 << 40),
        series: rng.below(1 << 40),
        unnamed: U256::ZERO,
    }
}

fn sdk(cases: &[Case]) -> Vec<Value> {
    let mut node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/oneinch/sdk.mjs"))
        .arg(installed())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs");
    let input: Vec<Value> = cases.iter().map(Case::told).collect();
    let mut stdin = node.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(&serde_json::to_vec(&input).unwrap()));
    let output = node.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn hashes_traits_and_amounts_are_the_packages() {
    let seed = Rng::seed();
    println!("1inch packages: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let cases: Vec<Case> = (0..CASES).map(|n| Case::random(&mut rng, n % 2 == 1)).collect();
    let theirs = sdk(&cases);
    assert_eq!(theirs.len(), cases.len());
    let (mut bumped, mut listed, mut surplus) = (0, 0, 0);
    for (nth, (case, told)) in cases.iter().zip(&theirs).enumerate() {
        the_order(case, told, nth);
        let number = |name: &str| told[name].as_str().unwrap().parse::<U256>().unwrap();
        let taking = case.price.taking(&case.order, case.making, &case.by).unwrap();
        assert_eq!(taking, number("taking"), "order {nth}");
        let making = case.price.making(&case.order, case.taking, &case.by).unwrap();
        assert_eq!(making, number("making"), "order {nth}");
        let Some(fusion) = case.fusion() else { continue };
        let bump = fusion.auction.bump(case.by.now, case.by.base_fee);
        assert_eq!(Some(bump), told["bump"].as_u64(), "order {nth}");
        assert_eq!(told["rebuilt"], case.extension.encode().to_string(), "order {nth}");
        let settled = fusion.settled.as_ref().unwrap();
        let named = settled.turn(case.by.taker).0;
        assert_eq!(Some(named), told["listed"].as_bool(), "order {nth}");
        (bumped, listed) = (bumped + usize::from(bump > 0), listed + usize::from(named));
        let payout = fusion.payout(&case.order, (case.making, taking), case.by.taker).unwrap();
        assert_eq!(payout.amount + payout.integrator + payout.protocol, taking);
        let rates = fusion.rates;
        // The package adds the fees after the auction and the contract before, so that its fees may
        // differ by what that rounds; without fees nothing does. The contract's own code is compared
        // exactly in `bytecode/oneinch.rs`.
        for (ours, name) in [
            (payout.amount, "user"),
            (payout.integrator, "integrator"),
            (payout.protocol, "protocol"),
        ] {
            let apart = ours.abs_diff(number(name));
            let rounded = if (rates.integrator, rates.resolver) == (0, 0) { 0 } else { 3 };
            assert!(apart <= U256::from(rounded), "order {nth}: {name} {ours} {}", told[name]);
        }
        surplus += usize::from(settled.surplus > 0 && settled.estimated < U256::MAX);
    }
    println!(
        "{CASES} orders, {bumped} with a bump, {listed} by named resolvers, {surplus} with a share"
    );
    assert!(bumped > CASES / 10 && listed > CASES / 10 && surplus > CASES / 10);
}

fn the_order(case: &Case, told: &Value, nth: usize) {
    assert_eq!(told["hash"], case.order.hash(1).to_string(), "order {nth}");
    assert_eq!(told["extension"], case.extension.encode().to_string(), "order {nth}");
    let traits = MakerTraits::from(case.order.makerTraits);
    let flags = [
        traits.no_partial_fills,
        traits.multiple_fills,
        traits.pre_interaction,
        traits.post_interaction,
        traits.checks_epoch,
        traits.has_extension,
        traits.permit2,
        traits.unwraps,
        traits.uses_bit(),
    ];
    assert_eq!(told["flags"], json!(flags), "order {nth}");
    let fields = [traits.nonce_or_epoch, traits.series].map(|field| json!(field.to_string()));
    assert_eq!([&told["nonce"], &told["series"]], [&fields[0], &fields[1]], "order {nth}");
    let expiration = (traits.expiration > 0).then(|| traits.expiration.to_string());
    assert_eq!(told["expiration"], json!(expiration), "order {nth}");
    let sender = told["sender"].as_str().map(|sender| sender.trim_start_matches("0x").to_owned());
    let own = (!traits.allowed_sender.is_zero())
        .then(|| alloy_primitives::hex::encode(traits.allowed_sender));
    assert_eq!(sender, own, "order {nth}");
}
