// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Wide} from "./Wide.sol";

/// @notice Prices at ticks: sqrt(1.0001)^tick in 64.96 fixed point.
library TickPrice {
    int256 internal constant MIN_TICK = -887_272;
    int256 internal constant MAX_TICK = 887_272;
    uint256 internal constant MIN_SQRT_RATIO = 4_295_128_739;
    uint256 internal constant MAX_SQRT_RATIO = 1_461_446_703_485_210_103_287_273_052_203_988_822_378_723_970_342;

    /// @notice The square root price at `tick`, rounded up.
    /// @dev Multiplies 2^128 / sqrt(1.0001)^(2^i), each rounded to the nearest, for the bits i of |tick|.
    function at(int256 tick) internal pure returns (uint256) {
        unchecked {
            uint256 n = uint256(tick < 0 ? -tick : tick);
            require(n <= uint256(MAX_TICK), "T");
            uint256 r = n & 0x1 != 0 ? 0xfffcb933bd6fad37aa2d162d1a594001 : 1 << 128;
            if (n & 0x2 != 0) r = (r * 0xfff97272373d413259a46990580e213a) >> 128;
            if (n & 0x4 != 0) r = (r * 0xfff2e50f5f656932ef12357cf3c7fdcc) >> 128;
            if (n & 0x8 != 0) r = (r * 0xffe5caca7e10e4e61c3624eaa0941cd0) >> 128;
            if (n & 0x10 != 0) r = (r * 0xffcb9843d60f6159c9db58835c926644) >> 128;
            if (n & 0x20 != 0) r = (r * 0xff973b41fa98c081472e6896dfb254c0) >> 128;
            if (n & 0x40 != 0) r = (r * 0xff2ea16466c96a3843ec78b326b52861) >> 128;
            if (n & 0x80 != 0) r = (r * 0xfe5dee046a99a2a811c461f1969c3053) >> 128;
            if (n & 0x100 != 0) r = (r * 0xfcbe86c7900a88aedcffc83b479aa3a4) >> 128;
            if (n & 0x200 != 0) r = (r * 0xf987a7253ac413176f2b074cf7815e54) >> 128;
            if (n & 0x400 != 0) r = (r * 0xf3392b0822b70005940c7a398e4b70f3) >> 128;
            if (n & 0x800 != 0) r = (r * 0xe7159475a2c29b7443b29c7fa6e889d9) >> 128;
            if (n & 0x1000 != 0) r = (r * 0xd097f3bdfd2022b8845ad8f792aa5825) >> 128;
            if (n & 0x2000 != 0) r = (r * 0xa9f746462d870fdf8a65dc1f90e061e5) >> 128;
            if (n & 0x4000 != 0) r = (r * 0x70d869a156d2a1b890bb3df62baf32f7) >> 128;
            if (n & 0x8000 != 0) r = (r * 0x31be135f97d08fd981231505542fcfa6) >> 128;
            if (n & 0x10000 != 0) r = (r * 0x9aa508b5b7a84e1c677de54f3e99bc9) >> 128;
            if (n & 0x20000 != 0) r = (r * 0x5d6af8dedb81196699c329225ee604) >> 128;
            if (n & 0x40000 != 0) r = (r * 0x2216e584f5fa1ea926041bedfe98) >> 128;
            if (n & 0x80000 != 0) r = (r * 0x48a170391f7dc42444e8fa2) >> 128;
            if (tick > 0) r = type(uint256).max / r;
            return (r >> 32) + (r & 0xffffffff == 0 ? 0 : 1);
        }
    }

    /// @notice The greatest tick whose price is not above `price`.
    /// @dev A base-2 logarithm to sixteen places puts the answer within a tick; `at` decides.
    function tickOf(uint256 price) internal pure returns (int256 tick) {
        require(price >= MIN_SQRT_RATIO && price < MAX_SQRT_RATIO, "R");
        unchecked {
            uint256 top = Bits.highest(price);
            uint256 m = top > 127 ? price >> (top - 127) : price << (127 - top);
            int256 log = (int256(top) - 96) << 16;
            for (uint256 bit = 1 << 15; bit != 0; bit >>= 1) {
                m = (m * m) >> 127;
                if (m >> 128 != 0) {
                    m >>= 1;
                    log += int256(bit);
                }
            }
            // One unit of the logarithm is 1 / log2(sqrt(1.0001)) = 13863.6367... ticks.
            tick = (log * 13_863_636_746_827) / (10 ** 9 << 16);
            if (tick < MIN_TICK) tick = MIN_TICK;
            while (at(tick) > price) --tick;
            while (tick < MAX_TICK && at(tick + 1) <= price) ++tick;
        }
    }
}

