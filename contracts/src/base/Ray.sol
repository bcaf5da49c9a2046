// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice Products and quotients in ray (27 places), rounded half up.
library Ray {
    uint256 internal constant RAY = 1e27;

    function mul(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * b + RAY / 2) / RAY;
    }

    function div(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * RAY + b / 2) / b;
    }
}

/// @notice Shares in basis points and ratios in wad (18 places), rounded half up.
library Share {
    uint256 internal constant WAD = 1e18;

    function mul(uint256 value, uint256 bps) internal pure returns (uint256) {
        return (value * bps + 5_000) / 10_000;
    }

    function div(uint256 value, uint256 bps) internal pure returns (uint256) {
        return (value * 10_000 + bps / 2) / bps;
    }

    function ratio(uint256 a, uint256 b) internal pure returns (uint256) {
        return (a * WAD + b / 2) / b;
    }
}
