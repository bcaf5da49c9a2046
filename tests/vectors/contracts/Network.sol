// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

interface Withdrawer {
    function receiveVaultWithdrawalETH() external payable;
}

/// @notice Whatever Rocket Pool's deposit pool and rETH ask of the rest of the network: settings that
/// anybody sets, a vault, and where contracts are.
contract Network {
    mapping(bytes32 => address) addresses;
    bool public getDepositEnabled = true;
    uint256 public getDepositFee;
    uint256 public getMinimumDeposit;
    uint256 public getMaximumDepositPoolSize;
    bool public getAssignDepositsEnabled;
    uint256 public getEffectiveCapacity;
    uint256 public getTargetRethCollateralRate;
    uint256 public getTotalETHBalance;
    uint256 public getTotalRETHSupply;

    function place(string calldata name, address at) external {
        addresses[keccak256(abi.encodePacked("contract.address", name))] = at;
        addresses[keccak256(abi.encodePacked("contract.exists", at))] = at;
    }

    function report(uint256 assets, uint256 supply) external {
        (getTotalETHBalance, getTotalRETHSupply) = (assets, supply);
    }

    function set(bool enabled, uint256 fee, uint256 least, uint256 most, uint256 queue, uint256 target) external {
        (getDepositEnabled, getDepositFee, getMinimumDeposit) = (enabled, fee, least);
        (getMaximumDepositPoolSize, getEffectiveCapacity) = (most, queue);
        getTargetRethCollateralRate = target;
    }

    function getAddress(bytes32 key) external view returns (address) {
        address found = addresses[key];
        return found == address(0) ? address(this) : found;
    }

    function getBool(bytes32) external pure returns (bool) {
        return true;
    }

    function getUint(bytes32) external pure returns (uint256) {
        return 0;
    }

    function deleteUint(bytes32) external {}

    function balanceOf(string calldata) external view returns (uint256) {
        return address(this).balance;
    }

    function depositEther() external payable {}

    function withdrawEther(uint256 amount) external {
        Withdrawer(msg.sender).receiveVaultWithdrawalETH{value: amount}();
    }
}
