// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IPermit2, PERMIT2} from "../../src/base/Intent.sol";
import {IErc20, Pay} from "../../src/base/Pay.sol";
import {WETH9} from "../../src/WETH9.sol";

interface IMint {
    function mint(address to, uint256 amount) external;
}

interface IPermit2Transfer {
    function transferFrom(address from, address to, uint160 amount, address token) external;
}

/// @notice Takes one token and mints another, as much as the caller says: prices are the tests'.
contract Venue {
    function swap(address from, uint256 amount, address to, uint256 out) external {
        Pay.pull(from, msg.sender, address(this), amount);
        IMint(to).mint(msg.sender, out);
    }

    /// @notice The same for somebody else.
    function swapFor(address from, uint256 amount, address to, uint256 out, address recipient) external {
        Pay.pull(from, msg.sender, address(this), amount);
        IMint(to).mint(recipient, out);
    }

    function swapThroughPermit2(address from, uint160 amount, address to, uint256 out) external {
        IPermit2Transfer(address(PERMIT2)).transferFrom(msg.sender, address(this), amount, from);
        IMint(to).mint(msg.sender, out);
    }

    /// @notice For ether, all of which it keeps.
    function stake(address to, uint256 out) external payable {
        IMint(to).mint(msg.sender, out);
    }

    /// @notice Pays ether.
    function redeem(address from, uint256 amount, uint256 out) external {
        Pay.pull(from, msg.sender, address(this), amount);
        Pay.sendEther(msg.sender, out);
    }

    receive() external payable {}
}

/// @notice Calls what it is told, and keeps the answer: whoever stands between.
contract Between {
    bool public ok;
    bytes public answer;

    function call(address target, bytes calldata data) external {
        (ok, answer) = target.call(data);
    }
}

/// @notice An order of another protocol: whoever pays the owner's price into the recipient's account
/// gets the owner's asset.
contract OtherProtocol {
    address public immutable OWNER;
    address public immutable ASSET;
    uint256 public immutable AMOUNT;
    address public immutable WANTED;
    uint256 public immutable LEAST;

    constructor(address owner, address asset, uint256 amount, address wanted, uint256 least) {
        (OWNER, ASSET, AMOUNT, WANTED, LEAST) = (owner, asset, amount, wanted, least);
    }

    /// @notice Takes the price from the caller, and hands the asset to anybody.
    function take(address recipient, address proceeds) external {
        Pay.pull(WANTED, msg.sender, recipient, LEAST);
        Pay.pull(ASSET, OWNER, proceeds, AMOUNT);
    }

    /// @notice The same, where the price has been paid in before.
    function release(address recipient) external {
        Pay.send(WANTED, recipient, LEAST);
    }
}

/// @notice An owner that is a contract: it accepts signatures of one key (ERC-1271).
contract Wallet {
    address private immutable SIGNER;

    constructor(address signer) {
        SIGNER = signer;
    }

    function allow(address token) external {
        Pay.allow(token, address(PERMIT2), type(uint256).max);
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (bytes32 r, bytes32 s, uint8 v) = abi.decode(signature, (bytes32, bytes32, uint8));
        return ecrecover(digest, v, r, s) == SIGNER ? this.isValidSignature.selector : bytes4(0);
    }
}
