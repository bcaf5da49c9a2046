// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {Wide} from "./base/Wide.sol";

/// @notice Stands for swETH and rswETH (Swell). Compatible: deposit, depositWithReferral, the rates,
/// ERC-20. Rounds down: floor(eth * 1e18 / rate), or, with `inverseFirst`, as its earlier code did:
/// floor(eth * floor(1e36 / rate) / 1e18).
/// @dev The ether stays in this contract; the original passes it on.
contract RateToken is Erc20 {
    uint256 internal rate;
    uint256 public totalETHDeposited;
    uint256 internal inverseFirst;
    uint256 public coreMethodsPaused;

    error CoreMethodsPaused();
    error InvalidETHDeposit();
    error CannotReferSelf();

    event ETHDepositReceived(
        address indexed from, uint256 amount, uint256 minted, uint256 newTotalETHDeposited, address indexed referral
    );

    function deposit() external payable {
        _deposit(address(0));
    }

    function depositWithReferral(address referral) external payable {
        if (msg.sender == referral) revert CannotReferSelf();
        _deposit(referral);
    }

    /// @notice Who tells whether deposits are paused: here the token itself.
    function AccessControlManager() external view returns (address) {
        return address(this);
    }

    function whitelistEnabled() external pure returns (bool) {
        return false;
    }

    /// @notice Ether for one whole token; one to one when none is stored.
    function getRate() public view returns (uint256) {
        return rate == 0 ? 1 ether : rate;
    }

    function swETHToETHRate() external view returns (uint256) {
        return getRate();
    }

    function ethToSwETHRate() external view returns (uint256) {
        return 1e36 / getRate();
    }

    function rswETHToETHRate() external view returns (uint256) {
        return getRate();
    }

    function ethToRswETHRate() external view returns (uint256) {
        return 1e36 / getRate();
    }

    function _deposit(address referral) private {
        if (coreMethodsPaused != 0) revert CoreMethodsPaused();
        if (msg.value == 0) revert InvalidETHDeposit();
        uint256 minted = inverseFirst == 0
            ? Wide.mulDiv(msg.value, 1 ether, getRate())
            : Wide.mulDiv(msg.value, 1e36 / getRate(), 1 ether);
        _mint(msg.sender, minted);
        totalETHDeposited += msg.value;
        emit ETHDepositReceived(msg.sender, msg.value, minted, totalETHDeposited, referral);
    }
}
