// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice Products and quotients over 512 bits.
library Wide {
    /// @notice floor(a * b / d). Reverts when d is zero or the quotient exceeds 256 bits.
    function mulDiv(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 q) {
        unchecked {
            // a * b = high * 2^256 + low; the high word follows from the product modulo 2^256 - 1.
            uint256 low = a * b;
            uint256 high = mulmod(a, b, type(uint256).max);
            high = high - low - (high < low ? 1 : 0);
            if (high == 0) return low / d;
            require(high < d);

            // Take the remainder away: what is left divides exactly.
            uint256 rest = mulmod(a, b, d);
            if (rest > low) high -= 1;
            low -= rest;

            // Take the powers of two out of d, and out of the product with them.
            uint256 twos = d & (~d + 1);
            d /= twos;
            low /= twos;
            low |= high * ((~twos + 1) / twos + 1);

            // Newton's iteration for 1 / d modulo 2^256: 3 d xor 2 is right in four bits, and each
            // step doubles them.
            uint256 inverse = (3 * d) ^ 2;
            for (uint256 i = 0; i < 6; ++i) {
                inverse *= 2 - d * inverse;
            }
            q = low * inverse;
        }
    }

    /// @notice floor(a * b / d), and the largest number where that exceeds 256 bits. `d` is not zero.
    function mulDivOrMost(uint256 a, uint256 b, uint256 d) internal pure returns (uint256) {
        unchecked {
            uint256 low = a * b;
            uint256 high = mulmod(a, b, type(uint256).max);
            high = high - low - (high < low ? 1 : 0);
            return high >= d ? type(uint256).max : mulDiv(a, b, d);
        }
    }

    /// @notice ceil(a * b / d).
    function mulDivUp(uint256 a, uint256 b, uint256 d) internal pure returns (uint256 q) {
        q = mulDiv(a, b, d);
        if (mulmod(a, b, d) != 0) q += 1;
    }

    /// @notice ceil(a / d).
    function divUp(uint256 a, uint256 d) internal pure returns (uint256) {
        return a / d + (a % d == 0 ? 0 : 1);
    }
}
