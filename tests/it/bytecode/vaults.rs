//! ERC-4626 vaults: OpenZeppelin's with its virtual shares, and solmate's; and a token's rate, read of one.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{Capacity, Erc4626, Erc4626Figures, Place, QuoteError, Swap, VenueId},
};

use super::{ALICE, BOB, lab::Lab, packages, tally::Tally};
use crate::world::rng::Rng;

sol! {
    function deposit(uint256 assets, address receiver) external returns (uint256);
    function totalSupply() external view returns (uint256);
    function totalAssets() external view returns (uint256);
    function previewDeposit(uint256 assets) external view returns (uint256);
    function previewRedeem(uint256 shares) external view returns (uint256);
}

const ASSET: usize = 0;
const SHARE: usize = 1;

/// A vault whose asset anybody may give it.
#[derive(Debug, Clone)]
struct Vault {
    lab: Lab,
    asset: Address,
    vault: Address,
    virtual_shares: U256,
}

impl Vault {
    /// A new vault: of OpenZeppelin's with that many virtual places, or else solmate's.
    fn new(offset: Option<u8>) -> Self {
        let mut lab = Lab::new();
        let asset = lab.token(18);
        let vault = match offset {
            Some(offset) => {
                let code = packages::compiled("OpenZeppelinVault");
                lab.deploy(&code, &(asset, U256::from(offset)).abi_encode_params())
            }
            None => lab.deploy(&packages::compiled("SolmateRewardlessVault"), &asset.abi_encode()),
        };
        for account in [ALICE, BOB] {
            lab.mint(asset, account, U256::ONE << 200);
            lab.allow(asset, account, vault);
        }
        let virtual_shares =
            offset.map_or(U256::ZERO, |offset| U256::from(10).pow(U256::from(offset)));
        Self { lab, asset, vault, virtual_shares }
    }

    fn venue(&mut self) -> Erc4626 {
        let figures = Erc4626Figures {
            asset: self.asset,
            vault: self.vault,
            takes_eth: false,
            stored_assets: self.lab.view(self.vault, &totalAssetsCall {}),
            total_supply: self.lab.view(self.vault, &totalSupplyCall {}),
            virtual_shares: self.virtual_shares,
            cycle: None,
            timestamp: self.lab.now(),
            deposit_limit: Capacity::Unlimited,
            redeem_limit: Some(Capacity::Unlimited),
        };
        Erc4626::new(VenueId::new("vault"), figures)
    }

    /// Somebody else deposits, or the vault earns.
    fn change(&mut self, rng: &mut Rng) {
        let assets = rng.bits(1, 90);
        if rng.chance(2) {
            self.lab.transfer(self.asset, BOB, self.vault, assets);
        } else {
            let _dust = self.lab.send(BOB, self.vault, &depositCall { assets, receiver: BOB });
        }
    }

    /// Deposits of any size, and redemptions up to all that Alice has.
    fn random_swap(&mut self, rng: &mut Rng) -> Swap {
        let shares = self.lab.balance(self.vault, ALICE);
        if shares.is_zero() || rng.chance(2) {
            return Swap { from: ASSET, to: SHARE, amount: rng.bits(1, 90) };
        }
        let amount = if rng.chance(5) { shares } else { rng.upto(shares) };
        Swap { from: SHARE, to: ASSET, amount }
    }

    /// What the vault says that the swap would return; `None` where it cannot say.
    fn preview(&mut self, swap: Swap) -> Option<U256> {
        let Self { lab, vault, .. } = self;
        let amount = swap.amount;
        if swap.from == ASSET {
            lab.ask(ALICE, *vault, &previewDepositCall { assets: amount }).ok()
        } else {
            lab.ask(ALICE, *vault, &previewRedeemCall { shares: amount }).ok()
        }
    }
}

fn compare(kind: &'static str, packages: &[&str], offsets: &[Option<u8>]) {
    let (mut tally, mut rng) = Tally::new(kind, packages);
    let blanks: Vec<_> = offsets.iter().map(|offset| Vault::new(*offset)).collect();
    while tally.wants_more() {
        let blank = usize::try_from(rng.below(blanks.len() as u64)).unwrap();
        let mut market = blanks[blank].clone();
        for _ in 0..rng.below(4) {
            market.change(&mut rng);
        }
        let mut venue = market.venue();
        for _ in 0..8 {
            if rng.chance(5) {
                market.change(&mut rng);
                venue = market.venue();
                continue;
            }
            let swap = market.random_swap(&mut rng);
            let preview = market.preview(swap);
            if let Ok(quote) = tally.trade(&mut market.lab, &mut venue, swap) {
                tally.same("the preview", quote.out, preview.unwrap(), (&venue, swap));
            }
        }
    }
    tally.report();
}

#[test]
fn openzeppelins_vaults_agree() {
    let offsets = [Some(0), Some(3), Some(18)];
    compare("ERC-4626, OpenZeppelin", &["@openzeppelin/contracts"], &offsets);
}

#[test]
fn solmates_vaults_agree() {
    compare("ERC-4626, solmate", &["solmate"], &[None]);
}

/// A rate that is read of a vault is its totals' ratio, rounded down: what the token is valued by. In
/// each state nothing is traded at it.
#[test]
fn a_rate_that_is_read_agrees() {
    let (mut tally, mut rng) = Tally::new("a rate that is read", &["@openzeppelin/contracts"]);
    let blank = Vault::new(Some(0));
    while tally.wants_more() {
        let mut market = blank.clone();
        for _ in 0..1 + rng.below(4) {
            market.change(&mut rng);
        }
        let roles = ["token", "provider"].map(|role| (role.to_owned(), market.vault));
        let place = Place {
            id: VenueId::new("rate"),
            kind: "reference_rate".into(),
            contracts: roles.into(),
            constants: Default::default(),
            code: Default::default(),
        };
        let assets = market.lab.view(market.vault, &totalAssetsCall {});
        let supply = market.lab.view(market.vault, &totalSupplyCall {});
        let rate = WAD * (assets + U256::ONE) / (supply + U256::ONE);
        let Ok(opened) = market.lab.open(&place) else {
            // In another unit than ether, or nothing: more than a thousand, or less than a wei.
            let sensible = U256::ONE..=WAD * U256::from(1_000);
            tally.equal("a rate", sensible.contains(&rate), false, (assets, supply));
            tally.refused();
            continue;
        };
        let backing = opened.venue.redemption(1).unwrap();
        tally.equal("whole shares", backing.units, WAD, (assets, supply));
        tally.same("the rate", backing.amount, rate, (assets, supply));
        let refused = opened.venue.quote(Swap { from: ASSET, to: SHARE, amount: WAD });
        assert!(matches!(refused, Err(QuoteError::NotTraded { .. })), "{refused:?}");
        tally.traded();
    }
    tally.report();
}
