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
use tenor_solver::venues::Side;

use crate::{
    run::{Measured, SimulationError},
    source::SourceError,
    world::{Entry, Form, SharesReader, World},
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
    function market(bytes32 id) external view returns (
        uint128 totalSupplyAssets, uint128 totalSupplyShares, uint128 totalBorrowAssets,
        uint128 totalBorrowShares, uint128 lastUpdate, uint128 fee
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

/// What is asked of a contract, and which word of its answer counts.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    to: Address,
    data: Bytes,
    word: usize,
}

impl Ask {
    fn first(to: Address, call: &impl SolCall) -> Self {
        Self { to, data: call.abi_encode().into(), word: 0 }
    }
}

/// What tells an account's balance, or shares that others turn into one.
fn balance(form: Form, token: Address, account: Address) -> Ask {
    match form {
        Form::Position { of, market, entry } => {
            let word = match entry {
                Entry::Supply => 0,
                Entry::Debt => 1,
                Entry::Collateral => 2,
            };
            Ask { word, ..Ask::first(of, &positionCall { id: market, user: account }) }
        }
        _ => Ask::first(token, &balanceOfCall { account }),
    }
}

/// What tells the shares behind a balance, of a token that has them.
fn shares(form: Form, token: Address, account: Address) -> Option<Ask> {
    Some(match form {
        Form::Plain | Form::Share | Form::Weth | Form::Wrapper { .. } => return None,
        Form::Position { entry: Entry::Supply | Entry::Collateral, .. } => return None,
        Form::Position { entry: Entry::Debt, .. } => balance(form, token, account),
        Form::Shares { reader: SharesReader::SharesOf, .. } => {
            Ask::first(token, &sharesOfCall { account })
        }
        Form::Shares { reader: SharesReader::Shares, .. } => {
            Ask::first(token, &sharesCall { account })
        }
        Form::Scaled => Ask::first(token, &scaledBalanceOfCall { account }),
        Form::Principal => Ask::first(token, &userBasicCall { account }),
    })
}

/// What tells what the chain stores of an account's token: shares where there are some.
pub(crate) fn stored(form: Form, token: Address, account: Address) -> Ask {
    shares(form, token, account).unwrap_or_else(|| balance(form, token, account))
}

/// What tells a token's supply.
pub(crate) fn supply(token: Address) -> Ask {
    Ask::first(token, &totalSupplyCall {})
}

/// What an account holds of a token; of a debt in a market's books what is owed by the market's last
/// interest, rounded up as the contract does.
pub(crate) fn held<D>(
    evm: &mut Evm<D>,
    form: Form,
    token: Address,
    account: Address,
) -> Result<U256, SimulationError>
where
    D: Database<Error = SourceError>,
{
    let told = view(evm, &balance(form, token, account))?;
    let Form::Position { of, market, entry: Entry::Debt } = form else { return Ok(told) };
    let total = |word| Ask { word, ..Ask::first(of, &marketCall { id: market }) };
    let (assets, shares) = (view(evm, &total(2))?, view(evm, &total(3))?);
    Side { assets, shares }.assets_up(told).ok_or(SimulationError::Unreadable(of))
}

/// The same with the shares behind it.
pub(crate) fn measured<D>(
    evm: &mut Evm<D>,
    form: Form,
    token: Address,
    account: Address,
) -> Result<Measured, SimulationError>
where
    D: Database<Error = SourceError>,
{
    let balance = held(evm, form, token, account)?;
    let shares = shares(form, token, account).map(|ask| view(evm, &ask)).transpose()?;
    Ok(Measured { token, balance, shares })
}

/// The number that a view function says.
pub(crate) fn view<D>(evm: &mut Evm<D>, ask: &Ask) -> Result<U256, SimulationError>
where
    D: Database<Error = SourceError>,
{
    let unreadable = || SimulationError::Unreadable(ask.to);
    match evm.system_call_one(ask.to, ask.data.clone()) {
        Ok(ExecutionResult::Success { output, .. }) => {
            let word = output.data().chunks_exact(32).nth(ask.word).ok_or_else(unreadable)?;
            Ok(U256::from_be_slice(word))
        }
        Err(EVMError::Database(error)) => Err(SimulationError::Source(error)),
        _ => Err(unreadable()),
    }
}
