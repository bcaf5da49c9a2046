//! CoW Protocol's settlement contract, ready to be settled on.

use alloy_primitives::U256;
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::amount::WAD;

use super::{ALICE, OWNER, balancer, lab::Lab, packages};

sol! {
    struct OrderTrade {
        uint256 sellTokenIndex;
        uint256 buyTokenIndex;
        address receiver;
        uint256 sellAmount;
        uint256 buyAmount;
        uint32 validTo;
        bytes32 appData;
        uint256 feeAmount;
        uint256 flags;
        uint256 executedAmount;
        bytes signature;
    }

    struct Interaction {
        address target;
        uint256 value;
        bytes callData;
    }

    function initializeManager(address manager) external;
    function addSolver(address solver) external;
    function settle(
        address[] tokens, uint256[] clearingPrices, OrderTrade[] trades,
        Interaction[][3] interactions
    ) external;
    function transfer(address to, uint256 amount) external returns (bool);
}

/// A settlement without orders that moves what it holds: its solvers may, others may not.
#[test]
fn the_settlement_is_ready() {
    let mut lab = Lab::new();
    let (vault, tokens) = balancer::vault(&mut lab);
    let cow =
        |name: &str| packages::code(&format!("@cowprotocol/contracts/lib/contracts/{name}.json"));
    let allowed = lab.deploy(&cow("GPv2AllowListAuthentication"), &[]);
    lab.must(OWNER, allowed, &initializeManagerCall { manager: OWNER });
    let arguments = (allowed, vault).abi_encode_params();
    let settlement = lab.deploy(&cow("GPv2Settlement"), &arguments);
    lab.mint(tokens[0], settlement, WAD);
    let transfer = Interaction {
        target: tokens[0],
        value: U256::ZERO,
        callData: transferCall { to: OWNER, amount: WAD }.abi_encode().into(),
    };
    let settle = settleCall {
        tokens: vec![],
        clearingPrices: vec![],
        trades: vec![],
        interactions: [vec![], vec![transfer], vec![]],
    };
    let refusal = lab.send(ALICE, settlement, &settle).map(drop).unwrap_err();
    assert_eq!(refusal.reason(), "GPv2: not a solver");
    lab.must(OWNER, allowed, &addSolverCall { solver: ALICE });
    lab.must(ALICE, settlement, &settle);
    assert_eq!(lab.balance(tokens[0], OWNER), WAD);
}
