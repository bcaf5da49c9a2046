//! An EVM with the reactors of the SDK's package, its Permit2 and its quoter, at the addresses of mainnet.

use alloy_primitives::{Address, Bytes, TxKind, U256, address};
use alloy_sol_types::{SolCall, SolValue as _, sol};
use revm::{
    Context, Database as _, DatabaseCommit as _, ExecuteEvm as _, MainBuilder as _,
    MainContext as _,
    bytecode::Bytecode,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{ExecutionResult, Output},
    },
    database::{CacheDB, EmptyDB},
    primitives::hardfork::SpecId,
    state::AccountInfo,
};
use tenor::intents::{signed::PERMIT2, uniswapx::Moment};

use super::{
    kit::{FILLER, KINDS, reactor, swapper},
    node::code,
};
use crate::signed::account;

sol! {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Who sends what nobody in particular sends.
const SENDER: Address = address!("5e4de40000000000000000000000000000000001");

const GAS: u64 = 100_000_000;

/// A chain.
#[derive(Debug, Clone)]
pub(super) struct Chain {
    pub(super) state: CacheDB<EmptyDB>,
}

/// The name of a kind's reactor in the package.
pub(super) fn contract(kind: tenor::intents::uniswapx::Kind) -> &'static str {
    use tenor::intents::uniswapx::Kind;
    match kind {
        Kind::Dutch => "ExclusiveDutchOrderReactor",
        Kind::V2 => "V2DutchOrderReactor",
        Kind::V3 => "V3DutchOrderReactor",
        Kind::Priority => "PriorityOrderReactor",
    }
}

/// Runtime code as its constructor leaves it.
pub(super) fn runtime(creation: &Bytes, arguments: &[u8], chain: u64) -> Bytes {
    let mut state = CacheDB::new(EmptyDB::default());
    let data: Bytes = [creation, arguments].concat().into();
    let tx =
        TxEnv { caller: SENDER, gas_limit: GAS, kind: TxKind::Create, data, ..TxEnv::default() };
    let tx = TxEnv { chain_id: Some(chain), ..tx };
    let mut cfg = CfgEnv::new_with_spec(SpecId::CANCUN);
    cfg.chain_id = chain;
    let block = BlockEnv { gas_limit: GAS, ..BlockEnv::default() };
    let evm = Context::mainnet().with_db(&mut state).with_block(block).with_cfg(cfg);
    match evm.build_mainnet().transact(tx).unwrap().result {
        ExecutionResult::Success { output: Output::Create(code, Some(_)), .. } => code,
        other => panic!("not deployed: {other:?}"),
    }
}

/// A reactor's runtime code, for Permit2 where it is.
pub(super) fn reactor_code(kind: tenor::intents::uniswapx::Kind) -> Bytes {
    let arguments = (PERMIT2, SENDER).abi_encode_params();
    runtime(&code(contract(kind)), &arguments, 1)
}

/// Permit2's, made on another chain: elsewhere it computes its domain afresh, with its own address.
pub(super) fn permit2_code() -> Bytes {
    runtime(&code("Permit2"), &[], 2)
}

impl Chain {
    /// All reactors, Permit2, the quoter as who fills, and a token of which the swapper has plenty.
    pub(super) fn new(token: Address) -> Self {
        let mut chain = Self { state: CacheDB::new(EmptyDB::default()) };
        for kind in KINDS {
            chain.place(reactor(kind), reactor_code(kind));
        }
        chain.place(PERMIT2, permit2_code());
        chain.place(FILLER, runtime(&code("OrderQuoter"), &[], 1));
        let arguments = ("Token", "T", U256::from(18)).abi_encode_params();
        chain.place(token, runtime(&code("MockERC20"), &arguments, 1));
        let swapper = account(&swapper());
        let at = Moment {
            chain_id: 1,
            timestamp: 1,
            block: 1,
            base_fee: U256::ZERO,
            priority_fee: U256::ZERO,
            filler: FILLER,
        };
        let amount = U256::MAX;
        chain.must(SENDER, token, &mintCall { to: swapper, amount }, &at);
        chain.must(swapper, token, &approveCall { spender: PERMIT2, amount }, &at);
        chain
    }

    pub(super) fn place(&mut self, address: Address, code: Bytes) {
        let code = Bytecode::new_legacy(code);
        let (code_hash, nonce) = (code.hash_slow(), 1);
        let info = AccountInfo { nonce, code_hash, code: Some(code), ..AccountInfo::default() };
        self.state.insert_account_info(address, info);
    }

    /// A transaction of a block, at its base fee and the moment's priority fee; its changes are kept.
    pub(super) fn must<C: SolCall>(&mut self, from: Address, to: Address, call: &C, at: &Moment) {
        let result = self.transact(from, to, call.abi_encode().into(), at, true);
        assert!(result.is_ok(), "{}: {result:?}", C::SIGNATURE);
    }

    /// What a call would answer; nothing changes.
    pub(super) fn ask<C: SolCall>(
        &mut self,
        to: Address,
        call: &C,
        at: &Moment,
    ) -> Result<C::Return, Bytes> {
        let answer = self.transact(SENDER, to, call.abi_encode().into(), at, false)?;
        Ok(C::abi_decode_returns(&answer).expect("the answer's type"))
    }

    fn transact(
        &mut self,
        caller: Address,
        to: Address,
        data: Bytes,
        at: &Moment,
        keep: bool,
    ) -> Result<Bytes, Bytes> {
        let mut info = self.state.basic(caller).unwrap().unwrap_or_default();
        let nonce = info.nonce;
        info.balance = U256::from(u128::MAX);
        self.state.insert_account_info(caller, info);
        let mut cfg = CfgEnv::new_with_spec(SpecId::CANCUN);
        cfg.chain_id = 1;
        let block = BlockEnv {
            number: U256::from(at.block),
            timestamp: U256::from(at.timestamp),
            basefee: at.base_fee.to(),
            gas_limit: GAS,
            ..BlockEnv::default()
        };
        let price: u128 = (at.base_fee + at.priority_fee).to();
        let kind = TxKind::Call(to);
        let tx = TxEnv {
            caller,
            gas_limit: GAS,
            gas_price: price,
            kind,
            data,
            nonce,
            ..TxEnv::default()
        };
        let evm = Context::mainnet().with_db(&mut self.state).with_block(block).with_cfg(cfg);
        let done = evm.build_mainnet().transact(tx).expect("a valid transaction");
        if keep {
            self.state.commit(done.state);
        }
        match done.result {
            ExecutionResult::Success { output, .. } => Ok(output.into_data()),
            ExecutionResult::Revert { output, .. } => Err(output),
            ExecutionResult::Halt { reason, .. } => panic!("{reason:?}"),
        }
    }
}
