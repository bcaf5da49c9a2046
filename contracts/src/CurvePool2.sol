// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pay} from "./base/Pay.sol";

/// @notice Stands for a two-coin Curve StableSwap pool with rates of one: the old ETH/stETH pool, or
/// a plain factory pool. Compatible: exchange, get_dy, coins, balances, A, A_precise, fee. The
/// output is one unit less than the invariant allows, then the fee, rounded down, comes off.
/// @dev `form` chooses how the invariant's product D_P is rounded: 0 divides by x * 2 coin by coin,
/// 1 by x * 2 + 1 (ETH/stETH, Vyper 0.2.8), 2 by x coin by coin and by 4 at the end (later factory
/// pools). The input counts as named, not as arrived. No ramp of A and no liquidity functions.
contract CurvePool2 {
    address private constant ETHER = 0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE;
    uint256 private constant FEE_DENOMINATOR = 1e10;
    uint256 private constant A_PRECISION = 100;

    address[2] public coins;
    uint256[2] public admin_balances;
    uint256 public A_precise;
    uint256 public fee;
    uint256 public admin_fee;
    uint256 internal form;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    receive() external payable {}

    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy) external payable returns (uint256 dy) {
        (uint256 from, uint256 to) = _indices(i, j);
        uint256 feeAmount;
        (dy, feeAmount) = _quote(from, to, dx);
        require(dy >= min_dy, "Exchange resulted in fewer coins than expected");
        admin_balances[to] += feeAmount * admin_fee / FEE_DENOMINATOR;

        if (coins[from] == ETHER) {
            require(msg.value == dx);
        } else {
            require(msg.value == 0);
            Pay.pull(coins[from], msg.sender, address(this), dx);
        }
        if (coins[to] == ETHER) Pay.sendEther(msg.sender, dy);
        else Pay.send(coins[to], msg.sender, dy);
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256 dy) {
        (uint256 from, uint256 to) = _indices(i, j);
        (dy,) = _quote(from, to, dx);
    }

    function A() external view returns (uint256) {
        return A_precise / A_PRECISION;
    }

    function balances(uint256 i) public view returns (uint256) {
        uint256 held = coins[i] == ETHER ? address(this).balance - _value() : Pay.balance(coins[i]);
        return held - admin_balances[i];
    }

    function _quote(uint256 from, uint256 to, uint256 dx) private view returns (uint256 dy, uint256 feeAmount) {
        uint256[2] memory x = [balances(0), balances(1)];
        dy = x[to] - _y(x[from] + dx, _invariant(x[0], x[1])) - 1;
        feeAmount = dy * fee / FEE_DENOMINATOR;
        dy -= feeAmount;
    }

    /// @dev D by Newton's method, rounding as the chosen form does.
    function _invariant(uint256 a, uint256 b) private view returns (uint256 d) {
        uint256 sum = a + b;
        if (sum == 0) return 0;
        (uint256 x0, uint256 x1) = form == 2 ? (a, b) : form == 1 ? (a * 2 + 1, b * 2 + 1) : (a * 2, b * 2);
        uint256 last = form == 2 ? 4 : 1;
        uint256 ann = A_precise * 2;
        d = sum;
        for (uint256 n = 0; n < 255; ++n) {
            uint256 product = d * d / x0 * d / x1 / last;
            uint256 previous = d;
            d = (ann * sum / A_PRECISION + product * 2) * d / ((ann - A_PRECISION) * d / A_PRECISION + 3 * product);
            if (_close(d, previous)) break;
        }
    }

    /// @dev The balance of the other coin that keeps `d` when one holds `x`.
    function _y(uint256 x, uint256 d) private view returns (uint256 y) {
        uint256 ann = A_precise * 2;
        uint256 c = d * d / (x * 2) * d * A_PRECISION / (ann * 2);
        uint256 b = x + d * A_PRECISION / ann;
        y = d;
        for (uint256 n = 0; n < 255; ++n) {
            uint256 previous = y;
            y = (y * y + c) / (2 * y + b - d);
            if (_close(y, previous)) break;
        }
    }

    function _close(uint256 a, uint256 b) private pure returns (bool) {
        return a > b ? a - b <= 1 : b - a <= 1;
    }

    function _indices(int128 i, int128 j) private pure returns (uint256, uint256) {
        require(i != j && i >= 0 && j >= 0 && i < 2 && j < 2);
        return (uint256(uint128(i)), uint256(uint128(j)));
    }

    /// @dev The ether of the running call; `msg.value` is not readable in a view.
    function _value() private view returns (uint256 value) {
        assembly {
            value := callvalue()
        }
    }
}
