// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ResolvedOrder, SignedOrder} from "../../src/Filler.sol";
import {Pay} from "../../src/base/Pay.sol";

interface ICallback {
    function reactorCallback(ResolvedOrder[] calldata orders, bytes calldata data) external;
}

/// @notice Does with tokens what UniswapX's reactors do: the input to the filler, the callback, the
/// outputs from the filler, ether from what the callback paid in. Orders come resolved, unsigned.
contract Reactor {
    bool public silent;
    bool public twice;

    function misbehave(bool silent_, bool twice_) external {
        (silent, twice) = (silent_, twice_);
    }

    function executeWithCallback(SignedOrder calldata signed, bytes calldata data) external payable {
        ResolvedOrder[] memory orders = new ResolvedOrder[](1);
        orders[0] = abi.decode(signed.order, (ResolvedOrder));
        ResolvedOrder memory order = orders[0];
        Pay.pull(order.input.token, order.info.swapper, msg.sender, order.input.amount);
        uint256 had = address(this).balance;
        if (!silent) ICallback(msg.sender).reactorCallback(orders, data);
        if (twice) ICallback(msg.sender).reactorCallback(orders, data);
        uint256 gained = address(this).balance - had;
        for (uint256 i = 0; i < order.outputs.length; ++i) {
            uint256 amount = order.outputs[i].amount;
            if (order.outputs[i].token == address(0)) {
                gained -= amount;
                Pay.sendEther(order.outputs[i].recipient, amount);
            } else {
                Pay.pull(order.outputs[i].token, msg.sender, order.outputs[i].recipient, amount);
            }
        }
        if (gained != 0) Pay.sendEther(msg.sender, gained);
    }

    receive() external payable {}
}
