// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AToken, AaveDebt} from "./AaveTokens.sol";
import {Pay} from "./base/Pay.sol";
import {Ray, Share} from "./base/Ray.sol";

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

/// @notice Stands for Aave V3's Pool. Compatible: supply, withdraw, borrow and repay at the variable
/// rate for oneself, setUserEMode, getUserEMode, getUserAccountData, getReserveNormalizedIncome,
/// getReserveNormalizedVariableDebt, getReserveData. Rounds half up, as version 3.1 and before.
/// @dev Indexes and prices are stored figures: they do not move with time, and there is no oracle
/// contract. Caps are in the asset's smallest unit; zero means none. Whatever is supplied of a reserve
/// with a threshold is collateral. A borrow index of zero is one. Events of borrowing tell no rate.
contract AavePool {
    struct Reserve {
        AToken aToken;
        uint256 liquidityIndex;
        uint256 supplyCap;
        AaveDebt debt;
        uint256 reserveFactor;
        uint256 borrowIndex;
        uint256 borrowable;
        uint256 borrowCap;
        uint256 price;
        uint256 ltv;
        uint256 threshold;
        uint256 category;
    }

    /// @notice What counts of collateral in an e-mode, in basis points.
    struct Category {
        uint256 ltv;
        uint256 threshold;
    }

    struct Sums {
        uint256 collateral;
        uint256 debt;
        uint256 ltv;
        uint256 threshold;
        uint256 health;
    }

    uint256 public constant POOL_REVISION = 4;
    uint256 private constant VARIABLE = 2;

    mapping(address asset => Reserve) internal reserves;
    /// @dev Those that can be collateral or be borrowed.
    uint256 internal listed;
    mapping(uint256 position => address) internal list;
    mapping(uint256 category => Category) internal categories;
    mapping(address user => uint256) public getUserEMode;

    event Supply(
        address indexed reserve, address user, address indexed onBehalfOf, uint256 amount, uint16 indexed referralCode
    );
    event Withdraw(address indexed reserve, address indexed user, address indexed to, uint256 amount);
    event Borrow(
        address indexed reserve,
        address user,
        address indexed onBehalfOf,
        uint256 amount,
        uint8 interestRateMode,
        uint256 borrowRate,
        uint16 indexed referralCode
    );
    event Repay(
        address indexed reserve, address indexed user, address indexed repayer, uint256 amount, bool useATokens
    );
    event UserEModeSet(address indexed user, uint8 categoryId);

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
        finalize(asset, msg.sender);
        emit Withdraw(asset, msg.sender, to, amount);
        return amount;
    }

    function borrow(
        address asset,
        uint256 amount,
        uint256 interestRateMode,
        uint16 referralCode,
        address onBehalfOf
    ) external {
        Reserve memory reserve = _reserve(asset, amount);
        require(reserve.borrowable != 0, "30"); // BORROWING_NOT_ENABLED
        require(interestRateMode == VARIABLE, "33"); // INVALID_INTEREST_RATE_MODE_SELECTED
        require(onBehalfOf == msg.sender, "NO_DELEGATION");
        require(
            reserve.borrowCap == 0 || reserve.debt.totalSupply() + amount <= reserve.borrowCap,
            "50" // BORROW_CAP_EXCEEDED
        );
        uint256 mode = getUserEMode[msg.sender];
        require(mode == 0 || reserve.category == mode, "58"); // INCONSISTENT_EMODE_CATEGORY
        Sums memory sums = _sums(msg.sender);
        require(sums.collateral != 0, "34"); // COLLATERAL_BALANCE_IS_ZERO
        require(sums.ltv != 0, "57"); // LTV_VALIDATION_FAILED
        require(sums.health > Share.WAD, "35"); // HEALTH_FACTOR_LOWER_THAN_LIQUIDATION_THRESHOLD
        uint256 value = reserve.price * amount / 10 ** reserve.aToken.decimals();
        require(Share.div(sums.debt + value, sums.ltv) <= sums.collateral, "36"); // COLLATERAL_CANNOT_COVER_NEW_BORROW
        reserve.debt.mint(msg.sender, amount, _borrowIndex(reserve));
        reserve.aToken.transferUnderlyingTo(msg.sender, amount);
        emit Borrow(asset, msg.sender, msg.sender, amount, uint8(VARIABLE), 0, referralCode);
    }

    /// @param amount What to repay; the largest number means everything.
    function repay(address asset, uint256 amount, uint256 interestRateMode, address onBehalfOf)
        external
        returns (uint256)
    {
        Reserve memory reserve = _reserve(asset, amount);
        require(amount != type(uint256).max || msg.sender == onBehalfOf, "40"); // NO_EXPLICIT_AMOUNT_TO_REPAY_ON_BEHALF
        uint256 paid = address(reserve.debt) == address(0) ? 0 : reserve.debt.balanceOf(onBehalfOf);
        require(paid != 0 && interestRateMode == VARIABLE, "39"); // NO_DEBT_OF_SELECTED_TYPE
        if (amount < paid) paid = amount;
        reserve.debt.burn(onBehalfOf, paid, _borrowIndex(reserve));
        Pay.pull(asset, msg.sender, address(reserve.aToken), paid);
        emit Repay(asset, onBehalfOf, msg.sender, paid, false);
        return paid;
    }

    function setUserEMode(uint8 categoryId) external {
        require(categoryId == 0 || categories[categoryId].threshold != 0, "58"); // INCONSISTENT_EMODE_CATEGORY
        for (uint256 i = 0; categoryId != 0 && i < listed; i++) {
            Reserve memory reserve = reserves[list[i]];
            require(reserve.category == categoryId || _owed(reserve, msg.sender) == 0, "58");
        }
        uint256 before = getUserEMode[msg.sender];
        getUserEMode[msg.sender] = categoryId;
        if (before != 0) require(_sums(msg.sender).health >= Share.WAD, "35");
        emit UserEModeSet(msg.sender, categoryId);
    }

    /// @notice Refuses where an account that owes has just given away too much of what secures it.
    function finalize(address asset, address user) public view {
        if (reserves[asset].threshold != 0) require(_sums(user).health >= Share.WAD, "35");
    }

    function getUserAccountData(address user)
        external
        view
        returns (
            uint256 totalCollateralBase,
            uint256 totalDebtBase,
            uint256 availableBorrowsBase,
            uint256 currentLiquidationThreshold,
            uint256 ltv,
            uint256 healthFactor
        )
    {
        Sums memory sums = _sums(user);
        uint256 most = Share.mul(sums.collateral, sums.ltv);
        uint256 available = most < sums.debt ? 0 : most - sums.debt;
        return (sums.collateral, sums.debt, available, sums.threshold, sums.ltv, sums.health);
    }

    /// @notice Indexes, addresses, and of the configuration: limit and threshold, decimals, active,
    /// borrowing, reserve factor, caps (in whole tokens, rounded down) and e-mode. The debt token is its
    /// own rate strategy; both are zero where no debt is known.
    function getReserveData(address asset) external view returns (ReserveData memory data) {
        Reserve memory reserve = reserves[asset];
        if (address(reserve.aToken) == address(0)) return data;
        uint256 decimals = reserve.aToken.decimals();
        data.configuration = reserve.ltv | reserve.threshold << 16 | decimals << 48 | 1 << 56
            | reserve.borrowable << 58 | reserve.reserveFactor << 64 | (reserve.borrowCap / 10 ** decimals) << 80
            | (reserve.supplyCap / 10 ** decimals) << 116 | reserve.category << 168;
        data.liquidityIndex = uint128(reserve.liquidityIndex);
        data.variableBorrowIndex = uint128(_borrowIndex(reserve));
        data.aTokenAddress = address(reserve.aToken);
        data.variableDebtTokenAddress = address(reserve.debt);
        data.interestRateStrategyAddress = address(reserve.debt);
    }

    function getReserveNormalizedVariableDebt(address asset) external view returns (uint256) {
        return _borrowIndex(reserves[asset]);
    }

    function getReserveNormalizedIncome(address asset) external view returns (uint256) {
        return reserves[asset].liquidityIndex;
    }

    function _reserve(address asset, uint256 amount) private view returns (Reserve memory reserve) {
        require(amount != 0, "26"); // INVALID_AMOUNT
        reserve = reserves[asset];
        require(address(reserve.aToken) != address(0), "27"); // RESERVE_INACTIVE
    }

    function _borrowIndex(Reserve memory reserve) private pure returns (uint256) {
        return reserve.borrowIndex == 0 ? Ray.RAY : reserve.borrowIndex;
    }

    function _owed(Reserve memory reserve, address user) private view returns (uint256) {
        return address(reserve.debt) == address(0) ? 0 : reserve.debt.balanceOf(user);
    }

    /// @dev `GenericLogic.calculateUserAccountData`.
    function _sums(address user) private view returns (Sums memory sums) {
        uint256 mode = getUserEMode[user];
        Category memory category = categories[mode];
        for (uint256 i = 0; i < listed; i++) {
            Reserve memory reserve = reserves[list[i]];
            uint256 unit = 10 ** reserve.aToken.decimals();
            bool inMode = mode != 0 && reserve.category == mode;
            if (reserve.threshold != 0) {
                uint256 value = reserve.aToken.balanceOf(user) * reserve.price / unit;
                sums.collateral += value;
                if (reserve.ltv != 0) sums.ltv += value * (inMode ? category.ltv : reserve.ltv);
                sums.threshold += value * (inMode ? category.threshold : reserve.threshold);
            }
            sums.debt += reserve.price * _owed(reserve, user) / unit;
        }
        if (sums.collateral != 0) {
            sums.ltv /= sums.collateral;
            sums.threshold /= sums.collateral;
        }
        sums.health = sums.debt == 0
            ? type(uint256).max
            : Share.ratio(Share.mul(sums.collateral, sums.threshold), sums.debt);
    }
}
