// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AavePool} from "./AaveV3.sol";
import {Ledger} from "./base/Erc20.sol";
import {Pay} from "./base/Pay.sol";
import {Ray} from "./base/Ray.sol";

/// @notice Stands for an Aave V3 aToken. Compatible: ERC-20 over scaled balances, scaledBalanceOf,
/// scaledTotalSupply, UNDERLYING_ASSET_ADDRESS, POOL. Amounts and scaled amounts round half up.
/// @dev Slots 0 and 2 hold scaled figures. The token holds the underlying that can be withdrawn.
contract AToken is Ledger {
    AavePool public POOL;
    address public UNDERLYING_ASSET_ADDRESS;

    modifier onlyPool() {
        require(msg.sender == address(POOL), "23"); // CALLER_MUST_BE_POOL
        _;
    }

    function mint(address to, uint256 amount, uint256 index) external onlyPool {
        uint256 scaled = Ray.div(amount, index);
        require(scaled != 0, "24"); // INVALID_MINT_AMOUNT
        supply += scaled;
        balances[to] += scaled;
        emit Transfer(address(0), to, amount);
    }

    function burn(address from, address to, uint256 amount, uint256 index) external onlyPool {
        uint256 scaled = Ray.div(amount, index);
        require(scaled != 0, "25"); // INVALID_BURN_AMOUNT
        balances[from] -= scaled;
        supply -= scaled;
        Pay.send(UNDERLYING_ASSET_ADDRESS, to, amount);
        emit Transfer(from, address(0), amount);
    }

    function transferUnderlyingTo(address to, uint256 amount) external onlyPool {
        Pay.send(UNDERLYING_ASSET_ADDRESS, to, amount);
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _transfer(msg.sender, to, amount);
        return true;
    }

    /// @dev The largest allowance is reduced too.
    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowances[from][msg.sender] -= amount;
        _transfer(from, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        _allow(msg.sender, spender, amount);
        return true;
    }

    function totalSupply() public view override returns (uint256) {
        return Ray.mul(supply, _index());
    }

    function balanceOf(address account) public view override returns (uint256) {
        return Ray.mul(balances[account], _index());
    }

    function scaledTotalSupply() external view returns (uint256) {
        return supply;
    }

    function scaledBalanceOf(address account) external view returns (uint256) {
        return balances[account];
    }

    function _transfer(address from, address to, uint256 amount) private {
        uint256 scaled = Ray.div(amount, _index());
        balances[from] -= scaled;
        balances[to] += scaled;
        if (from != to && amount != 0) POOL.finalize(UNDERLYING_ASSET_ADDRESS, from);
        emit Transfer(from, to, amount);
    }

    function _index() private view returns (uint256) {
        return POOL.getReserveNormalizedIncome(UNDERLYING_ASSET_ADDRESS);
    }
}

/// @notice Stands for an Aave V3 variable debt token, and for the rate strategy of its reserve.
/// Compatible: totalSupply, balanceOf, scaledTotalSupply, scaledBalanceOf, getInterestRateDataBps. Amounts
/// and scaled amounts round half up; rates are in basis points. Debt cannot be transferred.
/// @dev Slots 0 and 2 hold scaled figures.
contract AaveDebt is Ledger {
    struct InterestRateData {
        uint16 optimalUsageRatio;
        uint32 baseVariableBorrowRate;
        uint32 variableRateSlope1;
        uint32 variableRateSlope2;
    }

    error NoStrategy();

    AavePool public POOL;
    address public UNDERLYING_ASSET_ADDRESS;
    uint256 internal optimalUsageRatio;
    uint256 internal baseVariableBorrowRate;
    uint256 internal variableRateSlope1;
    uint256 internal variableRateSlope2;

    modifier onlyPool() {
        require(msg.sender == address(POOL), "23"); // CALLER_MUST_BE_POOL
        _;
    }

    function mint(address to, uint256 amount, uint256 index) external onlyPool {
        uint256 scaled = Ray.div(amount, index);
        require(scaled != 0, "24"); // INVALID_MINT_AMOUNT
        supply += scaled;
        balances[to] += scaled;
        emit Transfer(address(0), to, amount);
    }

    function burn(address from, uint256 amount, uint256 index) external onlyPool {
        uint256 scaled = Ray.div(amount, index);
        require(scaled != 0, "25"); // INVALID_BURN_AMOUNT
        balances[from] -= scaled;
        supply -= scaled;
        emit Transfer(from, address(0), amount);
    }

    function totalSupply() public view override returns (uint256) {
        return Ray.mul(supply, _index());
    }

    function balanceOf(address account) public view override returns (uint256) {
        return Ray.mul(balances[account], _index());
    }

    function scaledTotalSupply() external view returns (uint256) {
        return supply;
    }

    function scaledBalanceOf(address account) external view returns (uint256) {
        return balances[account];
    }

    function getInterestRateDataBps(address) external view returns (InterestRateData memory) {
        if (optimalUsageRatio == 0) revert NoStrategy();
        return InterestRateData(
            uint16(optimalUsageRatio),
            uint32(baseVariableBorrowRate),
            uint32(variableRateSlope1),
            uint32(variableRateSlope2)
        );
    }

    function _index() private view returns (uint256) {
        return POOL.getReserveNormalizedVariableDebt(UNDERLYING_ASSET_ADDRESS);
    }
}
