//! Signed transactions given, how long until every relay has the last byte of its bundle: built, linted, written,
//! signed and sent to relays on this machine, over connections that are kept. Relays answer at once, and what
//! they do after the last byte is not counted.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

#[allow(dead_code, reason = "another bench tells its figures by it")]
mod loopback;

use std::time::Instant;

use alloy_consensus::{SignableTransaction as _, TxEip1559, TxEnvelope};
use alloy_eips::eip2718::Encodable2718 as _;
use alloy_primitives::{Address, TxKind};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use tenor::{
    bundle::{Bundle, Raw},
    clock::Clock,
};

/// Two transactions of a settlement's size.
fn transactions() -> Vec<Raw> {
    let signer = PrivateKeySigner::from_slice(&[9; 32]).unwrap();
    let sign = |nonce| {
        let transaction = TxEip1559 {
            chain_id: 1,
            nonce,
            gas_limit: 600_000,
            max_fee_per_gas: 1 << 30,
            to: TxKind::Call(Address::repeat_byte(1)),
            input: vec![0x5a; 2_500].into(),
            ..TxEip1559::default()
        };
        let signature = signer.sign_hash_sync(&transaction.signature_hash()).unwrap();
        let envelope: TxEnvelope = transaction.into_signed(signature).into();
        Raw::decode(envelope.encoded_2718().into()).unwrap()
    };
    vec![sign(0), sign(1)]
}

fn bench(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let transactions = transactions();
    let mut group = criterion.benchmark_group("bundle_to_wire");
    for count in [1, 3, 6] {
        let (fleet, read) = loopback::fleet(count, None, &Clock::System);
        let once = || {
            let begun = Instant::now();
            let bundle = Bundle::new(transactions.clone(), 21_000_001);
            let told = runtime.block_on(fleet.send(&bundle, |_| true));
            assert!(told.iter().all(|told| told.outcome.is_ok()), "{told:?}");
            let last = read.drain().map(|at| at - begun).max();
            last.expect("somebody read it")
        };
        // Connections are opened before.
        once();
        group.bench_function(BenchmarkId::from_parameter(format!("{count} relays")), |bencher| {
            bencher.iter_custom(|times| (0..times).map(|_| once()).sum());
        });
    }
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
