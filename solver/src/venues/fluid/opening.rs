//! Fluid's DEX: a pool, its words, its books in Liquidity, and what the resolver says of both.

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::sol;

use super::{
    super::{Chain, Kind, Place, Site, Unread, opening::Opening},
    Centre, FluidDex, Rooms,
    books::{Book, field, unpacked},
    reserves::{Range, Scale},
};
use crate::risk::Class;

sol! {
    struct Implementations {
        address shift;
        address admin;
        address colOperations;
        address debtOperations;
        address perfectOperationsAndSwapOut;
    }

    struct Constants {
        uint256 dexId;
        address liquidity;
        address factory;
        Implementations implementations;
        address deployerContract;
        address token0;
        address token1;
        bytes32 supplyToken0Slot;
        bytes32 borrowToken0Slot;
        bytes32 supplyToken1Slot;
        bytes32 borrowToken1Slot;
        bytes32 exchangePriceToken0Slot;
        bytes32 exchangePriceToken1Slot;
        uint256 oracleMapping;
    }

    struct Prices {
        uint256 lastStoredPrice;
        uint256 centerPrice;
        uint256 upperRange;
        uint256 lowerRange;
        uint256 geometricMean;
        uint256 supplyToken0ExchangePrice;
        uint256 borrowToken0ExchangePrice;
        uint256 supplyToken1ExchangePrice;
        uint256 borrowToken1ExchangePrice;
    }

    struct TokenLimit {
        uint256 available;
        uint256 expandsTo;
        uint256 expandDuration;
    }

    struct Limits {
        TokenLimit withdrawableToken0;
        TokenLimit withdrawableToken1;
        TokenLimit borrowableToken0;
        TokenLimit borrowableToken1;
    }

    function constantsView() external view returns (Constants);
    function constantsView2() external view returns (
        uint256 token0Numerator, uint256 token0Denominator,
        uint256 token1Numerator, uint256 token1Denominator
    );
    function getDexPricesAndExchangePrices(address dex) external returns (Prices);
    function getDexLimits(address dex) external view returns (Limits);
}

/// `DexReservesResolver`.
const RESOLVER: Address = address!("05bd8269a20c472b148246de20e6852091bf16ff");

const SOURCE: &str = "Instadapp/fluid-contracts-public a9949b4, deployments/mainnet";

