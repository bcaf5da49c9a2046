// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

interface IERC20 {
    function transfer(address to, uint256 amount) external returns (bool);
}

interface IUniswapV3Pool {
    function token0() external view returns (address);
    function token1() external view returns (address);
    function mint(address recipient, int24 lower, int24 upper, uint128 amount, bytes calldata data)
        external
        returns (uint256, uint256);
    function burn(int24 lower, int24 upper, uint128 amount) external returns (uint256, uint256);
    function swap(address recipient, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256);
}

/// @notice Trades with a Uniswap V3 pool directly, and pays what its callbacks ask for.
contract Hand {
    function mint(IUniswapV3Pool pool, int24 lower, int24 upper, uint128 amount) external {
        pool.mint(address(this), lower, upper, amount, "");
    }

    function burn(IUniswapV3Pool pool, int24 lower, int24 upper, uint128 amount) external {
        pool.burn(lower, upper, amount);
    }

    function swap(IUniswapV3Pool pool, bool zeroForOne, int256 amount, uint160 limit)
        external
        returns (int256, int256)
    {
        return pool.swap(address(this), zeroForOne, amount, limit, "");
    }

    /// @param data Anything at all means: pay one unit too little.
    function swapWith(IUniswapV3Pool pool, bool zeroForOne, int256 amount, uint160 limit, bytes calldata data)
        external
        returns (int256, int256)
    {
        return pool.swap(address(this), zeroForOne, amount, limit, data);
    }

    function uniswapV3MintCallback(uint256 amount0, uint256 amount1, bytes calldata) external {
        _pay(int256(amount0), int256(amount1), 0);
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        _pay(amount0, amount1, data.length == 0 ? int256(0) : int256(1));
    }

    function _pay(int256 amount0, int256 amount1, int256 less) private {
        IUniswapV3Pool pool = IUniswapV3Pool(msg.sender);
        if (amount0 > 0) IERC20(pool.token0()).transfer(msg.sender, uint256(amount0 - less));
        if (amount1 > 0) IERC20(pool.token1()).transfer(msg.sender, uint256(amount1 - less));
    }
}
