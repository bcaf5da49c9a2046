//! Random orders, signed and cosigned.

use alloy_primitives::{Address, B256, Bytes, I256, U256, address};
use k256::ecdsa::SigningKey;
use tenor::intents::uniswapx::{
    Kind, Moment, Order, Reactors,
    abi::{
        DutchInput, DutchOutput, DutchSent, NonlinearDutchDecay, OrderInfo, PriorityCosigned,
        PriorityInput, PriorityOutput, PrioritySent, V2Cosigned, V2Sent, V3Cosigned, V3DutchInput,
        V3DutchOutput, V3Sent,
    },
};

use crate::{
    signed::{account, sign},
    world::rng::Rng,
};

pub(super) const KINDS: [Kind; 4] = [Kind::Dutch, Kind::V2, Kind::V3, Kind::Priority];

/// Mainnet's, and a reactor of priority orders, which mainnet lacks.
pub(super) const REACTORS: Reactors = Reactors {
    priority: Some(address!("000000001Ec5656dcdB24D90DFa42742738De729")),
    ..Reactors::of_chain(1)
};

/// Who fills, in the eyes of a reactor.
pub(super) const FILLER: Address = address!("f1113e0000000000000000000000000000000001");

/// Somebody else.
pub(super) const STRANGER: Address = address!("57a4a0000000000000000000000000000000000a");

pub(super) fn swapper() -> SigningKey {
    SigningKey::from_slice(&[0x51; 32]).unwrap()
}

pub(super) fn cosigner() -> SigningKey {
    SigningKey::from_slice(&[0xc0; 32]).unwrap()
}

/// When and with what orders are made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    pub(super) sold: Address,
    pub(super) bought: Address,
    pub(super) now: u64,
    pub(super) block: u64,
    pub(super) base_fee: u64,
}

impl Setting {
    pub(super) const fn moment(&self) -> Moment {
        Moment {
            chain_id: 1,
            timestamp: self.now,
            block: self.block,
            base_fee: U256::from_limbs([self.base_fee, 0, 0, 0]),
            priority_fee: U256::ZERO,
            filler: FILLER,
        }
    }
}

/// The reactor of a kind.
pub(super) fn reactor(kind: Kind) -> Address {
    let Reactors { dutch, v2, v3, priority } = REACTORS;
    match kind {
        Kind::Dutch => dutch,
        Kind::V2 => v2,
        Kind::V3 => v3,
        Kind::Priority => priority,
    }
    .unwrap()
}

/// An order that nothing is wrong with, cosigned where it must be.
pub(super) fn order(rng: &mut Rng, kind: Kind, setting: &Setting) -> Order {
    let order = match kind {
        Kind::Dutch => Order::Dutch(Box::new(dutch(rng, setting))),
        Kind::V2 => Order::V2(Box::new(v2(rng, setting))),
        Kind::V3 => Order::V3(Box::new(v3(rng, setting))),
        Kind::Priority => Order::Priority(Box::new(priority(rng, setting))),
    };
    cosigned(order)
}

/// The same, cosigned.
pub(super) fn cosigned(mut order: Order) -> Order {
    let Some(digest) = order.cosigner_digest(1) else { return order };
    let signature = sign(&cosigner(), digest);
    match &mut order {
        Order::Dutch(_) => {}
        Order::V2(order) => order.cosignature = signature,
        Order::V3(order) => order.cosignature = signature,
        Order::Priority(order) => order.cosignature = signature,
    }
    order
}

/// The swapper's signature.
pub(super) fn signature(order: &Order) -> Bytes {
    sign(&swapper(), order.digest(1))
}

fn info(rng: &mut Rng, kind: Kind, setting: &Setting) -> OrderInfo {
    let length = rng.below(70);
    let data: Vec<u8> = (0..length).map(|_| rng.next().to_le_bytes()[0]).collect();
    OrderInfo {
        reactor: reactor(kind),
        swapper: account(&swapper()),
        nonce: rng.bits(1, 256),
        deadline: U256::from(setting.now + 2_000 + rng.below(100_000)),
        additionalValidationContract: Address::ZERO,
        additionalValidationData: data.into(),
    }
}

/// Nobody, the one who fills, or another.
fn exclusive(rng: &mut Rng) -> Address {
    rng.pick(&[Address::ZERO, FILLER, STRANGER])
}

fn override_bps(rng: &mut Rng) -> U256 {
    if rng.chance(3) { U256::ZERO } else { U256::from(1 + rng.below(3_000)) }
}

fn recipient(rng: &mut Rng) -> Address {
    Address::from_word(B256::from(rng.bits(100, 160)))
}

/// An amount and a lower one, the same now and then.
fn falling(rng: &mut Rng) -> (U256, U256) {
    let high = rng.bits(1, 110);
    (high, if rng.chance(4) { high } else { rng.upto(high) })
}

fn dutch_output(rng: &mut Rng, token: Address, falls: bool) -> DutchOutput {
    let (start, end) = falling(rng);
    let recipient = recipient(rng);
    let end = if falls { end } else { start };
    DutchOutput { token, startAmount: start, endAmount: end, recipient }
}

/// Input and outputs of which only one side decays.
fn dutch_sides(rng: &mut Rng, setting: &Setting) -> (DutchInput, Vec<DutchOutput>) {
    let falls = rng.chance(2);
    let (most, start) = falling(rng);
    let start = if falls { most } else { start };
    let input = DutchInput { token: setting.sold, startAmount: start, endAmount: most };
    let count = rng.below(4);
    (input, (0..count).map(|_| dutch_output(rng, setting.bought, falls)).collect())
}