const fn site(id: &'static str, contracts: &'static [(&'static str, Address)]) -> Site {
    Site { id, protocol: "fluid", contracts, source: SOURCE }
}

pub(in super::super) const KINDS: &[Kind] = &[Kind::new(
    "fluid_dex",
    &["pool"],
    &[Class::Exchange],
    open,
)
.beside(&["resolver"])
.found_at(&[
    site(
        "fluid:wstETH/ETH",
        &[("pool", address!("0b1a513ee24972daef112bc777a5610d4325c9e7")), ("resolver", RESOLVER)],
    ),
    site(
        "fluid:weETH/ETH",
        &[("pool", address!("86f874212335af27c41cdb855c2255543d1499ce")), ("resolver", RESOLVER)],
    ),
    site(
        "fluid:ezETH/ETH",
        &[("pool", address!("dd72157a021804141817d46d9852a97addfb9f59")), ("resolver", RESOLVER)],
    ),
    site(
        "fluid:ETH/osETH",
        &[("pool", address!("c0652bddcff7739dadf0c9567584b35ca63eb8e1")), ("resolver", RESOLVER)],
    ),
])];

/// Opens the pool in role `pool`, by what the contract in role `resolver` says of it.
///
/// `constantsView` and `constantsView2` of the pool, its first two words, and the words of its books in
/// Liquidity; `getDexPricesAndExchangePrices` and `getDexLimits` of the resolver: prices, the range and
/// interest to the block, and what Liquidity lets go of, which is told to a part in 10,000 of its totals.
fn open(place: &Place, chain: &Chain<'_>) -> Opening {
    let (pool, resolver) = (place.contract("pool")?, place.contract("resolver")?);
    let now = chain.at().timestamp;
    let scales = chain.fixed(pool, &constantsView2Call {});
    let words = [0, 1].map(|slot| chain.slot(pool, U256::from(slot)));
    let prices = chain.call(resolver, &getDexPricesAndExchangePricesCall { dex: pool });
    let limits = chain.call(resolver, &getDexLimitsCall { dex: pool });
    let constants = chain.fixed(pool, &constantsViewCall {})?;
    let books = books(chain, &constants);
    let [first, second] = words;
    let (state, config, prices) = (first?, second?, prices?);
    check(config, &prices)?;
    let books = books?.priced(&prices);
    let of = |bit: usize, books: [Book; 2]| config.bit(bit).then_some(books);
    let venue = FluidDex {
        id: place.id.clone(),
        pool,
        tokens: [constants.token0, constants.token1],
        scales: self::scales(&scales?)?,
        range: Range {
            centre: prices.centerPrice,
            upper: prices.upperRange,
            lower: prices.lowerRange,
            mean: prices.geometricMean,
        },
        centre: centre(config),
        fee_ppm: field(config, 2, 17).to(),
        cut_percent: field(config, 19, 7).to(),
        supplies: of(0, books.supplies),
        debts: of(1, books.debts),
        last_price: last_price(state, now),
        rooms: rooms(&limits?),
        paused: config.bit(255),
        pools: None,
    };
    Ok(Arc::new(venue.measured()))
}

/// Refuses what the arithmetic does not follow, and what says nothing.
fn check(config: U256, prices: &Prices) -> Result<(), Unread> {
    let refused = |what: &str| Err(Unread::Refused(what.into()));
    if field(config, 0, 2).is_zero() {
        return refused("the pool has neither supplies nor debts");
    }
    if config.bit(26) || config.bit(248) {
        return refused("the range of the pool is being moved");
    }
    if field(config, 2, 17) > U256::from(100_000) || field(config, 19, 7) > U256::from(100) {
        return refused("a fee of more than a tenth, or a cut of more than the fee");
    }
    if prices.centerPrice.is_zero() || prices.geometricMean.is_zero() {
        return refused("the pool has no price");
    }
    Ok(())
}

fn scales(told: &constantsView2Return) -> Result<[Scale; 2], Unread> {
    let scales = [
        Scale { numerator: told.token0Numerator, denominator: told.token0Denominator },
        Scale { numerator: told.token1Numerator, denominator: told.token1Denominator },
    ];
    let zero = |scale: &Scale| scale.numerator.is_zero() || scale.denominator.is_zero();
    if scales.iter().any(zero) {
        return Err(Unread::Refused("a token has no unit".into()));
    }
    Ok(scales)
}

/// The price that the pool compares a swap's with: the last of an earlier block.
fn last_price(state: U256, now: u64) -> U256 {
    let same_block = field(state, 121, 33) == U256::from(now);
    unpacked(state, if same_block { 1 } else { 41 }, 40)
}

fn centre(config: U256) -> Centre {
    if !field(config, 112, 30).is_zero() {
        return Centre::Told;
    }
    let shares = [field(config, 27, 20), field(config, 47, 20)];
    Centre::Stored { least: unpacked(config, 200, 28), shares }
}

fn rooms(told: &Limits) -> [Rooms; 2] {
    let rooms = |taken: &TokenLimit, lent: &TokenLimit| Rooms {
        taken: taken.available,
        lent: lent.available,
    };
    [
        rooms(&told.withdrawableToken0, &told.borrowableToken0),
        rooms(&told.withdrawableToken1, &told.borrowableToken1),
    ]
}

/// Words of the books.
struct Books {
    supplies: [U256; 2],
    debts: [U256; 2],
}

/// Books with interest to the block.
struct Priced {
    supplies: [Book; 2],
    debts: [Book; 2],
}

fn books(chain: &Chain<'_>, constants: &Constants) -> Result<Books, Unread> {
    let word = |slot: B256| chain.slot(constants.liquidity, slot.into());
    let supplies = [constants.supplyToken0Slot, constants.supplyToken1Slot].map(word);
    let debts = [constants.borrowToken0Slot, constants.borrowToken1Slot].map(word);
    let ([s0, s1], [d0, d1]) = (supplies, debts);
    Ok(Books { supplies: [s0?, s1?], debts: [d0?, d1?] })
}

impl Books {
    fn priced(&self, prices: &Prices) -> Priced {
        let book = |word: U256, price: U256| Book {
            raw: unpacked(word, 1, 64),
            price: word.bit(0).then_some(price),
        };
        let ([s0, s1], [d0, d1]) = (self.supplies, self.debts);
        Priced {
            supplies: [
                book(s0, prices.supplyToken0ExchangePrice),
                book(s1, prices.supplyToken1ExchangePrice),
            ],
            debts: [
                book(d0, prices.borrowToken0ExchangePrice),
                book(d1, prices.borrowToken1ExchangePrice),
            ],
        }
    }
}
