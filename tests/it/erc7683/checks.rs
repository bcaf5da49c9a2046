//! What orders come to, and what is refused, each with its own code.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolValue as _;
use tenor::{
    intents::{
        erc7683::{
            self, Checked, Decoded, FILLER, OrderData, Posted, Proof, Refusal, Registry, Rules,
            order::{FillInstruction, Output, ResolvedCrossChainOrder},
        },
        signed::{
            PERMIT_TYPE_HASH,
            frozen::{PermitTransferFrom, PermitWitnessTransferFrom, YieldIntent},
        },
    },
    problems::Problem,
};
use tenor_solver::amount::WAD;

use super::kit::{deployment, opened, order, permit, posted, posted_by, text};
use crate::signed::{engine, key, owner, sign};

const ASSET: Address = Address::repeat_byte(0xa1);
const WANTED: Address = Address::repeat_byte(0xb2);
const NOW: u64 = 1_716_479_543;

fn rules() -> Rules<'static> {
    Rules { chain_id: 1, now: NOW, block: 100, state: None }
}

fn check(posted: &Posted) -> Result<Checked, Refusal> {
    erc7683::check(Registry::new(deployment()).resolve(posted)?, &rules())
}

fn intent() -> PermitWitnessTransferFrom {
    permit(ASSET, WANTED, NOW)
}

/// The problem with the order of an intent that is changed and signed so.
fn altered(change: impl FnOnce(&mut PermitWitnessTransferFrom)) -> Problem {
    let mut permit = intent();
    change(&mut permit);
    check(&posted(&permit)).unwrap_err().problem()
}

/// The problem with an envelope that says something else than its data.
fn enveloped(change: impl FnOnce(&mut erc7683::order::GaslessCrossChainOrder)) -> Problem {
    let Posted::Gasless { mut order, signature } = posted(&intent()) else { panic!() };
    change(&mut order);
    check(&Posted::Gasless { order, signature }).unwrap_err().problem()
}

#[test]
fn an_intent_is_an_order_of_its_own_id() {
    let checked = check(&posted(&intent())).unwrap();
    let resolved = &checked.resolved().decoded.order;
    assert_eq!(resolved.orderId, deployment().id(&intent()));
    assert_eq!((resolved.user, resolved.originChainId), (owner(), U256::ONE));
    let terms = checked.terms().unwrap();
    assert_eq!((terms.asset, terms.amount), (ASSET, WAD * U256::from(50)));
    // The floor is in value, and a unit counts as one.
    assert_eq!((terms.wanted, terms.least), (WANTED, WAD * U256::from(41)));
    let call = erc7683::fill(&checked, Bytes::from_static(&[1])).unwrap();
    assert_eq!(call.to, FILLER);
    let origin = &resolved.fillInstructions[0].originData;
    let (permit, witness, signature) =
        <(PermitTransferFrom, YieldIntent, Bytes)>::abi_decode_params(origin).unwrap();
    let own = intent();
    assert_eq!((permit.permitted, witness), (own.permitted, own.witness));
    assert_eq!((permit.nonce, permit.deadline), (own.nonce, own.deadline));
    assert_eq!(signature, sign(&key(), resolved.orderId));
}

#[test]
fn the_market_is_asked_what_the_order_asks() {
    let market = engine().market();
    let token = |symbol: &str| market.tokens.iter().find(|t| t.symbol == symbol).unwrap().address;
    let mut wants = permit(token("WETH"), token("wstETH"), market.timestamp);
    let rules = Rules { now: market.timestamp, block: market.block, ..rules() };
    let ask = |permit: &PermitWitnessTransferFrom| {
        let resolved = Registry::new(deployment()).resolve(&posted(permit)).unwrap();
        erc7683::check(resolved, &rules).unwrap().terms().unwrap().plan(engine())
    };
    let (plan, out) = ask(&wants).unwrap();
    let swap = engine().read("swap 50 WETH to wstETH").unwrap();
    let best = tenor_solver::solve(market, &swap).unwrap().best.unwrap();
    assert_eq!(plan.label, best.label);
    assert_eq!(Some(out), best.end.iter().find(|h| h.token == token("wstETH")).map(|h| h.balance));
    wants.witness.outputs[0].minAmount = out;
    ask(&wants).unwrap();
    wants.witness.outputs[0].minAmount = out + U256::ONE;
    assert_eq!(ask(&wants).unwrap_err().problem(), Problem::BelowSigned);
    wants.witness.outputs[0].token = WANTED;
    assert_eq!(ask(&wants).unwrap_err().problem(), Problem::UnknownAsset);
}

