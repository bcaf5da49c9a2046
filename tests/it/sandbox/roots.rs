//! What a header commits to, worked out again by other means than the chain's own.

use alloy_consensus::{
    Header, ReceiptEnvelope, TxEip2930, TxEip7702, TxEnvelope, TxLegacy,
    proofs::{calculate_receipt_root, calculate_transaction_root},
};
use alloy_eips::{
    eip2718::Encodable2718 as _,
    eip2930::{AccessList, AccessListItem},
    eip7702::Authorization,
};
use alloy_primitives::{Address, B256, Bloom, Bytes, Signature, TxKind, U256, keccak256};
use alloy_rlp::Encodable as _;
use alloy_trie::root::ordered_trie_root_with_encoder;
use tenor_simulations::chain::{Bundle, Chain, Mined, Pool, Status};

use super::kit::{self, ETHER, GWEI, address, key, plain, reverting, signed, token};

/// A delegation of an account, signed by it.
fn delegation(at: usize, to: Address, nonce: u64) -> alloy_eips::eip7702::SignedAuthorization {
    let authorization = Authorization { chain_id: U256::ONE, address: to, nonce };
    let hash = authorization.signature_hash();
    let (signature, parity) = key(at).sign_prehash_recoverable(hash.as_slice()).unwrap();
    let signature = Signature::from_signature_and_parity(signature, parity.is_y_odd());
    authorization.into_signed(signature)
}

/// One of each kind of transaction, and one that fails.
fn kinds() -> Pool {
    let weth = token("WETH");
    let deposit: Bytes = [0xd0, 0xe3, 0x0d, 0xb0].into();
    let slot = AccessListItem { address: weth, storage_keys: vec![B256::ZERO] };
    // Creation code that keeps one byte of code, `STOP`.
    let creation: Bytes = [0x60, 0x01, 0x5f, 0xf3].into();
    let transactions = [
        signed(
            0,
            TxLegacy {
                chain_id: Some(1),
                gas_price: 100 * GWEI,
                gas_limit: 21_000,
                to: TxKind::Call(address(1)),
                value: U256::from(ETHER),
                ..TxLegacy::default()
            },
        ),
        signed(
            1,
            TxEip2930 {
                chain_id: 1,
                gas_price: 90 * GWEI,
                gas_limit: 80_000,
                to: TxKind::Call(weth),
                value: U256::from(ETHER),
                access_list: AccessList(vec![slot]),
                input: deposit.clone(),
                ..TxEip2930::default()
            },
        ),
        signed(2, alloy_consensus::TxEip1559 { input: deposit, ..plain(0, weth, 7 * ETHER) }),
        signed(
            3,
            TxEip7702 {
                chain_id: 1,
                max_fee_per_gas: 100 * GWEI,
                max_priority_fee_per_gas: GWEI,
                gas_limit: 100_000,
                to: address(4),
                authorization_list: vec![delegation(4, weth, 0)],
                ..TxEip7702::default()
            },
        ),
        signed(
            5,
            alloy_consensus::TxEip1559 {
                to: TxKind::Create,
                input: creation,
                ..plain(0, Address::ZERO, 0)
            },
        ),
        signed(6, reverting(0)),
    ];
    let (chain, mut pool) = (kit::chain(), Pool::default());
    for transaction in transactions {
        pool.add(transaction, &chain).unwrap();
    }
    pool
}

