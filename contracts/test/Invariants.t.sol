// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Crowd} from "./support/Crowd.sol";
import {Test} from "./support/Test.sol";

/// @notice Whatever a crowd of owners, solvers and thieves does in any order: no token leaves an owner
/// without a valid intent, minimums are honoured, a nonce is spent once, and nothing is left behind.
contract InvariantsTest is Test {
    Crowd private crowd;

    function setUp() public {
        crowd = new Crowd();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(crowd);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(crowd), new bytes4[](6));
        bytes4[] memory selectors = targets[0].selectors;
        // Settlements more often than the rest.
        (selectors[0], selectors[1], selectors[2]) =
            (Crowd.settleOne.selector, Crowd.settleTwo.selector, Crowd.settleThree.selector);
        (selectors[3], selectors[4], selectors[5]) =
            (Crowd.settleAgain.selector, Crowd.passTime.selector, Crowd.steal.selector);
    }

    /// @dev One campaign for all laws; those of single settlements are asserted where they happen.
    function invariant_nothing_leaks() public view {
        crowd.check();
    }

    /// @dev The crowd does enough of everything for the laws to mean something.
    function test_the_crowd_is_busy() public {
        for (uint256 i = 0; i < 200; ++i) {
            crowd.settleOne(i);
            if (i % 4 == 0) crowd.settleAgain(i);
            if (i % 8 == 0) crowd.passTime(i);
            if (i % 16 == 0) crowd.steal(i);
            crowd.check();
        }
        holds(crowd.settlements() >= 25, "settlements");
        holds(crowd.refusals() >= 100, "refusals");
        holds(crowd.thefts() >= 100 && crowd.replays() >= 40, "thefts and replays");
        holds(crowd.lateReplays() >= 1, "a signature used later, once");
    }
}
