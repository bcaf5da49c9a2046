// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Filler, OutputToken, ResolvedOrder, SignedOrder} from "../src/Filler.sol";
import {Plan, Settler} from "../src/Settler.sol";
import {IErc20} from "../src/base/Pay.sol";
import {Step, Steps} from "../src/base/Steps.sol";
import {HookCoin, Tether} from "./support/Coins.sol";
import {Reactor} from "./support/Reactor.sol";
import {Venue} from "./support/Venues.sol";
import {World} from "./support/World.sol";

/// @notice Fills of UniswapX's orders and of ERC-7683's.
contract FillerTest is World {
    Filler private filler;
    Reactor private reactor;
    address private swapper = address(0x5a9);
    address private collector = address(0xfee);

    function setUp() public override {
        super.setUp();
        reactor = new Reactor();
        filler = new Filler(settler, [address(reactor), address(0), address(0)], address(0));
        asset.mint(swapper, 10e18);
        vm.prank(swapper);
        asset.approve(address(reactor), ALL);
    }

    /// @dev 10 of the asset for `amount` of a token, and 1 of it as a fee.
    function _order(address token, uint256 amount) private view returns (SignedOrder memory) {
        ResolvedOrder memory order;
        (order.info.reactor, order.info.swapper) = (address(reactor), swapper);
        (order.input.token, order.input.amount) = (address(asset), 10e18);
        order.outputs = new OutputToken[](2);
        order.outputs[0] = OutputToken(token, amount, swapper);
        order.outputs[1] = OutputToken(token, 1e18, collector);
        return SignedOrder(abi.encode(order), "");
    }

    function _tokens(address token) private view returns (address[] memory tokens) {
        tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(asset), token);
    }

    function _steps(Step memory step) private pure returns (Step[] memory) {
        return plan(0, step).steps;
    }

    function _fill(SignedOrder memory order, Step memory step, address token) private {
        vm.prank(solver);
        filler.fillOrder(address(reactor), order, _steps(step), _tokens(token));
    }

    function _refusal(SignedOrder memory order, Step memory step) private returns (bytes memory) {
        vm.prank(solver);
        (bool ok, bytes memory answer) = address(filler).call(
            abi.encodeCall(Filler.fillOrder, (address(reactor), order, _steps(step), _tokens(address(first))))
        );
        holds(!ok, "a fill that must be refused");
        same(asset.balanceOf(swapper), 10e18, "the swapper's");
        return answer;
    }

    function _empty(address token) private view {
        same(IErc20(token).balanceOf(address(filler)), 0, "left in the Filler");
        same(IErc20(token).allowance(address(filler), address(reactor)), 0, "allowed to the reactor");
        same(address(filler).balance, 0, "ether in the Filler");
    }

    function test_fills_and_pays_the_solver_the_rest() public {
        _fill(_order(address(first), 8e18), sale(address(asset), 9e18, address(first), 9.5e18), address(first));
        same(first.balanceOf(swapper), 8e18, "swapper");
        same(first.balanceOf(collector), 1e18, "fee");
        same(first.balanceOf(solver), 0.5e18, "the solver's surplus");
        same(asset.balanceOf(solver), 1e18, "the solver's leftover");
        _empty(address(first));
        _empty(address(asset));
    }

    /// @dev Two outputs of one token, whose allowance can be set from zero alone.
    function test_fills_with_tether() public {
        Tether tether = new Tether();
        _fill(_order(address(tether), 8e18), sale(address(asset), 10e18, address(tether), 9e18), address(tether));
        same(tether.balanceOf(swapper), 8e18, "swapper");
        _empty(address(tether));
    }

    function test_fills_with_ether() public {
        vm.deal(address(venue), 10e18);
        Step memory redeem = sale(address(asset), 10e18, address(0), 0);
        redeem.data = abi.encodeCall(Venue.redeem, (address(asset), 10e18, 9.5e18));
        _fill(_order(address(0), 8e18), redeem, address(first));
        same(swapper.balance, 8e18, "swapper");
        same(collector.balance, 1e18, "fee");
        same(solver.balance, 0.5e18, "the solver's");
        _empty(address(first));
    }

    function test_an_order_that_is_not_paid_is_not_filled() public {
        bytes memory why = abi.encodeWithSignature("Error(string)", "ERC20: transfer amount exceeds balance");
        Step memory step = sale(address(asset), 10e18, address(first), 9e18 - 1);
        refused(_refusal(_order(address(first), 8e18), step), why);
    }

    function test_a_callback_comes_from_the_reactor_that_was_called() public {
        (bool ok, bytes memory answer) = address(filler).call(
            abi.encodeCall(Filler.reactorCallback, (new ResolvedOrder[](1), abi.encode(new Step[](0))))
        );
        holds(!ok, "a stranger's callback");
        refused(answer, abi.encodeWithSelector(Filler.UnexpectedCallback.selector, address(this)));

        // A stranger's callback during a fill, from the steps themselves.
        Step memory step = call(
            address(between), abi.encodeWithSignature("call(address,bytes)", address(filler), abi.encodeCall(
                Filler.reactorCallback, (new ResolvedOrder[](1), abi.encode(new Step[](0)))
            ))
        );
        first.mint(address(filler), 9e18);
        _fill(_order(address(first), 8e18), step, address(first));
        refused(between.answer(), abi.encodeWithSelector(Filler.UnexpectedCallback.selector, address(between)));
    }

    function test_a_reactor_calls_back_once() public {
        Step memory step = sale(address(asset), 5e18, address(first), 9e18);
        reactor.misbehave(false, true);
        bytes memory why = abi.encodeWithSelector(Filler.UnexpectedCallback.selector, address(reactor));
        refused(_refusal(_order(address(first), 8e18), step), why);
        reactor.misbehave(true, false);
        first.mint(address(filler), 9e18);
        vm.prank(address(filler));
        first.approve(address(reactor), ALL);
        why = abi.encodeWithSelector(Filler.UnexpectedCallback.selector, address(0));
        refused(_refusal(_order(address(first), 8e18), step), why);
    }

    function test_no_other_contract_is_a_reactor() public {
        address[2] memory none = [address(0), address(new Reactor())];
        for (uint256 i = 0; i < 2; ++i) {
            (bool ok, bytes memory answer) = address(filler).call(
                abi.encodeCall(
                    Filler.fillOrder, (none[i], _order(address(first), 1), new Step[](0), new address[](0))
                )
            );
            holds(!ok, "no reactor");
            refused(answer, abi.encodeWithSelector(Filler.NotAReactor.selector, none[i]));
        }
    }

    function test_a_filler_of_ones_own_obeys_its_solver_alone() public {
        filler = new Filler(settler, [address(reactor), address(0), address(0)], address(0x0e));
        Step memory step = sale(address(asset), 10e18, address(first), 9e18);
        refused(_refusal(_order(address(first), 8e18), step), abi.encodeWithSelector(Filler.NotTheSolver.selector));
        solver = address(0x0e);
        _fill(_order(address(first), 8e18), step, address(first));
    }

    function test_a_fill_has_no_fill_inside() public {
        HookCoin coin = new HookCoin();
        bytes memory again = abi.encodeCall(
            Filler.fillOrder, (address(reactor), _order(address(coin), 1), new Step[](0), new address[](0))
        );
        coin.hook(address(filler), again);
        _fill(_order(address(coin), 8e18), sale(address(asset), 10e18, address(coin), 9e18), address(coin));
        refused(coin.answer(), abi.encodeWithSelector(Filler.Locked.selector));
    }

    function test_steps_reach_neither_reactor_nor_settler() public {
        address[2] memory barred = [address(reactor), address(settler)];
        for (uint256 i = 0; i < 2; ++i) {
            bytes memory why = abi.encodeWithSelector(Steps.Refused.selector, 0, barred[i], bytes4(0x12345678));
            refused(_refusal(_order(address(first), 1), call(barred[i], hex"12345678")), why);
        }
    }

    function test_ether_comes_in_during_a_fill_alone() public {
        vm.deal(address(this), 1);
        (bool ok, bytes memory answer) = address(filler).call{value: 1}("");
        holds(!ok, "ether");
        refused(answer, abi.encodeWithSelector(Filler.NotFilling.selector));
    }

    function test_erc7683_settles_a_signed_intent_and_pays_the_fee_on() public {
        Signed memory s = signed();
        (s.intent.allowedSolver, s.intent.exclusiveUntilBlock) = (address(filler), ALL);
        sign(s);
        bytes memory origin = abi.encode(s.permit, s.intent, s.signature);
        bytes memory how = abi.encode(plan(1e18, sale(address(asset), 99e18, address(first), 95e18)));
        vm.prank(solver);
        (bool ok, bytes memory answer) =
            address(filler).call(abi.encodeCall(Filler.fill, (bytes32(uint256(1)), origin, how)));
        holds(!ok, "another id");
        refused(answer, abi.encodeWithSelector(Filler.OtherOrder.selector, bytes32(uint256(1))));

        vm.prank(solver);
        filler.fill(digest(s), origin, how);
        same(first.balanceOf(recipient), 95e18, "the output");
        same(asset.balanceOf(solver), 1e18, "the fee");
        _empty(address(asset));
        empty(address(asset));
    }
}