/// Around now, so that all of before, between and after are met.
fn times(rng: &mut Rng, setting: &Setting) -> (U256, U256) {
    let start = setting.now - 500 + rng.below(1_000);
    (U256::from(start), U256::from(start + 1 + rng.below(900)))
}

fn dutch(rng: &mut Rng, setting: &Setting) -> DutchSent {
    let info = info(rng, Kind::Dutch, setting);
    let (input, outputs) = dutch_sides(rng, setting);
    let (start, end) = times(rng, setting);
    DutchSent {
        info,
        decayStartTime: start,
        decayEndTime: end,
        exclusiveFiller: exclusive(rng),
        exclusivityOverrideBps: override_bps(rng),
        input,
        outputs,
    }
}

/// Sometimes a better amount, and otherwise none.
fn better(rng: &mut Rng, amount: U256, lower: bool) -> U256 {
    match (rng.chance(2), lower) {
        (true, _) => U256::ZERO,
        (false, true) => rng.upto(amount),
        (false, false) => amount + rng.upto(amount),
    }
}

fn v2(rng: &mut Rng, setting: &Setting) -> V2Sent {
    let info = info(rng, Kind::V2, setting);
    let (input, outputs) = dutch_sides(rng, setting);
    let (start, end) = times(rng, setting);
    let firsts: Vec<U256> = outputs.iter().map(|output| output.startAmount).collect();
    V2Sent {
        info,
        cosigner: account(&cosigner()),
        cosignerData: V2Cosigned {
            decayStartTime: start,
            decayEndTime: end,
            exclusiveFiller: exclusive(rng),
            exclusivityOverrideBps: override_bps(rng),
            inputAmount: better(rng, input.startAmount, true),
            outputAmounts: firsts.iter().map(|first| better(rng, *first, false)).collect(),
        },
        baseInput: input,
        baseOutputs: outputs,
        cosignature: Bytes::new(),
    }
}

/// Points of a curve; amounts of any sign, none larger than `most`.
fn curve(rng: &mut Rng, most: U256, points: u64) -> NonlinearDutchDecay {
    let (mut blocks, mut block) = (U256::ZERO, 0_u64);
    let mut amounts = Vec::new();
    for at in 0..points {
        block += 1 + rng.below(200);
        blocks |= U256::from(block) << (16 * usize::try_from(at).unwrap());
        let size = rng.upto(most);
        amounts.push(rng.sign(size));
    }
    NonlinearDutchDecay { relativeBlocks: blocks, relativeAmounts: amounts }
}

fn v3(rng: &mut Rng, setting: &Setting) -> V3Sent {
    let info = info(rng, Kind::V3, setting);
    let adjusts = rng.chance(2);
    let adjustment = |rng: &mut Rng| if adjusts { rng.bits(1, 90) } else { U256::ZERO };
    let start = rng.bits(40, 110);
    let points = rng.below(17);
    let base_input = V3DutchInput {
        token: setting.sold,
        startAmount: start,
        curve: curve(rng, start, points),
        maxAmount: start + rng.upto(start),
        adjustmentPerGweiBaseFee: adjustment(rng),
    };
    let count = rng.below(4);
    let output = |rng: &mut Rng| {
        let start = rng.bits(40, 110);
        let points = rng.below(17);
        V3DutchOutput {
            token: setting.bought,
            startAmount: start,
            curve: curve(rng, start, points),
            recipient: recipient(rng),
            minAmount: rng.upto(start),
            adjustmentPerGweiBaseFee: adjustment(rng),
        }
    };
    let base_outputs: Vec<V3DutchOutput> = (0..count).map(|_| output(rng)).collect();
    let firsts: Vec<U256> = base_outputs.iter().map(|output| output.startAmount).collect();
    V3Sent {
        info,
        cosigner: account(&cosigner()),
        startingBaseFee: U256::from(setting.base_fee / 2 + rng.below(setting.base_fee + 1)),
        cosignerData: V3Cosigned {
            decayStartBlock: U256::from(setting.block - 1_500 + rng.below(1_800)),
            exclusiveFiller: exclusive(rng),
            exclusivityOverrideBps: override_bps(rng),
            inputAmount: better(rng, start, true),
            outputAmounts: firsts.iter().map(|first| better(rng, *first, false)).collect(),
        },
        baseInput: base_input,
        baseOutputs: base_outputs,
        cosignature: Bytes::new(),
    }
}

fn priority(rng: &mut Rng, setting: &Setting) -> PrioritySent {
    let info = info(rng, Kind::Priority, setting);
    let outputs_scale = rng.chance(2);
    let mps = |rng: &mut Rng, scales: bool| {
        if scales && !rng.chance(4) { U256::from(rng.below(2_000)) } else { U256::ZERO }
    };
    let count = rng.below(4);
    let output = |rng: &mut Rng| PriorityOutput {
        token: setting.bought,
        amount: rng.bits(1, 110),
        mpsPerPriorityFeeWei: mps(rng, outputs_scale),
        recipient: recipient(rng),
    };
    let outputs = (0..count).map(|_| output(rng)).collect();
    PrioritySent {
        info,
        cosigner: account(&cosigner()),
        auctionStartBlock: U256::from(setting.block - 5 + rng.below(8)),
        baselinePriorityFeeWei: U256::from(rng.below(3_000)),
        input: PriorityInput {
            token: setting.sold,
            amount: rng.bits(1, 110),
            mpsPerPriorityFeeWei: mps(rng, !outputs_scale),
        },
        outputs,
        cosignerData: PriorityCosigned {
            auctionTargetBlock: U256::from(setting.block - 6 + rng.below(8)),
        },
        cosignature: Bytes::new(),
    }
}

/// An amount of a curve, as a number.
pub(super) fn signed(amount: i64) -> I256 {
    I256::try_from(amount).unwrap()
}
