//! Symbiotic: its vault, compiled from the published source.

use alloy_primitives::{Address, U256, aliases::U48};
use alloy_sol_types::{SolCall, SolValue, sol};
use tenor_solver::venues::{RateRule, Swap, Venue};

use super::{
    ALICE, BOB, OWNER,
    deployed::{opened, proxied},
    lab::Lab,
    packages,
    tally::{Tally, amount_near},
};
use crate::world::rng::Rng;

sol! {
    struct InitParams {
        address collateral;
        address burner;
        uint48 epochDuration;
        bool depositWhitelist;
        bool isDepositLimit;
        uint256 depositLimit;
        address defaultAdminRoleHolder;
        address depositWhitelistSetRoleHolder;
        address depositorWhitelistRoleHolder;
        address isDepositLimitSetRoleHolder;
        address depositLimitSetRoleHolder;
    }

    function initialize(uint64 initialVersion, address owner, bytes data) external;
    function activeSharesOf(address account) external view returns (uint256);
    function deposit(address onBehalfOf, uint256 amount) external returns (uint256, uint256);
    function redeem(address claimer, uint256 shares) external returns (uint256, uint256);
    function claim(address recipient, uint256 epoch) external returns (uint256);
    function currentEpoch() external view returns (uint256);
    function setDepositWhitelist(bool status) external;
}

const EPOCH_S: u64 = 604_800;

/// A vault of a token that anybody may mint.
#[derive(Debug, Clone)]
struct Market {
    lab: Lab,
    token: Address,
    vault: Address,
}

impl Market {
    fn new(limit: Option<U256>) -> Self {
        let mut lab = Lab::new();
        let token = lab.token(18);
        let init = InitParams {
            collateral: token,
            burner: OWNER,
            epochDuration: U48::from(EPOCH_S),
            depositWhitelist: false,
            isDepositLimit: limit.is_some(),
            depositLimit: limit.unwrap_or_default(),
            defaultAdminRoleHolder: OWNER,
            depositWhitelistSetRoleHolder: OWNER,
            depositorWhitelistRoleHolder: OWNER,
            isDepositLimitSetRoleHolder: OWNER,
            depositLimitSetRoleHolder: OWNER,
        };
        let data = init.abi_encode().into();
        let call = initializeCall { initialVersion: 1, owner: OWNER, data };
        let code = packages::compiled("SymbioticVault");
        let vault = proxied(&mut lab, &code, &[], call.abi_encode());
        for account in [ALICE, BOB] {
            lab.mint(token, account, U256::ONE << 120);
            lab.allow(token, account, vault);
        }
        Self { lab, token, vault }
    }

    fn venue(&self) -> Box<dyn Venue> {
        opened(&self.lab, "symbiotic", &[("vault", self.vault)])
    }

    fn shares(&mut self, account: Address) -> U256 {
        self.lab.view(self.vault, &activeSharesOfCall { account })
    }

    /// Somebody else deposits or redeems, or time goes on.
    fn change(&mut self, rng: &mut Rng) {
        let vault = self.vault;
        match rng.below(3) {
            0 => {
                let call = depositCall { onBehalfOf: BOB, amount: rng.bits(1, 80) };
                let _beyond = self.lab.send(BOB, vault, &call);
            }
            1 => {
                let shares = self.shares(BOB);
                if !shares.is_zero() {
                    let (claimer, shares) = (BOB, rng.upto(shares));
                    let _dust = self.lab.send(BOB, vault, &redeemCall { claimer, shares });
                }
            }
            _ => self.lab.warp(rng.below(2 * EPOCH_S) + 1),
        }
    }

    /// Redeems all shares of Alice; what the vault pays for them at the end of the next epoch.
    fn leave(&mut self, wait_s: u64) -> U256 {
        let (vault, shares) = (self.vault, self.shares(ALICE));
        let epoch = self.lab.view(vault, &currentEpochCall {}) + U256::ONE;
        let before = self.lab.balance(self.token, ALICE);
        self.lab.must(ALICE, vault, &redeemCall { claimer: ALICE, shares });
        self.lab.warp(wait_s - 1);
        let early = self.lab.send(ALICE, vault, &claimCall { recipient: ALICE, epoch });
        assert!(early.is_err(), "claimed before {wait_s} s");
        self.lab.warp(1);
        self.lab.must(ALICE, vault, &claimCall { recipient: ALICE, epoch });
        self.lab.balance(self.token, ALICE) - before
    }
}

/// Deposits, and now and then a withdrawal to its end: what is paid, and when, is what the exit says.
#[test]
fn symbiotics_vaults_agree() {
    let (mut tally, mut rng) = Tally::new("Symbiotic vault", &["@symbioticfi/core"]);
    let blanks = [Market::new(None), Market::new(Some(U256::ONE << 81))];
    while tally.wants_more() {
        let mut market = blanks[usize::try_from(rng.below(2)).unwrap()].clone();
        for _ in 0..rng.below(4) {
            market.change(&mut rng);
        }
        let mut venue = market.venue();
        for _ in 0..6 {
            if rng.chance(4) {
                market.change(&mut rng);
                venue = market.venue();
            }
            let swap = Swap { from: 0, to: 1, amount: amount_near(&*venue, &mut rng) };
            let vault = market.vault;
            let shares = |lab: &mut Lab| lab.view(vault, &activeSharesOfCall { account: ALICE });
            let _ = tally.deposit(&mut market.lab, &mut *venue, swap, shares);
        }
        let exit = market.venue().exits(1).remove(0);
        assert_eq!(exit.rule, RateRule::SlashableInQueue);
        let (shares, wait_s) = (market.shares(ALICE), exit.expected_wait.seconds().unwrap());
        let paid = exit.pays(shares).unwrap();
        if !paid.is_zero() && rng.chance(3) {
            tally.same("a withdrawal", paid, market.leave(wait_s), (shares, wait_s));
        }
    }
    tally.report();
}

#[test]
fn a_vault_for_listed_accounts_is_not_open_to_all() {
    let mut market = Market::new(None);
    market.lab.must(OWNER, market.vault, &setDepositWhitelistCall { status: true });
    let swap = Swap { from: 0, to: 1, amount: U256::from(1_000) };
    assert!(market.venue().quote(swap).is_err());
    let call = depositCall { onBehalfOf: ALICE, amount: swap.amount };
    assert!(market.lab.send(ALICE, market.vault, &call).is_err());
}
