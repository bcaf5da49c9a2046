// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

interface IErc20 {
    function balanceOf(address account) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
    function approve(address spender, uint256 amount) external returns (bool);
    function allowance(address owner, address spender) external view returns (uint256);
}

interface IWeth is IErc20 {
    function deposit() external payable;
    function withdraw(uint256 amount) external;
}

/// @notice Token and ether transfers that accept tokens without a result (USDT) and pass a token's
/// own revert reason on.
library Pay {
    function send(address token, address to, uint256 amount) internal {
        _call(token, abi.encodeCall(IErc20.transfer, (to, amount)));
    }

    function pull(address token, address from, address to, uint256 amount) internal {
        _call(token, abi.encodeCall(IErc20.transferFrom, (from, to, amount)));
    }

    function allow(address token, address spender, uint256 amount) internal {
        _call(token, abi.encodeCall(IErc20.approve, (spender, amount)));
    }

    /// @dev Takes an allowance back, where one is left: some tokens refuse to set zero again.
    function forbid(address token, address spender) internal {
        if (IErc20(token).allowance(address(this), spender) != 0) allow(token, spender, 0);
    }

    function sendEther(address to, uint256 amount) internal {
        (bool ok,) = to.call{value: amount}("");
        require(ok, "ETH transfer failed");
    }

    function balance(address token) internal view returns (uint256) {
        return IErc20(token).balanceOf(address(this));
    }

    function _call(address token, bytes memory data) private {
        (bool ok, bytes memory result) = token.call(data);
        if (!ok) {
            assembly {
                revert(add(result, 32), mload(result))
            }
        }
        require(result.length == 0 ? token.code.length != 0 : abi.decode(result, (bool)), "TRANSFER_FAILED");
    }
}
