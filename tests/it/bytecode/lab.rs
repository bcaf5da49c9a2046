//! An empty chain in memory, on which published contracts are deployed and called.

mod carried;

use std::{collections::HashMap, convert::Infallible, fmt, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use alloy_sol_types::{Panic, Revert, SolCall, SolError, SolValue, sol};
use revm::{
    Context, Database, DatabaseCommit, DatabaseRef, ExecuteEvm, MainBuilder, MainContext,
    bytecode::Bytecode,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{ExecutionResult, Output},
    },
    database::{CacheDB, EmptyDB},
    primitives::hardfork::SpecId,
    state::{AccountInfo, EvmState},
};
use tenor_simulations::{
    SourceError, StateSource,
    world::{Block, Forms, World},
};
use tenor_solver::{
    market::{Market, TokenInfo},
    venues::{
        self, Answer as Said, Approval, At, Call, Encoded, OpenError, Opened, Place, Read, Venue,
    },
};

use super::{OWNER, packages};
use crate::signed::engine;

sol! {
    function mint(address account, uint256 amount) external returns (bool);
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
}

/// Enough for a swap across all ticks there are.
const GAS: u64 = 10_000_000_000;

/// Enough for anything else, where it is paid for.
const PAID_GAS: u64 = 10_000_000;

/// A chain of one block that goes on for as long as it is called. Copies go their own ways.
#[derive(Debug, Clone)]
pub(super) struct Lab {
    state: CacheDB<EmptyDB>,
    now: u64,
    /// What gas costs, in wei; everybody who sends must hold it.
    base_fee: u64,
}

/// A chain as it is, for a world over it.
#[derive(Debug)]
struct Frozen(CacheDB<EmptyDB>);

impl StateSource for Frozen {
    fn account(&self, address: Address) -> Result<Option<AccountInfo>, SourceError> {
        Ok(self.0.basic_ref(address).unwrap())
    }

    fn code(&self, hash: B256) -> Result<Bytecode, SourceError> {
        Ok(self.0.code_by_hash_ref(hash).unwrap())
    }

    fn storage(&self, address: Address, slot: U256) -> Result<U256, SourceError> {
        Ok(self.0.storage_ref(address, slot).unwrap())
    }

    fn block_hash(&self, number: u64) -> Result<B256, SourceError> {
        Ok(self.0.block_hash_ref(number).unwrap())
    }
}

/// What a refused call says: its revert data, or nothing where the EVM stopped it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) Bytes);

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Ok(Revert { reason }) = Revert::abi_decode(&self.0) {
            return f.write_str(&reason);
        }
        match Panic::abi_decode(&self.0) {
            Ok(Panic { code }) => write!(f, "panic {code:#x}"),
            Err(_) => write!(f, "{}", self.0),
        }
    }
}

impl Refusal {
    /// The reason, as text.
    pub(super) fn reason(&self) -> String {
        format!("{self:?}")
    }
}

pub(super) type Answer<C> = Result<<C as SolCall>::Return, Refusal>;

impl Lab {
    /// In May 2024.
    pub(super) fn new() -> Self {
        Self { state: CacheDB::new(EmptyDB::default()), now: 1_716_479_543, base_fee: 0 }
    }

    pub(super) fn now(&self) -> u64 {
        self.now
    }

    /// The block's number: one for each slot of twelve seconds.
    pub(super) fn block(&self) -> u64 {
        self.now / 12
    }

    /// Has gas cost so many wei from now on.
    pub(super) fn price_gas(&mut self, base_fee: u64) {
        self.base_fee = base_fee;
    }

    pub(super) fn warp(&mut self, seconds: u64) {
        self.now += seconds;
    }

    fn transact(&mut self, mut tx: TxEnv) -> (ExecutionResult, EvmState) {
        let mut cfg = CfgEnv::new_with_spec(SpecId::CANCUN);
        cfg.chain_id = 1;
        // Sources compiled here are larger than what was deployed.
        (cfg.limit_contract_code_size, cfg.limit_contract_initcode_size) =
            (Some(usize::MAX), Some(usize::MAX));
        let (number, timestamp) = (U256::from(self.block()), U256::from(self.now));
        let basefee = self.base_fee;
        let block = BlockEnv { number, timestamp, gas_limit: GAS, basefee, ..BlockEnv::default() };
        if basefee > 0 {
            (tx.gas_price, tx.gas_limit) = (basefee.into(), PAID_GAS);
        }
        let mut evm = Context::mainnet()
            .with_db(&mut self.state)
            .with_block(block)
            .with_cfg(cfg)
            .build_mainnet();
        let done = evm.transact(tx).expect("a valid transaction");
        (done.result, done.state)
    }

