// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IPermit2} from "permit2/src/interfaces/IPermit2.sol";
import {IAuthorizer} from "@balancer-labs/v3-interfaces/contracts/vault/IAuthorizer.sol";
import {IProtocolFeeController} from
    "@balancer-labs/v3-interfaces/contracts/vault/IProtocolFeeController.sol";
import {IVault} from "@balancer-labs/v3-interfaces/contracts/vault/IVault.sol";
import {IVaultAdmin} from "@balancer-labs/v3-interfaces/contracts/vault/IVaultAdmin.sol";
import {IVaultExtension} from "@balancer-labs/v3-interfaces/contracts/vault/IVaultExtension.sol";
import {IWETH} from "@balancer-labs/v3-interfaces/contracts/solidity-utils/misc/IWETH.sol";
import {
    HookFlags,
    LiquidityManagement,
    TokenConfig
} from "@balancer-labs/v3-interfaces/contracts/vault/VaultTypes.sol";
import {BaseHooks} from "@balancer-labs/v3-vault/contracts/BaseHooks.sol";
import {ProtocolFeeController} from "@balancer-labs/v3-vault/contracts/ProtocolFeeController.sol";
import {Router} from "@balancer-labs/v3-vault/contracts/Router.sol";
import {Vault} from "@balancer-labs/v3-vault/contracts/Vault.sol";
import {VaultAdmin} from "@balancer-labs/v3-vault/contracts/VaultAdmin.sol";
import {VaultExtension} from "@balancer-labs/v3-vault/contracts/VaultExtension.sol";
import {StablePool} from "@balancer-labs/v3-pool-stable/contracts/StablePool.sol";
import {WeightedPool} from "@balancer-labs/v3-pool-weighted/contracts/WeightedPool.sol";

/// @dev The published contracts by names of our own: what compiles here is deployed by the tests.
contract BalancerV3Vault is Vault {
    constructor(IVaultExtension extension, IAuthorizer authorizer, IProtocolFeeController fees)
        Vault(extension, authorizer, fees)
    {}
}

contract BalancerV3Extension is VaultExtension {
    constructor(IVault vault, IVaultAdmin admin) VaultExtension(vault, admin) {}
}

contract BalancerV3Admin is VaultAdmin {
    constructor(IVault vault) VaultAdmin(vault, 90 days, 30 days, 1e6, 1e4) {}
}

contract BalancerV3Fees is ProtocolFeeController {
    constructor(IVault vault) ProtocolFeeController(vault, 50e16, 10e16) {}
}

contract BalancerV3Router is Router {
    constructor(IVault vault, IWETH weth, IPermit2 permit2) Router(vault, weth, permit2, "1") {}
}

contract BalancerV3Weighted is WeightedPool {
    constructor(IVault vault, uint256[] memory weights, uint256[] memory least)
        WeightedPool(NewPoolParams("Pool", "P", weights.length, weights, "1", least), vault)
    {}
}

contract BalancerV3Stable is StablePool {
    constructor(IVault vault, uint256 amplification)
        StablePool(NewPoolParams("Pool", "P", amplification, "1"), vault)
    {}
}

/// @notice Hooks that any pool may have, and that do nothing.
contract BalancerV3Hooks is BaseHooks {
    function onRegister(address, address, TokenConfig[] memory, LiquidityManagement calldata)
        public
        pure
        override
        returns (bool)
    {
        return true;
    }

    function getHookFlags() public pure override returns (HookFlags memory flags) {}
}

/// @notice A rate that anybody may set.
contract SettableRate {
    uint256 public getRate = 1e18;

    function set(uint256 rate) external {
        getRate = rate;
    }
}
