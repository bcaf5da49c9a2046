// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PERMIT2} from "./Intent.sol";
import {IErc20, Pay} from "./Pay.sol";

/// @notice One call of a plan, with the allowance that it needs for as long as it lasts.
struct Step {
    /// The contract called.
    address target;
    /// Wei sent along; the largest number: all there is.
    uint256 value;
    bytes data;
    /// A token that is taken by allowance; zero: none.
    address token;
    /// Who takes it.
    address spender;
    /// How much may be taken; the largest number: all there is.
    uint256 amount;
    /// Where in `data` the amount goes, in bytes; zero: nowhere. For amounts that are only known
    /// when they have arrived (rebasing tokens, what an earlier step returned).
    uint256 offset;
    /// Whether the spender takes it through Permit2, as some routers do.
    bool throughPermit2;
}

/// @notice Runs steps, and leaves no allowance behind.
///
/// @dev What is refused, and why that is enough. Whoever chooses the steps speaks with this account's
/// voice, so all that matters is what the voice can move. Between transactions this account holds
/// nothing and nobody has reason to have allowed it anything:
/// - owners allow Permit2 alone, and their signatures name the Settler as the spender, so Permit2
///   obeys none of them from here. It is refused all the same: its allowances to this account, should
///   somebody have given one, stay unused.
/// - a token's `transferFrom` (and stETH's `transferSharesFrom`) would spend what somebody has allowed
///   this account by mistake: refused.
/// - `approve`, `increaseAllowance` and `permit` would outlast the step: refused; a step names its
///   allowance, which is zero again before the next one.
/// No list of selectors is complete (tokens exist with other names for the same): what stays true
/// without any list is that only tokens that are here during one run can be lost, and that the Settler
/// measures what arrived after the run.
abstract contract Steps {
    error Refused(uint256 step, address target, bytes4 selector);
    error StepFailed(uint256 step, bytes reason);
    error OutOfData(uint256 step);

    bytes4 private constant TRANSFER_SHARES_FROM = 0x6d780459; // transferSharesFrom(address,address,uint256)
    bytes4 private constant INCREASE_ALLOWANCE = 0x39509351; // increaseAllowance(address,uint256)
    bytes4 private constant PERMIT = 0xd505accf; // permit(address,address,uint256,uint256,uint8,bytes32,bytes32)
    bytes4 private constant DAI_PERMIT = 0x8fcbaf0c; // permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)
    bytes4 private constant APPROVE = 0x095ea7b3; // approve(address,uint256)

    /// @dev The contracts that no step calls or allows anything, Permit2 and this one apart.
    function _isRefused(address target) internal view virtual returns (bool);

    function _run(Step[] calldata steps) internal {
        for (uint256 i = 0; i < steps.length; ++i) {
            _step(i, steps[i]);
        }
    }

    function _step(uint256 i, Step calldata step) private {
        bytes4 selector = step.data.length < 4 ? bytes4(0) : bytes4(step.data[:4]);
        if (_isBarred(step.target) || _isBarred(step.spender) || _isForbidden(selector)) {
            revert Refused(i, step.target, selector);
        }
        bytes memory data = step.data;
        uint256 amount = step.amount;
        if (step.token != address(0)) {
            if (amount == type(uint256).max) amount = Pay.balance(step.token);
            if (step.offset != 0) _write(i, data, step.offset, amount);
            _allow(step, amount);
        }
        uint256 value = step.value == type(uint256).max ? address(this).balance : step.value;
        (bool ok, bytes memory result) = step.target.call{value: value}(data);
        if (!ok) revert StepFailed(i, result);
        if (step.token != address(0)) _forbid(step);
    }

    function _isBarred(address target) private view returns (bool) {
        return target == address(PERMIT2) || target == address(this) || _isRefused(target);
    }

    function _isForbidden(bytes4 selector) private pure returns (bool) {
        return selector == IErc20.transferFrom.selector || selector == APPROVE || selector == PERMIT
            || selector == TRANSFER_SHARES_FROM || selector == INCREASE_ALLOWANCE || selector == DAI_PERMIT;
    }

    /// @dev Never over the selector.
    function _write(uint256 i, bytes memory data, uint256 offset, uint256 amount) private pure {
        if (offset < 4 || data.length < 36 || offset > data.length - 32) revert OutOfData(i);
        assembly ("memory-safe") {
            mstore(add(add(data, 32), offset), amount)
        }
    }

    function _allow(Step calldata step, uint256 amount) private {
        if (!step.throughPermit2) return Pay.allow(step.token, step.spender, amount);
        Pay.allow(step.token, address(PERMIT2), amount);
        uint160 most = amount < type(uint160).max ? uint160(amount) : type(uint160).max;
        PERMIT2.approve(step.token, step.spender, most, uint48(block.timestamp));
    }

    /// @dev Only where something is left: some tokens refuse an allowance of zero.
    function _forbid(Step calldata step) private {
        address spender = step.spender;
        if (step.throughPermit2) {
            (uint160 left,,) = PERMIT2.allowance(address(this), step.token, spender);
            if (left != 0) PERMIT2.approve(step.token, spender, 0, uint48(block.timestamp));
            spender = address(PERMIT2);
        }
        Pay.forbid(step.token, spender);
    }
}
