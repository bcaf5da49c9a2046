// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice A rebasing token: accounts hold shares, balances are the shares' worth rounded down.
/// @dev Slots 0 to 2: totalShares, shares, allowances. Amounts become shares rounded down, so a
/// transfer may move one wei less than asked.
abstract contract SharesToken {
    uint256 public totalShares;
    mapping(address account => uint256) public shares;
    mapping(address owner => mapping(address spender => uint256)) internal allowances;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event TransferShares(address indexed from, address indexed to, uint256 sharesValue);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    function decimals() external pure returns (uint8) {
        return 18;
    }

    function totalSupply() external view returns (uint256) {
        return _pooled();
    }

    function balanceOf(address account) public view returns (uint256) {
        return _amountFor(shares[account]);
    }

    function allowance(address owner, address spender) external view returns (uint256) {
        return allowances[owner][spender];
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _moveShares(msg.sender, to, _sharesFor(amount), amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _spend(from, amount);
        _moveShares(from, to, _sharesFor(amount), amount);
        return true;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowances[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function _moveShares(address from, address to, uint256 count, uint256 amount) internal {
        uint256 held = shares[from];
        require(held >= count, _reasonBalance());
        unchecked {
            shares[from] = held - count;
            shares[to] += count;
        }
        emit Transfer(from, to, amount);
        emit TransferShares(from, to, count);
    }

    function _mintShares(address to, uint256 count) internal {
        totalShares += count;
        unchecked {
            shares[to] += count;
        }
    }

    function _pooled() internal view virtual returns (uint256);

    function _sharesFor(uint256 amount) internal view virtual returns (uint256);

    function _amountFor(uint256 count) internal view virtual returns (uint256);

    function _spend(address owner, uint256 amount) internal virtual;

    function _reasonBalance() internal pure virtual returns (string memory);
}
