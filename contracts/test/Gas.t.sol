// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Plan} from "../src/Settler.sol";
import {Output} from "../src/base/Intent.sol";
import {IErc20} from "../src/base/Pay.sol";
import {Venue} from "./support/Venues.sol";
import {World} from "./support/World.sol";

/// @notice What a settlement costs beside the same swap sent by its owner, as whole transactions with
/// everything cold. The venue is a cheap one, so the difference is the settlement's own.
/// forge-config: default.isolate = true
contract GasTest is World {
    function setUp() public override {
        super.setUp();
        // Permit2's word of nonces has been used before; accounts hold a little of the tokens.
        asset.mint(address(venue), 1);
        first.mint(recipient, 1);
        first.mint(owner, 1);
        second.mint(recipient, 1);
        asset.mint(solver, 1);
        asset.mint(owner, 1);
        Signed memory s = signed();
        s.permit.nonce = 6;
        s.permit.permitted.amount = 0;
        s.intent.outputs[0].minAmount = 0;
        s.intent.minValueOut = 0;
        sign(s);
        settle(s, nothing());
    }

    function test_gas_swap_sent_directly() public {
        vm.prank(owner);
        asset.approve(address(venue), AMOUNT);
        vm.snapshotGasLastCall("approve, sent by the owner");
        vm.prank(owner);
        venue.swap(address(asset), AMOUNT, address(first), 95e18);
        vm.snapshotGasLastCall("swap, sent by the owner");
    }

    function test_gas_settle_one_swap() public {
        Signed memory s = signed();
        settle(s, selling(95e18));
        vm.snapshotGasLastCall("settle, one swap");
    }

    function test_gas_settle_one_swap_with_fee() public {
        Signed memory s = signed();
        settle(s, plan(1e18, sale(address(asset), 99e18, address(first), 95e18)));
        vm.snapshotGasLastCall("settle, one swap and a fee");
    }

    /// @dev It makes the solver's Executor.
    function test_gas_a_solvers_first_settlement() public {
        Signed memory s = signed();
        solver = address(0x501e02);
        settle(s, selling(95e18));
        vm.snapshotGasLastCall("settle, one swap, a solver's first");
    }

    function test_gas_settle_two_swaps() public {
        Signed memory s = signed();
        s.intent.outputs = new Output[](2);
        s.intent.outputs[0] = Output(address(first), 40e18, ALL, 1e18);
        s.intent.outputs[1] = Output(address(second), 40e18, ALL, 1e18);
        sign(s);
        settle(s, plan(0, sale(address(asset), 50e18, address(first), 45e18), sale(address(asset), 50e18, address(second), 45e18)));
        vm.snapshotGasLastCall("settle, two swaps into two outputs");
    }
}
