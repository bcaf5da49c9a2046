// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {PermitTransferFrom, YieldIntent} from "./base/Intent.sol";
import {Pay} from "./base/Pay.sol";
import {Step, Steps} from "./base/Steps.sol";
import {Plan, Settler} from "./Settler.sol";

/// @notice UniswapX's orders, as its reactors (Dutch, V2, V3, Priority) take them and hand them on.
struct SignedOrder {
    bytes order;
    bytes sig;
}

struct OrderInfo {
    address reactor;
    address swapper;
    uint256 nonce;
    uint256 deadline;
    address additionalValidationContract;
    bytes additionalValidationData;
}

struct InputToken {
    address token;
    uint256 amount;
    uint256 maxAmount;
}

struct OutputToken {
    /// Zero: ether.
    address token;
    uint256 amount;
    address recipient;
}

struct ResolvedOrder {
    OrderInfo info;
    InputToken input;
    OutputToken[] outputs;
    bytes sig;
    bytes32 hash;
}

interface IReactor {
    function executeWithCallback(SignedOrder calldata order, bytes calldata callbackData) external payable;
}

/// @notice Fills orders of other protocols with steps: UniswapX's by its reactors' callback, and signed
/// yield intents of this chain by ERC-7683's `fill`.
///
/// @dev No owner, no storage; what it is given at creation never changes. It holds nothing between
/// transactions, and each fill's proceeds go to who started it: with a solver set, that one alone. An
/// order that names this contract as its exclusive filler, or an intent that names it as its solver, is
/// open to everyone who may start a fill, so a solver who wants either deploys a Filler of its own.
///
/// A callback is obeyed when it comes from the very reactor that a fill in progress called, once. The
/// reactor is allowed exactly the outputs, and what it did not take is forbidden afterwards. Never
/// allow this contract a token.
contract Filler is Steps {
    error Locked();
    error NotTheSolver();
    error NotAReactor(address reactor);
    error UnexpectedCallback(address caller);
    error OtherOrder(bytes32 id);
    error NotFilling();

    Settler public immutable SETTLER;
    /// @notice The only account that may start a fill; zero: anyone.
    address public immutable SOLVER;
    address public immutable REACTOR_0;
    address public immutable REACTOR_1;
    address public immutable REACTOR_2;

    bool private transient filling;
    /// @dev Whose callback is expected.
    address private transient expected;

    /// @dev One fill at a time, by who may.
    modifier fills() {
        if (SOLVER != address(0) && msg.sender != SOLVER) revert NotTheSolver();
        if (filling) revert Locked();
        filling = true;
        _;
        filling = false;
    }

    /// @param reactors The reactors that may call back; zero: none.
    constructor(Settler settler, address[3] memory reactors, address solver) {
        SETTLER = settler;
        (REACTOR_0, REACTOR_1, REACTOR_2) = (reactors[0], reactors[1], reactors[2]);
        SOLVER = solver;
    }

    receive() external payable {
        if (!filling) revert NotFilling();
    }

    /// @notice Fills a UniswapX order: the steps turn its input into its outputs.
    /// @param tokens What steps may leave, besides ether: the caller's. Name every output here, for
    /// what a reactor leaves of its allowance is taken back with it.
    function fillOrder(address reactor, SignedOrder calldata order, Step[] calldata steps, address[] calldata tokens)
        external
        fills
    {
        if (!_isReactor(reactor)) revert NotAReactor(reactor);
        expected = reactor;
        IReactor(reactor).executeWithCallback(order, abi.encode(steps));
        if (expected != address(0)) revert UnexpectedCallback(address(0));
        for (uint256 i = 0; i < tokens.length; ++i) {
            Pay.forbid(tokens[i], reactor);
        }
        _pay(tokens);
    }

    /// @notice A reactor's callback: the input is here, the outputs must be when this returns.
    function reactorCallback(ResolvedOrder[] calldata orders, bytes calldata data) external {
        if (msg.sender != expected) revert UnexpectedCallback(msg.sender);
        expected = address(0);
        Step[] calldata steps;
        // As `fillOrder` encoded them, and reactors hand them on: an offset, the length, the steps.
        assembly ("memory-safe") {
            steps.length := calldataload(add(data.offset, 32))
            steps.offset := add(data.offset, 64)
        }
        _run(steps);
        _offer(orders[0].outputs);
    }

    /// @notice ERC-7683: fills a signed yield intent of this chain through the Settler.
    /// @param orderId The digest that the owner signed.
    /// @param originData `(PermitTransferFrom, YieldIntent, bytes signature)`.
    /// @param fillerData `Plan`; its fee goes to the caller.
    function fill(bytes32 orderId, bytes calldata originData, bytes calldata fillerData) external fills {
        (PermitTransferFrom memory permit, YieldIntent memory intent, bytes memory signature) =
            abi.decode(originData, (PermitTransferFrom, YieldIntent, bytes));
        if (SETTLER.idOf(permit, intent) != orderId) revert OtherOrder(orderId);
        SETTLER.settle(permit, intent, signature, abi.decode(fillerData, (Plan)));
        address[] memory tokens = new address[](1);
        tokens[0] = permit.permitted.token;
        _pay(tokens);
    }

    /// @dev Ether goes to the reactor, which pays it out; a token is allowed once for all its outputs
    /// (the swapper's and the fee), because some tokens refuse to change an allowance.
    function _offer(OutputToken[] calldata outputs) private {
        for (uint256 i = 0; i < outputs.length; ++i) {
            address token = outputs[i].token;
            uint256 amount = 0;
            bool first = true;
            for (uint256 j = 0; j < outputs.length; ++j) {
                if (outputs[j].token != token) continue;
                if (j < i) first = false;
                amount += outputs[j].amount;
            }
            if (!first) continue;
            if (token == address(0)) Pay.sendEther(msg.sender, amount);
            else Pay.allow(token, msg.sender, amount);
        }
    }

    /// @dev All that is here of some tokens, and of ether, goes to who started the fill.
    function _pay(address[] memory tokens) private {
        for (uint256 i = 0; i < tokens.length; ++i) {
            uint256 amount = Pay.balance(tokens[i]);
            if (amount != 0) Pay.send(tokens[i], msg.sender, amount);
        }
        if (address(this).balance != 0) Pay.sendEther(msg.sender, address(this).balance);
    }

    function _isReactor(address reactor) private view returns (bool) {
        return reactor != address(0) && (reactor == REACTOR_0 || reactor == REACTOR_1 || reactor == REACTOR_2);
    }

    /// @dev The Settler may be filled through `fill` alone; a step that calls a reactor would let it
    /// take the outputs twice.
    function _isRefused(address target) internal view override returns (bool) {
        return target == address(SETTLER) || _isReactor(target);
    }
}