    fn run(&mut self, from: Address, kind: TxKind, value: U256, data: Bytes) -> ExecutionResult {
        let nonce = self.state.basic(from).unwrap().unwrap_or_default().nonce;
        let caller = from;
        let tx = TxEnv { caller, gas_limit: GAS, kind, value, data, nonce, ..TxEnv::default() };
        let (result, changes) = self.transact(tx);
        self.state.commit(changes);
        result
    }

    /// Deploys creation code with ABI-encoded constructor arguments.
    pub(super) fn deploy(&mut self, code: &Bytes, arguments: &[u8]) -> Address {
        let data = [code, arguments].concat().into();
        match self.run(OWNER, TxKind::Create, U256::ZERO, data) {
            ExecutionResult::Success { output: Output::Create(_, Some(address)), .. } => address,
            other => panic!("not deployed: {:?}", refusal(&other)),
        }
    }

    /// Where the contract will be that is deployed after so many others.
    pub(super) fn next_contract(&mut self, others: u64) -> Address {
        OWNER.create(self.state.basic(OWNER).unwrap().unwrap_or_default().nonce + others)
    }

    /// Puts runtime code at an address, with nothing in storage; no constructor runs.
    pub(super) fn place(&mut self, address: Address, code: Bytes) {
        let code = Bytecode::new_legacy(code);
        let (code_hash, nonce) = (code.hash_slow(), 1);
        let info = AccountInfo { nonce, code_hash, code: Some(code), ..AccountInfo::default() };
        self.state.insert_account_info(address, info);
        self.state.replace_account_storage(address, Default::default()).unwrap();
    }

    /// Writes a slot.
    pub(super) fn store(&mut self, address: Address, slot: U256, value: U256) {
        self.state.insert_account_storage(address, slot, value).unwrap();
    }