#[test]
fn an_unknown_type_is_named_with_those_that_are_known() {
    let Posted::Gasless { mut order, signature } = posted(&intent()) else { panic!() };
    order.orderDataType = B256::repeat_byte(0xee);
    let error = check(&Posted::Gasless { order, signature }).unwrap_err();
    assert_eq!(error.problem(), Problem::UnknownOrderType);
    let message = error.to_string();
    assert!(message.contains(&B256::repeat_byte(0xee).to_string()), "{message}");
    assert!(message.contains(&PERMIT_TYPE_HASH.to_string()), "{message}");
}

#[test]
fn data_and_envelope_say_the_same() {
    assert_eq!(enveloped(|order| order.originSettler = ASSET), Problem::WrongSettler);
    assert_eq!(altered(|permit| permit.spender = ASSET), Problem::WrongSettler);
    assert_eq!(enveloped(|order| order.user = ASSET), Problem::Contradiction);
    assert_eq!(enveloped(|order| order.nonce += U256::ONE), Problem::Contradiction);
    assert_eq!(enveloped(|order| order.fillDeadline -= 1), Problem::Contradiction);
    let more = |order: &mut erc7683::order::GaslessCrossChainOrder| {
        order.orderData = [&order.orderData[..], &[0; 32]].concat().into();
    };
    assert_eq!(enveloped(more), Problem::OrderDataMalformed);
    let other = Posted::Gasless { order: order(&intent()), signature: sign(&key(), B256::ZERO) };
    assert_eq!(check(&other).unwrap_err().problem(), Problem::WrongSigner);
    let stranger = k256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap();
    let by_another = check(&posted_by(&intent(), &stranger)).unwrap_err();
    assert_eq!(by_another.problem(), Problem::WrongSigner);
    // A key that only opened its order has signed nothing that Permit2 takes.
    assert_eq!(check(&opened(&intent())).unwrap_err().problem(), Problem::SignerUnknown);
    let resolved = Registry::new(deployment()).resolve(&opened(&intent())).unwrap();
    assert_eq!(resolved.id(), deployment().id(&intent()));
}

#[test]
fn time_and_turn_are_kept() {
    assert_eq!(altered(|permit| permit.deadline = U256::from(NOW - 1)), Problem::Expired);
    assert_eq!(enveloped(|order| order.openDeadline = 5), Problem::Expired);
    let later = |permit: &mut PermitWitnessTransferFrom| {
        permit.witness.validAfter = U256::from(NOW + 1);
    };
    assert_eq!(altered(later), Problem::NotYetValid);
    let other = |permit: &mut PermitWitnessTransferFrom| {
        permit.witness.allowedSolver = ASSET;
        permit.witness.exclusiveUntilBlock = U256::from(100);
    };
    assert_eq!(altered(other), Problem::PrivateOrder);
    let mut past = intent();
    (past.witness.allowedSolver, past.witness.exclusiveUntilBlock) = (ASSET, U256::from(99));
    check(&posted(&past)).unwrap();
    (past.witness.allowedSolver, past.witness.exclusiveUntilBlock) = (FILLER, U256::MAX);
    check(&posted(&past)).unwrap();
}

#[test]
fn what_nobody_can_plan_for_is_refused() {
    let mut two = intent();
    two.witness.outputs.push(two.witness.outputs[0].clone());
    let checked = check(&posted(&two)).unwrap();
    assert_eq!(checked.terms().unwrap_err().problem(), Problem::SeveralLegs);
    two.witness.outputs.clear();
    let none = check(&posted(&two)).unwrap().terms().unwrap_err();
    assert_eq!(none.problem(), Problem::NoOutputs);
    let worthless = |permit: &mut PermitWitnessTransferFrom| {
        permit.witness.outputs[0].rateE18 = U256::ZERO;
    };
    assert_eq!(altered(worthless), Problem::Contradiction);
    let capped = |permit: &mut PermitWitnessTransferFrom| {
        permit.witness.outputs[0].maxAmountCounted = WAD;
    };
    assert_eq!(altered(capped), Problem::Contradiction);
}

