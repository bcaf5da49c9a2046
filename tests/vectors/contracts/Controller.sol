// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.0;

/// @notice The registry that knows any vault, and the token that anybody mints and burns.
contract Anyone {
    function vaults(address) external pure returns (bool) {
        return true;
    }

    function vaultImpls(address) external pure returns (bool) {
        return true;
    }

    function mint(address, uint256) external {}

    function burn(address, uint256) external {}
}

interface IController {
    function mintShares(address receiver, uint256 shares) external returns (uint256);
    function burnShares(address owner, uint256 shares) external returns (uint256);
}

/// @notice A vault, which mints and burns.
contract AVault {
    function implementation() external view returns (address) {
        return address(this);
    }

    function mint(address controller, uint256 shares) external {
        IController(controller).mintShares(msg.sender, shares);
    }

    function burn(address controller, uint256 shares) external {
        IController(controller).burnShares(msg.sender, shares);
    }
}
