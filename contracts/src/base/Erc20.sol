// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice The books of a fungible token, without its public transfer functions.
/// @dev Slots 0 to 3 of every token built on it: supply, decimals, balances, allowances.
abstract contract Ledger {
    uint256 internal supply;
    uint256 public decimals;
    mapping(address account => uint256) internal balances;
    mapping(address owner => mapping(address spender => uint256)) internal allowances;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function totalSupply() public view virtual returns (uint256) {
        return supply;
    }

    function balanceOf(address account) public view virtual returns (uint256) {
        return balances[account];
    }

    function allowance(address owner, address spender) public view returns (uint256) {
        return allowances[owner][spender];
    }

    function _move(address from, address to, uint256 amount) internal {
        uint256 held = balances[from];
        require(held >= amount, "ERC20: transfer amount exceeds balance");
        unchecked {
            balances[from] = held - amount;
            balances[to] += amount;
        }
        emit Transfer(from, to, amount);
    }

    function _mint(address to, uint256 amount) internal {
        supply += amount;
        unchecked {
            balances[to] += amount;
        }
        emit Transfer(address(0), to, amount);
    }

    function _burn(address from, uint256 amount) internal {
        uint256 held = balances[from];
        require(held >= amount, "ERC20: burn amount exceeds balance");
        unchecked {
            balances[from] = held - amount;
            supply -= amount;
        }
        emit Transfer(from, address(0), amount);
    }

    function _allow(address owner, address spender, uint256 amount) internal {
        allowances[owner][spender] = amount;
        emit Approval(owner, spender, amount);
    }

    /// @dev The largest allowance is unlimited: it is never reduced.
    function _spend(address owner, address spender, uint256 amount) internal {
        uint256 left = allowances[owner][spender];
        if (left == type(uint256).max) return;
        require(left >= amount, "ERC20: insufficient allowance");
        unchecked {
            allowances[owner][spender] = left - amount;
        }
    }
}

/// @notice A plain ERC-20: exact amounts, no fee, boolean results.
abstract contract Erc20 is Ledger {
    function transfer(address to, uint256 amount) public virtual returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) public virtual returns (bool) {
        _spend(from, msg.sender, amount);
        _move(from, to, amount);
        return true;
    }

    function approve(address spender, uint256 amount) public returns (bool) {
        _allow(msg.sender, spender, amount);
        return true;
    }
}
