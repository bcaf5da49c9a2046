// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {Pay} from "./base/Pay.sol";

/// @notice Stands for WETH9. Compatible: deposit, receive, withdraw and ERC-20. One wei is one wei.
/// @dev The account must hold the ether behind the seeded balances; slot 0 (supply) is not used.
contract WETH9 is Erc20 {
    event Deposit(address indexed dst, uint256 wad);
    event Withdrawal(address indexed src, uint256 wad);

    receive() external payable {
        deposit();
    }

    function deposit() public payable {
        balances[msg.sender] += msg.value;
        emit Deposit(msg.sender, msg.value);
    }

    function withdraw(uint256 amount) external {
        balances[msg.sender] -= amount;
        Pay.sendEther(msg.sender, amount);
        emit Withdrawal(msg.sender, amount);
    }

    function totalSupply() public view override returns (uint256) {
        return address(this).balance;
    }

    /// @dev As in the original, an owner spends its own balance without an allowance.
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (from != msg.sender) _spend(from, msg.sender, amount);
        _move(from, to, amount);
        return true;
    }
}
