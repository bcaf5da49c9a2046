//! Our Permit2 in an EVM accepts what we accept: once.

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::{SolCall as _, SolError as _, SolStruct as _, sol};
use tenor::{
    intents::signed::{
        PERMIT2, Rules, WITNESS_TYPE, cancel,
        check::check,
        frozen::{
            PermitTransferFrom, PermitWitnessTransferFrom, SignatureTransferDetails,
            permitWitnessTransferFromCall,
        },
        wire::SignedDto,
    },
    problems::Problem,
};
use tenor_simulations::{Reason, Script, SimulationError, World, simulate};
use tenor_solver::venues::{Approval, Call};

use super::{SETTLER, deployment, key, owner, rules, sign, signed, world};

sol! {
    error InvalidNonce();
    error InvalidSigner();
}

/// Who would be the Settler's Executor.
pub(crate) const RECEIVER: Address = address!("00000000000000000000000000000000000e1ec0");

/// The call by which the Settler spends a signature.
pub(crate) fn spend(dto: &SignedDto) -> Call {
    let permit = PermitWitnessTransferFrom::from(&dto.message);
    let requested = permit.permitted.amount;
    let call = permitWitnessTransferFromCall {
        owner: permit.witness.owner,
        witness: permit.witness.eip712_hash_struct(),
        permit: PermitTransferFrom {
            permitted: permit.permitted,
            nonce: permit.nonce,
            deadline: permit.deadline,
        },
        transferDetails: SignatureTransferDetails { to: RECEIVER, requestedAmount: requested },
        witnessTypeString: WITNESS_TYPE.to_owned(),
        signature: dto.signature.clone(),
    };
    Call { to: PERMIT2, value: U256::ZERO, data: call.abi_encode().into() }
}

fn script(account: Address, calls: Vec<Call>) -> Script {
    Script { account, holdings: Vec::new(), approvals: Vec::new(), calls, watch: Vec::new() }
}

/// The world in which the owner holds the asset and Permit2 may take it.
fn furnished(dto: &SignedDto) -> World {
    let (token, amount) = (dto.message.permitted.token, dto.message.permitted.amount.0);
    let script = Script {
        holdings: vec![(token, amount * U256::from(2))],
        approvals: vec![Approval { token, spender: PERMIT2, amount: amount * U256::from(2) }],
        ..script(owner(), Vec::new())
    };
    world().after(&script, world().block()).unwrap().world
}

fn after(world: &World, script: &Script) -> World {
    world.after(script, world.block()).unwrap().world
}

/// The selector with which a script's first call is refused.
fn refused(world: &World, script: &Script) -> [u8; 4] {
    match simulate(world, script).unwrap_err() {
        SimulationError::Reverted { reason: Reason::Custom(selector), .. } => selector.0,
        other => panic!("{other}"),
    }
}

#[test]
fn a_signature_is_spent_once() {
    let dto = signed();
    let before = furnished(&dto);
    let spend = script(SETTLER, vec![spend(&dto)]);
    let here = deployment();
    assert!(check(&dto, &Rules { state: Some(&before), ..rules(&here) }).is_ok());
    let spent = after(&before, &spend);
    let token = dto.message.permitted.token;
    let watch = Script { watch: vec![token], ..script(RECEIVER, Vec::new()) };
    let held = simulate(&spent, &watch).unwrap().after[0].balance;
    assert_eq!(held, dto.message.permitted.amount.0);

    assert_eq!(refused(&spent, &spend), InvalidNonce::SELECTOR);
    let refusal = check(&dto, &Rules { state: Some(&spent), ..rules(&here) }).unwrap_err();
    assert_eq!(refusal.problem(), Problem::NonceUsed);
}

#[test]
fn nobody_but_the_settler_spends_it() {
    let dto = signed();
    let other = script(Address::repeat_byte(9), vec![spend(&dto)]);
    assert_eq!(refused(&furnished(&dto), &other), InvalidSigner::SELECTOR);
}

#[test]
fn a_hard_cancellation_spends_the_nonce() {
    let dto = signed();
    let before = furnished(&dto);
    let call = cancel::hard(&deployment(), dto.message.nonce.0);
    let cancelled = after(&before, &script(owner(), vec![call]));
    let spend = script(SETTLER, vec![spend(&dto)]);
    assert_eq!(refused(&cancelled, &spend), InvalidNonce::SELECTOR);
    let spent = |nonce: U256| cancel::is_spent(&deployment(), owner(), nonce, &cancelled).unwrap();
    let nonce = dto.message.nonce.0;
    assert!(spent(nonce) && !spent(nonce + U256::ONE) && !spent(nonce + U256::from(256)));
}

/// What Permit2 refuses is refused here, for each form of signature; what it accepts is accepted, but
/// for a high s.
#[test]
fn permit2_and_we_accept_the_same_signatures() {
    let dto = signed();
    let world = furnished(&dto);
    let id = deployment().id(&(&dto.message).into());
    let good = dto.signature.to_vec();
    let mut compact = good[..64].to_vec();
    compact[32] |= (good[64] - 27) << 7;
    let mut flipped = good.clone();
    flipped[64] = 27 + 28 - flipped[64];
    let forms = [
        good.clone(),
        compact,
        flipped,
        [&good[..64], &[good[64] - 27]].concat(),
        good[..63].to_vec(),
        [&good[..], &[0]].concat(),
        vec![0; 65],
        sign(&key(), id.wrapping_next()).to_vec(),
    ];
    let here = deployment();
    let mut accepted = 0;
    for form in forms {
        let dto = SignedDto { signature: form.clone().into(), ..dto.clone() };
        let on_chain = simulate(&world, &script(SETTLER, vec![spend(&dto)])).is_ok();
        let by_us = check(&dto, &Rules { state: Some(&world), ..rules(&here) }).is_ok();
        assert_eq!(by_us, on_chain, "{form:02x?}");
        accepted += usize::from(by_us);
    }
    assert_eq!(accepted, 2);
}

/// Another digest.
trait Next {
    fn wrapping_next(self) -> Self;
}

impl Next for alloy_primitives::B256 {
    fn wrapping_next(self) -> Self {
        U256::from_be_bytes(self.0).wrapping_add(U256::ONE).into()
    }
}
