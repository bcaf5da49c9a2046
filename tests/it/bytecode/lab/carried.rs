//! Accounts that go from one chain to another, as they are.

use alloy_primitives::Address;
use revm::{DatabaseRef as _, database::DbAccount};
use tenor_simulations::Placed;

use super::Lab;

impl Lab {
    /// All accounts that there are.
    pub(in crate::bytecode) fn accounts(&self) -> Vec<Placed> {
        let placed = |(address, account): (&Address, &DbAccount)| {
            let info = account.info()?;
            let code = self.state.code_by_hash_ref(info.code_hash).unwrap().original_bytes();
            let stored = account.storage.iter().filter(|(_, value)| !value.is_zero());
            let storage = stored.map(|(slot, value)| (*slot, *value)).collect();
            let (balance, nonce) = (info.balance, info.nonce);
            Some(Placed { address: *address, balance, nonce, code, storage })
        };
        self.state.cache.accounts.iter().filter_map(placed).collect()
    }

    /// Puts an account of another chain here.
    pub(in crate::bytecode) fn carry(&mut self, account: Placed) {
        let Placed { address, balance, code, storage, .. } = account;
        if !code.is_empty() {
            self.place(address, code);
        }
        self.deal(address, balance);
        for (slot, value) in storage {
            self.store(address, slot, value);
        }
    }
}
