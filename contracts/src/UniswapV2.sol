// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pay} from "./base/Pay.sol";

interface IUniswapV2Callee {
    function uniswapV2Call(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// @notice Stands for a Uniswap V2 pair or a fork's. Compatible: swap (with callback), sync,
/// getReserves. The product of the balances after fee, times 1000 squared, may not fall.
/// @dev `feeNumerator` is what stays of 1000 after the fee: 997 for Uniswap and SushiSwap. No
/// liquidity functions and no price accumulators.
contract UniswapV2Pair {
    address public token0;
    address public token1;
    uint256 internal reserve0;
    uint256 internal reserve1;
    uint256 internal blockTimestampLast;
    uint256 public feeNumerator;

    bool private transient locked;

    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    modifier lock() {
        require(!locked, "UniswapV2: LOCKED");
        locked = true;
        _;
        locked = false;
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (uint112(reserve0), uint112(reserve1), uint32(blockTimestampLast));
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external lock {
        require(amount0Out != 0 || amount1Out != 0, "UniswapV2: INSUFFICIENT_OUTPUT_AMOUNT");
        require(amount0Out < reserve0 && amount1Out < reserve1, "UniswapV2: INSUFFICIENT_LIQUIDITY");
        require(to != token0 && to != token1, "UniswapV2: INVALID_TO");
        if (amount0Out != 0) Pay.send(token0, to, amount0Out);
        if (amount1Out != 0) Pay.send(token1, to, amount1Out);
        if (data.length != 0) IUniswapV2Callee(to).uniswapV2Call(msg.sender, amount0Out, amount1Out, data);

        uint256 balance0 = Pay.balance(token0);
        uint256 balance1 = Pay.balance(token1);
        uint256 in0 = _arrived(balance0, reserve0 - amount0Out);
        uint256 in1 = _arrived(balance1, reserve1 - amount1Out);
        require(in0 != 0 || in1 != 0, "UniswapV2: INSUFFICIENT_INPUT_AMOUNT");
        uint256 fee = 1000 - feeNumerator;
        require(
            (balance0 * 1000 - in0 * fee) * (balance1 * 1000 - in1 * fee) >= reserve0 * reserve1 * 1000 ** 2,
            "UniswapV2: K"
        );
        _update(balance0, balance1);
        emit Swap(msg.sender, in0, in1, amount0Out, amount1Out, to);
    }

    function sync() external lock {
        _update(Pay.balance(token0), Pay.balance(token1));
    }

    function _arrived(uint256 balance, uint256 rest) private pure returns (uint256) {
        return balance > rest ? balance - rest : 0;
    }

    function _update(uint256 balance0, uint256 balance1) private {
        require(balance0 <= type(uint112).max && balance1 <= type(uint112).max, "UniswapV2: OVERFLOW");
        reserve0 = balance0;
        reserve1 = balance1;
        blockTimestampLast = uint32(block.timestamp);
        emit Sync(uint112(balance0), uint112(balance1));
    }
}

/// @notice Stands for UniswapV2Router02 or a fork's. Compatible: swapExactTokensForTokens,
/// getAmountsOut, getAmountOut. Each hop pays floor(in * fee * rOut / (rIn * 1000 + in * fee)).
/// @dev Pairs come from storage, `pairs[token0][token1]` with token0 < token1, instead of CREATE2.
contract UniswapV2Router {
    mapping(address token0 => mapping(address token1 => UniswapV2Pair)) internal pairs;

    function swapExactTokensForTokens(
        uint256 amountIn,
        uint256 amountOutMin,
        address[] calldata path,
        address to,
        uint256 deadline
    ) external returns (uint256[] memory amounts) {
        require(deadline >= block.timestamp, "UniswapV2Router: EXPIRED");
        amounts = getAmountsOut(amountIn, path);
        uint256 hops = path.length - 1;
        require(amounts[hops] >= amountOutMin, "UniswapV2Router: INSUFFICIENT_OUTPUT_AMOUNT");
        Pay.pull(path[0], msg.sender, address(_pair(path[0], path[1])), amountIn);
        for (uint256 i = 0; i < hops; ++i) {
            uint256 out = amounts[i + 1];
            bool up = path[i] < path[i + 1];
            address next = i + 1 < hops ? address(_pair(path[i + 1], path[i + 2])) : to;
            _pair(path[i], path[i + 1]).swap(up ? 0 : out, up ? out : 0, next, "");
        }
    }

    function getAmountsOut(uint256 amountIn, address[] calldata path) public view returns (uint256[] memory amounts) {
        require(path.length >= 2, "UniswapV2Library: INVALID_PATH");
        amounts = new uint256[](path.length);
        amounts[0] = amountIn;
        for (uint256 i = 0; i + 1 < path.length; ++i) {
            UniswapV2Pair pair = _pair(path[i], path[i + 1]);
            (uint256 reserveIn, uint256 reserveOut,) = pair.getReserves();
            if (path[i] > path[i + 1]) (reserveIn, reserveOut) = (reserveOut, reserveIn);
            amounts[i + 1] = _amountOut(amounts[i], reserveIn, reserveOut, pair.feeNumerator());
        }
    }

    function getAmountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut) external pure returns (uint256) {
        return _amountOut(amountIn, reserveIn, reserveOut, 997);
    }

    function _amountOut(uint256 amountIn, uint256 reserveIn, uint256 reserveOut, uint256 fee)
        private
        pure
        returns (uint256)
    {
        require(amountIn != 0, "UniswapV2Library: INSUFFICIENT_INPUT_AMOUNT");
        require(reserveIn != 0 && reserveOut != 0, "UniswapV2Library: INSUFFICIENT_LIQUIDITY");
        return amountIn * fee * reserveOut / (reserveIn * 1000 + amountIn * fee);
    }

    function _pair(address a, address b) private view returns (UniswapV2Pair) {
        return a < b ? pairs[a][b] : pairs[b][a];
    }
}
