//! MetaMorpho 1.0 over Morpho Blue with its adaptive curve: the native vault against the contracts,
//! with random caps, queues and fees, borrowers, bad debt and time.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::{SolError as _, SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{AdaptiveCurve, Capacity, MarketParams, Place, QuoteError, Swap, Venue, VenueId},
};

use super::{
    ALICE, BOB, OWNER,
    lab::{Lab, Refusal},
    morpho::{
        PAR, Params, State, borrowCall, createMarketCall, enableIrmCall, enableLltvCall,
        liquidateCall, marketCall, positionCall, repayCall, setFeeRecipientCall, setPriceCall,
        supplyCall, supplyCollateralCall,
    },
    packages,
    tally::Tally,
};
use crate::world::rng::Rng;

sol! {
    struct MarketOf {
        address loanToken;
        address collateralToken;
        address oracle;
        address irm;
        uint256 lltv;
    }

    function borrowRate(
        MarketOf params, (uint128, uint128, uint128, uint128, uint128, uint128) market
    ) external returns (uint256);
    function rateAtTarget(bytes32 id) external view returns (int256);
    function submitCap(MarketOf params, uint256 cap) external;
    function acceptCap(MarketOf params) external;
    function setSupplyQueue(bytes32[] queue) external;
    function updateWithdrawQueue(uint256[] order) external;
    function setFee(uint256 fee) external;
    error AllCapsReached();
    function deposit(uint256 assets, address receiver) external returns (uint256);
    function totalAssets() external view returns (uint256);
    function maxDeposit(address account) external view returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function previewRedeem(uint256 shares) external view returns (uint256);
}

const ASSET: usize = 0;
const SHARE: usize = 1;
const PACKAGE: &[&str] = &["sphere-mezo-solidity-files", "@morpho-org/morpho-blue"];
/// The shortest timelock that a vault may have.
const DAY: u64 = 86_400;
/// Markets that a vault may have here: they differ in how much of the collateral can be lent.
const MARKETS: u64 = 3;

/// A vault of one owner, who is its curator and allocator; Bob borrows what it lends.
#[derive(Debug, Clone)]
struct Vault {
    lab: Lab,
    morpho: Address,
    vault: Address,
    markets: Vec<MarketParams>,
    /// Whether a market is queued twice, which the contract's own limit counts as two.
    twice: bool,
}

fn told(params: &MarketParams) -> Params {
    let MarketParams { loanToken, collateralToken, oracle, irm, lltv } = *params;
    Params { loanToken, collateralToken, oracle, irm, lltv }
}

impl Vault {
    fn new(decimals: u8) -> Self {
        let mut lab = Lab::new();
        let code = |name| packages::compiled_source(name, &[]);
        let morpho = lab.deploy(&code("Morpho"), &OWNER.abi_encode());
        let irm = lab.deploy(&code("AdaptiveCurveIrm"), &morpho.abi_encode());
        let (loan, collateral) = (lab.token(decimals), lab.token(18));
        lab.must(OWNER, morpho, &enableIrmCall { irm });
        lab.must(OWNER, morpho, &setFeeRecipientCall { recipient: OWNER });
        let arguments = (OWNER, morpho, U256::from(DAY), loan, "Vault", "V").abi_encode_params();
        let vault = lab.deploy(&code("MetaMorpho"), &arguments);
        lab.must(OWNER, vault, &setFeeRecipientCall { recipient: OWNER });
        for (token, account) in [(loan, ALICE), (loan, BOB), (collateral, BOB)] {
            lab.mint(token, account, U256::ONE << 200);
            lab.allow(token, account, morpho);
        }
        let mut new = Self { lab, morpho, vault, markets: Vec::new(), twice: false };
        for at in 0..MARKETS {
            let lltv = WAD * U256::from(80 + 5 * at) / U256::from(100);
            let oracle = new.lab.deploy(&code("OracleMock"), &[]);
            new.lab.must(OWNER, morpho, &enableLltvCall { lltv });
            new.lab.must(OWNER, oracle, &setPriceCall { price: PAR });
            let params =
                MarketParams { loanToken: loan, collateralToken: collateral, oracle, irm, lltv };
            new.lab.must(OWNER, morpho, &createMarketCall { params: told(&params) });
            new.pledge(&params);
            new.markets.push(params);
        }
        new
    }

    /// Caps for the markets, and queues; what the timelock asks for passes.
    fn furnish(&mut self, rng: &mut Rng) {
        for at in 0..self.markets.len() {
            if at == 0 || !rng.chance(4) {
                self.cap(at, rng.bits(20, 100));
            }
        }
        self.queue(rng);
        self.fee(rng);
    }

    fn cap(&mut self, at: usize, cap: U256) {
        let MarketParams { loanToken, collateralToken, oracle, irm, lltv } = self.markets[at];
        let params = MarketOf { loanToken, collateralToken, oracle, irm, lltv };
        if self.owner(&submitCapCall { params: params.clone(), cap }) {
            self.lab.warp(DAY);
            // A lower cap is in force already.
            self.owner(&acceptCapCall { params });
        }
    }

