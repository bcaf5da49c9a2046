// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IWeth, Pay} from "./base/Pay.sol";
import {Bits, SwapStep, TickPrice} from "./base/V3Math.sol";

interface IUniswapV3SwapCallback {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external;
}

/// @notice Stands for a Uniswap V3 pool. Compatible: swap, slot0, liquidity, ticks, tickBitmap, and
/// the pool's constants. Amounts, price, tick and liquidity come out as on mainnet, to the last unit.
/// @dev The liquidity is known between `knownLowerTick` and `knownUpperTick` only: a swap may end on
/// either, not beyond (-887272 and 887272 for a pool that is known whole). Fees are taken, but no
/// fee growth and no oracle is kept. Integers fill whole slots, negative ones in two's complement.
contract UniswapV3Pool {
    struct Tick {
        int256 liquidityNet;
        uint256 liquidityGross;
    }

    struct Step {
        int256 remaining;
        int256 calculated;
        uint256 price;
        int256 tick;
        uint256 liquidity;
    }

    address public token0;
    address public token1;
    uint256 public fee;
    int256 public tickSpacing;
    uint256 internal sqrtPriceX96;
    int256 internal currentTick;
    uint256 public liquidity;
    int256 public knownLowerTick;
    int256 public knownUpperTick;
    mapping(int24 tick => Tick) internal tickInfo;
    mapping(int16 word => uint256) public tickBitmap;

    bool private transient locked;

    error BeyondKnownRange();

    event Swap(
        address indexed sender,
        address indexed recipient,
        int256 amount0,
        int256 amount1,
        uint160 sqrtPriceX96,
        uint128 liquidity,
        int24 tick
    );

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (uint160(sqrtPriceX96), int24(currentTick), 0, 0, 0, 0, !locked);
    }

    function ticks(int24 tick)
        external
        view
        returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool)
    {
        Tick storage info = tickInfo[tick];
        (int256 next, bool initialized) = _nextTick(tick, tickSpacing, true);
        bool known = initialized && next == tick;
        return (uint128(info.liquidityGross), int128(info.liquidityNet), 0, 0, 0, 0, 0, known);
    }

    /// @param amountSpecified Positive: the exact input. Negative: the exact output.
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1) {
        require(amountSpecified != 0, "AS");
        require(!locked, "LOK");
        uint256 price = sqrtPriceX96;
        require(
            zeroForOne
                ? sqrtPriceLimitX96 < price && sqrtPriceLimitX96 > TickPrice.MIN_SQRT_RATIO
                : sqrtPriceLimitX96 > price && sqrtPriceLimitX96 < TickPrice.MAX_SQRT_RATIO,
            "SPL"
        );
        locked = true;

        Step memory s = Step(amountSpecified, 0, price, currentTick, liquidity);
        _walk(s, zeroForOne, sqrtPriceLimitX96);
        sqrtPriceX96 = s.price;
        currentTick = s.tick;
        if (s.liquidity != liquidity) liquidity = s.liquidity;

        int256 used = amountSpecified - s.remaining;
        (amount0, amount1) = zeroForOne == (amountSpecified > 0) ? (used, s.calculated) : (s.calculated, used);
        _settle(recipient, zeroForOne, amount0, amount1, data);
        emit Swap(msg.sender, recipient, amount0, amount1, uint160(s.price), uint128(s.liquidity), int24(s.tick));
        locked = false;
    }

    /// @dev Range by range, until the amount is used up or the price is at its limit.
    function _walk(Step memory s, bool zeroForOne, uint256 limit) private view {
        uint256 known = TickPrice.at(zeroForOne ? knownLowerTick : knownUpperTick);
        uint256 feePips = fee;
        int256 spacing = tickSpacing;
        while (s.remaining != 0 && s.price != limit) {
            if (zeroForOne ? s.price <= known : s.price >= known) revert BeyondKnownRange();
            (int256 nextTick, bool initialized) = _nextTick(s.tick, spacing, zeroForOne);
            if (nextTick < TickPrice.MIN_TICK) nextTick = TickPrice.MIN_TICK;
            if (nextTick > TickPrice.MAX_TICK) nextTick = TickPrice.MAX_TICK;
            uint256 nextPrice = TickPrice.at(nextTick);

            uint256 start = s.price;
            _step(s, (zeroForOne ? nextPrice < limit : nextPrice > limit) ? limit : nextPrice, feePips);
            if (zeroForOne ? s.price < known : s.price > known) revert BeyondKnownRange();

            if (s.price == nextPrice) {
                if (initialized) {
                    int256 net = tickInfo[int24(nextTick)].liquidityNet;
                    int256 updated = int256(s.liquidity) + (zeroForOne ? -net : net);
                    require(updated >= 0, "LS");
                    s.liquidity = uint256(updated);
                }
                s.tick = zeroForOne ? nextTick - 1 : nextTick;
            } else if (s.price != start) {
                s.tick = TickPrice.tickOf(s.price);
            }
        }
    }

    function _step(Step memory s, uint256 target, uint256 feePips) private pure {
        uint256 amountIn;
        uint256 amountOut;
        uint256 feeAmount;
        (s.price, amountIn, amountOut, feeAmount) =
            SwapStep.compute(s.price, target, s.liquidity, s.remaining, feePips);
        if (s.remaining > 0) {
            s.remaining -= int256(amountIn + feeAmount);
            s.calculated -= int256(amountOut);
        } else {
            s.remaining += int256(amountOut);
            s.calculated += int256(amountIn + feeAmount);
        }
    }

    /// @dev Pays out first, then asks for the input.
    function _settle(address recipient, bool zeroForOne, int256 amount0, int256 amount1, bytes calldata data) private {
        (address tokenIn, address tokenOut) = zeroForOne ? (token0, token1) : (token1, token0);
        (int256 amountIn, int256 amountOut) = zeroForOne ? (amount0, amount1) : (amount1, amount0);
        if (amountOut < 0) Pay.send(tokenOut, recipient, uint256(-amountOut));
        uint256 before = Pay.balance(tokenIn);
        IUniswapV3SwapCallback(msg.sender).uniswapV3SwapCallback(amount0, amount1, data);
        require(before + uint256(amountIn) <= Pay.balance(tokenIn), "IIA");
    }

    /// @dev The next initialized tick in the same word of the bitmap, or the word's last tick: at or
    /// below `tick` when `down`, else above it.
    function _nextTick(int256 tick, int256 spacing, bool down) private view returns (int256 next, bool initialized) {
        unchecked {
            int256 compressed = tick / spacing;
            if (tick < 0 && tick % spacing != 0) --compressed;
            if (!down) ++compressed;
            uint256 bit = uint256(compressed & 0xff);
            uint256 word = tickBitmap[int16(compressed >> 8)];
            uint256 position;
            if (down) {
                word &= type(uint256).max >> (255 - bit);
                initialized = word != 0;
                position = initialized ? Bits.highest(word) : 0;
            } else {
                word &= type(uint256).max << bit;
                initialized = word != 0;
                position = initialized ? Bits.lowest(word) : 255;
            }
            next = (compressed + int256(position) - int256(bit)) * spacing;
        }
    }
}

