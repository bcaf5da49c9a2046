//! Amounts and refusals beside the reactors' own bytecode, as the SDK's package carries it: what they
//! resolve, to the unit, and what they refuse, with the reason.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolError, sol};
use tenor::intents::uniswapx::{
    Fault, Kind, Moment, Order, check::cosigned as cosignature, resolve,
};

use super::{
    chain::Chain,
    kit::{self, FILLER, KINDS, STRANGER, Setting, signature},
};
use crate::world::rng::Rng;

sol! {
    struct OrderInfo {
        address reactor;
        address swapper;
        uint256 nonce;
        uint256 deadline;
        address additionalValidationContract;
        bytes additionalValidationData;
    }

    struct InputToken { address token; uint256 amount; uint256 maxAmount; }
    struct OutputToken { address token; uint256 amount; address recipient; }

    struct ResolvedOrder {
        OrderInfo info;
        InputToken input;
        OutputToken[] outputs;
        bytes sig;
        bytes32 hash;
    }

    /// `OrderQuoter`: what a fill would be handed.
    function quote(bytes order, bytes sig) external returns (ResolvedOrder result);

    error DeadlineBeforeEndTime();
    error EndTimeBeforeStartTime();
    error OrderEndTimeBeforeStartTime();
    error IncorrectAmounts();
    error InputAndOutputDecay();
    error InputOutputScaling();
    error InvalidDecayCurve();
    error InvalidCosignature();
    error InvalidCosignerInput();
    error InvalidCosignerOutput();
    error NoExclusiveOverride();
    error OrderNotFillable();
    error DeadlineReached();
    error InvalidDeadline();
    error DeadlinePassed();
    error SignatureExpired(uint256 deadline);
}

/// Orders of each kind.
const CASES: usize = 400;

const SOLD: Address = address!("501d000000000000000000000000000000000001");
const BOUGHT: Address = address!("b006400000000000000000000000000000000001");

/// The reasons that a reactor may give for a fault.
fn reasons(fault: &Fault) -> Vec<[u8; 4]> {
    match fault {
        Fault::Expired { .. } => {
            let of_reactors = [DeadlineReached::SELECTOR, InvalidDeadline::SELECTOR];
            [&of_reactors[..], &[DeadlinePassed::SELECTOR, SignatureExpired::SELECTOR]].concat()
        }
        Fault::DeadlineBeforeEnd { .. } => vec![DeadlineBeforeEndTime::SELECTOR],
        Fault::EndBeforeStart { .. } => {
            vec![EndTimeBeforeStartTime::SELECTOR, OrderEndTimeBeforeStartTime::SELECTOR]
        }
        Fault::InputFalls { .. } | Fault::OutputRises { .. } => vec![IncorrectAmounts::SELECTOR],
        Fault::BothDecay => vec![InputAndOutputDecay::SELECTOR],
        Fault::BothScale => vec![InputOutputScaling::SELECTOR],
        Fault::CurveTooLong(_) => vec![InvalidDecayCurve::SELECTOR],
        Fault::WrongCosigner { .. } | Fault::CosignatureInvalid => {
            vec![InvalidCosignature::SELECTOR]
        }
        Fault::CosignedInput { .. } => vec![InvalidCosignerInput::SELECTOR],
        Fault::CosignedCount { .. } | Fault::CosignedOutput { .. } => {
            vec![InvalidCosignerOutput::SELECTOR]
        }
        Fault::Exclusive { .. } => vec![NoExclusiveOverride::SELECTOR],
        Fault::NotYetValid { .. } => vec![OrderNotFillable::SELECTOR],
        other => panic!("no reactor tells {other}"),
    }
}

/// What is known here of an order at a moment.
fn ours(order: &Order, at: &Moment) -> Result<(U256, Vec<U256>), Fault> {
    if matches!(order.kind(), Kind::V2 | Kind::V3) {
        cosignature(order, at.chain_id)?;
    }
    let resolved = resolve(order, at)?;
    Ok((resolved.input.amount, resolved.outputs.iter().map(|output| output.amount).collect()))
}

/// The same of the reactor.
fn theirs(chain: &mut Chain, order: &Order, at: &Moment) -> Result<(U256, Vec<U256>), Bytes> {
    let call = quoteCall { order: order.encode().into(), sig: signature(order) };
    let resolved = chain.ask(FILLER, &call, at)?;
    assert_eq!(resolved.hash, order.hash());
    assert_eq!(resolved.input.maxAmount, order.permitted().amount);
    Ok((resolved.input.amount, resolved.outputs.iter().map(|output| output.amount).collect()))
}

