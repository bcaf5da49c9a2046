//! Contracts that issue a token for an asset.

use alloy_primitives::U256;
use alloy_sol_types::SolValue;
use tenor_solver::{
    amount::WAD,
    venues::{Bound, Capacity, QuoteError, RateRule, Swap},
};

use super::{Address, Told, at, out, refusal, selector, u};

const FRAX: [(&str, Address); 3] = [("minter", at(1)), ("frxeth", at(2)), ("queue", at(3))];

fn frax() -> Told {
    Told::default()
        .says(at(1), "frxETHToken()", &at(2))
        .says(at(1), "submitPaused()", &false)
        .says(at(2), "minters(address)", &true)
        .says_all(
            at(3),
            "redemptionQueueState()",
            (7u64, 1_296_000u64, 2_000u64, 5u64).abi_encode(),
        )
        .says_all(at(3), "redemptionQueueAccounting()", (u(40), u(2)).abi_encode())
        .holds(at(3), u(100))
}

#[test]
fn frax_is_opened_with_its_queue() {
    let venue = frax().open("frax_minter", &FRAX).unwrap();
    assert_eq!(out(&*venue, 0, 1, WAD), WAD);
    let [exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(exit.rule, RateRule::FixedAtRequest);
    assert_eq!((exit.least_wait.seconds(), exit.pays(u(1_000))), (Some(1_296_000), Some(u(998))));
    // 100 held, 40 owed.
    assert!(matches!(exit.capacity, Capacity::Limited { amount, .. } if amount == u(60)));
    let paused = frax().without("submitPaused()").says(at(1), "submitPaused()", &true);
    let paused = paused.open("frax_minter", &FRAX).unwrap();
    assert!(matches!(refusal(&*paused, 0, 1), QuoteError::Paused(_)));
    let other = frax().without("minters(address)").says(at(2), "minters(address)", &false);
    let other = other.open("frax_minter", &FRAX).unwrap();
    assert!(matches!(refusal(&*other, 0, 1), QuoteError::Paused(_)));
    let silent = frax().without("redemptionQueueState()").open("frax_minter", &FRAX).unwrap();
    assert!(!silent.exits(1)[0].unknowns().is_empty());
}

/// The queue of 2024: what it holds, what its router draws on, and what stands before a new ticket.
#[test]
fn frax_is_opened_with_both_queues() {
    let roles = [&FRAX[..], &[("queue_v2", at(4))]].concat();
    let second = (9u64, 864_000u64, 1_000u64, u(700), u(500)).abi_encode();
    let drawn = (false, at(6), u(1), u(2), u(333), u(4), u(5)).abi_encode();
    let told = || {
        frax()
            .says_all(at(4), "redemptionQueueState()", second.clone())
            .says(at(4), "MAX_FRXETH_PER_NFT()", &(WAD * u(1_000)))
            .says(at(4), "etherRouter()", &at(5))
            .says_all(at(5), "getConsolidatedEthFrxEthBalanceView(bool)", drawn.clone())
            .holds(at(4), u(20))
    };
    let venue = told().open("frax_minter", &roles).unwrap();
    let [first, exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(first.least_wait.seconds(), Some(1_296_000));
    assert_eq!((exit.rule, exit.name), (RateRule::FixedAtRequest, "Frax redemption queue V2"));
    assert_eq!((exit.least_wait.seconds(), exit.pays(u(1_000))), (Some(864_000), Some(u(999))));
    assert_eq!(exit.most, Bound::At(WAD * u(1_000)));
    // 500 served, 20 held and 333 to draw on; 700 asked for before.
    assert!(matches!(exit.capacity, Capacity::Limited { amount, .. } if amount == u(153)));
    assert!(exit.unknowns().is_empty());
    let dry = told().without("getConsolidatedEthFrxEthBalanceView(bool)");
    let dry = dry.open("frax_minter", &roles).unwrap();
    assert!(!dry.exits(1)[1].unknowns().is_empty());
}

const STADER: [(&str, Address); 2] = [("ethx", at(1)), ("config", at(2))];

fn stader() -> Told {
    let (oracle, manager, withdrawals) = (at(3), at(4), at(5));
    Told::default()
        .says(at(2), "getETHxToken()", &at(1))
        .says(at(2), "getStaderOracle()", &oracle)
        .says(at(2), "getStakePoolManager()", &manager)
        .says(at(2), "getUserWithdrawManager()", &withdrawals)
        .says_all(oracle, "getExchangeRate()", (u(9), u(2_100), u(2_000)).abi_encode())
        .says(manager, "isVaultHealthy()", &true)
        .says(manager, "minDeposit()", &u(10))
        .says(manager, "maxDeposit()", &u(1_000))
        .says(at(2), "getMinWithdrawAmount()", &u(21))
        .says(at(2), "getMaxWithdrawAmount()", &u(210))
        .says(at(2), "getMinBlockDelayToFinalizeWithdrawRequest()", &u(600))
        .says(withdrawals, "ethRequestedForWithdraw()", &u(50))
        .holds(manager, u(155))
}

#[test]
fn stader_is_opened_with_its_bounds() {
    let venue = stader().open("stader", &STADER).unwrap();
    assert_eq!(out(&*venue, 0, 1, u(105)), u(100));
    for amount in [9, 1_001] {
        assert!(venue.quote(Swap { from: 0, to: 1, amount: u(amount) }).is_err(), "{amount}");
    }
    let [exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(exit.least_wait.seconds(), Some(7_200));
    assert_eq!(exit.least, Bound::At(u(20)));
    assert_eq!(exit.most, Bound::At(u(200)));
    // 155 held, 50 owed: 105 wei, 100 shares.
    assert!(matches!(exit.capacity, Capacity::Limited { amount, .. } if amount == u(100)));
    let sick = stader().without("isVaultHealthy()").says(at(4), "isVaultHealthy()", &false);
    let sick = sick.open("stader", &STADER).unwrap();
    assert!(matches!(refusal(&*sick, 0, 1), QuoteError::Paused(_)));
    let empty = (u(9), u(0), u(2_000)).abi_encode();
    let empty = stader().without("getExchangeRate()").says_all(at(3), "getExchangeRate()", empty);
    assert!(empty.open("stader", &STADER).is_err());
}

const RENZO: [(&str, Address); 3] = [("manager", at(1)), ("ezeth", at(2)), ("instant", at(3))];

fn renzo(divides_once: bool) -> Told {
    let (oracle, deposits, queue, risk) = (at(4), at(5), at(6), at(7));
    let (value, supply) = (WAD * u(300_007), WAD * u(290_003));
    let empty: Vec<Vec<U256>> = Vec::new();
    let tvls = (empty, Vec::<U256>::new(), value).abi_encode_params();
    let mut told = Told::default()
        .says(at(1), "ezETH()", &at(2))
        .says_all(at(1), "calculateTVLs()", tvls)
        .says(at(1), "paused()", &false)
        .says(at(1), "renzoOracle()", &oracle)
        .says(at(1), "depositQueue()", &deposits)
        .says(deposits, "withdrawQueue()", &queue)
        .says(at(2), "totalSupply()", &supply)
        .says(queue, "coolDownPeriod()", &u(100_000))
        .says(queue, "getAvailableToWithdraw(address)", &(WAD * u(900)))
        .says(queue, "withdrawalBufferTarget(address)", &(WAD * u(1_000)))
        .says(queue, "whitelisted(address)", &true)
        .says(queue, "riskOracleMiddleware()", &risk)
        .says(risk, "withdrawCooldownPeriod()", &u(259_200))
        .says(risk, "instantWithdrawPaused()", &false)
        .says(at(3), "allowedBufferDrawdownBps()", &u(2_000))
        .says(at(3), "minFeeBps()", &u(5))
        .says(at(3), "maxFeeBps()", &u(50));
    for probe in [7u64, 1_000_000_007, 999_999_999_999_999_989] {
        let added = u(probe) * u(1_000_000_007);
        let mut minted = supply * added / value;
        if !divides_once {
            minted -= U256::ONE;
        }
        let data = (value, added, supply).abi_encode();
        let start = [selector("calculateMintAmount(uint256,uint256,uint256)"), data].concat();
        told.calls.push((oracle, start, minted.abi_encode()));
    }
    told
}

#[test]
fn renzo_is_opened_where_its_oracle_has_the_formula() {
    let venue = renzo(true).open("renzo", &RENZO).unwrap();
    assert_eq!(out(&*venue, 0, 1, WAD), WAD * u(290_003) / u(300_007));
    // The buffer pays down to 200 of 1,000 ETH: 700 at the highest fee but what rounds.
    let Capacity::Limited { amount, .. } = venue.capacity(1, 0) else { panic!() };
    let paid = out(&*venue, 1, 0, amount);
    let taken = WAD * u(700);
    assert!(
        paid <= taken - taken * u(50) / u(10_000) + U256::ONE && paid >= taken / u(100) * u(99)
    );
    let [exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(exit.expected_wait.seconds(), Some(259_200), "the longer of the two");
    assert!(renzo(false).open("renzo", &RENZO).is_err());
    let stopped = renzo(true).without("whitelisted(address)").open("renzo", &RENZO).unwrap();
    assert!(matches!(refusal(&*stopped, 1, 0), QuoteError::Unknown { .. }));
    let paused = renzo(true).without("paused()").says(at(1), "paused()", &true);
    let paused = paused.open("renzo", &RENZO).unwrap();
    assert!(matches!(refusal(&*paused, 0, 1), QuoteError::Paused(_)));
}

#[test]
fn dinero_is_opened_with_its_fees() {
    let roles = [("pirex", at(1)), ("pxeth", at(2))];
    let told = |paused: bool| {
        Told::default()
            .says(at(1), "pxEth()", &at(2))
            .says_of(at(1), "fees(uint8)", u(0), &100u32)
            .says_of(at(1), "fees(uint8)", u(1), &300u32)
            .says_of(at(1), "fees(uint8)", u(2), &5_000u32)
            .says(at(1), "buffer()", &WAD)
            .says(at(1), "maxBufferSizePct()", &u(50_000))
            .says(at(1), "paused()", &paused)
            .says(at(2), "totalSupply()", &(WAD * u(1_000)))
    };
    let venue = told(false).open("dinero", &roles).unwrap();
    assert_eq!(out(&*venue, 0, 1, u(10_000)), u(9_999));
    assert_eq!(out(&*venue, 1, 0, u(10_000)), u(9_950));
    assert_eq!(venue.exits(1)[0].pays(u(10_000)), Some(u(9_997)));
    let paused = told(true).open("dinero", &roles).unwrap();
    assert!(matches!(refusal(&*paused, 0, 1), QuoteError::Paused(_)));
    assert!(matches!(refusal(&*paused, 1, 0), QuoteError::Paused(_)));
}

#[test]
fn origin_is_opened_with_what_its_queue_can_pay() {
    let roles = [("vault", at(1)), ("oeth", at(2)), ("weth", at(3))];
    let told = Told::default()
        .says(at(2), "vaultAddress()", &at(1))
        .says(at(1), "capitalPaused()", &false)
        .says(at(1), "withdrawalClaimDelay()", &u(600))
        .says_all(at(1), "withdrawalQueueMetadata()", (u(1_000), u(900), u(800), u(3)).abi_encode())
        .says(at(3), "balanceOf(address)", &u(500));
    let venue = told.open("origin", &roles).unwrap();
    assert_eq!(out(&*venue, 0, 1, WAD), WAD);
    let [exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(exit.rule, RateRule::FixedAtRequest);
    assert_eq!(exit.expected_wait.seconds(), Some(600));
    // 500 held, 200 of them owed to requests in line.
    assert!(matches!(exit.capacity, Capacity::Limited { amount, .. } if amount == u(300)));
    let paused = told.clone().without("capitalPaused()").says(at(1), "capitalPaused()", &true);
    assert!(matches!(
        refusal(&*paused.open("origin", &roles).unwrap(), 0, 1),
        QuoteError::Paused(_)
    ));
    let none = told.without("withdrawalClaimDelay()").says(at(1), "withdrawalClaimDelay()", &u(0));
    assert!(none.open("origin", &roles).unwrap().exits(1).is_empty());
}

#[test]
fn wrapped_oeth_is_opened_where_it_converts_as_oeth_rebases() {
    let e27 = U256::from(10).pow(u(27));
    let (per_token, adjuster) = (e27 * u(9) / u(10), e27);
    let told = |shares: U256| {
        Told::default()
            .says(at(1), "asset()", &at(2))
            .says(at(1), "adjuster()", &adjuster)
            .says(at(2), "rebasingCreditsPerTokenHighres()", &per_token)
            .says(at(1), "convertToShares(uint256)", &shares)
            .says(at(1), "convertToAssets(uint256)", &(WAD * adjuster / per_token))
            .says(at(1), "totalSupply()", &WAD)
    };
    let shares = WAD * per_token / adjuster;
    let venue = told(shares).open("woeth", &[("vault", at(1))]).unwrap();
    assert_eq!(out(&*venue, 0, 1, WAD), shares);
    assert!(told(shares + U256::ONE).open("woeth", &[("vault", at(1))]).is_err());
}

#[test]
fn oseth_is_valued_by_its_rate_and_not_minted() {
    let roles = [("token", at(1)), ("controller", at(2))];
    let told = |rate: U256| {
        Told::default()
            .says(at(2), "totalAssets()", &(WAD * u(107)))
            .says(at(2), "totalShares()", &(WAD * u(100)))
            .says(at(2), "convertToAssets(uint256)", &rate)
    };
    let rate = WAD * u(107) / u(100);
    let venue = told(rate).open("stakewise", &roles).unwrap();
    let backing = venue.redemption(1).unwrap();
    assert_eq!(backing.amount * u(100), backing.units * u(107));
    let refused = refusal(&*venue, 0, 1).to_string();
    assert!(refused.contains("lent") && refused.contains("bought"), "{refused}");
    assert!(told(rate + U256::ONE).open("stakewise", &roles).is_err());
}
