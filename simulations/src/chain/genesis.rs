//! The first block of a chain: a world's contracts, the protocol's own, Tenor's, and funded accounts.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use alloy_consensus::{Header, constants::EMPTY_WITHDRAWALS};
use alloy_eips::eip7685::EMPTY_REQUESTS_HASH;
use alloy_primitives::{Address, B256, Bytes, U256, address, bytes, hex, keccak256};
use revm::{bytecode::Bytecode, primitives::hardfork::SpecId, state::AccountInfo};

use super::{
    BUILDER, Chain, ChainError, EXTRA, Mined, Rules,
    layer::{Changes, Layer},
};
use crate::{
    replay::system,
    world::{Grant, World},
};

/// The Settler, where its own code puts it: `contracts/artifacts/deployed.json` (a test compares).
pub const SETTLER: Address = address!("039bc95b5b8cc7bfc261c99fe968e0a7bd98c555");
/// The Filler; the same file.
pub const FILLER: Address = address!("93d96c6ef566f067bedb7da22c6f7ba0d637bc0a");

/// The deployer that puts contracts at the same address on every chain, and its code
/// (github.com/Arachnid/deterministic-deployment-proxy).
const DEPLOYER: (Address, Bytes) = (
    address!("4e59b44847b379578588920ca78fbf26c0b4956c"),
    bytes!(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3"
    ),
);

/// Of how many blocks the state is kept.
const KEPT: usize = 256;

/// What an account begins with, by token: shares of a rebasing one, units of any other, wei of
/// [`tenor_solver::venues::NATIVE`]. What backs a token comes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funded {
    /// The account.
    pub account: Address,
    /// What it holds.
    pub holdings: Vec<(Address, U256)>,
    /// Who may take any amount of its tokens.
    pub allows: Vec<Address>,
}

impl Chain {
    /// The chain whose first block is the world's, with the rules of Prague: its accounts may be
    /// delegated (EIP-7702), whatever rules the world's own time would have.
    pub fn of(world: &World, funded: &[Funded]) -> Result<Self, ChainError> {
        let placed = world.placed().ok_or(ChainError::NotListed)?;
        let mut state = Changes::default();
        for account in placed {
            let info = info(account.code, account.nonce).with_balance(account.balance);
            state.accounts.insert(account.address, Some(info));
            state.storage.insert(account.address, account.storage.into_iter().collect());
        }
        for (address, code, _) in system::contracts() {
            state.accounts.insert(address, Some(info(code.clone(), 1)));
        }
        let own = [
            (
                SETTLER,
                artifact(include_str!("../../../contracts/artifacts/Settler.hex"), "Settler")?,
            ),
            (FILLER, artifact(include_str!("../../../contracts/artifacts/Filler.hex"), "Filler")?),
            DEPLOYER,
        ];
        for (address, code) in own {
            state.accounts.entry(address).or_insert_with(|| Some(info(code, 1)));
        }
        for Funded { account, holdings, allows } in funded {
            for (token, stored) in holdings {
                let grants = world.grants(*token, *account, *stored);
                let missing = ChainError::NoSuchToken { token: *token, holder: *account };
                let allowed = allows.iter().filter_map(|by| world.allowance(*token, *account, *by));
                for grant in grants.ok_or(missing)?.into_iter().chain(allowed) {
                    give(&mut state, grant).ok_or(ChainError::Overflow(*token))?;
                }
            }
        }
        Ok(Self::begin(world, Layer::bottom(state)))
    }

    fn begin(world: &World, layer: Arc<Layer>) -> Self {
        let block = world.block();
        let rules = Rules {
            chain_id: block.chain_id,
            spec: SpecId::PRAGUE,
            gas_limit: block.gas_limit,
            builder: BUILDER,
            kept: KEPT,
        };
        let header = Header {
            // Made up, as the world makes up the hashes of earlier blocks.
            parent_hash: keccak256(block.number.saturating_sub(1).to_be_bytes()),
            beneficiary: BUILDER,
            state_root: layer.state_root(),
            number: block.number,
            gas_limit: block.gas_limit,
            timestamp: block.timestamp,
            extra_data: Bytes::from_static(EXTRA),
            base_fee_per_gas: Some(block.base_fee),
            withdrawals_root: Some(EMPTY_WITHDRAWALS),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(B256::ZERO),
            requests_hash: Some(EMPTY_REQUESTS_HASH),
            ..Header::default()
        };
        let hash = header.hash_slow();
        let (number, first) = (header.number, Mined { header, hash, transactions: Vec::new() });
        Self {
            rules,
            blocks: vec![Arc::new(first)],
            states: VecDeque::from([layer]),
            numbers: HashMap::from([(hash, number)]),
            landed: HashMap::new(),
            branch: 0,
        }
    }
}

fn info(code: Bytes, nonce: u64) -> AccountInfo {
    if code.is_empty() {
        return AccountInfo::default().with_nonce(nonce);
    }
    AccountInfo::from_bytecode(Bytecode::new_legacy(code)).with_nonce(nonce)
}

fn artifact(text: &str, name: &'static str) -> Result<Bytes, ChainError> {
    hex::decode(text.trim_end()).map(Bytes::from).map_err(|_| ChainError::NoCode(name))
}

/// Adds to the state. `None` on overflow.
fn give(state: &mut Changes, grant: Grant) -> Option<()> {
    let value = match grant {
        Grant::Slot(address, slot, _) => {
            // Whatever stores something is there.
            state.accounts.entry(address).or_insert_with(|| Some(AccountInfo::default()));
            state.storage.entry(address).or_default().entry(slot).or_default()
        }
        Grant::Ether(address, _) => {
            let info = state.accounts.entry(address).or_default();
            &mut info.get_or_insert_default().balance
        }
    };
    let (Grant::Slot(_, _, amount) | Grant::Ether(_, amount)) = grant;
    *value = value.checked_add(amount)?;
    Some(())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn own_contracts_are_where_their_code_puts_them() {
        let deployed = include_str!("../../../contracts/artifacts/deployed.json");
        let deployed: Value = serde_json::from_str(deployed).unwrap();
        let codes = [
            ("Settler", SETTLER, include_str!("../../../contracts/artifacts/Settler.hex")),
            ("Filler", FILLER, include_str!("../../../contracts/artifacts/Filler.hex")),
        ];
        for (name, address, code) in codes {
            let told = &deployed["contracts"][name];
            assert_eq!(told["address"].as_str(), Some(&*format!("{address:#x}")), "{name}");
            let hash = keccak256(hex::decode(code.trim_end()).unwrap());
            assert_eq!(told["codeHash"].as_str(), Some(&*hash.to_string()), "{name}");
        }
        assert_eq!(deployed["deployer"].as_str(), Some(&*format!("{:#x}", DEPLOYER.0)));
    }
}
