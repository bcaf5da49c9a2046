// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "../src/Executor.sol";
import {Plan, Settler} from "../src/Settler.sol";
import {Output, PERMIT2} from "../src/base/Intent.sol";
import {IErc20} from "../src/base/Pay.sol";
import {Step, Steps} from "../src/base/Steps.sol";
import {WETH9} from "../src/WETH9.sol";
import {FeeCoin, RebasingCoin, Tether} from "./support/Coins.sol";
import {Venue} from "./support/Venues.sol";
import {World} from "./support/World.sol";

/// @notice What the Executor does with steps, and tokens of every kind on the way.
contract StepsTest is World {
    function test_targets_and_spenders_are_refused() public {
        address[3] memory barred = [address(PERMIT2), address(settler), address(executor)];
        for (uint256 i = 0; i < 3; ++i) {
            Step memory step = call(barred[i], hex"12345678");
            refused(refusal(signed(), plan(0, step)), _refusal(barred[i], 0x12345678));
            step = sale(address(asset), 1, address(first), 1);
            step.spender = barred[i];
            refused(refusal(signed(), plan(0, step)), _refusal(address(venue), Venue.swap.selector));
        }
    }

    function _refusal(address target, bytes4 selector) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Steps.Refused.selector, 0, target, selector);
    }

    function test_functions_that_spend_or_grant_are_refused() public {
        string[6] memory functions = [
            "transferFrom(address,address,uint256)",
            "transferSharesFrom(address,address,uint256)",
            "approve(address,uint256)",
            "increaseAllowance(address,uint256)",
            "permit(address,address,uint256,uint256,uint8,bytes32,bytes32)",
            "permit(address,address,uint256,uint256,bool,uint8,bytes32,bytes32)"
        ];
        for (uint256 i = 0; i < 6; ++i) {
            bytes4 selector = bytes4(keccak256(bytes(functions[i])));
            refused(
                refusal(signed(), plan(0, call(address(asset), abi.encodePacked(selector, new bytes(96))))),
                _refusal(address(asset), selector)
            );
        }
    }

    function test_a_step_that_fails_tells_which_and_why() public {
        bytes memory why = abi.encodeWithSignature("Error(string)", "ERC20: transfer amount exceeds balance");
        Step memory step = sale(address(asset), AMOUNT + 1, address(first), 1);
        Plan memory p = plan(0, sale(address(asset), 0, address(first), 1), step);
        refused(refusal(signed(), p), abi.encodeWithSelector(Steps.StepFailed.selector, 1, why));
    }

    /// @dev Of an allowance that is not used up, nothing is left; not of Tether's either, which can be
    /// set from zero alone.
    function test_no_allowance_outlasts_its_step() public {
        Tether tether = new Tether();
        tether.mint(owner, AMOUNT);
        allow(owner, address(tether));
        Signed memory s = signed();
        s.permit.permitted.token = address(tether);
        sign(s);
        Step memory one = sale(address(tether), 30e18, address(first), 45e18);
        one.amount = 60e18;
        Step memory two = sale(address(tether), 30e18, address(first), 45e18);
        two.amount = ALL;
        settle(s, plan(1e18, one, two));
        same(tether.balanceOf(solver), 1e18, "the fee");
        same(tether.balanceOf(recipient), 39e18, "the leftover");
        empty(address(tether));
    }

    function test_an_allowance_ends_before_the_next_step() public {
        Step memory one = sale(address(asset), 10e18, address(first), 10e18);
        one.amount = AMOUNT;
        Step memory two = sale(address(asset), 90e18, address(first), 90e18);
        two.token = address(0);
        bytes memory why = abi.encodeWithSignature("Error(string)", "ERC20: insufficient allowance");
        refused(refusal(signed(), plan(0, one, two)), abi.encodeWithSelector(Steps.StepFailed.selector, 1, why));
    }

    /// @dev The second step sells all that the first returned, whatever that was.
    function testFuzz_an_amount_can_be_what_has_arrived(uint256 out) public {
        out = within(out, 1, 1e30);
        Step memory one = sale(address(asset), AMOUNT, address(second), out);
        Step memory two = sale(address(second), 0, address(first), 90e18);
        (two.amount, two.offset) = (ALL, 4 + 32);
        settle(signed(), plan(0, one, two));
        same(second.balanceOf(address(venue)), out, "sold");
        empty(address(second));
    }

    function test_an_amount_never_lands_outside_the_arguments() public {
        uint256[5] memory offsets = [uint256(1), 3, 4 + 4 * 32 - 31, 4 + 4 * 32, ALL];
        for (uint256 i = 0; i < 5; ++i) {
            Step memory step = sale(address(asset), AMOUNT, address(first), 90e18);
            step.offset = offsets[i];
            refused(refusal(signed(), plan(0, step)), abi.encodeWithSelector(Steps.OutOfData.selector, 0));
        }
        Step memory short = sale(address(asset), 1, address(first), 1);
        (short.data, short.offset) = (hex"12345678", 4);
        refused(refusal(signed(), plan(0, short)), abi.encodeWithSelector(Steps.OutOfData.selector, 0));
    }

    /// @dev The last word is still an argument.
    function test_an_amount_can_be_the_last_argument() public {
        Step memory step = sale(address(asset), AMOUNT, address(first), 0);
        step.offset = 4 + 3 * 32;
        settle(signed(), plan(0, step));
        same(first.balanceOf(recipient), AMOUNT, "out of the last argument");
    }

    function test_routers_take_through_permit2_what_the_step_allows() public {
        Step memory step = sale(address(asset), AMOUNT, address(first), 0);
        step.data = abi.encodeCall(Venue.swapThroughPermit2, (address(asset), 60e18, address(first), 90e18));
        step.throughPermit2 = true;
        settle(signed(), plan(0, step));
        same(asset.balanceOf(recipient), 40e18, "the leftover");
        empty(address(asset));
    }

    function test_ether_on_the_way() public {
        // Wrapped ether in, unwrapped, some of it staked, the rest wrapped again and swept.
        vm.deal(address(this), AMOUNT);
        weth.deposit{value: AMOUNT}();
        weth.transfer(owner, AMOUNT);
        allow(owner, address(weth));
        Signed memory s = signed();
        s.permit.permitted.token = address(weth);
        sign(s);
        Step memory unwrap = call(address(weth), abi.encodeCall(WETH9.withdraw, (AMOUNT)));
        Step memory stake = call(address(venue), abi.encodeCall(Venue.stake, (address(first), 90e18)));
        stake.value = 95e18;
        settle(s, plan(0, unwrap, stake));
        same(address(venue).balance, 95e18, "staked");
        same(weth.balanceOf(recipient), 5e18, "wrapped again");
        empty(address(weth));

        s.permit.nonce = 8;
        sign(s);
        vm.deal(address(this), AMOUNT);
        weth.deposit{value: AMOUNT}();
        weth.transfer(owner, AMOUNT);
        stake.value = ALL;
        settle(s, plan(0, unwrap, stake));
        same(address(venue).balance, 195e18, "all of it");
    }

    /// @dev A token with a fee as asset in: the plan sells what has arrived.
    function test_an_asset_with_a_fee_arrives_as_less() public {
        FeeCoin coin = new FeeCoin();
        coin.mint(owner, AMOUNT);
        allow(owner, address(coin));
        Signed memory s = signed();
        s.permit.permitted.token = address(coin);
        sign(s);
        Step memory step = sale(address(coin), 0, address(first), 90e18);
        (step.amount, step.offset) = (ALL, 4 + 32);
        settle(s, plan(0, step));
        same(coin.balanceOf(address(venue)), 98.01e18, "less two fees");
        empty(address(coin));
    }

    /// @dev As an output, what counts is what the recipient has of it.
    function test_an_output_with_a_fee_counts_as_what_arrives() public {
        FeeCoin coin = new FeeCoin();
        Signed memory s = signed();
        s.intent.outputs[0].token = address(coin);
        sign(s);
        Plan memory p = plan(0, sale(address(asset), AMOUNT, address(coin), 90e18));
        refused(
            refusal(s, p), abi.encodeWithSelector(Settler.BelowMinimum.selector, address(coin), 89.1e18, 90e18)
        );
        settle(s, plan(0, sale(address(asset), AMOUNT, address(coin), 91e18)));
        same(coin.balanceOf(recipient), 90.09e18, "arrived");
    }

    /// @dev As stETH: a wei or two less arrive than were sent, a share's worth, and that is what counts.
    function testFuzz_a_rebasing_output_counts_as_what_arrives(uint256 out, uint256 earned, uint256 held) public {
        out = within(out, 90e18 + 4, 1e27);
        RebasingCoin coin = new RebasingCoin();
        coin.mint(address(0xdead), 1e24);
        coin.earn(within(earned, 0, 1e23));
        coin.mint(recipient, within(held, 0, 1e24));
        Signed memory s = signed();
        s.intent.outputs[0].token = address(coin);
        sign(s);
        uint256 before = coin.balanceOf(recipient);
        uint256[] memory received = settle(s, plan(0, sale(address(asset), AMOUNT, address(coin), out)));
        // What was held before may round up once more when the venue mints: that is not told.
        uint256 gained = coin.balanceOf(recipient) - before;
        holds(gained == received[0] || gained == received[0] + 1, "what is told");
        holds(received[0] <= out && received[0] + 4 >= out, "two roundings to shares, of at most two wei each");
        holds(coin.shares(address(executor)) <= 1, "at most a share is left");
    }

    function testFuzz_a_rebasing_asset_is_sold_as_what_has_arrived(uint256 earned) public {
        RebasingCoin coin = new RebasingCoin();
        coin.mint(owner, AMOUNT + 1e18);
        coin.earn(within(earned, 0, 1e19));
        allow(owner, address(coin));
        Signed memory s = signed();
        s.permit.permitted.token = address(coin);
        sign(s);
        Step memory step = sale(address(coin), 0, address(first), 90e18);
        (step.amount, step.offset) = (ALL, 4 + 32);
        settle(s, plan(0, step));
        holds(coin.balanceOf(address(venue)) + 4 >= AMOUNT, "all that arrived");
        holds(coin.shares(address(executor)) <= 1, "at most a share is left");
    }

    /// @dev What a plan names is swept, what it names twice or holds nothing of is no matter.
    function test_named_leftovers_are_the_recipients() public {
        Plan memory p = plan(
            0, sale(address(asset), 10e18, address(second), 7), sale(address(asset), 90e18, address(first), 90e18)
        );
        p.leftovers = new address[](4);
        (p.leftovers[0], p.leftovers[1]) = (address(second), address(second));
        (p.leftovers[2], p.leftovers[3]) = (address(weth), address(first));
        settle(signed(), p);
        same(second.balanceOf(recipient), 7, "the leftover");
        empty(address(second));
    }
}
