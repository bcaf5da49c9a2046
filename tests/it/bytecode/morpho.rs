//! Morpho Blue: the native market against the contract, lending and borrowing.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256, uint};
use alloy_sol_types::{SolValue, sol};
use tenor_simulations::{Script, simulate};
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, Loan, MarketParams, MorphoTotals, Place, QuoteError, Side, Swap, Trade, Venue,
        VenueId,
    },
};

use super::{ALICE, BOB, OWNER, lab::Lab, packages, tally::Tally};
use crate::world::rng::Rng;

sol! {
    struct Params {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    #[derive(Debug)]
    struct State {
        uint128 totalSupplyAssets;
        uint128 totalSupplyShares;
        uint128 totalBorrowAssets;
        uint128 totalBorrowShares;
        uint128 lastUpdate;
        uint128 fee;
    }

    function enableIrm(address irm) external;
    function enableLltv(uint256 lltv) external;
    function createMarket(Params params) external;
    function setFee(Params params, uint256 fee) external;
    function setFeeRecipient(address recipient) external;
    function setPrice(uint256 price) external;
    function supply(
        Params params, uint256 assets, uint256 shares, address onBehalf, bytes data
    ) external returns (uint256, uint256);
    function withdraw(
        Params params, uint256 assets, uint256 shares, address onBehalf, address receiver
    ) external returns (uint256, uint256);
    function borrow(
        Params params, uint256 assets, uint256 shares, address onBehalf, address receiver
    ) external returns (uint256, uint256);
    function repay(
        Params params, uint256 assets, uint256 shares, address onBehalf, bytes data
    ) external returns (uint256, uint256);
    function supplyCollateral(Params params, uint256 assets, address onBehalf, bytes data) external;
    function liquidate(
        Params params, address borrower, uint256 seized, uint256 shares, bytes data
    ) external returns (uint256, uint256);
    function market(bytes32 id) external view returns (State);
    function position(bytes32 id, address user) external view returns (
        uint256 supplyShares, uint128 borrowShares, uint128 collateral
    );
    function borrowRateView(Params params, State market) external view returns (uint256);
}

const LOAN: usize = 0;
const POSITION: usize = 1;
const LLTV: u64 = 945_000_000_000_000_000;
/// One unit of collateral is worth one of the loan token.
pub(super) const PAR: U256 = uint!(1_000_000_000_000_000_000_000_000_000_000_000_000_U256);
const PACKAGE: &[&str] = &["@morpho-org/morpho-blue"];

/// One market with the package's own interest rate model: the share lent out is the annual rate.
#[derive(Debug, Clone)]
pub(super) struct Market {
    pub(super) lab: Lab,
    pub(super) morpho: Address,
    pub(super) params: MarketParams,
}

impl Market {
    pub(super) fn new() -> Self {
        let mut lab = Lab::new();
        let [loan, collateral] = lab.tokens();
        for (token, account) in [(loan, ALICE), (loan, BOB), (collateral, BOB)] {
            lab.mint(token, account, U256::ONE << 200);
        }
        let code = packages::compiled_source("IrmMock", &[]);
        let mut market = Self::of(lab, [loan, collateral], |lab, _| lab.deploy(&code, &[]));
        market.lab.allow(loan, ALICE, market.morpho);
        market.pledge(U256::ONE << 120);
        market
    }

    /// A market of these tokens in which nobody has anything, with a rate model made for Morpho. Bob lets
    /// it take what he has.
    pub(super) fn of(
        mut lab: Lab,
        [loan, collateral]: [Address; 2],
        irm: impl FnOnce(&mut Lab, Address) -> Address,
    ) -> Self {
        let code = |name| packages::compiled_source(name, &[]);
        let morpho = lab.deploy(&code("Morpho"), &OWNER.abi_encode());
        let irm = irm(&mut lab, morpho);
        let oracle = lab.deploy(&code("OracleMock"), &[]);
        let lltv = U256::from(LLTV);
        lab.must(OWNER, morpho, &enableIrmCall { irm });
        lab.must(OWNER, morpho, &enableLltvCall { lltv });
        lab.must(OWNER, morpho, &setFeeRecipientCall { recipient: OWNER });
        lab.must(OWNER, oracle, &setPriceCall { price: PAR });
        for token in [loan, collateral] {
            lab.allow(token, BOB, morpho);
        }
        let params =
            MarketParams { loanToken: loan, collateralToken: collateral, oracle, irm, lltv };
        let mut market = Self { lab, morpho, params };
        let call = createMarketCall { params: market.params() };
        market.lab.must(OWNER, morpho, &call);
        market
    }

    pub(super) fn pledge(&mut self, assets: U256) {
        let params = self.params();
        let call = supplyCollateralCall { params, assets, onBehalf: BOB, data: Bytes::new() };
        self.lab.must(BOB, self.morpho, &call);
    }

    /// Bob settles so much of what somebody owes. Returns what he takes and pays, or that the loan is one
    /// that nobody may.
    pub(super) fn liquidate(&mut self, borrower: Address, shares: U256) -> Option<(U256, U256)> {
        let (params, seized, data) = (self.params(), U256::ZERO, Bytes::new());
        let call = liquidateCall { params, borrower, seized, shares, data };
        self.lab.send(BOB, self.morpho, &call).ok().map(|told| (told._0, told._1))
    }

    fn params(&self) -> Params {
        let MarketParams { loanToken, collateralToken, oracle, irm, lltv } = self.params;
        Params { loanToken, collateralToken, oracle, irm, lltv }
    }

    pub(super) fn id(&self) -> B256 {
        self.params.id()
    }

    pub(super) fn place(&self) -> Place {
        let MarketParams { loanToken, collateralToken, oracle, irm, .. } = self.params;
        let contracts = [
            ("morpho", self.morpho),
            ("position", self.params.position()),
            ("loan", loanToken),
            ("collateral", collateralToken),
            ("oracle", oracle),
            ("irm", irm),
        ];
        Place {
            id: VenueId::new("morpho:A"),
            kind: "morpho_market".into(),
            contracts: contracts.map(|(role, at)| (role.to_owned(), at)).into(),
            constants: BTreeMap::from([("lltv".to_owned(), LLTV)]),
            code: BTreeMap::new(),
        }
    }

    fn open(&mut self) -> Box<dyn Venue> {
        let place = self.place();
        let venue: Arc<dyn Venue> = self.lab.open(&place).unwrap().venue;
        venue.boxed()
    }

    /// The totals with interest up to now, as the model has them.
    pub(super) fn totals(&mut self) -> MorphoTotals {
        let state = self.lab.view(self.morpho, &marketCall { id: self.id() });
        let side = |assets, shares| Side { assets: U256::from(assets), shares: U256::from(shares) };
        let totals = MorphoTotals {
            supply: side(state.totalSupplyAssets, state.totalSupplyShares),
            borrow: side(state.totalBorrowAssets, state.totalBorrowShares),
            last_update: u64::try_from(state.lastUpdate).unwrap(),
            fee: U256::from(state.fee),
        };
        let call = borrowRateViewCall { params: self.params(), market: state };
        let rate = self.lab.view(self.params.irm, &call);
        totals.accrued(rate, self.lab.now()).unwrap()
    }

    fn loan(&mut self) -> Loan {
        let held = self.lab.view(self.morpho, &positionCall { id: self.id(), user: BOB });
        let [collateral, borrow_shares] = [held.collateral, held.borrowShares].map(U256::from);
        Loan { collateral, borrow_shares }
    }

    pub(super) fn supply(&mut self, assets: U256) {
        let (params, data) = (self.params(), Bytes::new());
        let call = supplyCall { params, assets, shares: U256::ZERO, onBehalf: BOB, data };
        let _overflow = self.lab.send(BOB, self.morpho, &call);
    }

    pub(super) fn borrow(&mut self, assets: U256) -> Option<(U256, U256)> {
        let params = self.params();
        let call = borrowCall { params, assets, shares: U256::ZERO, onBehalf: BOB, receiver: BOB };
        self.lab.send(BOB, self.morpho, &call).ok().map(|told| (told._0, told._1))
    }

    fn repay(&mut self, assets: U256, shares: U256) -> Option<(U256, U256)> {
        let (params, data) = (self.params(), Bytes::new());
        let call = repayCall { params, assets, shares, onBehalf: BOB, data };
        self.lab.send(BOB, self.morpho, &call).ok().map(|told| (told._0, told._1))
    }

    pub(super) fn price(&mut self, price: U256) {
        self.lab.must(OWNER, self.params.oracle, &setPriceCall { price });
    }

    /// Others supply, borrow, repay and wait; at times all that there is is lent out.
    pub(super) fn pass(&mut self, rng: &mut Rng) {
        if rng.chance(4) {
            let fee = rng.upto(WAD / U256::from(4));
            let _same =
                self.lab.send(OWNER, self.morpho, &setFeeCall { params: self.params(), fee });
        }
        self.supply(rng.bits(1, 90));
        let liquidity = self.totals().liquidity();
        if !liquidity.is_zero() && !rng.chance(4) {
            let assets = if rng.chance(3) { liquidity } else { rng.upto(liquidity) };
            self.borrow(assets);
        }
        self.lab.warp(rng.pick(&[0, 12, 3600, 86_400 * 30, 86_400 * 365]));
    }
}

fn random_swap(rng: &mut Rng, market: &mut Market, venue: &dyn Venue) -> Swap {
    let held = market.lab.view(market.morpho, &positionCall { id: market.id(), user: ALICE });
    let held = held.supplyShares;
    if held.is_zero() || rng.chance(2) {
        return Swap { from: LOAN, to: POSITION, amount: rng.bits(1, 90) };
    }
    let amount = match venue.capacity(POSITION, LOAN) {
        Capacity::Limited { amount, .. } if rng.chance(3) => amount + U256::from(rng.below(2)),
        _ if rng.chance(4) => held,
        _ => rng.upto(held),
    };
    Swap { from: POSITION, to: LOAN, amount: amount.min(held) }
}

#[test]
fn morpho_lending_agrees() {
    let (mut tally, mut rng) = Tally::new("Morpho Blue", PACKAGE);
    let blank = Market::new();
    while tally.wants_more() {
        let mut market = blank.clone();
        for _ in 0..rng.below(5) {
            market.pass(&mut rng);
        }
        let mut venue = market.open();
        for _ in 0..8 {
            if rng.chance(3) {
                market.pass(&mut rng);
                venue = market.open();
            }
            let swap = random_swap(&mut rng, &mut market, &*venue);
            if swap.amount.is_zero() {
                continue;
            }
            let refused = tally.trade(&mut market.lab, &mut *venue, swap);
            assert!(matches!(refused, Ok(_) | Err(QuoteError::Limit { .. })), "{refused:?}");
            let opened = market.open();
            tally.equal("opened anew", format!("{venue:?}"), format!("{opened:?}"), swap);
        }
    }
    tally.report();
}

/// What a market does on a borrower's side: the shares, the amounts and the totals afterwards.
fn borrowing(tally: &mut Tally, rng: &mut Rng, market: &mut Market) -> Option<()> {
    let (totals, loan) = (market.totals(), market.loan());
    let case = (totals, loan);
    let (model, told, after) = match rng.below(3) {
        0 => {
            let assets = rng.upto(totals.liquidity() + U256::ONE);
            let (model, told) = (totals.borrowed(assets), market.borrow(assets));
            (model.map(|(shares, _)| (assets, shares)), told, model?.1)
        }
        1 => {
            let owed = loan.debt(&totals.borrow).unwrap();
            let assets = rng.upto(owed);
            if assets.is_zero() {
                return None;
            }
            let model = totals.repaid(assets);
            let told = market.repay(assets, U256::ZERO);
            (model.map(|(shares, _)| (assets, shares)), told, model?.1)
        }
        _ => {
            let shares =
                if rng.chance(3) { loan.borrow_shares } else { rng.upto(loan.borrow_shares) };
            if shares.is_zero() {
                return None;
            }
            let model = totals.settled(shares);
            let told = market.repay(U256::ZERO, shares);
            (model.map(|(assets, _)| (assets, shares)), told, model?.1)
        }
    };
    tally.equal("assets and shares", model, told, case);
    tally.equal("the totals", after, market.totals(), case);
    tally.traded();
    Some(())
}

/// A fall of the price to about the loan's limit: both sides of it, and what a liquidator takes.
fn liquidation(tally: &mut Tally, rng: &mut Rng, market: &mut Market) -> Option<()> {
    let (totals, loan) = (market.totals(), market.loan());
    let lltv = U256::from(LLTV);
    let owed = loan.debt(&totals.borrow)?;
    let limit = owed * PAR / loan.collateral * WAD / lltv;
    let price = if rng.chance(2) { limit + U256::from(rng.below(3)) } else { rng.near(limit) };
    market.price(price);
    let case = (totals, loan, price);
    let healthy = loan.is_healthy(&totals.borrow, price, lltv).unwrap();
    let by_shares = rng.chance(2);
    let (model, seized, shares) = if by_shares {
        let shares = rng.upto(loan.borrow_shares);
        (loan.seized_for(shares, &totals.borrow, price, lltv), U256::ZERO, shares)
    } else {
        let seized = rng.upto(loan.collateral);
        (loan.repaid_for(seized, &totals.borrow, price, lltv), seized, U256::ZERO)
    };
    if seized.is_zero() && shares.is_zero() {
        return None;
    }
    let (params, data) = (market.params(), Bytes::new());
    let call = liquidateCall { params, borrower: BOB, seized, shares, data };
    let told = market.lab.send(BOB, market.morpho, &call).ok().map(|told| (told._0, told._1));
    let model = model.filter(|_| !healthy).map(|taken| (taken.seized, taken.repaid));
    tally.equal("what is seized and repaid", model, told, case);
    match model {
        Some(_) => tally.traded(),
        None => tally.refused(),
    }
    Some(())
}

#[test]
fn morpho_borrowing_agrees() {
    let (mut tally, mut rng) = Tally::new("Morpho Blue, borrowing", PACKAGE);
    let blank = Market::new();
    while tally.wants_more() {
        let mut market = blank.clone();
        for _ in 0..1 + rng.below(4) {
            market.pass(&mut rng);
        }
        for _ in 0..8 {
            borrowing(&mut tally, &mut rng, &mut market);
            market.lab.warp(rng.pick(&[0, 12, 86_400]));
        }
        liquidation(&mut tally, &mut rng, &mut market);
    }
    tally.report();
}

/// A run gives an account a position, and measures it, in Morpho's own books.
#[test]
fn runs_measure_positions() {
    let mut rng = Rng::new(Rng::seed());
    let mut market = Market::new();
    market.pass(&mut rng);
    market.supply(U256::ONE << 90);
    let venue = market.open();
    let world = market.lab.world(&*venue);
    let account = Address::repeat_byte(0x77);
    let [loan, position] = [venue.tokens()[LOAN], venue.tokens()[POSITION]];
    for (from, to, token) in [(LOAN, POSITION, loan), (POSITION, LOAN, position)] {
        let swap = Swap { from, to, amount: rng.bits(40, 80) };
        let quote = venue.quote(swap).unwrap();
        let trade = Trade { swap, min_out: quote.out, recipient: account, deadline: u64::MAX };
        let encoded = venue.encode(&trade);
        let script = Script {
            account,
            holdings: vec![(token, swap.amount)],
            approvals: encoded.approval.into_iter().collect(),
            calls: encoded.calls,
            watch: vec![loan, position],
        };
        let report = simulate(&world, &script).unwrap();
        let got = report.after.iter().find(|held| held.token == venue.tokens()[to]).unwrap();
        assert_eq!((got.balance, got.shares), (quote.out, None), "{swap:?}");
        let given = report.after.iter().find(|held| held.token == token).unwrap();
        assert_eq!(given.balance, U256::ZERO, "{swap:?}");
    }
}

#[test]
fn a_market_that_is_not_there_or_another_does_not_open() {
    let mut market = Market::new();
    let mut place = market.place();
    place.constants.insert("lltv".into(), LLTV - 1);
    let refused = market.lab.open(&place).unwrap_err().to_string();
    assert!(refused.contains("not of position"), "{refused}");
    market.params.lltv = U256::from(LLTV - 1);
    place.contracts.insert("position".into(), market.params.position());
    let refused = market.lab.open(&place).unwrap_err().to_string();
    assert!(refused.contains("no such market"), "{refused}");
}