    /// Whether the owner may.
    fn owner<C: alloy_sol_types::SolCall>(&mut self, call: &C) -> bool {
        self.lab.send(OWNER, self.vault, call).is_ok()
    }

    /// A supply queue of any markets that have a cap, some perhaps twice, and another order to leave.
    fn queue(&mut self, rng: &mut Rng) {
        let most = u64::try_from(self.markets.len()).unwrap();
        let order: Vec<B256> = (0..1 + rng.below(most + 1))
            .map(|_| self.markets[usize::try_from(rng.below(most)).unwrap()].id())
            .collect();
        let twice = (1..order.len()).any(|at| order[..at].contains(&order[at]));
        if self.owner(&setSupplyQueueCall { queue: order }) {
            self.twice = twice;
        }
        let order = rng.pick(&[[0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]]);
        self.owner(&updateWithdrawQueueCall { order: order.map(U256::from).to_vec() });
    }

    fn fee(&mut self, rng: &mut Rng) {
        let fee = rng.upto(WAD / U256::from(2));
        self.owner(&setFeeCall { fee });
    }

    fn pledge(&mut self, params: &MarketParams) {
        let (assets, data) = (U256::ONE << 120, Bytes::new());
        let call = supplyCollateralCall { params: told(params), assets, onBehalf: BOB, data };
        self.lab.must(BOB, self.morpho, &call);
    }

    fn market(&mut self, params: &MarketParams) -> State {
        self.lab.view(self.morpho, &marketCall { id: params.id() })
    }

    /// Others supply, borrow and repay, a borrower fails, the owner changes the vault, time passes.
    fn pass(&mut self, rng: &mut Rng) {
        let params = self.markets[usize::try_from(rng.below(MARKETS)).unwrap()];
        let shares = U256::ZERO;
        match rng.below(8) {
            0 => {
                let (assets, data) = (rng.bits(1, 90), Bytes::new());
                let params = told(&params);
                let call = supplyCall { params, assets, shares, onBehalf: BOB, data };
                let _refused = self.lab.send(BOB, self.morpho, &call);
            }
            1..=3 => {
                let state = self.market(&params);
                let free = U256::from(state.totalSupplyAssets - state.totalBorrowAssets);
                let assets = if rng.chance(3) { free } else { rng.upto(free) };
                let (params, receiver) = (told(&params), BOB);
                let call = borrowCall { params, assets, shares, onBehalf: BOB, receiver };
                let _refused = self.lab.send(BOB, self.morpho, &call);
            }
            4 => {
                let held = positionCall { id: params.id(), user: BOB };
                let owed = U256::from(self.lab.view(self.morpho, &held).borrowShares);
                let (assets, shares, data) = (U256::ZERO, rng.upto(owed), Bytes::new());
                let params = told(&params);
                let call = repayCall { params, assets, shares, onBehalf: BOB, data };
                let _refused = self.lab.send(BOB, self.morpho, &call);
            }
            5 if rng.chance(2) => self.fail(&params, rng),
            5 => self.fee(rng),
            6 => self.queue(rng),
            _ => self.cap(usize::try_from(rng.below(MARKETS)).unwrap(), rng.bits(1, 100)),
        }
        self.lab.warp(rng.pick(&[0, 12, 3600, DAY, 30 * DAY]));
    }

    /// The collateral is worth little: all of it is taken, and what it does not pay is lost.
    fn fail(&mut self, params: &MarketParams, rng: &mut Rng) {
        let (oracle, data) = (params.oracle, Bytes::new());
        let held = positionCall { id: params.id(), user: BOB };
        let held = self.lab.view(self.morpho, &held);
        let pledged = PAR / U256::from(u128::MAX) * rng.bits(1, 40);
        self.lab.must(OWNER, oracle, &setPriceCall { price: pledged });
        let (seized, shares) = (U256::from(held.collateral), U256::ZERO);
        let call = liquidateCall { params: told(params), borrower: BOB, seized, shares, data };
        let _healthy = self.lab.send(BOB, self.morpho, &call);
        self.lab.must(OWNER, oracle, &setPriceCall { price: PAR });
        if self.lab.view(self.morpho, &positionCall { id: params.id(), user: BOB }).collateral == 0
        {
            self.pledge(params);
        }
    }

    fn open(&mut self) -> Box<dyn Venue> {
        let place = Place {
            id: VenueId::new("metamorpho:V"),
            kind: "metamorpho".into(),
            contracts: BTreeMap::from([("vault".to_owned(), self.vault)]),
            constants: BTreeMap::new(),
            code: BTreeMap::new(),
        };
        self.lab.open(&place).unwrap().venue.boxed()
    }

