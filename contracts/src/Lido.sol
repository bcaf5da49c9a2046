// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {SharesToken} from "./base/SharesToken.sol";

/// @notice Stands for Lido (stETH, V2). Compatible: submit, receive, transfers by amount and by
/// shares, approvals, share conversions, stake limit. Everything rounds down.
contract Lido is SharesToken {
    uint256 public getTotalPooledEther;
    uint256 public maxStakeLimit;
    uint256 public stakeLimitGrowthBlocks;
    uint256 public prevStakeLimit;
    uint256 public prevStakeLimitBlock;
    uint256 public stakingPaused;

    event Submitted(address indexed sender, uint256 amount, address referral);

    receive() external payable {
        submit(address(0));
    }

    /// @notice Stakes the ether sent: floor(value * totalShares / totalPooledEther) shares.
    function submit(address referral) public payable returns (uint256 count) {
        require(msg.value != 0, "ZERO_DEPOSIT");
        require(stakingPaused == 0, "STAKING_PAUSED");
        if (maxStakeLimit != 0) {
            uint256 limit = getCurrentStakeLimit();
            require(msg.value <= limit, "STAKE_LIMIT");
            prevStakeLimit = limit - msg.value;
            prevStakeLimitBlock = block.number;
        }
        count = _sharesFor(msg.value);
        _mintShares(msg.sender, count);
        getTotalPooledEther += msg.value;
        emit Submitted(msg.sender, msg.value, referral);
        emit Transfer(address(0), msg.sender, _amountFor(count));
        emit TransferShares(address(0), msg.sender, count);
    }

    function transferShares(address to, uint256 count) external returns (uint256 amount) {
        amount = _amountFor(count);
        _moveShares(msg.sender, to, count, amount);
    }

    function transferSharesFrom(address from, address to, uint256 count) external returns (uint256 amount) {
        amount = _amountFor(count);
        _spend(from, amount);
        _moveShares(from, to, count, amount);
    }

    function sharesOf(address account) external view returns (uint256) {
        return shares[account];
    }

    function getTotalShares() external view returns (uint256) {
        return totalShares;
    }

    function getSharesByPooledEth(uint256 amount) external view returns (uint256) {
        return _sharesFor(amount);
    }

    function getPooledEthByShares(uint256 count) external view returns (uint256) {
        return _amountFor(count);
    }

    /// @return Paused, limited, what can be staked now, the most, the blocks in which the limit grows
    /// from nothing to the most, what was left after the last stake, and that stake's block.
    function getStakeLimitFullInfo() external view returns (bool, bool, uint256, uint256, uint256, uint256, uint256) {
        return (
            stakingPaused != 0,
            maxStakeLimit != 0,
            getCurrentStakeLimit(),
            maxStakeLimit,
            stakeLimitGrowthBlocks,
            prevStakeLimit,
            prevStakeLimitBlock
        );
    }

    function isStakingPaused() external view returns (bool) {
        return stakingPaused != 0;
    }

    /// @notice What can be staked now: the limit grows by floor(max / growthBlocks) each block. A
    /// maximum of zero means no limit.
    function getCurrentStakeLimit() public view returns (uint256) {
        if (stakingPaused != 0) return 0;
        if (maxStakeLimit == 0) return type(uint256).max;
        uint256 growth = stakeLimitGrowthBlocks == 0 ? 0 : maxStakeLimit / stakeLimitGrowthBlocks;
        uint256 limit = prevStakeLimit + (block.number - prevStakeLimitBlock) * growth;
        return limit < maxStakeLimit ? limit : maxStakeLimit;
    }

    function _pooled() internal view override returns (uint256) {
        return getTotalPooledEther;
    }

    function _sharesFor(uint256 amount) internal view override returns (uint256) {
        return amount * totalShares / getTotalPooledEther;
    }

    function _amountFor(uint256 count) internal view override returns (uint256) {
        return count * getTotalPooledEther / totalShares;
    }

    function _spend(address owner, uint256 amount) internal override {
        uint256 left = allowances[owner][msg.sender];
        if (left == type(uint256).max) return;
        require(left >= amount, "ALLOWANCE_EXCEEDED");
        allowances[owner][msg.sender] = left - amount;
    }

    function _reasonBalance() internal pure override returns (string memory) {
        return "BALANCE_EXCEEDED";
    }
}

/// @notice Stands for wstETH. Compatible: wrap, unwrap, receive (stakes straight to wstETH), the
/// conversions, ERC-20. Both ways round down; unwrap rounds once more inside stETH's transfer.
contract WstETH is Erc20 {
    Lido public stETH;

    receive() external payable {
        _mint(msg.sender, stETH.submit{value: msg.value}(address(0)));
    }

    function wrap(uint256 stETHAmount) external returns (uint256 amount) {
        require(stETHAmount != 0, "wstETH: can't wrap zero stETH");
        amount = stETH.getSharesByPooledEth(stETHAmount);
        _mint(msg.sender, amount);
        stETH.transferFrom(msg.sender, address(this), stETHAmount);
    }

    function unwrap(uint256 amount) external returns (uint256 stETHAmount) {
        require(amount != 0, "wstETH: zero amount unwrap not allowed");
        stETHAmount = stETH.getPooledEthByShares(amount);
        _burn(msg.sender, amount);
        stETH.transfer(msg.sender, stETHAmount);
    }

    function getWstETHByStETH(uint256 amount) external view returns (uint256) {
        return stETH.getSharesByPooledEth(amount);
    }

    function getStETHByWstETH(uint256 amount) external view returns (uint256) {
        return stETH.getPooledEthByShares(amount);
    }

    function stEthPerToken() external view returns (uint256) {
        return stETH.getPooledEthByShares(1 ether);
    }

    function tokensPerStEth() external view returns (uint256) {
        return stETH.getSharesByPooledEth(1 ether);
    }
}
