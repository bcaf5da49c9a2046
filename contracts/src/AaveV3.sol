// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ledger} from "./base/Erc20.sol";
import {Pay} from "./base/Pay.sol";

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

/// @notice `DataTypes.ReserveDataLegacy`.
struct ReserveData {
    uint256 configuration;
    uint128 liquidityIndex;
    uint128 currentLiquidityRate;
    uint128 variableBorrowIndex;
    uint128 currentVariableBorrowRate;
    uint128 currentStableBorrowRate;
    uint40 lastUpdateTimestamp;
    uint16 id;
    address aTokenAddress;
    address stableDebtTokenAddress;
    address variableDebtTokenAddress;
    address interestRateStrategyAddress;
    uint128 accruedToTreasury;
    uint128 unbacked;
    uint128 isolationModeTotalDebt;
}

/// @notice Stands for Aave V3's Pool. Compatible: supply, withdraw, getReserveNormalizedIncome,
/// getReserveNormalizedVariableDebt, getReserveData. Rounds half up, as version 3.1 and before.
/// @dev The index is a stored figure: it does not grow with time, and that of the debt is one.
/// `supplyCap` is in the asset's smallest unit; zero means none. No borrowing, so no health checks.
contract AavePool {
    struct Reserve {
        AToken aToken;
        uint256 liquidityIndex;
        uint256 supplyCap;
        AaveDebt debt;
        uint256 reserveFactor;
    }

    uint256 public constant POOL_REVISION = 4;

    mapping(address asset => Reserve) internal reserves;

    event Supply(
        address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint16 indexed referralCode
    );
    event Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount);

    function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode) external {
        Reserve memory reserve = _reserve(asset, amount);
        require(
            reserve.supplyCap == 0 || reserve.aToken.totalSupply() + amount <= reserve.supplyCap,
            "51" // SUPPLY_CAP_EXCEEDED
        );
        Pay.pull(asset, msg.sender, address(reserve.aToken), amount);
        reserve.aToken.mint(onBehalfOf, amount, reserve.liquidityIndex);
        emit Supply(asset, msg.sender, onBehalfOf, amount, referralCode);
    }

    /// @param amount What to withdraw; the largest number means everything.
    function withdraw(address asset, uint256 amount, address to) external returns (uint256) {
        Reserve memory reserve = _reserve(asset, amount);
        uint256 held = reserve.aToken.balanceOf(msg.sender);
        if (amount == type(uint256).max) amount = held;
        require(amount != 0, "26"); // INVALID_AMOUNT
        require(amount <= held, "32"); // NOT_ENOUGH_AVAILABLE_USER_BALANCE
        reserve.aToken.burn(msg.sender, to, amount, reserve.liquidityIndex);
        emit Withdraw(asset, msg.sender, to, amount);
        return amount;
    }

    /// @notice Indexes, addresses, and of the configuration: decimals, active, reserve factor and supply
    /// cap (in whole tokens, rounded down). The debt token is its own rate strategy; both are zero where
    /// no debt is known.
    function getReserveData(address asset) external view returns (ReserveData memory data) {
        Reserve memory reserve = reserves[asset];
        if (address(reserve.aToken) == address(0)) return data;
        uint256 decimals = reserve.aToken.decimals();
        data.configuration = decimals << 48 | 1 << 56 | reserve.reserveFactor << 64
            | (reserve.supplyCap / 10 ** decimals) << 116;
        data.liquidityIndex = uint128(reserve.liquidityIndex);
        data.variableBorrowIndex = uint128(Ray.RAY);
        data.aTokenAddress = address(reserve.aToken);
        data.variableDebtTokenAddress = address(reserve.debt);
        data.interestRateStrategyAddress = address(reserve.debt);
    }

    function getReserveNormalizedVariableDebt(address) external pure returns (uint256) {
        return Ray.RAY;
    }

    function getReserveNormalizedIncome(address asset) external view returns (uint256) {
        return reserves[asset].liquidityIndex;
    }

    function _reserve(address asset, uint256 amount) private view returns (Reserve memory reserve) {
        require(amount != 0, "26"); // INVALID_AMOUNT
        reserve = reserves[asset];
        require(address(reserve.aToken) != address(0), "27"); // RESERVE_INACTIVE
    }
}

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
        emit Transfer(from, to, amount);
    }

    function _index() private view returns (uint256) {
        return POOL.getReserveNormalizedIncome(UNDERLYING_ASSET_ADDRESS);
    }
}

/// @notice Stands for an Aave V3 variable debt token, and for the rate strategy of its reserve.
/// Compatible: scaledTotalSupply, totalSupply, getInterestRateDataBps. Rates are in basis points.
contract AaveDebt {
    struct InterestRateData {
        uint16 optimalUsageRatio;
        uint32 baseVariableBorrowRate;
        uint32 variableRateSlope1;
        uint32 variableRateSlope2;
    }

    error NoStrategy();

    uint256 public scaledTotalSupply;
    uint256 internal optimalUsageRatio;
    uint256 internal baseVariableBorrowRate;
    uint256 internal variableRateSlope1;
    uint256 internal variableRateSlope2;

    function totalSupply() external view returns (uint256) {
        return scaledTotalSupply;
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
}