fn setting(rng: &mut Rng) -> Setting {
    Setting {
        sold: SOLD,
        bought: BOUGHT,
        now: 1_700_000_000 + rng.below(100_000_000),
        block: 10_000 + rng.below(30_000_000),
        base_fee: 1 + rng.below(100_000_000_000),
    }
}

/// Near the blocks at which auctions start, or along the curves.
fn moment(rng: &mut Rng, setting: &Setting) -> Moment {
    let blocks = rng.pick(&[20, 2_000]);
    Moment {
        timestamp: setting.now - 600 + rng.below(1_800),
        block: setting.block - 10 + rng.below(blocks),
        priority_fee: U256::from(rng.below(20_000)),
        ..setting.moment()
    }
}

/// One thing wrong, or only strange, that a kind can have.
fn bent(rng: &mut Rng, order: Order) -> Order {
    let what = rng.below(8);
    let resigned = |order: Order| kit::cosigned(order);
    match order {
        Order::Dutch(mut o) => {
            match what {
                0 => o.decayEndTime = o.decayStartTime - U256::ONE,
                1 => o.decayEndTime = o.info.deadline + U256::ONE,
                2 => o.input.startAmount = o.input.endAmount + U256::ONE,
                3 => {
                    o.outputs.iter_mut().for_each(|out| out.endAmount = out.startAmount + U256::ONE)
                }
                4 => o.info.deadline = o.decayEndTime,
                5 => o.decayEndTime = o.decayStartTime,
                6 => o.input.startAmount = o.input.endAmount / U256::from(2),
                _ => o.exclusiveFiller = STRANGER,
            }
            Order::Dutch(o)
        }
        Order::V2(mut o) => {
            match what {
                0 => o.cosignerData.decayEndTime = o.cosignerData.decayStartTime,
                1 => o.cosignerData.decayEndTime = o.info.deadline + U256::ONE,
                2 => o.cosignerData.inputAmount = o.baseInput.startAmount + U256::ONE,
                3 => o.cosignerData.outputAmounts.push(U256::ZERO),
                4 => {
                    let firsts = o.baseOutputs.iter().map(|out| out.startAmount - U256::ONE);
                    o.cosignerData.outputAmounts = firsts.collect();
                }
                5 => o.baseInput.startAmount = o.baseInput.endAmount + U256::ONE,
                6 => o.info.deadline = o.cosignerData.decayEndTime,
                _ => return unsigned(rng, Order::V2(o)),
            }
            resigned(Order::V2(o))
        }
        Order::V3(mut o) => {
            match what {
                0 => o.cosignerData.inputAmount = o.baseInput.startAmount + U256::ONE,
                1 => o.cosignerData.outputAmounts.push(U256::ZERO),
                2 => {
                    let firsts = o.baseOutputs.iter().map(|out| out.startAmount - U256::ONE);
                    o.cosignerData.outputAmounts = firsts.collect();
                }
                3 => o.baseInput.curve.relativeAmounts = vec![kit::signed(-3); 17],
                4 => o.baseInput.curve.relativeBlocks = U256::from(rng.next()),
                5 => o.baseInput.maxAmount = o.baseInput.startAmount / U256::from(3),
                6 => o
                    .baseOutputs
                    .iter_mut()
                    .for_each(|out| out.minAmount = out.startAmount * U256::from(2)),
                _ => return unsigned(rng, Order::V3(o)),
            }
            resigned(Order::V3(o))
        }
        Order::Priority(mut o) => {
            match what {
                0 => o.auctionStartBlock += U256::from(100_000),
                1 => o.input.mpsPerPriorityFeeWei = U256::from(7),
                2 => o.cosigner = Address::ZERO,
                3 => o.baselinePriorityFeeWei = U256::MAX,
                4 => o.input.mpsPerPriorityFeeWei = U256::from(1_000_000),
                5 => o.auctionStartBlock = U256::ZERO,
                6 => o.cosignerData.auctionTargetBlock = U256::ZERO,
                _ => return unsigned(rng, Order::Priority(o)),
            }
            resigned(Order::Priority(o))
        }
    }
}

/// With a cosignature that is somebody's or nobody's.
fn unsigned(rng: &mut Rng, mut order: Order) -> Order {
    let signature = match (&mut order, rng.chance(2)) {
        (Order::V2(order), _) => &mut order.cosignature,
        (Order::V3(order), _) => &mut order.cosignature,
        (Order::Priority(order), _) => &mut order.cosignature,
        (Order::Dutch(_), _) => return order,
    };
    let mut bytes = signature.to_vec();
    if rng.chance(2) {
        bytes[64] = 5
    } else {
        bytes[3] ^= 1
    }
    *signature = bytes.into();
    order
}