/// The header's own claims, from the block's transactions and receipts.
fn check(chain: &Chain, block: &Mined, parent: &Mined) {
    let Header { transactions_root, receipts_root, logs_bloom, gas_used, .. } = block.header;
    let mut encoded = Vec::new();
    block.header.encode(&mut encoded);
    assert_eq!(block.hash, keccak256(&encoded));
    assert_eq!(block.header.parent_hash, parent.hash);
    let envelopes: Vec<TxEnvelope> =
        block.transactions.iter().map(|landed| landed.signed.envelope.clone()).collect();
    assert_eq!(transactions_root, calculate_transaction_root(&envelopes));
    // The same by the trie of the encoded transactions alone.
    let trie = ordered_trie_root_with_encoder(&envelopes, |tx, out| tx.encode_2718(out));
    assert_eq!(transactions_root, trie);
    let receipts: Vec<ReceiptEnvelope> = block.receipts();
    assert_eq!(receipts_root, calculate_receipt_root(&receipts));
    let bloom = receipts.iter().fold(Bloom::ZERO, |bloom, receipt| bloom | *receipt.logs_bloom());
    assert_eq!(logs_bloom, bloom);
    let gas: u64 = block.transactions.iter().map(|landed| landed.outcome.gas).sum();
    assert_eq!(gas_used, gas);
    assert_eq!(receipts.last().map_or(0, |last| last.cumulative_gas_used()), gas);
    assert_eq!(block.base_fee(), next_base_fee(&parent.header));
    assert_eq!(chain.by_hash(block.hash).unwrap().hash, block.hash);
}

/// EIP-1559's rule, written from its text.
fn next_base_fee(parent: &Header) -> u64 {
    let (fee, target) =
        (u128::from(parent.base_fee_per_gas.unwrap()), u128::from(parent.gas_limit / 2));
    let used = u128::from(parent.gas_used);
    let next = match used.cmp(&target) {
        std::cmp::Ordering::Equal => fee,
        std::cmp::Ordering::Greater => fee + (fee * (used - target) / target / 8).max(1),
        std::cmp::Ordering::Less => fee - fee * (target - used) / target / 8,
    };
    u64::try_from(next).unwrap()
}

#[test]
fn headers_commit_to_what_is_in_blocks() {
    let (mut chain, mut pool) = (kit::chain(), kinds());
    let parent = chain.head().clone();
    let time = parent.header.timestamp + 12;
    let bundle = Bundle::new(vec![signed(7, plain(0, address(8), 1))], parent.header.number + 1);
    let block = chain.build(time, &[bundle], &mut pool).unwrap().block;
    assert_eq!(block.transactions.len(), 7);
    assert!(pool.is_empty());
    check(&chain, &block, &parent);
    let failed = block.transactions.iter().filter(|done| done.outcome.status != Status::Success);
    assert_eq!(failed.count(), 1);
    // The delegation holds, the contract is there, and each deposit was logged: by WETH, and by the
    // account that runs WETH's code and was called with nothing.
    let state = chain.state(block.header.number).unwrap();
    let delegated = state.account(address(4)).unwrap().unwrap();
    assert!(delegated.code.unwrap().is_eip7702());
    let made = block.transactions.iter().find_map(|landed| landed.outcome.created).unwrap();
    assert_eq!(state.account(made).unwrap().unwrap().code.unwrap().original_bytes().len(), 1);
    assert_eq!(block.transactions.iter().map(|done| done.outcome.logs.len()).sum::<usize>(), 3);

    let mut parent = block;
    for n in 1..=80 {
        let mut pool = Pool::default();
        let transaction = plain(n, address(9), u128::from(n));
        pool.add(signed(2, transaction), &chain).unwrap();
        let block = chain.build(parent.header.timestamp + 12, &[], &mut pool).unwrap().block;
        check(&chain, &block, &parent);
        parent = block;
    }
}

