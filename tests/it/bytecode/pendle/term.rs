//! One market with what it trades, and what others do with it.

#![expect(non_snake_case, reason = "fields are named as the contracts name them")]

use std::collections::BTreeMap;

use alloy_primitives::{Address, I256, U256, aliases::U80};
use alloy_sol_types::sol;
use tenor_solver::venues::{OpenError, Opened, Place, VenueId};

use super::{
    super::{ALICE, BOB, OWNER, lab::Refusal},
    protocol::{Pendle, TREASURY, WAD},
};
use crate::world::rng::Rng;

sol! {
    struct Guess {
        uint256 least;
        uint256 most;
        uint256 first;
        uint256 tries;
        uint256 eps;
    }

    /// No limit orders; what one would be does not matter, but for the selector.
    struct Order {
        uint256 salt;
        uint256 expiry;
        uint256 nonce;
        uint8 kind;
        address token;
        address yt;
        address maker;
        address receiver;
        uint256 making;
        uint256 rate;
        uint256 failSafe;
        bytes permit;
    }

    struct Fill {
        Order order;
        bytes signature;
        uint256 making;
    }

    #[derive(Default)]
    struct Orders {
        address router;
        uint256 eps;
        Fill[] normal;
        Fill[] flash;
        bytes data;
    }

    function createYieldContract(address sy, uint32 expiry, bool doCacheIndexSameBlock)
        external returns (address pt, address yt);
    function createNewMarket(address pt, int256 scalarRoot, int256 initialAnchor, uint80 lnFeeRateRoot)
        external returns (address market);
    function setTreasuryAndFeeReserve(address newTreasury, uint8 newReserveFeePercent) external;
    function setOverriddenFee(address router, address market, uint80 newFee) external;
    function mintPY(address receiverPT, address receiverYT) external returns (uint256);
    function mint(address receiver, uint256 netSyDesired, uint256 netPtDesired)
        external returns (uint256, uint256, uint256);
    function burn(address receiverSy, address receiverPt, uint256 netLpToBurn)
        external returns (uint256, uint256);
    function swapExactSyForPt(
        address receiver, address market, uint256 exactSyIn, uint256 minPtOut, Guess guess, Orders orders
    ) external returns (uint256 netPtOut, uint256 netSyFee);
    function addLiquiditySingleSy(
        address receiver, address market, uint256 netSyIn, uint256 minLpOut, Guess guess, Orders orders
    ) external returns (uint256 netLpOut, uint256 netSyFee);
}

/// One market, with what it trades.
#[derive(Debug, Clone)]
pub(super) struct Term {
    pub(super) pendle: Pendle,
    pub(super) pt: Address,
    pub(super) yt: Address,
    pub(super) market: Address,
    pub(super) expiry: u64,
}

impl Term {
    /// A market of any shape, with liquidity of any size; Alice and Bob have PT, YT and SY.
    pub(super) fn new(blank: &Pendle, rng: &mut Rng) -> Self {
        let mut pendle = blank.clone();
        // The vault has shares, at any rate.
        let first = rng.bits(20, 100);
        pendle.give_sy(BOB, first);
        if rng.chance(2) {
            let gift = rng.upto(first);
            pendle.lab.transfer(pendle.asset, BOB, pendle.vault, gift);
        }
        let days = rng.pick(&[1, 3, 30, 500]);
        let left = 60 + rng.below(days * 86_400);
        let expiry = pendle.lab.now() + left;
        let call = createYieldContractCall {
            sy: pendle.sy,
            expiry: u32::try_from(expiry).unwrap(),
            doCacheIndexSameBlock: rng.chance(2),
        };
        let createYieldContractReturn { pt, yt } = pendle.lab.must(OWNER, pendle.yields, &call);
        let market = new_market(&mut pendle, pt, rng, left);
        let mut term = Self { pendle, pt, yt, market, expiry };
        let size = rng.bits(30, 90);
        let (sy, pt) = (rng.near(size), rng.near(size));
        term.add(sy, pt);
        for account in [ALICE, BOB] {
            term.mint_py(account, size);
            term.pendle.give_sy(account, size);
            for token in [pendle_sy(&term), term.pt, term.yt] {
                term.pendle.lab.allow(token, account, term.pendle.router);
            }
        }
        term
    }

    pub(super) fn now(&self) -> u64 {
        self.pendle.lab.now()
    }

    /// Gives an account PT and YT, of so much of the asset.
    pub(super) fn mint_py(&mut self, account: Address, asset: U256) {
        let amount = self.pendle.give_sy(account, asset);
        self.pendle.lab.transfer(self.pendle.sy, account, self.yt, amount);
        let call = mintPYCall { receiverPT: account, receiverYT: account };
        self.pendle.lab.must(account, self.yt, &call);
    }

    /// Bob adds liquidity; the market takes what fits its proportion.
    pub(super) fn add(&mut self, sy: U256, pt: U256) {
        self.mint_py(BOB, pt);
        let pt = self.pendle.lab.balance(self.pt, BOB).min(pt);
        let sy = self.pendle.give_sy(BOB, sy);
        self.pendle.lab.transfer(self.pt, BOB, self.market, pt);
        self.pendle.lab.transfer(self.pendle.sy, BOB, self.market, sy);
        let call = mintCall { receiver: BOB, netSyDesired: sy, netPtDesired: pt };
        let _too_little = self.pendle.lab.send(BOB, self.market, &call);
    }