/// Somebody else's type: what a newcomer registers.
#[derive(Debug)]
struct Foreign(ResolvedCrossChainOrder);

impl OrderData for Foreign {
    fn name(&self) -> &'static str {
        "Foreign"
    }

    fn type_hash(&self) -> B256 {
        B256::repeat_byte(0xf0)
    }

    fn resolve(&self, _: &Posted) -> Result<Decoded, Refusal> {
        let order = self.0.clone();
        Ok(Decoded { order, proof: Proof::Opened, valid_after: U256::ZERO, exclusive: None })
    }
}

fn foreign(change: impl FnOnce(&mut ResolvedCrossChainOrder)) -> Result<Checked, Refusal> {
    let output = |token: Address| Output {
        token: token.into_word(),
        amount: WAD,
        recipient: owner().into_word(),
        chainId: U256::ONE,
    };
    let mut resolved = ResolvedCrossChainOrder {
        user: owner(),
        originChainId: U256::ONE,
        openDeadline: u32::MAX,
        fillDeadline: u32::MAX,
        orderId: B256::repeat_byte(3),
        maxSpent: vec![output(WANTED)],
        minReceived: vec![output(ASSET)],
        fillInstructions: vec![FillInstruction {
            destinationChainId: 1,
            destinationSettler: WANTED.into_word(),
            originData: Bytes::from_static(&[4]),
        }],
    };
    change(&mut resolved);
    let mut posted = opened(&intent());
    if let Posted::Onchain { order, .. } = &mut posted {
        order.orderDataType = B256::repeat_byte(0xf0);
    }
    let registry = Registry::new(deployment()).with(Box::new(Foreign(resolved)));
    erc7683::check(registry.resolve(&posted)?, &rules())
}

#[test]
fn a_registered_decoder_is_asked_for_its_type() {
    let checked = foreign(|_| {}).unwrap();
    assert_eq!(checked.terms().unwrap().least, WAD);
    assert_eq!(erc7683::fill(&checked, Bytes::new()).unwrap().to, WANTED);
    // The others are asked for theirs.
    let both = Registry::new(deployment())
        .with(Box::new(Foreign(checked.resolved().decoded.order.clone())));
    assert_eq!(both.resolve(&posted(&intent())).unwrap().id(), deployment().id(&intent()));
}

type Change = fn(&mut ResolvedCrossChainOrder);

#[test]
fn a_leg_on_another_chain_is_refused_by_name() {
    let other = U256::from(8453);
    let changes: [(&str, Change); 4] = [
        ("the origin", |order| order.originChainId = U256::from(8453)),
        ("what is spent", |order| order.maxSpent[0].chainId = U256::from(8453)),
        ("what is received", |order| order.minReceived[0].chainId = U256::from(8453)),
        ("the fill", |order| order.fillInstructions[0].destinationChainId = 8453),
    ];
    for (name, change) in changes {
        let error = foreign(change).unwrap_err();
        assert_eq!(error.problem(), Problem::CrossChain);
        assert!(
            matches!(&error, Refusal::CrossChain { leg, chain, here: 1 } if leg == name && *chain == other)
        );
    }
    assert_eq!(enveloped(|order| order.originChainId = U256::from(8453)), Problem::CrossChain);
    let far = foreign(|order| order.maxSpent[0].token = B256::repeat_byte(1)).unwrap();
    assert_eq!(far.terms().unwrap_err().problem(), Problem::OrderDataMalformed);
}

#[test]
fn what_is_written_is_read_back() {
    for posted in [posted(&intent()), opened(&intent())] {
        assert_eq!(erc7683::wire::read(&text(&posted)).unwrap(), posted);
    }
}