/// @notice Stands for SwapRouter02, its V3 part. Compatible: exactInputSingle, multicall,
/// unwrapWETH9. The same special values: amount 0 is the router's own balance, recipient 1 the
/// caller, recipient 2 the router.
/// @dev Pools come from storage, `pools[token0][token1][fee]` with token0 < token1.
contract SwapRouter02 {
    struct ExactInputSingleParams {
        address tokenIn;
        address tokenOut;
        uint24 fee;
        address recipient;
        uint256 amountIn;
        uint256 amountOutMinimum;
        uint160 sqrtPriceLimitX96;
    }

    address public WETH9;
    mapping(address token0 => mapping(address token1 => mapping(uint24 fee => UniswapV3Pool))) internal pools;

    receive() external payable {
        require(msg.sender == WETH9, "Not WETH9");
    }

    function exactInputSingle(ExactInputSingleParams calldata params) external payable returns (uint256 amountOut) {
        uint256 amountIn = params.amountIn == 0 ? Pay.balance(params.tokenIn) : params.amountIn;
        address payer = params.amountIn == 0 ? address(this) : msg.sender;
        bool zeroForOne = params.tokenIn < params.tokenOut;
        uint160 limit = params.sqrtPriceLimitX96;
        if (limit == 0) {
            limit = uint160(zeroForOne ? TickPrice.MIN_SQRT_RATIO + 1 : TickPrice.MAX_SQRT_RATIO - 1);
        }
        (int256 amount0, int256 amount1) = _pool(params.tokenIn, params.tokenOut, params.fee).swap(
            _recipient(params.recipient),
            zeroForOne,
            int256(amountIn),
            limit,
            abi.encode(params.tokenIn, params.tokenOut, params.fee, payer)
        );
        amountOut = uint256(-(zeroForOne ? amount1 : amount0));
        require(amountOut >= params.amountOutMinimum, "Too little received");
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        require(amount0 > 0 || amount1 > 0); // the original does not swap where there is no liquidity
        (address tokenIn, address tokenOut, uint24 fee, address payer) =
            abi.decode(data, (address, address, uint24, address));
        require(msg.sender == address(_pool(tokenIn, tokenOut, fee)));
        uint256 amount = uint256(amount0 > 0 ? amount0 : amount1);
        if (tokenIn == WETH9 && address(this).balance >= amount) {
            IWeth(WETH9).deposit{value: amount}();
            Pay.send(tokenIn, msg.sender, amount);
        } else if (payer == address(this)) {
            Pay.send(tokenIn, msg.sender, amount);
        } else {
            Pay.pull(tokenIn, payer, msg.sender, amount);
        }
    }

    function multicall(uint256 deadline, bytes[] calldata data) external payable returns (bytes[] memory) {
        require(block.timestamp <= deadline, "Transaction too old");
        return multicall(data);
    }

    function multicall(bytes[] calldata data) public payable returns (bytes[] memory results) {
        results = new bytes[](data.length);
        for (uint256 i = 0; i < data.length; ++i) {
            (bool ok, bytes memory result) = address(this).delegatecall(data[i]);
            if (!ok) {
                assembly {
                    revert(add(result, 32), mload(result))
                }
            }
            results[i] = result;
        }
    }

    function unwrapWETH9(uint256 amountMinimum) external payable {
        unwrapWETH9(amountMinimum, msg.sender);
    }

    function unwrapWETH9(uint256 amountMinimum, address recipient) public payable {
        uint256 held = Pay.balance(WETH9);
        require(held >= amountMinimum, "Insufficient WETH9");
        if (held == 0) return;
        IWeth(WETH9).withdraw(held);
        Pay.sendEther(recipient, held);
    }

    function _recipient(address recipient) private view returns (address) {
        if (recipient == address(1)) return msg.sender;
        return recipient == address(2) ? address(this) : recipient;
    }

    function _pool(address a, address b, uint24 fee) private view returns (UniswapV3Pool) {
        return a < b ? pools[a][b][fee] : pools[b][a][fee];
    }
}
