// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Plan, Settler} from "../src/Settler.sol";
import {Output, PERMIT2} from "../src/base/Intent.sol";
import {Wallet} from "./support/Venues.sol";
import {Vm} from "./support/Test.sol";
import {World} from "./support/World.sol";

interface INonces {
    function invalidateUnorderedNonces(uint256 word, uint256 mask) external;
    function nonceBitmap(address owner, uint256 word) external view returns (uint256);
}

/// @notice Every signed term is enforced, to the unit, the second and the block.
contract TermsTest is World {
    bytes4 private constant INVALID_SIGNER = bytes4(keccak256("InvalidSigner()"));
    bytes4 private constant INVALID_NONCE = bytes4(keccak256("InvalidNonce()"));

    function test_settles_and_tells() public {
        Signed memory s = signed();
        vm.recordLogs();
        uint256[] memory received = settle(s, plan(1e18, sale(address(asset), 98e18, address(first), 95e18)));
        Vm.Log[] memory logs = vm.getRecordedLogs();

        same(received[0], 95e18, "received");
        same(first.balanceOf(recipient), 95e18, "the output");
        same(asset.balanceOf(solver), 1e18, "the fee");
        same(asset.balanceOf(recipient), 1e18, "what was not sold");
        same(asset.balanceOf(owner), 0, "the owner's");
        empty(address(asset));
        empty(address(first));

        Vm.Log memory log = logs[logs.length - 1];
        same(log.emitter, address(settler), "who tells");
        same(log.topics[0], Settler.Settled.selector, "what");
        same(log.topics[1], digest(s), "the id");
        same(address(uint160(uint256(log.topics[2]))), owner, "owner");
        same(address(uint160(uint256(log.topics[3]))), solver, "solver");
        (uint256 fee, uint256 value, uint256[] memory told) = abi.decode(log.data, (uint256, uint256, uint256[]));
        same(fee, 1e18, "told fee");
        same(value, 85.5e18, "told value");
        same(told[0], 95e18, "told amount");
        for (uint256 i = 0; i + 1 < logs.length; ++i) {
            holds(logs[i].emitter != address(settler), "one event");
        }
    }

    function testFuzz_the_id_is_the_digest(uint256[8] calldata n, address[5] calldata a, uint8 outputs) public view {
        Signed memory s = signed();
        s.permit.permitted.token = a[0];
        (s.permit.permitted.amount, s.permit.nonce, s.permit.deadline) = (n[0], n[1], n[2]);
        (s.intent.owner, s.intent.recipient, s.intent.allowedSolver) = (a[1], a[2], a[3]);
        (s.intent.minValueOut, s.intent.maxFeeIn, s.intent.validAfter) = (n[3], n[4], n[5]);
        (s.intent.exclusiveUntilBlock, s.intent.statement, s.intent.preferences) = (n[6], bytes32(n[7]), bytes32(n[0]));
        s.intent.outputs = new Output[](outputs % 5);
        for (uint256 i = 0; i < outputs % 5; ++i) {
            s.intent.outputs[i] = Output(a[(i + 4) % 5], n[i], n[i + 1], n[i + 2]);
        }
        same(settler.idOf(s.permit, s.intent), digest(s), "id");
    }

    function test_another_solver_waits_until_the_block_after() public {
        Signed memory s = signed();
        (s.intent.allowedSolver, s.intent.exclusiveUntilBlock) = (address(0xbad), block.number);
        sign(s);
        refused(
            refusal(s, selling(90e18)),
            abi.encodeWithSelector(Settler.SolverNotAllowed.selector, address(0xbad), block.number)
        );
        vm.roll(block.number + 1);
        settle(s, selling(90e18));
    }

    function test_the_allowed_solver_need_not_wait() public {
        Signed memory s = signed();
        (s.intent.allowedSolver, s.intent.exclusiveUntilBlock) = (solver, ALL);
        sign(s);
        settle(s, selling(90e18));
    }

    function test_nobody_settles_before_it_is_valid() public {
        Signed memory s = signed();
        s.intent.validAfter = block.timestamp + 1;
        sign(s);
        refused(
            refusal(s, selling(90e18)), abi.encodeWithSelector(Settler.NotYetValid.selector, block.timestamp + 1)
        );
        vm.warp(block.timestamp + 1);
        settle(s, selling(90e18));
    }

    function test_the_deadline_is_the_last_second() public {
        Signed memory s = signed();
        vm.warp(s.permit.deadline + 1);
        refused(
            refusal(s, selling(90e18)),
            abi.encodeWithSignature("SignatureExpired(uint256)", s.permit.deadline)
        );
        vm.warp(s.permit.deadline);
        settle(s, selling(90e18));
    }

    function test_the_fee_has_a_most() public {
        Signed memory s = signed();
        Plan memory p = plan(1e18 + 1, sale(address(asset), 99e18 - 1, address(first), 90e18));
        refused(refusal(s, p), abi.encodeWithSelector(Settler.FeeAboveMost.selector, 1e18 + 1, 1e18));
        settle(s, plan(1e18, sale(address(asset), 99e18, address(first), 90e18)));
    }

    function test_a_nonce_is_spent_once() public {
        Signed memory s = signed();
        asset.mint(owner, AMOUNT);
        settle(s, selling(90e18));
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(INVALID_NONCE));
        // Other terms under the same nonce are no way around it.
        s.intent.recipient = address(0xbeef02);
        sign(s);
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(INVALID_NONCE));
    }

    function test_a_spent_nonce_cancels() public {
        Signed memory s = signed();
        vm.prank(owner);
        INonces(address(PERMIT2)).invalidateUnorderedNonces(0, 1 << 7);
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(INVALID_NONCE));
    }

    /// @dev Each field in turn, and the amounts' sign with it: what was signed is all that settles.
    function testFuzz_no_field_can_be_changed(uint256 change) public {
        change = within(change, 1, ALL);
        for (uint256 field = 0; field < 16; ++field) {
            Signed memory s = signed();
            _change(s, field, change);
            bytes memory why = refusal(s, selling(90e18));
            // A change may fail a check of ours first; most fail as a signature of somebody else's.
            holds(why.length >= 4, "a reason");
            if (field == 0 || field == 8 || field == 9 || field >= 11) {
                refused(why, abi.encodeWithSelector(INVALID_SIGNER));
            }
        }
    }

    function _change(Signed memory s, uint256 field, uint256 by) private pure {
        unchecked {
            if (field == 0) s.permit.nonce += by;
            if (field == 1) s.permit.permitted.amount += by;
            if (field == 2) s.permit.deadline += by;
            if (field == 3) s.permit.permitted.token = address(uint160(s.permit.permitted.token) ^ _bits(by));
            if (field == 4) s.intent.owner = address(uint160(s.intent.owner) ^ _bits(by));
            if (field == 5) s.intent.minValueOut += by;
            if (field == 6) s.intent.maxFeeIn += by;
            if (field == 7) s.intent.validAfter += by;
            if (field == 8) s.intent.recipient = address(uint160(s.intent.recipient) ^ _bits(by));
            if (field == 9) s.intent.exclusiveUntilBlock += by;
            if (field == 10) s.intent.allowedSolver = address(_bits(by));
            if (field == 11) s.intent.statement ^= bytes32(by);
            if (field == 12) s.intent.preferences ^= bytes32(by);
            if (field == 13) s.intent.outputs[0].minAmount -= within(by, 1, 90e18);
            if (field == 14) s.intent.outputs[0].maxAmountCounted -= by;
            if (field == 15) s.intent.outputs[0].rateE18 += by;
        }
    }

    function _bits(uint256 by) private pure returns (uint160) {
        return uint160(by) == 0 ? 1 : uint160(by);
    }

    function test_no_output_can_be_added_or_dropped() public {
        Signed memory s = signed();
        Output memory one = s.intent.outputs[0];
        s.intent.outputs = new Output[](2);
        (s.intent.outputs[0], s.intent.outputs[1]) = (one, Output(address(second), 0, 0, 0));
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(INVALID_SIGNER));
        s.intent.outputs[1].minAmount = 1;
        sign(s);
        s.intent.outputs = new Output[](1);
        s.intent.outputs[0] = one;
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(INVALID_SIGNER));
    }

    function test_signatures_of_64_bytes_are_good() public {
        Signed memory s = signed();
        (uint8 v, bytes32 r, bytes32 ss) = vm.sign(KEY, digest(s));
        s.signature = abi.encodePacked(r, uint256(ss) | (uint256(v - 27) << 255));
        settle(s, selling(90e18));
    }

    function test_an_owner_can_be_a_contract() public {
        Wallet wallet = new Wallet(vm.addr(KEY));
        wallet.allow(address(asset));
        asset.mint(address(wallet), AMOUNT);
        Signed memory s = signed();
        s.intent.owner = address(wallet);
        (uint8 v, bytes32 r, bytes32 ss) = vm.sign(KEY, digest(s));
        s.signature = abi.encode(r, ss, v);
        settle(s, selling(90e18));
        same(first.balanceOf(recipient), 90e18, "the output");

        s.permit.nonce = 8;
        refused(refusal(s, selling(90e18)), abi.encodeWithSignature("InvalidContractSignature()"));
    }

    function test_a_unit_below_the_minimum_is_refused() public {
        Signed memory s = signed();
        s.intent.minValueOut = 0;
        sign(s);
        refused(
            refusal(s, selling(90e18 - 1)),
            abi.encodeWithSelector(Settler.BelowMinimum.selector, address(first), 90e18 - 1, 90e18)
        );
        settle(s, selling(90e18));
    }

    function test_a_wei_below_the_value_is_refused() public {
        Signed memory s = signed();
        s.intent.minValueOut = 81e18 + 1;
        sign(s);
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(Settler.BelowValue.selector, 81e18, 81e18 + 1));
        // Rounded down: one more unit is worth 0.9 wei, two are worth one.
        refused(
            refusal(s, selling(90e18 + 1)), abi.encodeWithSelector(Settler.BelowValue.selector, 81e18, 81e18 + 1)
        );
        settle(s, selling(90e18 + 2));
    }

    /// @dev `first` is signed at more than it is worth: a solver would deliver nothing else.
    function test_an_overvalued_output_counts_only_up_to_its_most() public {
        Signed memory s = _two(50e18, 60e18);
        Plan memory p = plan(0, sale(address(asset), AMOUNT, address(first), 200e18));
        refused(refusal(s, p), abi.encodeWithSelector(Settler.BelowValue.selector, 100e18, 140e18));
        p = plan(0, sale(address(asset), 70e18, address(first), 60e18), sale(address(asset), 30e18, address(second), 40e18));
        settle(s, p);
        same(first.balanceOf(recipient), 60e18, "first");
        same(second.balanceOf(recipient), 40e18, "second");
    }

    /// @dev At 2 ETH and 1 ETH a unit, together 140 ETH.
    function _two(uint256 mostFirst, uint256 mostSecond) private view returns (Signed memory s) {
        s = signed();
        s.intent.outputs = new Output[](2);
        s.intent.outputs[0] = Output(address(first), 0, mostFirst, 2e18);
        s.intent.outputs[1] = Output(address(second), 0, mostSecond, 1e18);
        s.intent.minValueOut = 140e18;
        sign(s);
    }

    /// @dev The law of the floor, against 512-bit numbers by long multiplication: at the value, a wei
    /// above it, and anywhere, with rates of any size.
    function testFuzz_the_floor_is_exact(uint256[2] memory got, uint256[2] memory most, uint256[2] memory rate, uint256 floor)
        public
    {
        (rate[0], rate[1]) = (rate[0] >> (floor % 256), rate[1] >> (rate[0] % 256));
        (uint256 high, uint256 low) = _value(got, most, rate);
        if (floor % 4 != 0 && low != ALL) floor = low + floor % 2;
        Signed memory s = _two(most[0], most[1]);
        (s.intent.outputs[0].rateE18, s.intent.outputs[1].rateE18, s.intent.minValueOut) = (rate[0], rate[1], floor);
        sign(s);
        Plan memory p =
            plan(0, sale(address(asset), 1, address(first), got[0]), sale(address(asset), 1, address(second), got[1]));
        vm.prank(solver);
        (bool ok,) = address(settler).call(settlement(s, p));
        holds(ok == (high != 0 || low >= floor), "the floor");
    }

    /// @dev 2^255 units at 2 ETH are 2^256 wei: one more than numbers go, and above any floor.
    function test_a_worth_just_beyond_256_bits_is_above_any_floor() public {
        Signed memory s = signed();
        (s.intent.outputs[0].rateE18, s.intent.minValueOut) = (2e18, ALL);
        sign(s);
        refused(
            refusal(s, selling((1 << 255) - 1)), abi.encodeWithSelector(Settler.BelowValue.selector, ALL - 1, ALL)
        );
        settle(s, selling(1 << 255));
    }

    /// @dev The sum of floors, in two words.
    function _value(uint256[2] memory got, uint256[2] memory most, uint256[2] memory rate)
        private
        pure
        returns (uint256 high, uint256 low)
    {
        for (uint256 i = 0; i < 2; ++i) {
            (uint256 h, uint256 l) = _worth(got[i] < most[i] ? got[i] : most[i], rate[i]);
            unchecked {
                low += l;
                high += h + (low < l ? 1 : 0);
            }
        }
    }

    /// @dev a * b / 1e18 by schoolbook multiplication and division with digits of 64 bits.
    function _worth(uint256 a, uint256 b) private pure returns (uint256 high, uint256 low) {
        uint256[8] memory digits;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 carry = 0;
            for (uint256 j = 0; j < 4; ++j) {
                uint256 t = digits[i + j] + _digit(a, i) * _digit(b, j) + carry;
                digits[i + j] = t & type(uint64).max;
                carry = t >> 64;
            }
            digits[i + 4] = carry;
        }
        uint256 rest = 0;
        for (uint256 i = 0; i < 8; ++i) {
            uint256 t = (rest << 64) | digits[7 - i];
            digits[7 - i] = t / 1e18;
            rest = t % 1e18;
        }
        low = digits[0] | (digits[1] << 64) | (digits[2] << 128) | (digits[3] << 192);
        high = digits[4] | (digits[5] << 64) | (digits[6] << 128) | (digits[7] << 192);
    }

    function _digit(uint256 a, uint256 i) private pure returns (uint256) {
        return (a >> (64 * i)) & type(uint64).max;
    }

    function test_a_token_counts_once() public {
        Signed memory s = _two(ALL, ALL);
        s.intent.outputs[1].token = address(first);
        sign(s);
        refused(refusal(s, selling(90e18)), abi.encodeWithSelector(Settler.OutputTwice.selector, address(first)));
    }

    function test_an_intent_without_outputs_is_refused() public {
        Signed memory s = signed();
        s.intent.outputs = new Output[](0);
        s.intent.minValueOut = 0;
        sign(s);
        refused(refusal(s, nothing()), abi.encodeWithSelector(Settler.NoOutputs.selector));
    }

    function test_our_contracts_are_no_recipients() public {
        address[3] memory none = [address(0), address(settler), address(executor)];
        for (uint256 i = 0; i < 3; ++i) {
            Signed memory s = signed();
            s.intent.recipient = none[i];
            sign(s);
            refused(refusal(s, selling(90e18)), abi.encodeWithSelector(Settler.RecipientRefused.selector, none[i]));
        }
    }

    /// @dev Part of it is kept: the asset in is an output like any other, owner and recipient one.
    function test_the_asset_in_can_be_an_output() public {
        Signed memory s = _two(ALL, ALL);
        s.intent.recipient = owner;
        s.intent.outputs[0] = Output(address(asset), 40e18, ALL, 1e18);
        s.intent.outputs[1] = Output(address(first), 50e18, ALL, 1e18);
        s.intent.minValueOut = 100e18;
        sign(s);
        refused(
            refusal(s, plan(0, sale(address(asset), 60e18 + 1, address(first), 90e18))),
            abi.encodeWithSelector(Settler.BelowMinimum.selector, address(asset), 40e18 - 1, 40e18)
        );
        uint256[] memory received = settle(s, plan(0, sale(address(asset), 60e18, address(first), 60e18)));
        same(received[0], 40e18, "kept");
        same(asset.balanceOf(owner), 40e18, "asset");
        same(first.balanceOf(owner), 60e18, "first");
    }
}
