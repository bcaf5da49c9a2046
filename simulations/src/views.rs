//! View functions of tokens, called outside of any transaction.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall, sol};
use revm::{
    Context, Database, MainBuilder, MainContext, MainnetEvm, SystemCallEvm,
    context::{
        BlockEnv, CfgEnv, TxEnv,
        result::{EVMError, ExecutionResult},
    },
};

use crate::{
    run::SimulationError,
    source::SourceError,
    world::{Form, SharesReader, World},
};

sol! {
    function balanceOf(address account) external view returns (uint256);
    function sharesOf(address account) external view returns (uint256);
    function shares(address account) external view returns (uint256);
    function scaledBalanceOf(address account) external view returns (uint256);
    function userBasic(address account) external view returns (
        int104 principal, uint64 trackingIndex, uint64 trackingAccrued, uint16 assetsIn, uint8 reserved
    );
    function position(bytes32 id, address user) external view returns (
        uint256 supplyShares, uint128 borrowShares, uint128 collateral
    );
    function totalSupply() external view returns (uint256);
}

/// An EVM at a world's block over a state.
pub(crate) type Evm<D> = MainnetEvm<Context<BlockEnv, TxEnv, CfgEnv, D>>;

/// An EVM at the world's block over `state`.
pub(crate) fn evm<D: Database>(world: &World, state: D) -> Evm<D> {
    let mut cfg = CfgEnv::new_with_spec(world.spec());
    cfg.chain_id = world.block().chain_id;
    Context::mainnet().with_db(state).with_block(world.block_env()).with_cfg(cfg).build_mainnet()
}

/// Whom to ask for an account's balance, and how: the token itself, unless others keep its books.
pub(crate) fn balance(form: Form, token: Address, account: Address) -> (Address, Bytes) {
    match form {
        Form::Position { of, market } => {
            (of, positionCall { id: market, user: account }.abi_encode().into())
        }
        _ => (token, balanceOfCall { account }.abi_encode().into()),
    }
}

/// The call that tells the shares behind a balance, of a token that has them.
pub(crate) fn shares(form: Form, account: Address) -> Option<Bytes> {
    let call = match form {
        Form::Plain | Form::Share | Form::Weth | Form::Wrapper { .. } | Form::Position { .. } => {
            return None;
        }
        Form::Shares { reader: SharesReader::SharesOf, .. } => {
            sharesOfCall { account }.abi_encode()
        }
        Form::Shares { reader: SharesReader::Shares, .. } => sharesCall { account }.abi_encode(),
        Form::Scaled => scaledBalanceOfCall { account }.abi_encode(),
        Form::Principal => userBasicCall { account }.abi_encode(),
    };
    Some(call.into())
}

/// Whom to ask what the chain stores of an account's token, and how: shares where there are some.
pub(crate) fn stored(form: Form, token: Address, account: Address) -> (Address, Bytes) {
    let shares = shares(form, account).map(|call| (token, call));
    shares.unwrap_or_else(|| balance(form, token, account))
}

/// The call that tells a token's supply.
pub(crate) fn supply() -> Bytes {
    totalSupplyCall {}.abi_encode().into()
}

/// What a view function that returns a number, or one before others, says.
pub(crate) fn view<D>(evm: &mut Evm<D>, to: Address, call: Bytes) -> Result<U256, SimulationError>
where
    D: Database<Error = SourceError>,
{
    match evm.system_call_one(to, call) {
        Ok(ExecutionResult::Success { output, .. }) if output.data().len() >= 32 => {
            Ok(U256::from_be_slice(&output.data()[..32]))
        }
        Err(EVMError::Database(error)) => Err(SimulationError::Source(error)),
        _ => Err(SimulationError::Unreadable(to)),
    }
}
