// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20 as OzErc20, IERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC4626 as OzVault} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {ERC20 as SolmateErc20} from "solmate/src/tokens/ERC20.sol";
import {ERC4626 as SolmateVault} from "solmate/src/tokens/ERC4626.sol";

/// @notice OpenZeppelin's vault: all it adds are the places of its virtual shares.
contract OpenZeppelinVault is OzVault {
    uint8 private immutable offset;

    constructor(IERC20 asset, uint8 offset_) OzErc20("Vault", "V") OzVault(asset) {
        offset = offset_;
    }

    function _decimalsOffset() internal view override returns (uint8) {
        return offset;
    }
}

/// @notice Solmate's vault, over whatever it holds.
contract SolmateRewardlessVault is SolmateVault {
    constructor(SolmateErc20 asset) SolmateVault(asset, "Vault", "V") {}

    function totalAssets() public view override returns (uint256) {
        return asset.balanceOf(address(this));
    }
}
