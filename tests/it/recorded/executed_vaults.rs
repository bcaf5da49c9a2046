//! MetaMorpho vaults, executed once: `MetaMorpho` of morpho-org/metamorpho 163eb2a by solc 0.8.21 and
//! `MetaMorphoV1_1` of morpho-org/metamorpho-v1.1 0b3d2f4 by solc 0.8.26, over `Morpho` and
//! `AdaptiveCurveIrm`, with random caps, queues and fees, borrowers, bad debt and time.
//!
//! Each row of `metamorpho.csv` holds what the contracts said before a call, in the form below, the call,
//! and what came of it; `follows` where nothing but the row before it happened since. A market is, by
//! spaces: what `market(id)` tells, the rate at target, the rate of `borrowRateView`, the vault's
//! shares and its cap.

use std::{
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    sync::Arc,
};

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::venues::{
    Answer, At, Capacity, MarketParams, Place, QuoteError, Read, Swap, Venue, VenueId, open,
};

use super::executed::{Row, rows};

sol! {
    function MORPHO() external view returns (address);
    function DECIMALS_OFFSET() external view returns (uint8);
    function asset() external view returns (address);
    function totalSupply() external view returns (uint256);
    function balanceOf(address account) external view returns (uint256);
    function fee() external view returns (uint96);
    function lastTotalAssets() external view returns (uint256);
    function lostAssets() external view returns (uint256);
    function supplyQueueLength() external view returns (uint256);
    function supplyQueue(uint256 at) external view returns (bytes32);
    function withdrawQueueLength() external view returns (uint256);
    function withdrawQueue(uint256 at) external view returns (bytes32);
    function config(bytes32 id) external view returns (uint184, bool, uint64);
    function idToMarketParams(bytes32 id) external view returns (
        address, address, address, address, uint256
    );
    function market(bytes32 id) external view returns (
        uint128, uint128, uint128, uint128, uint128, uint128
    );
    function position(bytes32 id, address user) external view returns (uint256, uint128, uint128);
    function rateAtTarget(bytes32 id) external view returns (int256);
    function adaptersLength() external view returns (uint256);
}

const VAULT: Address = Address::repeat_byte(0x4a);
const MORPHO: Address = Address::repeat_byte(0x40);
const LOAN: Address = Address::repeat_byte(0x10);
const IRM: Address = Address::repeat_byte(0x14);
const ASSET: usize = 0;
const SHARE: usize = 1;

/// The chain before a row's call.
struct Chain<'r> {
    row: &'r Row,
    markets: Vec<(MarketParams, Vec<U256>)>,
}

impl<'r> Chain<'r> {
    fn of(row: &'r Row) -> Self {
        let market = |(at, text): (usize, &str)| {
            let params = MarketParams {
                loanToken: LOAN,
                collateralToken: Address::repeat_byte(0xc0),
                oracle: Address::repeat_byte(0x0a),
                irm: IRM,
                lltv: U256::from(at),
            };
            (params, text.split(' ').map(|figure| figure.parse().unwrap()).collect())
        };
        Self { row, markets: row.text("markets").split('|').enumerate().map(market).collect() }
    }

    /// The position of a market, by its id, and its figures.
    fn market(&self, id: &[u8]) -> (usize, &[U256]) {
        let id = B256::from_slice(id);
        let at = self.markets.iter().position(|(params, _)| params.id() == id).unwrap();
        (at, &self.markets[at].1)
    }

    fn id(&self, at: usize) -> Bytes {
        self.markets[at].0.id().abi_encode().into()
    }

    fn supply_queue(&self) -> Vec<usize> {
        let queue = self.row.text("supply_queue");
        queue.split_terminator(' ').map(|at| at.parse().unwrap()).collect()
    }