    /// A transaction with ether.
    pub(super) fn pay<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        call: &C,
    ) -> Answer<C> {
        let output = self.raw(from, &Call { to, value, data: call.abi_encode().into() })?;
        Ok(C::abi_decode_returns(&output).expect("the answer's type"))
    }

    /// A transaction.
    pub(super) fn send<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Answer<C> {
        self.pay(from, to, U256::ZERO, call)
    }

    /// A transaction that the setting needs.
    pub(super) fn must<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> C::Return {
        self.send(from, to, call).unwrap_or_else(|refusal| panic!("{}: {refusal:?}", C::SIGNATURE))
    }

    /// Encoded calldata, sent.
    pub(super) fn raw(&mut self, from: Address, call: &Call) -> Result<Bytes, Refusal> {
        answer(self.run(from, TxKind::Call(call.to), call.value, call.data.clone()))
    }

    /// What a transaction would answer; nothing changes.
    pub(super) fn ask<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Answer<C> {
        let nonce = self.state.basic(from).unwrap().unwrap_or_default().nonce;
        let (kind, data) = (TxKind::Call(to), call.abi_encode().into());
        let (result, _) = self.transact(TxEnv {
            caller: from,
            gas_limit: GAS,
            kind,
            data,
            nonce,
            ..TxEnv::default()
        });
        Ok(C::abi_decode_returns(&answer(result)?).expect("the answer's type"))
    }

    /// What a view says.
    pub(super) fn view<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        self.ask(Address::ZERO, to, call)
            .unwrap_or_else(|refusal| panic!("{}: {refusal:?}", C::SIGNATURE))
    }

    /// Opens the venue at a place, from what this chain says.
    pub(super) fn open(&mut self, place: &Place) -> Result<Opened, OpenError> {
        let at = At { block: self.block(), timestamp: self.now };
        let answer = |reads: &[Read]| -> Result<Vec<Said>, Infallible> {
            Ok(reads.iter().map(|read| self.said(read)).collect())
        };
        let places = std::slice::from_ref(place);
        let Ok(mut opened) = venues::open(places, at, &mut HashMap::new(), answer);
        opened.remove(0)
    }

    /// What this chain answers to questions.
    pub(super) fn answer(&mut self, reads: &[Read]) -> Vec<Said> {
        reads.iter().map(|read| self.said(read)).collect()
    }

    fn said(&mut self, read: &Read) -> Said {
        match read {
            Read::Slot { account, slot } => {
                Said::Word(self.state.storage(*account, *slot).unwrap())
            }
            Read::Balance(account) => Said::Word(self.ether(*account)),
            Read::CodeHash(account) => {
                let info = self.state.basic(*account).unwrap().filter(|i| !i.is_empty_code_hash());
                Said::Word(info.map_or(U256::ZERO, |info| info.code_hash.into()))
            }
            Read::Call { to, data } => {
                let caller = Address::ZERO;
                let nonce = self.state.basic(caller).unwrap().unwrap_or_default().nonce;
                let (kind, data) = (TxKind::Call(*to), data.clone());
                let tx = TxEnv { caller, gas_limit: GAS, kind, data, nonce, ..TxEnv::default() };
                answer(self.transact(tx).0).map_or(Said::Reverted, Said::Returned)
            }
        }
    }

    /// The chain as it is now, with a venue's tokens, for runs that change nothing here.
    pub(super) fn world(&self, venue: &dyn Venue) -> World {
        let (number, timestamp) = (self.block(), self.now);
        let block = Block { chain_id: 1, number, timestamp, base_fee: 0, gas_limit: GAS };
        let source = Arc::new(Frozen(self.state.clone()));
        World::over(block, source, Forms::of_venue(venue)).unwrap()
    }

    /// The chain as it is now, with plain tokens, for questions and runs that change nothing here.
    pub(super) fn state(&self, tokens: &[Address]) -> World {
        let token = |address: &Address| TokenInfo {
            address: *address,
            symbol: address.to_string(),
            decimals: 18,
        };
        let tokens = tokens.iter().map(token).collect();
        let (listings, credits) = (Vec::new(), Vec::new());
        self.over(&Market { tokens, listings, credits, ..engine().market().clone() })
    }

    /// The chain as it is now, with the tokens and positions of a market.
    pub(super) fn over(&self, market: &Market) -> World {
        let (number, timestamp, base_fee) = (self.block(), self.now, self.base_fee);
        let block = Block { chain_id: 1, number, timestamp, base_fee, gas_limit: GAS };
        World::over(block, Arc::new(Frozen(self.state.clone())), Forms::of(market)).unwrap()
    }

    /// Gives ether.
    pub(super) fn deal(&mut self, account: Address, wei: U256) {
        let mut info = self.state.basic(account).unwrap().unwrap_or_default();
        info.balance += wei;
        self.state.insert_account_info(account, info);
    }

    pub(super) fn ether(&mut self, account: Address) -> U256 {
        self.state.basic(account).unwrap().unwrap_or_default().balance
    }

    /// WETH9.
    pub(super) fn weth(&mut self) -> Address {
        self.deploy(&packages::code("canonical-weth/build/contracts/WETH9.json"), &[])
    }

    /// A plain token that anybody may mint: Aave's `MintableERC20`.
    pub(super) fn token(&mut self, decimals: u8) -> Address {
        let artifact = "mocks/tokens/MintableERC20.sol/MintableERC20.json";
        let code = packages::code(&format!("@aave/core-v3/artifacts/contracts/{artifact}"));
        self.deploy(&code, &("Token", "T", U256::from(decimals)).abi_encode_params())
    }

    /// Two of them, lower address first.
    pub(super) fn tokens(&mut self) -> [Address; 2] {
        let mut tokens = [self.token(18), self.token(18)];
        tokens.sort();
        tokens
    }

    pub(super) fn mint(&mut self, token: Address, account: Address, amount: U256) {
        assert!(self.must(OWNER, token, &mintCall { account, amount }));
    }

    pub(super) fn balance(&mut self, token: Address, account: Address) -> U256 {
        self.view(token, &balanceOfCall { account })
    }

    pub(super) fn transfer(&mut self, token: Address, from: Address, to: Address, amount: U256) {
        assert!(self.must(from, token, &transferCall { to, amount }));
    }

    pub(super) fn allow(&mut self, token: Address, owner: Address, spender: Address) {
        self.must(owner, token, &approveCall { spender, amount: U256::MAX });
    }

    /// Approves and calls, as a venue encodes a trade.
    pub(super) fn execute(&mut self, account: Address, trade: &Encoded) -> Result<(), Refusal> {
        if let Some(Approval { token, spender, amount }) = trade.approval {
            self.must(account, token, &approveCall { spender, amount });
        }
        trade.calls.iter().try_for_each(|call| self.raw(account, call).map(drop))
    }
}

fn refusal(result: &ExecutionResult) -> Refusal {
    match result {
        ExecutionResult::Revert { output, .. } => Refusal(output.clone()),
        ExecutionResult::Halt { .. } | ExecutionResult::Success { .. } => Refusal(Bytes::new()),
    }
}

fn answer(result: ExecutionResult) -> Result<Bytes, Refusal> {
    match result {
        ExecutionResult::Success { output, .. } => Ok(output.into_data()),
        refused => Err(refusal(&refused)),
    }
}
