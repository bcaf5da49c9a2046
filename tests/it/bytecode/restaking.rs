//! EigenLayer: its StrategyManager and strategies, as they were published.

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::venues::{QuoteError, Swap, Venue};

use super::{
    ALICE, BOB, OWNER,
    deployed::{opened, proxied},
    lab::Lab,
    packages,
    tally::{Tally, amount_near},
};
use crate::world::rng::Rng;

sol! {
    function initialize(address owner, address whitelister, address pausers, uint256 paused) external;
    function addStrategiesToDepositWhitelist(address[] strategies, bool[] forbidden) external;
    function stakerStrategyShares(address staker, address strategy) external view returns (uint256);
    function depositIntoStrategy(address strategy, address token, uint256 amount) external
        returns (uint256);
    function sharesToUnderlyingView(uint256 shares) external view returns (uint256);
    function pause(uint256 paused) external;
    function isPauser(address account) external view returns (bool);

    interface Limited {
        function initialize(uint256 most, uint256 all, address token, address pausers) external;
    }
}

const PACKAGE: &str = "eigenlayer-contracts";
const ARTIFACTS: &str = "eigenlayer-contracts/artifacts";

/// Stands for the DelegationManager, which is told of deposits and of whom this does not ask: it stops
/// at once.
const DELEGATION: Address = address!("de1e000000000000000000000000000000000001");
/// Stands for the registry of pausers: whoever it is asked about is one.
const PAUSERS: Address = address!("9a05000000000000000000000000000000000001");

/// A strategy of a token that anybody may mint.
#[derive(Debug, Clone)]
struct Market {
    lab: Lab,
    token: Address,
    strategy: Address,
    manager: Address,
}

fn contract(path: &str) -> Bytes {
    packages::code(&format!("{ARTIFACTS}/src/contracts/{path}"))
}

impl Market {
    fn new(most: U256, all: U256) -> Self {
        let mut lab = Lab::new();
        lab.place(DELEGATION, Bytes::from_static(&[0x00]));
        // mstore(0, 1), return(0, 32).
        lab.place(PAUSERS, Bytes::from_static(&[0x60, 1, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]));
        let token = lab.token(18);
        let call = initializeCall {
            owner: OWNER,
            whitelister: OWNER,
            pausers: PAUSERS,
            paused: U256::ZERO,
        };
        let manager = contract("core/StrategyManager.sol/StrategyManager.json");
        let others = (DELEGATION, OWNER, OWNER).abi_encode();
        let manager = proxied(&mut lab, &manager, &others, call.abi_encode());
        let call = Limited::initializeCall { most, all, token, pausers: PAUSERS };
        let strategy = contract("strategies/StrategyBaseTVLLimits.sol/StrategyBaseTVLLimits.json");
        let strategy = proxied(&mut lab, &strategy, &manager.abi_encode(), call.abi_encode());
        let listed = addStrategiesToDepositWhitelistCall {
            strategies: vec![strategy],
            forbidden: vec![false],
        };
        lab.must(OWNER, manager, &listed);
        for account in [ALICE, BOB] {
            lab.mint(token, account, U256::ONE << 120);
            lab.allow(token, account, manager);
        }
        Self { lab, token, strategy, manager }
    }

    /// The venue that these contracts open as.
    fn venue(&self) -> Box<dyn Venue> {
        let roles = [("strategy", self.strategy), ("manager", self.manager)];
        opened(&self.lab, "eigenlayer", &roles)
    }

    /// Somebody else deposits, or the strategy's tokens grow.
    fn change(&mut self, rng: &mut Rng) {
        let amount = rng.bits(1, 80);
        if rng.chance(2) {
            self.lab.transfer(self.token, BOB, self.strategy, amount);
        } else {
            let (strategy, token) = (self.strategy, self.token);
            let call = depositIntoStrategyCall { strategy, token, amount };
            let _beyond = self.lab.send(BOB, self.manager, &call);
        }
    }
}

#[test]
fn eigenlayers_strategies_agree() {
    let (mut tally, mut rng) = Tally::new("EigenLayer strategy", &[PACKAGE]);
    let (most, all) = (U256::ONE << 78, U256::ONE << 81);
    let blanks = [Market::new(most, all), Market::new(U256::MAX, U256::MAX)];
    while tally.wants_more() {
        let mut market = blanks[usize::try_from(rng.below(2)).unwrap()].clone();
        for _ in 0..rng.below(4) {
            market.change(&mut rng);
        }
        let mut venue = market.venue();
        for _ in 0..6 {
            if rng.chance(4) {
                market.change(&mut rng);
                venue = market.venue();
            }
            let swap = Swap { from: 0, to: 1, amount: amount_near(&*venue, &mut rng) };
            let Market { strategy, manager, .. } = market;
            let shares = |lab: &mut Lab| {
                lab.view(manager, &stakerStrategySharesCall { staker: ALICE, strategy })
            };
            let done = tally.deposit(&mut market.lab, &mut *venue, swap, shares);
            let Some(shares) = done else { continue };
            let exit = venue.exits(1).remove(0);
            let told = market.lab.view(strategy, &sharesToUnderlyingViewCall { shares });
            tally.same("a withdrawal", exit.pays(shares).unwrap(), told, swap);
        }
    }
    tally.report();
}

#[test]
fn a_paused_strategy_takes_nothing() {
    let market = Market::new(U256::MAX, U256::MAX);
    let swap = Swap { from: 0, to: 1, amount: U256::from(1_000_000) };
    assert!(market.venue().quote(swap).is_ok());
    for contract in [market.strategy, market.manager] {
        let mut paused = market.clone();
        paused.lab.must(OWNER, contract, &pauseCall { paused: U256::ONE });
        assert!(matches!(paused.venue().quote(swap), Err(QuoteError::Paused(_))), "{contract}");
        let call = depositIntoStrategyCall {
            strategy: paused.strategy,
            token: paused.token,
            amount: swap.amount,
        };
        assert!(paused.lab.send(ALICE, paused.manager, &call).is_err());
    }
}