#[test]
fn orders_resolve_as_the_reactors_resolve_them() {
    let seed = Rng::seed();
    println!("uniswapx reactors: TENOR_SEED={seed}");
    let rng = &mut Rng::new(seed);
    let chain = &mut Chain::new(SOLD);
    for kind in KINDS {
        let (mut resolved, mut refused) = (0, 0);
        for _ in 0..CASES {
            let setting = setting(rng);
            let order = kit::order(rng, kind, &setting);
            let order = if rng.chance(3) { bent(rng, order) } else { order };
            let at = moment(rng, &setting);
            match (ours(&order, &at), theirs(chain, &order, &at)) {
                (Ok(ours), Ok(theirs)) => {
                    assert_eq!(ours, theirs, "{order:?} at {at:?}");
                    resolved += 1;
                }
                (Err(fault), Err(reason)) => {
                    let told = reasons(&fault);
                    let known = told.iter().any(|selector| reason.starts_with(selector));
                    assert!(known, "{fault}, and the reactor: {reason}: {order:?} at {at:?}");
                    refused += 1;
                }
                (ours, theirs) => panic!("{ours:?}, {theirs:?}: {order:?} at {at:?}"),
            }
        }
        println!("uniswapx reactors: {kind:?}: {resolved} resolved, {refused} refused");
        assert!(resolved > CASES / 4 && refused > CASES / 40, "{kind:?}: {resolved}, {refused}");
    }
}

/// An order of a second's age that anybody may fill, with a cosigner.
fn easy(rng: &mut Rng, kind: Kind, setting: &Setting) -> Order {
    let order = match kit::order(rng, kind, setting) {
        Order::V2(mut order) => {
            order.cosignerData.exclusiveFiller = Address::ZERO;
            Order::V2(order)
        }
        Order::V3(mut order) => {
            order.cosignerData.exclusiveFiller = Address::ZERO;
            Order::V3(order)
        }
        Order::Priority(mut order) => {
            // Early, so that the cosignature is looked at.
            order.auctionStartBlock = U256::from(setting.block + 5);
            order.cosignerData.auctionTargetBlock = U256::from(setting.block);
            Order::Priority(order)
        }
        Order::Dutch(order) => Order::Dutch(order),
    };
    kit::cosigned(order)
}

/// The rule for cosigners, as the deployed contracts have it and the SDK does not: the digest itself is
/// signed, `s` may be high, and what follows the 65th byte is not looked at.
#[test]
fn cosignatures_are_looked_at_as_the_reactors_look_at_them() {
    let rng = &mut Rng::new(7);
    let chain = &mut Chain::new(SOLD);
    let order_of_curve: U256 =
        "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141".parse().unwrap();
    let mut accepted = 0;
    for kind in [Kind::V2, Kind::V3, Kind::Priority] {
        let setting = setting(rng);
        let order = easy(rng, kind, &setting);
        let good = order.cosignature().to_vec();
        let s = order_of_curve - U256::from_be_slice(&good[32..64]);
        let high = [&good[..32], &s.to_be_bytes::<32>(), &[55 - good[64]]].concat();
        let digest = order.cosigner_digest(1).unwrap();
        let prefixed = alloy_primitives::eip191_hash_message(digest);
        let forms = [
            good.clone(),
            high,
            [&good[..], &[1, 2, 3]].concat(),
            good[..64].to_vec(),
            Vec::new(),
            [&good[..64], &[good[64] - 27]].concat(),
            crate::signed::sign(&kit::cosigner(), prefixed).to_vec(),
            crate::signed::sign(&kit::swapper(), digest).to_vec(),
            vec![0; 65],
        ];
        for form in forms {
            let mut order = order.clone();
            match &mut order {
                Order::V2(order) => order.cosignature = form.into(),
                Order::V3(order) => order.cosignature = form.into(),
                Order::Priority(order) => order.cosignature = form.into(),
                Order::Dutch(_) => unreachable!(),
            }
            let at = setting.moment();
            let (ours, theirs) = (ours(&order, &at), theirs(chain, &order, &at));
            assert_eq!(ours.is_ok(), theirs.is_ok(), "{kind:?}: {ours:?}, {theirs:?}");
            accepted += usize::from(ours.is_ok());
        }
    }
    assert_eq!(accepted, 3 * 3);
}
