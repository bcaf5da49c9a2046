// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice Stands for RocketStorage and for rocketNetworkBalances, whose address it gives as its own.
/// Compatible: getAddress, getTotalETHBalance, getTotalRETHSupply. It knows no other contract.
contract RocketStorage {
    uint256 public getTotalETHBalance;
    uint256 public getTotalRETHSupply;

    function getAddress(bytes32 key) external view returns (address) {
        return key == keccak256("contract.addressrocketNetworkBalances") ? address(this) : address(0);
    }
}
