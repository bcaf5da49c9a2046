//! How long a market takes from one block to the next: 200 of 1,000 pools touched, half of them
//! Uniswap V2 and half V3, the answering left out. Where the system tells it, the time is that of the
//! thread on its processor: others may share the machine.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::{
    collections::{BTreeMap, HashSet},
    convert::Infallible,
    hint::black_box,
    sync::LazyLock,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, B256, Bytes, I256, U256, keccak256};
use criterion::{Criterion, criterion_group, criterion_main};
use tenor::market::{
    live::{Change, Head, Live},
    places::{Places, Row},
};
use tenor_solver::{
    market::TokenInfo,
    venues::{Answer, Place, Read, VenueId, sqrt_ratio_at},
};

const POOLS: u64 = 1_000;
const TOUCHED: u64 = 200;
const TOKENS: u64 = 100;
const ROUTER: Address = Address::repeat_byte(0xff);

/// Initialised ticks in each word of a concentrated pool's bitmap.
const TICKS: U256 = U256::from_limbs([0x0101_0101, 0x0101, 0, 0x0101_0101]);

/// Time of this thread on its processor, or of the clock.
fn now() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let told = std::fs::read_to_string("/proc/thread-self/schedstat");
    let nanos = told.ok().and_then(|told| told.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| START.elapsed(), Duration::from_nanos)
}

fn account(group: u8, n: u64) -> Address {
    let mut bytes = [group; 20];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    Address::from(bytes)
}

fn pool(n: u64) -> Address {
    account(0x50, n)
}

fn pair(n: u64) -> [Address; 2] {
    let (a, b) = (n % TOKENS, (n % TOKENS + 1 + n / TOKENS) % TOKENS);
    [account(0x70, a.min(b)), account(0x70, a.max(b))]
}

fn places() -> Places {
    let token = |n| TokenInfo { address: account(0x70, n), symbol: format!("T{n}"), decimals: 18 };
    let row = |n: u64| {
        let kind = if n.is_multiple_of(2) { "uniswap_v2" } else { "uniswap_v3" };
        let contracts = [("pool", pool(n)), ("router", ROUTER)];
        let contracts = contracts.map(|(role, at)| (role.to_owned(), at)).into();
        let constants = BTreeMap::new();
        let id = VenueId::new(format!("{kind}:{n}"));
        Row {
            place: Place { id, kind: kind.into(), contracts, constants, code: BTreeMap::new() },
            protocol: kind.into(),
            source: String::new(),
        }
    };
    Places {
        chain_id: 1,
        tokens: (0..TOKENS).map(token).collect(),
        rows: (0..POOLS).map(row).collect(),
        code: Vec::new(),
        listed: Vec::new(),
    }
}

/// What the pools say at a block: their reserves and prices move with it.
struct Chain {
    block: u64,
    selectors: [[u8; 4]; 9],
}

impl Chain {
    fn new() -> Self {
        let selectors = [
            "token0()",
            "token1()",
            "getReserves()",
            "fee()",
            "tickSpacing()",
            "slot0()",
            "liquidity()",
            "tickBitmap(int16)",
            "ticks(int24)",
        ];
        let selector = |name: &str| keccak256(name)[..4].try_into().unwrap();
        Self { block: 1, selectors: selectors.map(selector) }
    }

    fn head(&self) -> Head {
        Head { chain_id: 1, block: self.block, timestamp: 12 * self.block, base_fee: U256::from(7) }
    }

    fn answer(&self, read: &Read) -> Answer {
        let Read::Call { to, data } = read else { return Answer::Word(U256::ZERO) };
        let n = u64::from_be_bytes(to[12..].try_into().unwrap());
        let word = |value: U256| value.to_be_bytes::<32>();
        let depth = U256::from(10).pow(U256::from(21)) + U256::from(self.block);
        let tick = i32::try_from(self.block % 7).unwrap();
        let signed = |value: i64| I256::try_from(value).unwrap().into_raw();
        let words: Vec<[u8; 32]> = match self.selectors.iter().position(|s| s[..] == data[..4]) {
            Some(side @ 0..=1) => vec![pair(n)[side].into_word().0],
            Some(2) => vec![word(depth), word(depth + U256::from(n)), word(U256::ZERO)],
            Some(3) => vec![word(U256::from(3_000))],
            Some(4) => vec![word(U256::from(60))],
            Some(5) => vec![word(sqrt_ratio_at(tick).unwrap()), word(signed(tick.into()))],
            Some(6) => vec![word(depth)],
            Some(7) => vec![word(TICKS)],
            Some(8) => {
                // Liquidity rises from below to the price, and falls from there on.
                let at = I256::from_raw(B256::from_slice(&data[4..36]).into());
                let net = if at.is_negative() { 1_000 } else { -1_000 };
                vec![word(U256::from(1_000)), word(signed(net))]
            }
            _ => return Answer::Reverted,
        };
        Answer::Returned(Bytes::from(words.concat()))
    }

    /// Answers, and how long that took.
    fn fetch(&self, spent: &mut Duration, reads: &[Read]) -> Result<Vec<Answer>, Infallible> {
        let started = now();
        let answers = reads.iter().map(|read| self.answer(read)).collect();
        *spent += now().saturating_sub(started);
        Ok(answers)
    }
}

fn update(criterion: &mut Criterion) {
    let mut chain = Chain::new();
    let mut spent = Duration::ZERO;
    let fetch = |reads: &[Read]| chain.fetch(&mut spent, reads);
    let opened = Live::open(places(), chain.head(), "a bench", fetch).unwrap();
    let refused: Vec<_> = opened.refused().collect();
    assert!(refused.is_empty(), "{}", refused[0]);
    let touched: HashSet<Address> = (0..TOUCHED).map(|n| pool(n * POOLS / TOUCHED)).collect();
    let answers = opened.answers().len();
    let mut live = opened;
    criterion.bench_function(
        &format!("market: an update, 200 of 1,000 pools, {answers} answers"),
        |bencher| {
            bencher.iter_custom(|times| {
                let mut total = Duration::ZERO;
                for _ in 0..times {
                    chain.block += 1;
                    let mut spent = Duration::ZERO;
                    let started = now();
                    let fetch = |reads: &[Read]| chain.fetch(&mut spent, reads);
                    live.update(chain.head(), Change::Touched(black_box(&touched)), fetch).unwrap();
                    total += now().saturating_sub(started + spent);
                }
                total
            });
        },
    );
}

criterion_group!(benches, update);
criterion_main!(benches);
