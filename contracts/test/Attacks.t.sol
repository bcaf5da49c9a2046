// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Executor} from "../src/Executor.sol";
import {Plan, Settler} from "../src/Settler.sol";
import {IPermit2, IntentHash, Output, PERMIT2, SignatureTransferDetails} from "../src/base/Intent.sol";
import {IErc20} from "../src/base/Pay.sol";
import {Step, Steps} from "../src/base/Steps.sol";
import {Coin, HookCoin} from "./support/Coins.sol";
import {Between, OtherProtocol, Venue} from "./support/Venues.sol";
import {World} from "./support/World.sol";

interface INonces {
    function nonceBitmap(address owner, uint256 word) external view returns (uint256);
}

/// @notice What hostile solvers, tokens and recipients try.
contract AttacksTest is World {
    uint256 private constant OTHER_KEY = 0xb0b;
    address private other = vm.addr(OTHER_KEY);

    /// @dev B signs the same terms as A, for itself; the signature is public.
    function _other() private returns (Signed memory s) {
        asset.mint(other, AMOUNT);
        allow(other, address(asset));
        s = signed();
        (s.intent.owner, s.intent.recipient) = (other, other);
        s.signature = signedBy(OTHER_KEY, digest(s));
    }

    function _unharmed() private view {
        same(asset.balanceOf(other), AMOUNT, "B's asset");
        same(INonces(address(PERMIT2)).nonceBitmap(other, 0), 0, "B's nonce");
    }

    /// @dev Permit2 asked to hand B's asset to the Executor, as the Settler would.
    function _pullOf(Signed memory s) private view returns (bytes memory) {
        return abi.encodeCall(
            IPermit2.permitWitnessTransferFrom,
            (
                s.permit,
                SignatureTransferDetails(address(executor), AMOUNT),
                s.intent.owner,
                this.witnessOf(s),
                IntentHash.witnessType(),
                s.signature
            )
        );
    }

    function witnessOf(Signed calldata s) external pure returns (bytes32) {
        return IntentHash.hash(s.intent);
    }

    /// @dev During A's steps, B's signature is spent: at Permit2, at the Settler, straight or through a
    /// contract in between. A's steps would then sell what is B's.
    function test_another_signature_cannot_be_spent_during_the_steps() public {
        Signed memory a = signed();
        Signed memory b = _other();
        bytes memory settling = settlement(b, selling(90e18));
        bytes memory pulling = _pullOf(b);

        refused(refusal(a, plan(0, call(address(settler), settling))), _barred(0, address(settler), settling));
        refused(refusal(a, plan(0, call(address(PERMIT2), pulling))), _barred(0, address(PERMIT2), pulling));
        _unharmed();

        bytes memory through = abi.encodeCall(Between.call, (address(settler), settling));
        settle(a, plan(0, call(address(between), through), sale(address(asset), AMOUNT, address(first), 90e18)));
        holds(!between.ok(), "a settlement inside another");
        refused(between.answer(), abi.encodeWithSelector(Settler.Locked.selector));
        _unharmed();

        a.permit.nonce = 8;
        asset.mint(owner, AMOUNT);
        sign(a);
        through = abi.encodeCall(Between.call, (address(PERMIT2), pulling));
        settle(a, plan(0, call(address(between), through), sale(address(asset), AMOUNT, address(first), 90e18)));
        refused(between.answer(), abi.encodeWithSignature("InvalidSigner()"));
        _unharmed();
    }

    function _barred(uint256 step, address target, bytes memory data) private pure returns (bytes memory) {
        return abi.encodeWithSelector(Steps.Refused.selector, step, target, bytes4(data));
    }

    /// @dev The steps fill another order of the same owner: the recipient is paid once, and the solver
    /// would have the asset in twice.
    function test_one_delivery_is_not_counted_twice() public {
        Signed memory s = signed();
        asset.mint(owner, AMOUNT);
        OtherProtocol order = new OtherProtocol(owner, address(asset), AMOUNT, address(first), 90e18);
        vm.prank(owner);
        asset.approve(address(order), AMOUNT);

        // The Executor buys what the other order wants, and fills it into the same recipient's account.
        Step memory fill = call(address(order), abi.encodeCall(OtherProtocol.take, (recipient, solver)));
        (fill.token, fill.spender, fill.amount) = (address(first), address(order), 90e18);
        Plan memory p = plan(0, sale(address(asset), AMOUNT, address(first), 90e18), fill);
        refused(refusal(s, p), abi.encodeWithSelector(Settler.BelowMinimum.selector, address(first), 0, 90e18));
        same(asset.balanceOf(solver), 0, "the solver's gain");
    }

    /// @dev The steps hand the recipient what it is owed anyway (a reward, a queue's payment).
    function test_what_the_recipient_is_owed_does_not_count() public {
        Signed memory s = signed();
        OtherProtocol rewards = new OtherProtocol(owner, address(asset), 0, address(first), 90e18);
        first.mint(address(rewards), 90e18);
        Plan memory p = plan(
            0,
            call(address(rewards), abi.encodeCall(OtherProtocol.release, (recipient))),
            call(address(asset), abi.encodeCall(IErc20.transfer, (solver, AMOUNT)))
        );
        refused(refusal(s, p), abi.encodeWithSelector(Settler.BelowMinimum.selector, address(first), 0, 90e18));
    }

    /// @dev The same during the transfer of an output whose token hands control on.
    function test_nor_does_it_during_an_outputs_transfer() public {
        (Signed memory s, HookCoin coin) = _hooked();
        OtherProtocol rewards = new OtherProtocol(owner, address(asset), 0, address(coin), 90e18);
        coin.mint(address(rewards), 90e18);
        coin.hook(address(rewards), abi.encodeCall(OtherProtocol.release, (recipient)));
        Plan memory p = plan(0, sale(address(asset), 1, address(coin), 1e18));
        refused(refusal(s, p), abi.encodeWithSelector(Settler.BelowMinimum.selector, address(coin), 1e18, 90e18));
    }

    /// @dev An output whose token calls whom it was told to.
    function _hooked() private returns (Signed memory s, HookCoin coin) {
        coin = new HookCoin();
        s = signed();
        s.intent.outputs[0].token = address(coin);
        sign(s);
    }

    /// @dev A hostile token, as output, as leftover and as asset in, tries to settle, run and sweep.
    function test_a_hostile_token_does_not_get_in_again() public {
        Signed memory b = _other();
        bytes[3] memory calls = [
            settlement(b, selling(90e18)),
            abi.encodeCall(Executor.run, (address(asset), 1, address(this), new Step[](0))),
            abi.encodeCall(Executor.send, (address(first), address(this)))
        ];
        for (uint256 i = 0; i < 3; ++i) {
            (Signed memory s, HookCoin coin) = _hooked();
            s.permit.nonce = 20 + i;
            sign(s);
            if (i != 0) asset.mint(owner, AMOUNT);
            coin.hook(i == 0 ? address(settler) : address(executor), calls[i]);
            settle(s, plan(0, sale(address(asset), AMOUNT, address(coin), 90e18)));
            bytes4 why = i == 0 ? Settler.Locked.selector : Executor.NotTheSettler.selector;
            refused(coin.answer(), abi.encodeWithSelector(why));
            same(coin.balanceOf(recipient), 90e18, "the output");
            _unharmed();
        }
    }

    function test_a_hostile_asset_does_not_get_in_again() public {
        Signed memory b = _other();
        HookCoin coin = new HookCoin();
        coin.mint(owner, AMOUNT);
        allow(owner, address(coin));
        Signed memory s = signed();
        s.permit.permitted.token = address(coin);
        sign(s);
        coin.hook(address(settler), settlement(b, selling(90e18)));
        settle(s, plan(0, sale(address(coin), AMOUNT, address(first), 90e18)));
        refused(coin.answer(), abi.encodeWithSelector(Settler.Locked.selector));
        _unharmed();
    }

    function test_a_refusing_recipient_stops_its_own_intent_alone() public {
        (Signed memory s, HookCoin coin) = _hooked();
        Signed memory b = _other();
        coin.ban(recipient);
        refused(refusal(s, plan(0, sale(address(asset), AMOUNT, address(coin), 90e18))), _error("BANNED"));
        settle(b, selling(90e18));
        same(first.balanceOf(other), 90e18, "B's output");
    }

    function _error(string memory why) private pure returns (bytes memory) {
        return abi.encodeWithSignature("Error(string)", why);
    }

    /// @dev A recipient that takes no ether is not asked to: what is left of it arrives wrapped.
    function test_a_recipient_is_never_called() public {
        Signed memory s = signed();
        s.intent.recipient = address(between);
        sign(s);
        vm.deal(address(venue), 5e18);
        Step memory redeem = sale(address(asset), 10e18, address(first), 0);
        redeem.data = abi.encodeCall(Venue.redeem, (address(asset), 10e18, 5e18));
        settle(s, plan(0, sale(address(asset), 90e18, address(first), 90e18), redeem));
        same(weth.balanceOf(address(between)), 5e18, "wrapped ether");
        empty(address(weth));
    }

    /// @dev What somebody has allowed the Executor by mistake stays theirs.
    function test_a_mistaken_allowance_is_not_spent() public {
        address victim = address(0x71c);
        first.mint(victim, 90e18);
        vm.prank(victim);
        first.approve(address(executor), ALL);
        bytes memory taking = abi.encodeCall(IErc20.transferFrom, (victim, address(executor), 90e18));
        refused(refusal(signed(), plan(0, call(address(first), taking))), _barred(0, address(first), taking));
    }

    function test_nobody_but_the_settler_runs_the_executor() public {
        first.mint(address(executor), 1e18);
        bytes memory why = abi.encodeWithSelector(Executor.NotTheSettler.selector);
        (bool ok, bytes memory answer) = address(executor).call(
            abi.encodeCall(Executor.run, (address(first), 1e18, address(this), new Step[](0)))
        );
        holds(!ok, "run");
        refused(answer, why);
        (ok, answer) = address(executor).call(abi.encodeCall(Executor.send, (address(first), address(this))));
        holds(!ok, "send");
        refused(answer, why);
    }

    function test_ether_comes_in_during_a_run_alone() public {
        vm.deal(address(this), 3);
        (bool ok, bytes memory answer) = address(executor).call{value: 1}("");
        holds(!ok, "ether to the Executor");
        refused(answer, abi.encodeWithSelector(Executor.NotRunning.selector));
        (ok,) = address(settler).call{value: 1}("");
        holds(!ok, "ether to the Settler");
        (ok,) = address(settler).call{value: 1}(settlement(signed(), selling(90e18)));
        holds(!ok, "ether with a settlement");
    }

    /// @dev What a stranger leaves goes to the next recipient; it breaks nothing.
    function test_a_gift_to_the_executor_is_the_next_recipients() public {
        first.mint(address(executor), 3);
        settle(signed(), selling(90e18 - 3));
        same(first.balanceOf(recipient), 90e18, "with the gift");
        empty(address(first));
    }

    /// @dev A solver that pays itself by its steps gets no more than the signed slack.
    function testFuzz_a_solver_takes_no_more_than_the_slack(uint256 taken) public {
        taken = within(taken, 0, AMOUNT);
        Plan memory p = plan(
            0,
            call(address(asset), abi.encodeCall(IErc20.transfer, (solver, taken))),
            sale(address(asset), AMOUNT - taken, address(first), AMOUNT - taken)
        );
        vm.prank(solver);
        (bool ok,) = address(settler).call(settlement(signed(), p));
        holds(ok == (taken <= 10e18), "the signed slack is ten");
    }

    /// @dev What a solver's steps do in its Executor's name (debt, operators) is not another's.
    function test_solvers_run_steps_apart() public {
        Signed memory s = signed();
        address stranger = address(0x0dd);
        address theirs = address(settler.executorOf(stranger));
        holds(theirs != address(executor) && theirs.code.length == 0, "another one, not there yet");
        vm.prank(stranger);
        settler.settle(s.permit, s.intent, s.signature, selling(90e18));
        same(theirs.codehash, address(executor).codehash, "the same code");
        same(first.balanceOf(recipient), 90e18, "settled by the first plan");

        asset.mint(owner, AMOUNT);
        s.permit.nonce = 8;
        sign(s);
        vm.prank(stranger);
        settler.settle(s.permit, s.intent, s.signature, selling(90e18));
        same(first.balanceOf(recipient), 180e18, "and by the second");
    }
}