/// The state's root is of accounts as they are told, worked out here from all that is there.
#[test]
fn the_state_root_is_of_the_whole_state() {
    use std::collections::BTreeMap;

    use alloy_trie::{TrieAccount, root};

    let (mut chain, mut pool) = (kit::chain(), kinds());
    let (_, world) = kit::market();
    let time = chain.head().header.timestamp + 12;
    let block = chain.build(time, &[], &mut pool).unwrap().block;
    let state = chain.state(block.header.number).unwrap();
    // Everything that can be there: the world's, the protocol's, the transactions' and their makings.
    let mut slots: BTreeMap<Address, Vec<U256>> = world
        .placed()
        .unwrap()
        .into_iter()
        .map(|placed| (placed.address, placed.storage.into_iter().map(|(slot, _)| slot).collect()))
        .collect();
    let mut more: Vec<Address> = tenor::sandbox::accounts::addresses();
    let made = block.transactions.iter().filter_map(|landed| landed.outcome.created);
    more.extend(made);
    more.extend([
        tenor_simulations::chain::BUILDER,
        tenor_simulations::chain::SETTLER,
        tenor_simulations::chain::FILLER,
        "4e59b44847b379578588920ca78fbf26c0b4956c".parse().unwrap(),
    ]);
    for account in more {
        slots.entry(account).or_default();
    }
    // Balances of tokens that the accounts were given, wherever the tokens keep them: slots 1 and 2; and what
    // they allow Permit2, in one of the first slots.
    let entry = |key: Address, slot: U256| -> U256 {
        keccak256([key.into_word().0, slot.to_be_bytes::<32>()].concat()).into()
    };
    for (account, known) in &mut slots {
        let _ = account;
        for holder in tenor::sandbox::accounts::addresses() {
            for mapping in [1_u64, 2] {
                known.push(entry(holder, U256::from(mapping)));
            }
            for mapping in 0_u64..8 {
                let of = entry(holder, U256::from(mapping));
                known.push(entry(tenor::intents::signed::PERMIT2, of));
            }
        }
        known.extend((0..16).map(U256::from));
    }
    // The protocol's: the parent's hash, the beacon chain's root, the queues' heads.
    let history = alloy_eips::eip2935::HISTORY_STORAGE_ADDRESS;
    let parent = U256::from((block.header.number - 1) % 8191);
    slots.insert(history, vec![parent]);
    let at = U256::from(block.header.timestamp % 8191);
    slots.insert(alloy_eips::eip4788::BEACON_ROOTS_ADDRESS, vec![at, at + U256::from(8191)]);
    for queue in [
        alloy_eips::eip7002::WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
        alloy_eips::eip7251::CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
    ] {
        slots.insert(queue, (0..4).map(U256::from).collect());
    }
    let accounts = slots.into_iter().filter_map(|(address, mut slots)| {
        slots.sort_unstable();
        slots.dedup();
        let info = state.account(address).unwrap()?;
        let kept = slots.into_iter().filter_map(|slot| {
            let value = state.storage(address, slot).unwrap();
            (!value.is_zero()).then(|| (B256::from(slot), value))
        });
        let leaf = TrieAccount {
            nonce: info.nonce,
            balance: info.balance,
            storage_root: root::storage_root_unhashed(kept),
            code_hash: info.code_hash,
        };
        Some((address, leaf))
    });
    assert_eq!(block.header.state_root, root::state_root_unhashed(accounts));
}

/// What was so is still so: every block's state is there as it was, up to as many as are kept.
#[test]
fn the_past_stays_as_it_was() {
    let mut chain = kit::chain();
    let first = chain.head().header.number;
    let mut balances =
        vec![chain.state(first).unwrap().account(address(9)).unwrap().unwrap().balance];
    for n in 0..300_u64 {
        let mut pool = Pool::default();
        pool.add(signed(1, plain(n, address(9), 1 + u128::from(n))), &chain).unwrap();
        let time = chain.head().header.timestamp + 12;
        chain.build(time, &[], &mut pool).unwrap();
        balances.push(balances[balances.len() - 1] + U256::from(n + 1));
    }
    let kept = chain.rules().kept as u64;
    for (number, balance) in (first..).zip(balances) {
        match chain.state(number) {
            Ok(state) => {
                assert!(number + kept > first + 300);
                assert_eq!(state.account(address(9)).unwrap().unwrap().balance, balance);
            }
            Err(error) => assert!(number + kept <= first + 300, "{number}: {error}"),
        }
    }
}
