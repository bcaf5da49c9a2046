// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {Wide} from "./base/Wide.sol";

/// @notice Stands for mETH. Compatible: ERC-20, and mint by the staking contract.
contract MEth is Erc20 {
    address public stakingContract;

    error NotStakingContract();

    function mint(address to, uint256 amount) external {
        if (msg.sender != stakingContract) revert NotStakingContract();
        _mint(to, amount);
    }
}

/// @notice Stands for Mantle's Staking. Compatible: stake, ethToMETH, totalControlled. Rounds down:
/// floor(eth * supply * (10000 - adjustment) / (controlled * 10000)).
contract MantleStaking {
    MEth public mETH;
    uint256 public totalControlled;
    uint256 public exchangeAdjustmentRate;
    uint256 public minimumStakeBound;
    uint256 public maximumMETHSupply;
    uint256 public isStakingPaused;

    error Paused();
    error MinimumStakeBoundNotSatisfied();
    error MaximumMETHSupplyExceeded();
    error StakeBelowMinimumMETHAmount(uint256 methAmount, uint256 expectedMinimum);

    event Staked(address indexed staker, uint256 ethAmount, uint256 mETHAmount);

    function stake(uint256 minMETHAmount) external payable {
        if (isStakingPaused != 0) revert Paused();
        if (msg.value < minimumStakeBound) revert MinimumStakeBoundNotSatisfied();
        uint256 minted = ethToMETH(msg.value);
        if (mETH.totalSupply() + minted > maximumMETHSupply) revert MaximumMETHSupplyExceeded();
        if (minted < minMETHAmount) revert StakeBelowMinimumMETHAmount(minted, minMETHAmount);
        totalControlled += msg.value;
        emit Staked(msg.sender, msg.value, minted);
        mETH.mint(msg.sender, minted);
    }

    /// @notice Who tells whether staking is paused: here the contract itself.
    function pauser() external view returns (address) {
        return address(this);
    }

    function isStakingAllowlist() external pure returns (bool) {
        return false;
    }

    function ethToMETH(uint256 amount) public view returns (uint256) {
        uint256 supply = mETH.totalSupply();
        if (supply == 0) return amount;
        return Wide.mulDiv(amount, supply * (10_000 - exchangeAdjustmentRate), totalControlled * 10_000);
    }
}
