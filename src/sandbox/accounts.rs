//! Accounts that hold something: those of the mnemonic that every development chain uses.
//!
//! Their keys are in the documentation of anvil and hardhat and belong to nobody. Whatever is sent to
//! them on a real chain is gone.

use alloy_primitives::{Address, B256, U256, b256};
use k256::ecdsa::SigningKey;
use tenor_simulations::{chain::Funded, figures::Figures};
use tenor_solver::{market::TokenInfo, venues::NATIVE};

use crate::{intents::signed::PERMIT2, relays::identity::Identity};

/// The mnemonic that the keys are of, on the path m/44'/60'/0'/0/n.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The first ten private keys.
pub const KEYS: [B256; 10] = [
    b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    b256!("59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    b256!("5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    b256!("7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    b256!("47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    b256!("8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    b256!("92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    b256!("4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    b256!("dbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    b256!("2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"),
];

/// The key that the sandbox's own solver is known by at the sandbox's relay. It holds nothing.
pub const AUTH: B256 = b256!("0000000000000000000000000000000000000000000000000000000000a17000");

/// Whole ether that each has.
pub const ETHER: u64 = 10_000;
/// Whole units that each has of every token of the market.
pub const TOKENS: u64 = 1_000;

/// The keys' addresses, in their order.
pub fn addresses() -> Vec<Address> {
    KEYS.iter().filter_map(address).collect()
}

fn address(key: &B256) -> Option<Address> {
    let key = SigningKey::from_slice(key.as_slice()).ok()?;
    Some(Identity::new(key).address())
}

/// What each account begins with: ether, and a round number of every token that the market's world can
/// give. Of a rebasing token they are shares, which are worth more. Permit2 may take all of them, as every
/// owner allows once who signs intents.
pub fn funded(figures: &Figures) -> Vec<Funded> {
    let token = |info: &TokenInfo| {
        let whole = if info.address == NATIVE { ETHER } else { TOKENS };
        let units = U256::from(10).pow(U256::from(info.decimals));
        (info.address, U256::from(whole) * units)
    };
    let mut holdings: Vec<(Address, U256)> = figures.tokens.iter().map(token).collect();
    if holdings.iter().all(|(token, _)| *token != NATIVE) {
        let wei = U256::from(10).pow(U256::from(18));
        holdings.push((NATIVE, U256::from(ETHER) * wei));
    }
    let account = |account| Funded { account, holdings: holdings.clone(), allows: vec![PERMIT2] };
    addresses().into_iter().map(account).collect()
}

#[cfg(test)]
mod tests {
    use alloy_primitives::address;

    use super::*;

    /// As anvil prints them.
    #[test]
    fn keys_are_of_the_well_known_accounts() {
        let addresses = addresses();
        assert_eq!(addresses.len(), KEYS.len());
        assert_eq!(addresses[0], address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"));
        assert_eq!(addresses[1], address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"));
        assert_eq!(addresses[9], address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"));
    }
}
