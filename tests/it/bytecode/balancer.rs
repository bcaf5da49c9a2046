//! Balancer v2: a vault and a stable pool.

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::amount::WAD;

use super::{ALICE, OWNER, lab::Lab, packages};

sol! {
    struct JoinPoolRequest {
        address[] assets;
        uint256[] maxAmountsIn;
        bytes userData;
        bool fromInternalBalance;
    }

    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address recipient;
        bool toInternalBalance;
    }

    interface Stable {
        function create(
            string name, string symbol, address[] tokens, uint256 amplificationParameter,
            uint256 swapFeePercentage, address owner
        ) external returns (address pool);
    }

    function getPoolId() external view returns (bytes32);
    function joinPool(bytes32 poolId, address sender, address recipient, JoinPoolRequest request)
        external;
    function swap(SingleSwap singleSwap, FundManagement funds, uint256 limit, uint256 deadline)
        external returns (uint256 out);
}

pub(super) fn code(task: &str, name: &str) -> Bytes {
    packages::code(&format!("@balancer-labs/v2-deployments/dist/tasks/{task}/artifact/{name}.json"))
}

/// Balancer's vault and two tokens of which Alice has many.
pub(super) fn vault(lab: &mut Lab) -> (Address, [Address; 2]) {
    let tokens = lab.tokens();
    let weth = lab.weth();
    let authorizer = code("20210418-authorizer", "Authorizer");
    let authorizer = lab.deploy(&authorizer, &OWNER.abi_encode());
    let arguments = (authorizer, weth, U256::ZERO, U256::ZERO).abi_encode_params();
    let vault = lab.deploy(&code("20210418-vault", "Vault"), &arguments);
    for token in tokens {
        lab.mint(token, ALICE, U256::ONE << 120);
        lab.allow(token, ALICE, vault);
    }
    (vault, tokens)
}

/// Alice puts a thousand of each in, and trades one; what comes out.
fn trade(lab: &mut Lab, vault: Address, pool: Address, tokens: [Address; 2]) -> U256 {
    let id = lab.view(pool, &getPoolIdCall {});
    let amounts = vec![U256::from(1000) * WAD; 2];
    let request = JoinPoolRequest {
        assets: tokens.to_vec(),
        maxAmountsIn: amounts.clone(),
        userData: (U256::ZERO, amounts).abi_encode_params().into(),
        fromInternalBalance: false,
    };
    let join = joinPoolCall { poolId: id, sender: ALICE, recipient: ALICE, request };
    lab.must(ALICE, vault, &join);
    let swap = swapCall {
        singleSwap: SingleSwap {
            poolId: id,
            kind: 0,
            assetIn: tokens[0],
            assetOut: tokens[1],
            amount: WAD,
            userData: Bytes::new(),
        },
        funds: FundManagement {
            sender: ALICE,
            fromInternalBalance: false,
            recipient: ALICE,
            toInternalBalance: false,
        },
        limit: U256::ZERO,
        deadline: U256::MAX,
    };
    lab.must(ALICE, vault, &swap)
}

/// 0.3 % of what comes in, in the vault's eighteen places.
const FEE: U256 = uint!(3_000_000_000_000_000_U256);

#[test]
fn the_stable_pool_is_ready() {
    let mut lab = Lab::new();
    let (vault, tokens) = vault(&mut lab);
    let factory = code("deprecated/20210624-stable-pool", "StablePoolFactory");
    let factory = lab.deploy(&factory, &vault.abi_encode());
    let (name, symbol) = ("Pool".to_owned(), "P".to_owned());
    let create = Stable::createCall {
        name,
        symbol,
        tokens: tokens.to_vec(),
        amplificationParameter: U256::from(200),
        swapFeePercentage: FEE,
        owner: OWNER,
    };
    let pool = lab.must(OWNER, factory, &create);
    let out = trade(&mut lab, vault, pool, tokens);
    let expected = WAD - FEE;
    assert!(out < expected && expected - out < WAD / U256::from(100_000), "{out}");
}
