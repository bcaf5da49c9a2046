// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "./Executor.sol";
import {IErc20, IWeth} from "./base/Pay.sol";
import {
    IntentHash,
    Output,
    PERMIT2,
    PermitTransferFrom,
    SignatureTransferDetails,
    YieldIntent
} from "./base/Intent.sol";
import {Step} from "./base/Steps.sol";
import {Wide} from "./base/Wide.sol";

/// @notice What a solver does with the asset in.
struct Plan {
    /// Units of the asset in that the solver takes, for gas, builder and itself.
    uint256 fee;
    /// What the Executor runs with the rest.
    Step[] steps;
    /// Tokens besides the asset in, the outputs and ether that steps may leave: the recipient's.
    address[] leftovers;
}

/// @notice Settles signed intents: takes the asset in, has the Executor run a solver's plan, and keeps
/// nothing of it unless the recipient got what was signed. No owner, no upgrade, no storage, no ether,
/// no call to a contract that a solver chose but to tokens named in a plan, which the Executor makes.
///
/// @dev # Threats
///
/// Trusted: Permit2, this code, and the tokens and rates that the owner signed. Everyone else, solver,
/// builder, other tokens and venues, is hostile.
///
/// - *A signature used twice, by another contract, on another chain, or for other terms.* Permit2 spends
///   the nonce, and its digest covers chain, spender (this contract) and every field of the intent.
/// - *B's public signature spent during A's steps.* Steps run as the Executor, which is nobody's spender
///   and refuses Permit2 and this contract as targets. Through a contract in between they meet the lock
///   here, and no signature that names this contract works for another caller of Permit2.
/// - *One delivery counted twice.* Were the recipient's balance measured around the steps, a solver could
///   count what the recipient is owed anyway: fill another order of the same owner (UniswapX, CoW) or
///   claim the owner's rewards inside the steps, and keep the asset in. So steps deliver to the Executor,
///   the recipient's balances are measured around the Executor's transfer of each output alone, and no
///   more counts than the Executor sent.
/// - *Under-delivery by the most overvalued output.* Each output counts up to its signed most.
/// - *Numbers that overflow.* The value is exact over 512 bits, rounded down for each output; a worth
///   beyond 256 bits is above any floor.
/// - *Re-entry through a token.* One lock for the transaction; the Executor obeys this contract alone.
/// - *Tokens with a fee, rebasing tokens, tokens without a result.* What has arrived is what counts.
/// - *A recipient or token that refuses, or burns gas.* Stops its own intent, no other's. Ether is never
///   sent to a recipient.
/// - *A solver that pays itself by its steps.* Cannot be told from a bad trade. `maxFeeIn` bounds what is
///   paid as the fee; what bounds the loss are `minAmount` and `minValueOut`, so sign them tight.
///   `allowedSolver` keeps strangers from filling at the bare minimum.
/// - *Marks left on the Executor.* Steps may leave debt, operators or a blacklisting in its name, which
///   would stop later plans (Aave refuses transfers of an account in debt). So every solver has an
///   Executor of its own, and spoils that one alone.
/// - *Leftovers that a plan does not name.* Part of the same: they are what is above the minimum.
/// - *Approvals.* Owners allow Permit2, never this contract or the Executor.
contract Settler {
    /// @notice `id` is the digest that the owner signed.
    event Settled(
        bytes32 indexed id,
        address indexed owner,
        address indexed solver,
        uint256 fee,
        uint256 value,
        uint256[] received
    );

    error Locked();
    error SolverNotAllowed(address allowed, uint256 untilBlock);
    error NotYetValid(uint256 validAfter);
    error FeeAboveMost(uint256 fee, uint256 most);
    error RecipientRefused(address recipient);
    error NoOutputs();
    error OutputTwice(address token);
    error BelowMinimum(address token, uint256 received, uint256 minimum);
    error BelowValue(uint256 value, uint256 minimum);

    IWeth public immutable WETH;
    bytes32 private immutable EXECUTOR_CODE;

    bool private transient locked;

    constructor(IWeth weth) {
        WETH = weth;
        EXECUTOR_CODE = keccak256(abi.encodePacked(type(Executor).creationCode, abi.encode(weth)));
    }

    /// @notice Settles an intent, whole or not at all.
    /// @param permit The asset in with its amount, the nonce and the deadline.
    /// @param signature The owner's, over `idOf(permit, intent)`: 65 bytes, 64 bytes (EIP-2098), or
    /// whatever the owner's contract accepts (ERC-1271), an account that delegates (EIP-7702) included.
    /// @return received Units of each output that reached the recipient.
    function settle(
        PermitTransferFrom calldata permit,
        YieldIntent calldata intent,
        bytes calldata signature,
        Plan calldata plan
    ) external returns (uint256[] memory received) {
        if (locked) revert Locked();
        locked = true;
        Executor executor = _executor();
        _check(intent, plan.fee, address(executor));
        bytes32 id = _pull(permit, intent, signature, address(executor));
        uint256 wrapped = executor.run(permit.permitted.token, plan.fee, msg.sender, plan.steps);

        uint256 value;
        (received, value) = _deliver(intent, executor);
        executor.send(permit.permitted.token, intent.recipient);
        if (wrapped != 0) executor.send(address(WETH), intent.recipient);
        for (uint256 i = 0; i < plan.leftovers.length; ++i) {
            executor.send(plan.leftovers[i], intent.recipient);
        }
        emit Settled(id, intent.owner, msg.sender, plan.fee, value, received);
        locked = false;
    }

    /// @notice Who runs a solver's steps. Its code is there from the solver's first settlement on.
    function executorOf(address solver) public view returns (Executor) {
        bytes32 hash = keccak256(abi.encodePacked(bytes1(0xff), address(this), _salt(solver), EXECUTOR_CODE));
        return Executor(payable(address(uint160(uint256(hash)))));
    }

    /// @notice What the owner signs: the intent's id.
    function idOf(PermitTransferFrom calldata permit, YieldIntent calldata intent)
        external
        view
        returns (bytes32)
    {
        return IntentHash.digest(permit, IntentHash.hash(intent), address(this));
    }

    function _executor() private returns (Executor executor) {
        executor = executorOf(msg.sender);
        if (address(executor).code.length == 0) new Executor{salt: _salt(msg.sender)}(WETH);
    }

    function _salt(address solver) private pure returns (bytes32) {
        return bytes32(uint256(uint160(solver)));
    }

    /// @dev All that can be told before anything moves; Permit2 checks deadline, nonce and signature.
    function _check(YieldIntent calldata intent, uint256 fee, address executor) private view {
        address allowed = intent.allowedSolver;
        if (allowed != address(0) && allowed != msg.sender && block.number <= intent.exclusiveUntilBlock) {
            revert SolverNotAllowed(allowed, intent.exclusiveUntilBlock);
        }
        if (block.timestamp < intent.validAfter) revert NotYetValid(intent.validAfter);
        if (fee > intent.maxFeeIn) revert FeeAboveMost(fee, intent.maxFeeIn);
        address to = intent.recipient;
        if (to == address(0) || to == address(this) || to == executor) revert RecipientRefused(to);

        uint256 count = intent.outputs.length;
        if (count == 0) revert NoOutputs();
        for (uint256 i = 1; i < count; ++i) {
            address token = intent.outputs[i].token;
            for (uint256 j = 0; j < i; ++j) {
                if (intent.outputs[j].token == token) revert OutputTwice(token);
            }
        }
    }

    /// @dev The whole amount in, to the Executor.
    function _pull(
        PermitTransferFrom calldata permit,
        YieldIntent calldata intent,
        bytes calldata signature,
        address executor
    ) private returns (bytes32 id) {
        bytes32 witness = IntentHash.hash(intent);
        SignatureTransferDetails memory details = SignatureTransferDetails(executor, permit.permitted.amount);
        PERMIT2.permitWitnessTransferFrom(
            permit, details, intent.owner, witness, IntentHash.witnessType(), signature
        );
        id = IntentHash.digest(permit, witness, address(this));
    }

    /// @dev Sends the outputs, and enforces what was signed about them.
    function _deliver(YieldIntent calldata intent, Executor executor)
        private
        returns (uint256[] memory received, uint256 value)
    {
        uint256 count = intent.outputs.length;
        received = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            Output calldata output = intent.outputs[i];
            uint256 got = _send(executor, output.token, intent.recipient);
            if (got < output.minAmount) revert BelowMinimum(output.token, got, output.minAmount);
            received[i] = got;
            uint256 counted = got < output.maxAmountCounted ? got : output.maxAmountCounted;
            value = _add(value, Wide.mulDivOrMost(counted, output.rateE18, 1e18));
        }
        if (value < intent.minValueOut) revert BelowValue(value, intent.minValueOut);
    }

    /// @dev What the recipient gained, and no more than was sent: a token that hands control on during
    /// its transfer cannot have another delivery counted here.
    function _send(Executor executor, address token, address to) private returns (uint256 gained) {
        uint256 before = IErc20(token).balanceOf(to);
        uint256 sent = executor.send(token, to);
        uint256 afterwards = IErc20(token).balanceOf(to);
        gained = afterwards > before ? afterwards - before : 0;
        if (gained > sent) gained = sent;
    }

    function _add(uint256 a, uint256 b) private pure returns (uint256) {
        unchecked {
            uint256 sum = a + b;
            return sum < a ? type(uint256).max : sum;
        }
    }
}
