// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "../../src/Executor.sol";
import {Plan, Settler} from "../../src/Settler.sol";
import {WETH9} from "../../src/WETH9.sol";
import {IPermit2, Output, PERMIT2, PermitTransferFrom, TokenPermissions, YieldIntent} from "../../src/base/Intent.sol";
import {IErc20, IWeth} from "../../src/base/Pay.sol";
import {Step} from "../../src/base/Steps.sol";
import {Coin} from "./Coins.sol";
import {Test} from "./Test.sol";
import {Between, Venue} from "./Venues.sol";

/// @notice Permit2 as published, our contracts, an owner who signs, and a venue with the tests' prices.
abstract contract World is Test {
    struct Signed {
        PermitTransferFrom permit;
        YieldIntent intent;
        bytes signature;
    }

    uint256 internal constant KEY = 0xa11ce;
    uint256 internal constant ALL = type(uint256).max;
    uint256 internal constant AMOUNT = 100e18;

    /// @dev As the design freezes it, written out once more.
    string internal constant TYPE =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,YieldIntent witness)Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)TokenPermissions(address token,uint256 amount)YieldIntent(address owner,address recipient,Output[] outputs,uint256 minValueOut,uint256 maxFeeIn,address allowedSolver,uint256 exclusiveUntilBlock,uint256 validAfter,bytes32 statement,bytes32 preferences)";

    Settler internal settler;
    Executor internal executor;
    WETH9 internal weth;
    Coin internal asset;
    Coin internal first;
    Coin internal second;
    Venue internal venue;
    Between internal between;
    address internal owner = vm.addr(KEY);
    address internal recipient = address(0xbeef01);
    address internal solver = address(0x501e01);

    function setUp() public virtual {
        vm.etch(address(PERMIT2), vm.envBytes("TENOR_PERMIT2"));
        vm.warp(1_780_000_000);
        vm.roll(25_000_000);
        weth = new WETH9();
        settler = new Settler(IWeth(address(weth)));
        executor = settler.executorOf(solver);
        _firstSettlement();
        (asset, first, second) = (new Coin(), new Coin(), new Coin());
        (venue, between) = (new Venue(), new Between());
        asset.mint(owner, AMOUNT);
        allow(owner, address(asset));
    }

    /// @dev An intent of its own puts the solver's Executor there.
    function _firstSettlement() private {
        Signed memory s = signed();
        s.intent.owner = vm.addr(0xf175);
        (s.permit.permitted.token, s.permit.permitted.amount) = (address(weth), 0);
        (s.intent.outputs[0].minAmount, s.intent.minValueOut) = (0, 0);
        s.intent.outputs[0].token = address(weth);
        s.signature = signedBy(0xf175, digest(s));
        settle(s, nothing());
    }

    /// @dev An owner allows Permit2, and nobody else.
    function allow(address account, address token) internal {
        vm.prank(account);
        (bool ok,) = token.call(abi.encodeCall(IErc20.approve, (address(PERMIT2), ALL)));
        holds(ok, "approve");
    }

    /// @dev 100 of the asset for at least 90 of `first`, worth 0.9 ETH each: 81 ETH.
    function signed() internal view returns (Signed memory s) {
        s.permit = PermitTransferFrom(TokenPermissions(address(asset), AMOUNT), 7, block.timestamp + 600);
        s.intent.owner = owner;
        s.intent.recipient = recipient;
        s.intent.outputs = new Output[](1);
        s.intent.outputs[0] = Output(address(first), 90e18, ALL, 0.9e18);
        s.intent.minValueOut = 81e18;
        s.intent.maxFeeIn = 1e18;
        s.intent.statement = keccak256("maximize ETH yield on 100");
        s.intent.preferences = keccak256("{}");
        sign(s);
    }

    function sign(Signed memory s) internal view {
        s.signature = signedBy(KEY, digest(s));
    }

    function signedBy(uint256 key, bytes32 hash) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 ss) = vm.sign(key, hash);
        return abi.encodePacked(r, ss, v);
    }

    /// @dev EIP-712 from its definition; nothing here is shared with the contracts.
    function digest(Signed memory s) internal view returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](s.intent.outputs.length);
        for (uint256 i = 0; i < hashes.length; ++i) {
            Output memory o = s.intent.outputs[i];
            hashes[i] = keccak256(
                abi.encode(
                    keccak256("Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)"),
                    o.token,
                    o.minAmount,
                    o.maxAmountCounted,
                    o.rateE18
                )
            );
        }
        bytes32 witness = witnessOf(s.intent, keccak256(abi.encodePacked(hashes)));
        bytes32 permitted = keccak256(
            abi.encode(
                keccak256("TokenPermissions(address token,uint256 amount)"),
                s.permit.permitted.token,
                s.permit.permitted.amount
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(bytes(TYPE)), permitted, address(settler), s.permit.nonce, s.permit.deadline, witness
            )
        );
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)"),
                keccak256("Permit2"),
                block.chainid,
                0x000000000022D473030F116dDEE9F6B43aC78BA3
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function witnessOf(YieldIntent memory y, bytes32 outputs) private pure returns (bytes32) {
        bytes memory head = abi.encode(
            keccak256(
                "YieldIntent(address owner,address recipient,Output[] outputs,uint256 minValueOut,uint256 maxFeeIn,address allowedSolver,uint256 exclusiveUntilBlock,uint256 validAfter,bytes32 statement,bytes32 preferences)Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)"
            ),
            y.owner,
            y.recipient,
            outputs,
            y.minValueOut
        );
        bytes memory tail = abi.encode(
            y.maxFeeIn, y.allowedSolver, y.exclusiveUntilBlock, y.validAfter, y.statement, y.preferences
        );
        return keccak256(abi.encodePacked(head, tail));
    }

    function nothing() internal pure returns (Plan memory) {}

    /// @dev One step that sells `amount` of a token for `out` of another.
    function sale(address from, uint256 amount, address to, uint256 out) internal view returns (Step memory) {
        return Step({
            target: address(venue),
            value: 0,
            data: abi.encodeCall(Venue.swap, (from, amount, to, out)),
            token: from,
            spender: address(venue),
            amount: amount,
            offset: 0,
            throughPermit2: false
        });
    }

    function call(address target, bytes memory data) internal pure returns (Step memory step) {
        (step.target, step.data) = (target, data);
    }

    function plan(uint256 fee, Step memory one) internal pure returns (Plan memory p) {
        p.fee = fee;
        p.steps = new Step[](1);
        p.steps[0] = one;
    }

    function plan(uint256 fee, Step memory one, Step memory two) internal pure returns (Plan memory p) {
        p.fee = fee;
        p.steps = new Step[](2);
        (p.steps[0], p.steps[1]) = (one, two);
    }

    /// @dev All of the asset for `out` of `first`.
    function selling(uint256 out) internal view returns (Plan memory) {
        return plan(0, sale(address(asset), AMOUNT, address(first), out));
    }

    function settlement(Signed memory s, Plan memory p) internal pure returns (bytes memory) {
        return abi.encodeCall(Settler.settle, (s.permit, s.intent, s.signature, p));
    }

    function settle(Signed memory s, Plan memory p) internal returns (uint256[] memory) {
        vm.prank(solver);
        return settler.settle(s.permit, s.intent, s.signature, p);
    }

    /// @dev Why a settlement is refused; nothing may have moved then.
    function refusal(Signed memory s, Plan memory p) internal returns (bytes memory) {
        uint256 had = asset.balanceOf(owner);
        vm.prank(solver);
        (bool ok, bytes memory answer) = address(settler).call(settlement(s, p));
        holds(!ok, "a settlement that must be refused");
        same(asset.balanceOf(owner), had, "the owner's asset");
        return answer;
    }

    /// @dev Neither contract is left with anything of a token, nor the venue with an allowance.
    function empty(address token) internal view {
        same(IErc20(token).balanceOf(address(executor)), 0, "left in the Executor");
        same(IErc20(token).balanceOf(address(settler)), 0, "left in the Settler");
        same(IErc20(token).allowance(address(executor), address(venue)), 0, "allowed to the venue");
        same(IErc20(token).allowance(address(executor), address(PERMIT2)), 0, "allowed to Permit2");
        (uint160 amount,,) = PERMIT2.allowance(address(executor), token, address(venue));
        same(amount, 0, "allowed through Permit2");
        same(address(executor).balance, 0, "ether in the Executor");
        same(address(settler).balance, 0, "ether in the Settler");
    }
}
