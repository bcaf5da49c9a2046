// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Erc20} from "./base/Erc20.sol";
import {IWeth, Pay} from "./base/Pay.sol";
import {Wide} from "./base/Wide.sol";
import {Lido} from "./Lido.sol";

/// @notice Stands for an ERC-4626 vault. Compatible: the standard's functions. Rounds against the
/// caller: deposit and redeem down, mint and withdraw up.
/// @dev `virtualUnit` is added to supply and assets in every conversion: 0 for the older form
/// (which refuses zero shares), 1 for OpenZeppelin's since 4.9. `maxTotalAssets` caps deposits; zero
/// means no cap.
contract Vault4626 is Erc20 {
    address public asset;
    uint256 internal storedTotalAssets;
    uint256 internal maxTotalAssets;
    uint256 internal virtualUnit;

    error ERC4626ExceededMaxDeposit(address receiver, uint256 assets, uint256 max);

    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(
        address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares
    );

    function deposit(uint256 assets, address receiver) public virtual returns (uint256 shares) {
        _before();
        shares = previewDeposit(assets);
        require(shares != 0 || virtualUnit != 0, "ZERO_SHARES");
        _issue(receiver, assets, shares);
        Pay.pull(asset, msg.sender, address(this), assets);
    }

    function mint(uint256 shares, address receiver) public virtual returns (uint256 assets) {
        _before();
        assets = previewMint(shares);
        _issue(receiver, assets, shares);
        Pay.pull(asset, msg.sender, address(this), assets);
    }

    function withdraw(uint256 assets, address receiver, address owner) public virtual returns (uint256 shares) {
        _before();
        shares = previewWithdraw(assets);
        _redeem(receiver, owner, assets, shares);
    }

    function redeem(uint256 shares, address receiver, address owner) public virtual returns (uint256 assets) {
        _before();
        assets = previewRedeem(shares);
        require(assets != 0 || virtualUnit != 0, "ZERO_ASSETS");
        _redeem(receiver, owner, assets, shares);
    }

    function totalAssets() public view virtual returns (uint256) {
        return storedTotalAssets;
    }

    function convertToShares(uint256 assets) public view returns (uint256) {
        uint256 total = supply + virtualUnit;
        return total == 0 ? assets : Wide.mulDiv(assets, total, totalAssets() + virtualUnit);
    }

    function convertToAssets(uint256 shares) public view returns (uint256) {
        uint256 total = supply + virtualUnit;
        return total == 0 ? shares : Wide.mulDiv(shares, totalAssets() + virtualUnit, total);
    }

    function previewDeposit(uint256 assets) public view returns (uint256) {
        return convertToShares(assets);
    }

    function previewMint(uint256 shares) public view returns (uint256) {
        uint256 total = supply + virtualUnit;
        return total == 0 ? shares : Wide.mulDivUp(shares, totalAssets() + virtualUnit, total);
    }

    function previewWithdraw(uint256 assets) public view virtual returns (uint256) {
        uint256 total = supply + virtualUnit;
        return total == 0 ? assets : Wide.mulDivUp(assets, total, totalAssets() + virtualUnit);
    }

    function previewRedeem(uint256 shares) public view virtual returns (uint256) {
        return convertToAssets(shares);
    }

    function maxDeposit(address) public view returns (uint256) {
        if (maxTotalAssets == 0) return type(uint256).max;
        uint256 held = totalAssets();
        return held < maxTotalAssets ? maxTotalAssets - held : 0;
    }

    function maxMint(address receiver) external view returns (uint256) {
        uint256 assets = maxDeposit(receiver);
        return assets == type(uint256).max ? assets : convertToShares(assets);
    }

    function maxWithdraw(address owner) external view returns (uint256) {
        return previewRedeem(balances[owner]);
    }

    function maxRedeem(address owner) external view returns (uint256) {
        return balances[owner];
    }

    /// @dev Runs before every deposit and redemption.
    function _before() internal virtual {}

    function _issue(address receiver, uint256 assets, uint256 shares) internal {
        uint256 max = maxDeposit(receiver);
        if (assets > max) revert ERC4626ExceededMaxDeposit(receiver, assets, max);
        storedTotalAssets += assets;
        _mint(receiver, shares);
        emit Deposit(msg.sender, receiver, assets, shares);
    }

    function _redeem(address receiver, address owner, uint256 assets, uint256 shares) internal {
        if (owner != msg.sender) _spend(owner, msg.sender, shares);
        storedTotalAssets -= assets;
        _burn(owner, shares);
        Pay.send(asset, receiver, assets);
        emit Withdraw(msg.sender, receiver, owner, assets, shares);
    }
}

