// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

interface IToken {
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @notice An exchange of our own with the face of Curve's pools of three coins: equal weights at
/// prices of its own, and a fee on the output that falls towards balance, as theirs does. What it
/// quotes is what it pays.
contract AskedPool {
    uint256 private constant ONE = 1e18;

    address[3] public coins;
    uint256[3] public balances;
    uint256[3] private prices;
    uint256 private immutable midFee;
    uint256 private immutable outFee;

    constructor(address[3] memory coins_, uint256[3] memory prices_, uint256 mid, uint256 out_) {
        coins = coins_;
        prices = prices_;
        (midFee, outFee) = (mid, out_);
    }

    function add(uint256[3] calldata amounts) external {
        for (uint256 i = 0; i < 3; ++i) {
            balances[i] += amounts[i];
            require(IToken(coins[i]).transferFrom(msg.sender, address(this), amounts[i]));
        }
    }

    function get_dy(uint256 i, uint256 j, uint256 dx) public view returns (uint256) {
        require(i != j && dx > 0);
        (uint256 x, uint256 y) = (balances[i], balances[j]);
        uint256 dy = y * dx / (x + dx);
        uint256 fee = feeAt((x + dx) * prices[i], (y - dy) * prices[j]);
        return dy - (dy * fee + 1e10 - 1) / 1e10;
    }

    /// @dev In parts of 1e10, by how far two values are from equal.
    function feeAt(uint256 a, uint256 b) private view returns (uint256) {
        uint256 half = (a + b) / 2;
        uint256 balance = a * ONE / half * (b * ONE / half) / ONE;
        return (midFee * balance + outFee * (ONE - balance)) / ONE;
    }

    function exchange(uint256 i, uint256 j, uint256 dx, uint256 min_dy) external returns (uint256) {
        uint256 dy = get_dy(i, j, dx);
        require(dy >= min_dy, "Slippage");
        balances[i] += dx;
        balances[j] -= dy;
        require(IToken(coins[i]).transferFrom(msg.sender, address(this), dx));
        require(IToken(coins[j]).transfer(msg.sender, dy));
        return dy;
    }
}