/// @notice Positions of single bits.
library Bits {
    /// @notice The position of the highest bit set; `x` is not zero.
    function highest(uint256 x) internal pure returns (uint256 n) {
        unchecked {
            for (uint256 half = 128; half != 0; half >>= 1) {
                if (x >> half != 0) {
                    x >>= half;
                    n += half;
                }
            }
        }
    }

    /// @notice The position of the lowest bit set; `x` is not zero.
    function lowest(uint256 x) internal pure returns (uint256) {
        unchecked {
            return highest(x & (~x + 1));
        }
    }
}

/// @notice How far a price moves and what that costs, within one range of constant liquidity. What
/// the pool takes rounds up, what it gives rounds down.
library SwapStep {
    uint256 private constant Q96 = 1 << 96;

    /// @notice One step from `price` towards `target`.
    /// @param remaining What is left to swap: positive as input, negative as output.
    function compute(uint256 price, uint256 target, uint256 liquidity, int256 remaining, uint256 fee)
        internal
        pure
        returns (uint256 next, uint256 amountIn, uint256 amountOut, uint256 feeAmount)
    {
        bool down = price >= target;
        if (remaining >= 0) {
            uint256 budget = Wide.mulDiv(uint256(remaining), 1e6 - fee, 1e6);
            amountIn = _input(price, target, liquidity, down);
            next = budget >= amountIn ? target : _afterInput(price, liquidity, budget, down);
            if (next != target) amountIn = _input(price, next, liquidity, down);
            amountOut = _output(price, next, liquidity, down);
            feeAmount =
                next != target ? uint256(remaining) - amountIn : Wide.mulDivUp(amountIn, fee, 1e6 - fee);
        } else {
            uint256 wanted = uint256(-remaining);
            amountOut = _output(price, target, liquidity, down);
            next = wanted >= amountOut ? target : _afterOutput(price, liquidity, wanted, down);
            if (next != target) amountOut = _output(price, next, liquidity, down);
            if (amountOut > wanted) amountOut = wanted;
            amountIn = _input(price, next, liquidity, down);
            feeAmount = Wide.mulDivUp(amountIn, fee, 1e6 - fee);
        }
    }

    function _input(uint256 from, uint256 to, uint256 liquidity, bool down) private pure returns (uint256) {
        return down ? _amount0(to, from, liquidity, true) : _amount1(from, to, liquidity, true);
    }

    function _output(uint256 from, uint256 to, uint256 liquidity, bool down) private pure returns (uint256) {
        return down ? _amount1(to, from, liquidity, false) : _amount0(from, to, liquidity, false);
    }

    /// @dev liquidity * (high - low) / (high * low), with a rounding after each division.
    function _amount0(uint256 low, uint256 high, uint256 liquidity, bool up) private pure returns (uint256) {
        uint256 scaled = liquidity << 96;
        return up
            ? Wide.divUp(Wide.mulDivUp(scaled, high - low, high), low)
            : Wide.mulDiv(scaled, high - low, high) / low;
    }

    /// @dev liquidity * (high - low).
    function _amount1(uint256 low, uint256 high, uint256 liquidity, bool up) private pure returns (uint256) {
        return up ? Wide.mulDivUp(liquidity, high - low, Q96) : Wide.mulDiv(liquidity, high - low, Q96);
    }

    /// @dev The price after an input never passes what the input pays for.
    function _afterInput(uint256 price, uint256 liquidity, uint256 amount, bool down) private pure returns (uint256) {
        require(liquidity != 0);
        if (!down) return price + Wide.mulDiv(amount, Q96, liquidity);
        if (amount == 0) return price;
        uint256 scaled = liquidity << 96;
        unchecked {
            uint256 product = amount * price;
            uint256 divisor = scaled + product;
            if (product / amount == price && divisor >= scaled) return Wide.mulDivUp(scaled, price, divisor);
        }
        // The exact form does not fit in 256 bits: use the one that divides first.
        return Wide.divUp(scaled, scaled / price + amount);
    }

    /// @dev The price after an output passes what the output needs.
    function _afterOutput(uint256 price, uint256 liquidity, uint256 amount, bool down) private pure returns (uint256) {
        require(liquidity != 0);
        if (down) {
            uint256 fall = Wide.mulDivUp(amount, Q96, liquidity);
            require(price > fall);
            return price - fall;
        }
        uint256 scaled = liquidity << 96;
        uint256 product = amount * price;
        require(scaled > product);
        return Wide.mulDivUp(scaled, price, scaled - product);
    }
}
