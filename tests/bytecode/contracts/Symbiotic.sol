// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

import {Vault} from "@symbioticfi/core/src/contracts/vault/Vault.sol";

/// @notice Symbiotic's vault as it is: nothing here asks its factories.
contract SymbioticVault is Vault {
    constructor() Vault(address(1), address(1), address(1)) {}
}
