// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "../../src/base/Erc20.sol";
import {SharesToken} from "../../src/base/SharesToken.sol";
import {TetherToken} from "../../src/Token.sol";

/// @notice A plain token that anybody mints.
contract Coin is Erc20 {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Tether, minted by anybody.
contract Tether is TetherToken {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// @notice Keeps a hundredth of every transfer.
contract FeeCoin is Erc20 {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _spend(from, msg.sender, amount);
        _take(from, to, amount);
        return true;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _take(msg.sender, to, amount);
        return true;
    }

    function _take(address from, address to, uint256 amount) private {
        _burn(from, amount / 100);
        _move(from, to, amount - amount / 100);
    }
}

/// @notice Rebases as stETH does: transfers move whole shares, and so up to a wei less than asked.
contract RebasingCoin is SharesToken {
    uint256 private pooled;

    function mint(address to, uint256 amount) external {
        uint256 count = totalShares == 0 ? amount * 5 / 6 : _sharesFor(amount);
        pooled += amount;
        _mintShares(to, count);
    }

    function earn(uint256 amount) external {
        pooled += amount;
    }

    function _pooled() internal view override returns (uint256) {
        return pooled;
    }

    function _sharesFor(uint256 amount) internal view override returns (uint256) {
        return amount * totalShares / pooled;
    }

    function _amountFor(uint256 count) internal view override returns (uint256) {
        return totalShares == 0 ? 0 : count * pooled / totalShares;
    }

    function _spend(address owner, uint256 amount) internal override {
        uint256 left = allowances[owner][msg.sender];
        if (left != type(uint256).max) allowances[owner][msg.sender] = left - amount;
    }

    function _reasonBalance() internal pure override returns (string memory) {
        return "BALANCE_EXCEEDED";
    }
}

/// @notice Hands control on during every transfer, and refuses whom it is told to.
contract HookCoin is Erc20 {
    address public target;
    bytes public data;
    bytes public answer;
    address public banned;

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function hook(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function ban(address account) external {
        banned = account;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _call(to);
        return super.transfer(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        _call(to);
        return super.transferFrom(from, to, amount);
    }

    /// @dev Once, and without an end of its own when it fails.
    function _call(address to) private {
        require(to != banned, "BANNED");
        if (target == address(0)) return;
        address called = target;
        target = address(0);
        (, answer) = called.call(data);
    }
}