    fn random_swap(&mut self, rng: &mut Rng, venue: &dyn Venue) -> Swap {
        let held = self.lab.balance(self.vault, ALICE);
        let (from, to) =
            if held.is_zero() || rng.chance(2) { (ASSET, SHARE) } else { (SHARE, ASSET) };
        let limit = match venue.capacity(from, to) {
            Capacity::Limited { amount, .. } => amount,
            other => panic!("{other:?}"),
        };
        let amount = match rng.below(4) {
            0 => limit + U256::from(rng.below(2)),
            _ if from == ASSET => rng.bits(1, 90),
            1 => held,
            _ => rng.upto(held),
        };
        Swap { from, to, amount: if from == SHARE { amount.min(held) } else { amount } }
    }

    /// What the vault answers to a deposit that it refuses.
    fn refusal(&mut self, assets: U256) -> Refusal {
        let deposit = depositCall { assets, receiver: ALICE };
        self.lab.ask(ALICE, self.vault, &deposit).unwrap_err()
    }

    /// What the vault says that the swap would return; `None` where it cannot say.
    fn preview(&mut self, swap: Swap) -> Option<U256> {
        let Self { lab, vault, .. } = self;
        if swap.from == ASSET {
            lab.ask(ALICE, *vault, &previewDepositCall { assets: swap.amount }).ok()
        } else {
            lab.ask(ALICE, *vault, &previewRedeemCall { shares: swap.amount }).ok()
        }
    }
}

#[test]
fn metamorpho_agrees() {
    let (mut tally, mut rng) = Tally::new("MetaMorpho", PACKAGE);
    let blanks = [6, 18].map(Vault::new);
    while tally.wants_more() {
        let mut market = blanks[usize::from(rng.chance(2))].clone();
        market.furnish(&mut rng);
        let mut venue = market.open();
        for _ in 0..12 {
            if rng.chance(2) {
                market.pass(&mut rng);
                venue = market.open();
            }
            let swap = market.random_swap(&mut rng, &*venue);
            if swap.amount.is_zero() {
                continue;
            }
            if swap.from == ASSET && !market.twice {
                let most = market.lab.view(market.vault, &maxDepositCall { account: ALICE });
                let Capacity::Limited { amount, .. } = venue.capacity(ASSET, SHARE) else {
                    panic!("no cap")
                };
                tally.same("the most that it takes", amount, most, swap);
            }
            let preview = market.preview(swap);
            let done = tally.trade(&mut market.lab, &mut *venue, swap);
            match &done {
                Ok(quote) => tally.same("the preview", quote.out, preview.unwrap(), swap),
                Err(QuoteError::Limit { .. }) => continue,
                // So many shares where all was lost that Morpho refuses, and the vault goes on.
                Err(QuoteError::Overflow(_)) if swap.from == ASSET => {
                    let caps = Refusal(AllCapsReached {}.abi_encode().into());
                    tally.equal("the refusal", market.refusal(swap.amount), caps, swap);
                    continue;
                }
                Err(error) => panic!("{error}: {swap:?}"),
            }
            let opened = market.open();
            tally.equal("opened anew", format!("{venue:?}"), format!("{opened:?}"), swap);
            let assets = market.lab.view(market.vault, &totalAssetsCall {});
            let backing = venue.redemption(SHARE).unwrap().amount;
            tally.same("all assets", backing, assets + U256::ONE, swap);
        }
    }
    tally.report();
}

/// The model that every market above has, alone: figures of any size, and the level that it keeps.
#[test]
fn the_adaptive_curve_agrees() {
    let (mut tally, mut rng) = Tally::new("Morpho's adaptive curve", PACKAGE);
    let mut lab = Lab::new();
    let irm = lab.deploy(&packages::compiled_source("AdaptiveCurveIrm", &[]), &BOB.abi_encode());
    let mut lltv = U256::ZERO;
    let mut last = lab.now();
    while tally.wants_more() {
        if rng.chance(20) {
            lltv += U256::ONE;
        }
        let zero = Address::ZERO;
        let params =
            MarketParams { loanToken: zero, collateralToken: zero, oracle: zero, irm, lltv };
        let supply = if rng.chance(10) { U256::ZERO } else { rng.bits(1, 120) };
        let borrow = if rng.chance(4) { supply } else { rng.upto(supply) };
        lab.warp(rng.pick(&[0, 12, DAY, 30 * DAY, 365 * DAY]));
        let at_target = rateAtTargetCall { id: params.id() };
        let curve =
            AdaptiveCurve { rate_at_target: U256::try_from(lab.view(irm, &at_target)).unwrap() };
        let utilisation = if supply.is_zero() { supply } else { borrow * WAD / supply };
        let adapted = curve.adapted(utilisation, lab.now() - last).unwrap();
        let market = (supply.to(), 0, borrow.to(), 0, u128::from(last), 0);
        last = lab.now();
        let params = MarketOf {
            loanToken: zero,
            collateralToken: zero,
            oracle: zero,
            irm,
            lltv: params.lltv,
        };
        let rate = lab.must(BOB, irm, &borrowRateCall { params, market });
        let case = (supply, borrow, curve);
        tally.same("the rate", adapted.average, rate, case);
        let kept = U256::try_from(lab.view(irm, &at_target)).unwrap();
        tally.same("the level", adapted.curve.rate_at_target, kept, case);
        tally.traded();
    }
    tally.report();
}
