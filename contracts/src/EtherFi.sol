// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {SharesToken} from "./base/SharesToken.sol";

/// @notice Stands for ether.fi's LiquidityPool. Compatible: deposit, totals, conversions. Shares and
/// amounts round down.
contract EtherFiPool {
    EEth public eETH;
    uint256 public totalValueOutOfLp;
    uint256 public totalValueInLp;
    uint256 public paused;

    error InvalidAmount();

    event Deposit(address indexed sender, uint256 amount, address referral);

    function deposit() external payable returns (uint256) {
        return deposit(address(0));
    }

    /// @notice Mints floor(value * totalShares / totalPooledEther) shares, totals before the deposit.
    function deposit(address referral) public payable returns (uint256 count) {
        require(paused == 0, "Pausable: paused");
        count = sharesForAmount(msg.value);
        if (msg.value == 0 || msg.value > type(uint128).max || count == 0) revert InvalidAmount();
        totalValueInLp += msg.value;
        eETH.mintShares(msg.sender, count);
        emit Deposit(msg.sender, msg.value, referral);
    }

    function getTotalPooledEther() public view returns (uint256) {
        return totalValueOutOfLp + totalValueInLp;
    }

    function sharesForAmount(uint256 amount) public view returns (uint256) {
        uint256 pooled = getTotalPooledEther();
        return pooled == 0 ? 0 : amount * eETH.totalShares() / pooled;
    }

    function amountForShare(uint256 count) external view returns (uint256) {
        uint256 total = eETH.totalShares();
        return total == 0 ? 0 : count * getTotalPooledEther() / total;
    }
}

/// @notice Stands for eETH, ether.fi's rebasing token. Compatible: ERC-20, shares, totalShares,
/// mintShares. Rounds down, as its pool does.
contract EEth is SharesToken {
    EtherFiPool public liquidityPool;

    function mintShares(address to, uint256 count) external {
        require(msg.sender == address(liquidityPool), "Only pool contract function");
        _mintShares(to, count);
        emit Transfer(address(0), to, _amountFor(count));
        emit TransferShares(address(0), to, count);
    }

    function _pooled() internal view override returns (uint256) {
        return liquidityPool.getTotalPooledEther();
    }

    function _sharesFor(uint256 amount) internal view override returns (uint256) {
        return liquidityPool.sharesForAmount(amount);
    }

    function _amountFor(uint256 count) internal view override returns (uint256) {
        return liquidityPool.amountForShare(count);
    }

    /// @dev Unlike stETH, the largest allowance is reduced too.
    function _spend(address owner, uint256 amount) internal override {
        uint256 left = allowances[owner][msg.sender];
        require(left >= amount, "TRANSFER_AMOUNT_EXCEEDS_ALLOWANCE");
        allowances[owner][msg.sender] = left - amount;
    }

    function _reasonBalance() internal pure override returns (string memory) {
        return "TRANSFER_AMOUNT_EXCEEDS_BALANCE";
    }
}

/// @notice Stands for weETH. Compatible: wrap, unwrap, getRate, conversions, ERC-20. Both ways round
/// down; unwrap rounds once more inside eETH's transfer.
contract WeEth is Erc20 {
    EEth public eETH;
    EtherFiPool public liquidityPool;

    function wrap(uint256 eETHAmount) external returns (uint256 amount) {
        require(eETHAmount != 0, "weETH: can't wrap zero eETH");
        amount = liquidityPool.sharesForAmount(eETHAmount);
        _mint(msg.sender, amount);
        eETH.transferFrom(msg.sender, address(this), eETHAmount);
    }

    function unwrap(uint256 amount) external returns (uint256 eETHAmount) {
        require(amount != 0, "Cannot unwrap a zero amount");
        eETHAmount = liquidityPool.amountForShare(amount);
        _burn(msg.sender, amount);
        eETH.transfer(msg.sender, eETHAmount);
    }

    function getWeETHByeETH(uint256 amount) external view returns (uint256) {
        return liquidityPool.sharesForAmount(amount);
    }

    function getEETHByWeETH(uint256 amount) external view returns (uint256) {
        return liquidityPool.amountForShare(amount);
    }

    function getRate() external view returns (uint256) {
        return liquidityPool.amountForShare(1 ether);
    }
}