    fn answer(&self, to: Address, data: &[u8]) -> Answer {
        let argument = data.get(4..36).unwrap_or_default();
        let at = || usize::try_from(U256::from_be_slice(argument)).unwrap();
        let word = |name: &str| self.row.u(name).abi_encode().into();
        let length = |count: usize| U256::from(count).abi_encode().into();
        let selector = <[u8; 4]>::try_from(&data[..4]).unwrap();
        let returned: Bytes = match (to, selector) {
            (VAULT, adaptersLengthCall::SELECTOR) => return Answer::Reverted,
            (VAULT, lostAssetsCall::SELECTOR) if self.row.text("lost") == "-" => {
                return Answer::Reverted;
            }
            (VAULT, MORPHOCall::SELECTOR) => MORPHO.abi_encode().into(),
            (VAULT, assetCall::SELECTOR) => LOAN.abi_encode().into(),
            (VAULT, DECIMALS_OFFSETCall::SELECTOR) => word("offset"),
            (VAULT, totalSupplyCall::SELECTOR) => word("supply"),
            (VAULT, feeCall::SELECTOR) => word("fee"),
            (VAULT, lastTotalAssetsCall::SELECTOR) => word("last_assets"),
            (VAULT, lostAssetsCall::SELECTOR) => word("lost"),
            (VAULT, supplyQueueLengthCall::SELECTOR) => length(self.supply_queue().len()),
            (VAULT, withdrawQueueLengthCall::SELECTOR) => length(self.markets.len()),
            (VAULT, supplyQueueCall::SELECTOR) => self.id(self.supply_queue()[at()]),
            (VAULT, withdrawQueueCall::SELECTOR) => self.id(at()),
            (VAULT, configCall::SELECTOR) => {
                (self.market(argument).1[9], true, U256::ZERO).abi_encode().into()
            }
            (LOAN, balanceOfCall::SELECTOR) => word("in_morpho"),
            (MORPHO, idToMarketParamsCall::SELECTOR) => {
                self.markets[self.market(argument).0].0.abi_encode().into()
            }
            (MORPHO, marketCall::SELECTOR) => {
                self.market(argument).1[..6].abi_encode_packed().into()
            }
            (MORPHO, positionCall::SELECTOR) => {
                (self.market(argument).1[8], U256::ZERO, U256::ZERO).abi_encode().into()
            }
            (IRM, rateAtTargetCall::SELECTOR) => self.market(argument).1[6].abi_encode().into(),
            // `borrowRateView`, whose last parameter tells the market.
            (IRM, _) => {
                let at = usize::try_from(U256::from_be_slice(&data[4 + 4 * 32..][..32])).unwrap();
                self.markets[at].1[7].abi_encode().into()
            }
            other => panic!("{other:?} is asked"),
        };
        Answer::Returned(returned)
    }

    fn open(&self) -> Arc<dyn Venue> {
        let place = Place {
            id: VenueId::new("metamorpho"),
            kind: "metamorpho".into(),
            contracts: BTreeMap::from([("vault".to_owned(), VAULT)]),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        };
        let at = At { block: 1, timestamp: self.row.u("now").to() };
        let answers = |reads: &[Read]| -> Result<Vec<Answer>, Infallible> {
            let answer = |read: &Read| match read {
                Read::Call { to, data } => self.answer(*to, data),
                other => panic!("{other:?} is asked"),
            };
            Ok(reads.iter().map(answer).collect())
        };
        let opened = open(&[place], at, &mut HashMap::new(), answers).unwrap();
        opened.into_iter().next().unwrap().unwrap().venue
    }
}

#[test]
fn metamorpho_agrees_with_its_source() {
    let rows = rows(include_str!("executed/metamorpho.csv"));
    let (mut done, mut refused) = (0, 0);
    let mut before: Option<Box<dyn Venue>> = None;
    for row in &rows {
        let mut venue = Chain::of(row).open().boxed();
        if let Some(traded) = before.take().filter(|_| row.u("follows") == U256::ONE) {
            // Interest that the contracts have not booked yet is in both.
            let [traded, opened] = [&traded, &venue].map(|venue| format!("{venue:?}"));
            assert_eq!(traded, opened, "{row:?}");
        }
        let deposit = row.text("op") == "deposit";
        let (from, to) = if deposit { (ASSET, SHARE) } else { (SHARE, ASSET) };
        let swap = Swap { from, to, amount: row.u("amount") };
        let quote = venue.trade(swap);
        before = Some(venue.boxed());
        if deposit {
            let Capacity::Limited { amount, .. } = Chain::of(row).open().capacity(ASSET, SHARE)
            else {
                panic!("no cap")
            };
            // The contract counts a market that is queued twice as two.
            let twice =
                (0..8).any(|at| row.text("supply_queue").matches(&at.to_string()).count() > 1);
            assert!(twice || amount == row.u("most"), "{row:?}: {amount}");
        }
        if row.u("done").is_zero() {
            assert!(matches!(quote, Err(QuoteError::Limit { .. })), "{quote:?} {row:?}");
            refused += 1;
            continue;
        }
        let quote = quote.unwrap_or_else(|error| panic!("{error}: {row:?}"));
        assert_eq!(quote.out, row.u("out"), "{row:?}");
        assert_eq!(quote.out, row.u("preview"), "{row:?}");
        let backing = venue.redemption(SHARE).unwrap();
        assert_eq!(backing.amount, row.u("total_assets_after") + U256::ONE, "{row:?}");
        done += 1;
    }
    println!("| MetaMorpho 1.0, 1.1 | 163eb2a, 0b3d2f4 | {done} | {refused} | 0 |");
}
