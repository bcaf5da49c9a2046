// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

import {OETHVault} from "contracts/contracts/vault/OETHVault.sol";
import {OETH} from "contracts/contracts/token/OETH.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev The published contracts, governed by whoever deploys them and without their proxies.
contract OriginVault is OETHVault {
    constructor(address weth) OETHVault(weth) {
        _setGovernor(msg.sender);
    }
}

contract OriginToken is OETH {
    constructor() {
        _setGovernor(msg.sender);
    }
}

contract Coin is ERC20("C", "C") {
    constructor() {
        _mint(msg.sender, 1 << 200);
    }
}
