// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "../../src/Executor.sol";
import {Plan, Settler} from "../../src/Settler.sol";
import {Output, PERMIT2} from "../../src/base/Intent.sol";
import {IErc20} from "../../src/base/Pay.sol";
import {Step} from "../../src/base/Steps.sol";
import {Coin} from "./Coins.sol";
import {Between} from "./Venues.sol";
import {World} from "./World.sol";

interface INonces {
    function nonceBitmap(address owner, uint256 word) external view returns (uint256);
}

/// @notice Three owners who sign, solvers who settle, lie and steal, and a model of what may happen.
///
/// @dev Each settlement is predicted from its terms, and must go exactly as predicted: a refusal that
/// the terms do not call for is as wrong as a theft.
contract Crowd is World {
    uint256 private constant OWNERS = 3;

    /// @dev What the model knows of an intent.
    struct Drawn {
        Signed signed;
        uint256 key;
        uint256 fee;
        uint256[2] out;
        uint256 theft;
        bool forged;
    }

    mapping(address owner => uint256) private minted;
    mapping(address owner => uint256) private spent;
    mapping(address owner => uint256) private nonces;
    mapping(bytes32 id => bool) private settled;
    mapping(uint256 nth => bytes) private past;
    uint256 private pastCount;

    uint256 public settlements;
    uint256 public refusals;
    uint256 public thefts;
    uint256 public replays;
    uint256 public lateReplays;
    uint256 private mixed;

    constructor() {
        setUp();
    }

    /// @notice An owner signs something, a solver settles it somehow.
    function settleOne(uint256 seed) public {
        seed = _mix(seed);
        Drawn memory d = _draw(seed);
        _try(d, seed);
        if (pastCount < 64) past[pastCount++] = abi.encode(d.signed, d.forged);
    }

    function settleTwo(uint256 seed) external {
        settleOne(seed);
    }

    function settleThree(uint256 seed) external {
        settleOne(seed);
    }

    /// @notice A signature that has been seen is brought again, by somebody, with another plan.
    function settleAgain(uint256 seed) external {
        if (pastCount == 0) return;
        seed = _mix(seed);
        Drawn memory d;
        (d.signed, d.forged) = _past(seed);
        d.out = [uint256(200e18), 200e18];
        d.theft = seed % 3;
        ++replays;
        if (_try(d, seed)) ++lateReplays;
    }

    function passTime(uint256 seed) external {
        vm.warp(vm.getBlockTimestamp() + within(seed, 1, 300));
        vm.roll(vm.getBlockNumber() + within(seed >> 32, 1, 25));
    }

    /// @notice Thieves ask the Executor and Permit2 themselves.
    function steal(uint256 seed) external {
        if (pastCount == 0) return;
        (Signed memory s,) = _past(seed);
        uint256 had = asset.balanceOf(s.intent.owner);
        (bool ran,) =
            address(executor).call(abi.encodeCall(Executor.run, (address(asset), 1, address(this), new Step[](0))));
        (bool sent,) = address(executor).call(abi.encodeCall(Executor.send, (address(first), address(this))));
        (bool pulled,) = address(PERMIT2).call(
            abi.encodeWithSignature(
                "permitTransferFrom(((address,uint256),uint256,uint256),(address,uint256),address,bytes)",
                s.permit,
                address(this),
                AMOUNT,
                s.intent.owner,
                s.signature
            )
        );
        holds(!ran && !sent && !pulled, "a theft");
        same(asset.balanceOf(s.intent.owner), had, "the owner's");
    }

    /// @notice What holds at any time.
    function check() external view {
        uint256 bits = 0;
        for (uint256 i = 0; i < OWNERS; ++i) {
            address account = vm.addr(1000 + i);
            same(asset.balanceOf(account) + spent[account], minted[account], "an owner's asset");
            same(INonces(address(PERMIT2)).nonceBitmap(account, 0), nonces[account], "an owner's nonces");
            for (uint256 n = nonces[account]; n != 0; n &= n - 1) ++bits;
        }
        same(bits, settlements, "a nonce for each settlement");
        empty(address(asset));
        empty(address(first));
        empty(address(second));
        empty(address(weth));
    }

    /// @dev Terms of all kinds, mostly such that they can be met, sometimes not, sometimes forged.
    function _draw(uint256 seed) private returns (Drawn memory d) {
        d.key = 1000 + seed % OWNERS;
        Signed memory s = signed();
        address account = vm.addr(d.key);
        if (asset.balanceOf(account) < AMOUNT) {
            asset.mint(account, 10 * AMOUNT);
            minted[account] += 10 * AMOUNT;
            allow(account, address(asset));
        }
        (s.intent.owner, s.permit.nonce) = (account, uint8(seed >> 8));
        s.intent.recipient = (seed >> 16) % 3 == 0 ? account : recipient;
        s.permit.permitted.amount = within(seed >> 24, 1, AMOUNT);
        s.permit.deadline = vm.getBlockTimestamp() + (seed >> 100) % 600;
        if ((seed >> 110) % 8 == 0) s.intent.validAfter = vm.getBlockTimestamp() + (seed >> 113) % 3;
        if ((seed >> 116) % 4 == 0) s.intent.allowedSolver = (seed >> 118) % 2 == 0 ? solver : address(0xbad);
        s.intent.exclusiveUntilBlock = vm.getBlockNumber() + (seed >> 120) % 3 - 1;
        s.intent.maxFeeIn = (seed >> 124) % 1e18;
        _outputs(d, s, seed);
        s.signature = signedBy(d.key, digest(s));
        d.signed = s;
        d.fee = (seed >> 190) % 8 == 0 ? s.intent.maxFeeIn + 1 : s.intent.maxFeeIn % (s.permit.permitted.amount + 1);
        d.theft = (seed >> 194) % 6;
        if ((seed >> 198) % 8 == 0) {
            d.forged = true;
            s.intent.minValueOut = s.intent.minValueOut == 0 ? 1 : s.intent.minValueOut - 1;
        }
    }

    function _outputs(Drawn memory d, Signed memory s, uint256 seed) private view {
        uint256 count = 1 + (seed >> 130) % 2;
        s.intent.outputs = new Output[](count);
        s.intent.outputs[0] = Output(address(first), (seed >> 132) % 50e18, within(seed >> 140, 1, 100e18), 1e18);
        if (count == 2) s.intent.outputs[1] = Output(address(second), (seed >> 150) % 50e18, ALL, 1.1e18);
        d.out = [(seed >> 160) % 150e18, (seed >> 170) % 150e18];
        s.intent.minValueOut = (seed >> 180) % 120e18;
    }

    /// @dev Settles, and compares with what the terms call for.
    function _try(Drawn memory d, uint256 seed) private returns (bool ok) {
        Signed memory s = d.signed;
        bool expected = _allowed(d) && _reached(d);
        address to = s.intent.recipient;
        uint256[4] memory had =
            [first.balanceOf(to), second.balanceOf(to), asset.balanceOf(s.intent.owner), asset.balanceOf(solver)];
        Plan memory p = _plan(d, seed);
        vm.prank(solver);
        (ok,) = address(settler).call(settlement(s, p));
        holds(ok == expected, "as the terms call for");
        if (!ok) {
            ++refusals;
            same(asset.balanceOf(s.intent.owner), had[2], "a refused owner's asset");
            same(first.balanceOf(to), had[0], "a refused recipient's");
            return ok;
        }
        bytes32 id = digest(s);
        holds(!settled[id], "settled twice");
        settled[id] = true;
        ++settlements;
        spent[s.intent.owner] += to == s.intent.owner ? d.fee + _sold(d) : s.permit.permitted.amount;
        nonces[s.intent.owner] |= 1 << s.permit.nonce;
        _judge(s, first.balanceOf(to) - had[0], second.balanceOf(to) - had[1]);
        holds(asset.balanceOf(solver) - had[3] <= s.intent.maxFeeIn, "the fee");
    }

    /// @dev The signed promises, from what the recipient has gained.
    function _judge(Signed memory s, uint256 gotFirst, uint256 gotSecond) private pure {
        uint256 value = 0;
        for (uint256 i = 0; i < s.intent.outputs.length; ++i) {
            Output memory output = s.intent.outputs[i];
            uint256 got = i == 0 ? gotFirst : gotSecond;
            holds(got >= output.minAmount, "the minimum");
            value += (got < output.maxAmountCounted ? got : output.maxAmountCounted) * output.rateE18 / 1e18;
        }
        holds(value >= s.intent.minValueOut, "the floor");
    }

    function _allowed(Drawn memory d) private view returns (bool) {
        Signed memory s = d.signed;
        if (d.forged || d.fee > s.intent.maxFeeIn || d.fee > s.permit.permitted.amount) return false;
        if (nonces[s.intent.owner] >> s.permit.nonce & 1 != 0) return false;
        uint256 time = vm.getBlockTimestamp();
        if (time > s.permit.deadline || time < s.intent.validAfter) return false;
        if (asset.balanceOf(s.intent.owner) < s.permit.permitted.amount) return false;
        address allowed = s.intent.allowedSolver;
        return allowed == address(0) || allowed == solver || vm.getBlockNumber() > s.intent.exclusiveUntilBlock;
    }

    function _reached(Drawn memory d) private pure returns (bool) {
        Signed memory s = d.signed;
        uint256 value = 0;
        for (uint256 i = 0; i < s.intent.outputs.length; ++i) {
            Output memory output = s.intent.outputs[i];
            if (d.out[i] < output.minAmount) return false;
            value += (d.out[i] < output.maxAmountCounted ? d.out[i] : output.maxAmountCounted) * output.rateE18 / 1e18;
        }
        return value >= s.intent.minValueOut;
    }

    /// @dev Fuzzers like small numbers; every bit of a seed is used here.
    function _mix(uint256 seed) private returns (uint256) {
        return uint256(keccak256(abi.encode(seed, ++mixed)));
    }

    /// @dev What the steps of `_plan` sell.
    function _sold(Drawn memory d) private pure returns (uint256) {
        uint256 rest = d.signed.permit.permitted.amount - d.fee;
        return rest / 2 + rest / 3;
    }

    function _past(uint256 seed) private view returns (Signed memory s, bool forged) {
        (s, forged) = abi.decode(past[seed % pastCount], (Signed, bool));
    }

    /// @dev Half of the asset for each output, and a try to spend an earlier signature on the way.
    function _plan(Drawn memory d, uint256 seed) private returns (Plan memory p) {
        Signed memory s = d.signed;
        uint256 rest = s.permit.permitted.amount - (d.fee > s.permit.permitted.amount ? 0 : d.fee);
        p.fee = d.fee;
        p.steps = new Step[](3);
        p.steps[0] = sale(address(asset), rest / 2, address(first), d.out[0]);
        p.steps[1] = sale(address(asset), rest / 3, address(second), d.out[1]);
        p.steps[2] = call(address(weth), abi.encodeWithSignature("totalSupply()"));
        p.leftovers = new address[](1);
        p.leftovers[0] = address(second);
        if (d.theft == 0 || pastCount == 0) return p;
        ++thefts;
        (Signed memory public_,) = _past(seed >> 3);
        bytes memory other = settlement(public_, nothing());
        if (d.theft < 4) {
            p.steps[2] = call(address(between), abi.encodeCall(Between.call, (address(settler), other)));
        } else {
            p.steps[2] = call(
                address(between),
                abi.encodeCall(Between.call, (address(executor), abi.encodeCall(Executor.send, (address(first), solver))))
            );
        }
    }
}
