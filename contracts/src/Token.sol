// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20, Ledger} from "./base/Erc20.sol";

/// @notice Stands for any plain ERC-20 (USDC, DAI, WBTC, frxETH, ...). Compatible: ERC-20 without
/// name and symbol. Exact amounts.
contract Token is Erc20 {}

/// @notice Stands for Tether USD. Compatible: ERC-20, with the original's oddities: no results, and
/// an allowance can only change from or to zero. Exact amounts (its transfer fee is zero).
contract TetherToken is Ledger {
    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _spend(from, msg.sender, amount);
        _move(from, to, amount);
    }

    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowances[msg.sender][spender] == 0);
        _allow(msg.sender, spender, amount);
    }
}