/// @notice Stands for sfrxETH (an xERC4626 vault). Compatible: ERC-4626 and syncRewards. A cycle's
/// reward is released linearly, rounded down.
/// @dev The vault must hold its assets, or the sync at the end of a cycle fails.
contract RewardVault4626 is Vault4626 {
    uint256 public lastSync;
    uint256 public rewardsCycleEnd;
    uint256 public lastRewardAmount;

    uint256 public constant rewardsCycleLength = 604_800;

    error SyncError();

    event NewRewardsCycle(uint256 indexed cycleEnd, uint256 rewardAmount);

    function totalAssets() public view override returns (uint256) {
        if (block.timestamp >= rewardsCycleEnd) return storedTotalAssets + lastRewardAmount;
        return storedTotalAssets + lastRewardAmount * (block.timestamp - lastSync) / (rewardsCycleEnd - lastSync);
    }

    /// @notice Starts the next cycle with what has arrived since. It ends on a multiple of the
    /// length, but not within a twentieth of one.
    function syncRewards() public {
        if (block.timestamp < rewardsCycleEnd) revert SyncError();
        uint256 released = storedTotalAssets + lastRewardAmount;
        uint256 end = (block.timestamp / rewardsCycleLength + 1) * rewardsCycleLength;
        if (end - block.timestamp < rewardsCycleLength / 20) end += rewardsCycleLength;
        lastRewardAmount = Pay.balance(asset) - released;
        storedTotalAssets = released;
        lastSync = block.timestamp;
        rewardsCycleEnd = end;
        emit NewRewardsCycle(end, lastRewardAmount);
    }

    function _before() internal override {
        if (block.timestamp >= rewardsCycleEnd) syncRewards();
    }
}

/// @notice Stands for pufETH (PufferVaultV2). Compatible: ERC-4626 over WETH, depositETH,
/// depositStETH, exit fee, and no deposit and exit in one transaction. Rounds as its parent, which
/// is OpenZeppelin's form: set `virtualUnit` to 1. The fee rounds up.
/// @dev totalAssets is the stored figure and not a sum over the protocol's parts. Exits are paid
/// from the vault's WETH, then its ether.
contract PufferVault is Vault4626 {
    uint256 public getExitFeeBasisPoints;
    Lido internal stETH;

    bool private transient deposited;

    error DepositAndWithdrawalForbidden();

    receive() external payable {}

    function depositETH(address receiver) external payable returns (uint256 shares) {
        deposited = true;
        shares = previewDeposit(msg.value);
        _issue(receiver, msg.value, shares);
    }

    function depositStETH(uint256 stETHShares, address receiver) external returns (uint256 shares) {
        deposited = true;
        uint256 assets = stETH.getPooledEthByShares(stETHShares);
        shares = previewDeposit(assets);
        _issue(receiver, assets, shares);
        stETH.transferSharesFrom(msg.sender, address(this), stETHShares);
    }

    function deposit(uint256 assets, address receiver) public override returns (uint256) {
        deposited = true;
        return super.deposit(assets, receiver);
    }

    function mint(uint256 shares, address receiver) public override returns (uint256) {
        deposited = true;
        return super.mint(shares, receiver);
    }

    function withdraw(uint256 assets, address receiver, address owner) public override returns (uint256) {
        _beforeExit(assets);
        return super.withdraw(assets, receiver, owner);
    }

    function redeem(uint256 shares, address receiver, address owner) public override returns (uint256) {
        _beforeExit(previewRedeem(shares));
        return super.redeem(shares, receiver, owner);
    }

    function previewWithdraw(uint256 assets) public view override returns (uint256) {
        return super.previewWithdraw(assets + Wide.mulDivUp(assets, getExitFeeBasisPoints, 10_000));
    }

    function previewRedeem(uint256 shares) public view override returns (uint256) {
        uint256 assets = super.previewRedeem(shares);
        return assets - Wide.mulDivUp(assets, getExitFeeBasisPoints, getExitFeeBasisPoints + 10_000);
    }

    function _beforeExit(uint256 assets) private {
        if (deposited) revert DepositAndWithdrawalForbidden();
        uint256 held = Pay.balance(asset);
        if (held < assets) IWeth(asset).deposit{value: assets - held}();
    }
}