    /// Bob takes a part of his liquidity out.
    pub(super) fn remove(&mut self, rng: &mut Rng) {
        let held = self.pendle.lab.balance(self.market, BOB);
        let part = held / U256::from(2 + rng.below(20));
        self.pendle.lab.transfer(self.market, BOB, self.market, part);
        let call = burnCall { receiverSy: BOB, receiverPt: BOB, netLpToBurn: part };
        let _nothing = self.pendle.lab.send(BOB, self.market, &call);
    }

    /// Bob leaves SY and PT where nobody asked for them.
    pub(super) fn scatter(&mut self, rng: &mut Rng) {
        for (token, to) in
            [(self.pendle.sy, self.yt), (self.pendle.sy, self.market), (self.pt, self.market)]
        {
            let held = self.pendle.lab.balance(token, BOB);
            let amount = rng.upto(held / U256::from(1_000));
            self.pendle.lab.transfer(token, BOB, to, amount);
        }
    }

    /// The factory's owner changes the treasury's part, or the router's fee.
    pub(super) fn change_fees(&mut self, rng: &mut Rng) {
        let Pendle { lab, markets, router, .. } = &mut self.pendle;
        let percent = u8::try_from(rng.below(101)).unwrap();
        let call =
            setTreasuryAndFeeReserveCall { newTreasury: TREASURY, newReserveFeePercent: percent };
        lab.must(OWNER, *markets, &call);
        let newFee = U80::from(rng.below(10_000_000_000_000_000));
        let call = setOverriddenFeeCall { router: *router, market: self.market, newFee };
        let _not_below_the_markets = lab.send(OWNER, *markets, &call);
    }

    /// What the router would give Alice for SY by its own search, or why it would not.
    pub(super) fn search(&mut self, sy: U256, guess: Guess) -> Result<U256, Refusal> {
        let call = swapExactSyForPtCall {
            receiver: ALICE,
            market: self.market,
            exactSyIn: sy,
            minPtOut: U256::ZERO,
            guess,
            orders: Orders::default(),
        };
        let Pendle { lab, sy, router, .. } = &mut self.pendle;
        lab.allow(*sy, ALICE, *router);
        lab.ask(ALICE, *router, &call).map(|bought| bought.netPtOut)
    }

    /// The LP that the router would mint for Alice by its own search, or why it would not.
    pub(super) fn search_lp(&mut self, sy: U256, guess: Guess) -> Result<U256, Refusal> {
        let call = addLiquiditySingleSyCall {
            receiver: ALICE,
            market: self.market,
            netSyIn: sy,
            minLpOut: U256::ZERO,
            guess,
            orders: Orders::default(),
        };
        let Pendle { lab, sy, router, .. } = &mut self.pendle;
        lab.allow(*sy, ALICE, *router);
        lab.ask(ALICE, *router, &call).map(|added| added.netLpOut)
    }

    /// Bob gives Alice a part of his liquidity.
    pub(super) fn share(&mut self, rng: &mut Rng) {
        let held = self.pendle.lab.balance(self.market, BOB);
        self.pendle.lab.transfer(self.market, BOB, ALICE, rng.upto(held / U256::from(3)));
    }

    fn place(&self, kind: &str, contracts: &[(&str, Address)]) -> Place {
        Place {
            id: VenueId::new(kind),
            kind: kind.to_owned(),
            contracts: contracts.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect(),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        }
    }

    pub(super) fn open(&mut self) -> Result<Opened, OpenError> {
        let contracts = [("market", self.market), ("router", self.pendle.router)];
        let place = self.place("pendle_market", &contracts);
        self.pendle.lab.open(&place)
    }

    pub(super) fn open_lp(&mut self) -> Result<Opened, OpenError> {
        let contracts = [("market", self.market), ("router", self.pendle.router)];
        let place = self.place("pendle_lp", &contracts);
        self.pendle.lab.open(&place)
    }

    pub(super) fn open_py(&mut self) -> Result<Opened, OpenError> {
        let contracts = [("yt", self.yt), ("router", self.pendle.router)];
        let place = self.place("pendle_py", &contracts);
        self.pendle.lab.open(&place)
    }

    pub(super) fn open_sy(&mut self) -> Result<Opened, OpenError> {
        let place = self.place("pendle_sy", &[("sy", self.pendle.sy)]);
        self.pendle.lab.open(&place)
    }
}

fn pendle_sy(term: &Term) -> Address {
    term.pendle.sy
}

/// Scalars, anchors and fees as markets have them, and beyond.
fn new_market(pendle: &mut Pendle, pt: Address, rng: &mut Rng, left: u64) -> Address {
    let scale = |permille: u64| WAD * U256::from(permille) / U256::from(1000);
    let most = rng.pick(&[5_000, 200_000, 200_000]);
    let scalar = scale(1000 + rng.below(most));
    let years =
        |rate: u64| scale(1000) * U256::from(rate * left) / U256::from(1000 * 31_536_000u64);
    let call = createNewMarketCall {
        pt,
        scalarRoot: I256::from_raw(scalar),
        // Up to 30 % a year.
        initialAnchor: I256::from_raw(WAD + years(20 + rng.below(280))),
        lnFeeRateRoot: U80::from(rng.below(20_000_000_000_000_000)),
    };
    pendle.lab.must(OWNER, pendle.markets, &call)
}
