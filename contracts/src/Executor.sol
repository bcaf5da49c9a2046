// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IWeth, Pay} from "./base/Pay.sol";
import {Step, Steps} from "./base/Steps.sol";

/// @notice Receives an intent's asset and runs the solver's steps with it. One for each solver.
///
/// @dev Without storage. Only the Settler that created it may run it: while an intent's tokens are
/// here, anybody else's `run` or `send` (from a hostile token, a pool's hook, the steps' own targets)
/// would be theft. Who wants steps run with tokens of one's own needs no Executor.
///
/// Between transactions it holds nothing, allows nobody anything and is allowed nothing; never allow
/// it a token. What somebody leaves here goes with its solver's next settlement. Ether comes in during a run
/// alone, and what is left of it becomes wrapped ether, so that no recipient is called.
contract Executor is Steps {
    error NotTheSettler();
    error NotRunning();

    address public immutable SETTLER;
    IWeth public immutable WETH;

    bool private transient running;

    modifier onlySettler() {
        if (msg.sender != SETTLER) revert NotTheSettler();
        _;
    }

    constructor(IWeth weth) {
        SETTLER = msg.sender;
        WETH = weth;
    }

    /// @dev Costs less than the 2,300 units of gas that WETH9's `withdraw` leaves.
    receive() external payable {
        if (!running) revert NotRunning();
    }

    /// @notice Pays the solver's fee and runs the steps.
    /// @return wrapped Ether that was left over and is wrapped now.
    function run(address asset, uint256 fee, address solver, Step[] calldata steps)
        external
        onlySettler
        returns (uint256 wrapped)
    {
        running = true;
        if (fee != 0) Pay.send(asset, solver, fee);
        _run(steps);
        wrapped = address(this).balance;
        if (wrapped != 0) WETH.deposit{value: wrapped}();
        running = false;
    }

    /// @notice Sends all that is here of a token.
    function send(address token, address to) external onlySettler returns (uint256 amount) {
        amount = Pay.balance(token);
        if (amount != 0) Pay.send(token, to, amount);
    }

    function _isRefused(address target) internal view override returns (bool) {
        return target == SETTLER;
    }
}
