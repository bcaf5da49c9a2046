//! ether.fi, Puffer and Kelp.

use alloy_primitives::U256;
use alloy_sol_types::{SolValue, sol};
use tenor_solver::{
    amount::WAD,
    venues::{Bound, Capacity, NATIVE, QuoteError, RateRule, Swap},
};

use super::{Address, NOW, Told, at, out, refusal, u};

sol! {
    struct Limit { uint64 capacity; uint64 remaining; uint64 lastRefill; uint64 refillRate; }
    struct Info { Limit limit; uint16 treasury; uint16 fee; uint16 watermark; }
}

const ETHER_FI: [(&str, Address); 3] = [("pool", at(1)), ("eeth", at(2)), ("weeth", at(3))];

fn etherfi() -> Told {
    let (manager, limiter) = (at(4), at(5));
    let limit = Limit {
        capacity: 2_000_000_000,
        remaining: 1_000_000_000,
        lastRefill: NOW - 10,
        refillRate: 1_000_000,
    };
    let info = Info { limit, treasury: 1_000, fee: 30, watermark: 100 };
    Told::default()
        .says(at(1), "eETH()", &at(2))
        .says(at(3), "eETH()", &at(2))
        .says(at(1), "getTotalPooledEther()", &(WAD * u(2_100_000)))
        .says(at(2), "totalShares()", &(WAD * u(2_000_000)))
        .says(at(1), "paused()", &false)
        .says(at(4), "paused()", &false)
        .says(at(1), "etherFiRedemptionManager()", &manager)
        .says_all(manager, "tokenToRedemptionInfo(address)", info.abi_encode())
        .says(at(1), "totalValueInLp()", &(WAD * u(30_000)))
        .says(at(2), "rateLimiter()", &limiter)
        .says(limiter, "consumable(bytes32)", &5_000_000_000_000u64)
        .says(at(1), "minWithdrawAmount()", &(WAD / u(100)))
        .says(at(1), "maxWithdrawAmount()", &(WAD * u(1_000)))
}

#[test]
fn ether_fi_is_opened_with_its_redemptions() {
    let venue = etherfi().open("etherfi", &ETHER_FI).unwrap();
    // The bucket: 1e9 units and ten seconds of refill, of 1e12 wei each.
    let Capacity::Limited { amount, .. } = venue.capacity(1, 0) else { panic!() };
    assert_eq!(amount, u(1_010_000_000) * U256::from(10).pow(u(12)));
    assert_eq!(out(&*venue, 1, 0, WAD * u(21)), WAD * u(21) * u(9_970) / u(10_000));
    assert_eq!(out(&*venue, 2, 0, WAD * u(20)), WAD * u(21) * u(9_970) / u(10_000));
    let [exit] = venue.exits(2).try_into().unwrap();
    let Bound::At(most) = exit.most else { panic!("{:?}", exit.most) };
    let eeth = |weeth| out(&*venue, 2, 1, weeth);
    assert!(eeth(most) <= WAD * u(1_000) && eeth(most + U256::ONE) > WAD * u(1_000));
    // What may be minted limits deposits: 5,000 ETH in gwei.
    let Capacity::Limited { amount, .. } = venue.capacity(0, 1) else { panic!() };
    assert_eq!(amount, WAD * u(5_000));
    for contract in [at(1), at(2), at(4)] {
        let until = etherfi().says(contract, "pausedUntil()", &u(NOW + 1));
        let paused = until.open("etherfi", &ETHER_FI).unwrap();
        assert!(matches!(refusal(&*paused, 2, 0), QuoteError::Paused(_)), "{contract}");
        let before = etherfi().says(contract, "pausedUntil()", &u(NOW));
        assert!(
            before
                .open("etherfi", &ETHER_FI)
                .unwrap()
                .quote(Swap { from: 2, to: 0, amount: WAD })
                .is_ok()
        );
    }
    let old = etherfi().without("etherFiRedemptionManager()").open("etherfi", &ETHER_FI).unwrap();
    assert!(matches!(refusal(&*old, 2, 0), QuoteError::Unknown { .. }));
}

#[test]
fn puffer_is_opened_with_its_fees_and_buffer() {
    let roles = [("vault", at(1)), ("withdrawals", at(2))];
    let (weth, authority) = (at(3), at(4));
    let (assets, supply) = (WAD * u(1_050), WAD * u(1_000));
    let probe = U256::ONE << (252 - (assets.bit_len()));
    let minted = probe * (supply + U256::ONE) / (assets + U256::ONE);
    let told = |may: bool| {
        Told::default()
            .says(at(1), "asset()", &weth)
            .says(at(1), "maxDeposit(address)", &U256::MAX)
            .says(at(1), "totalAssets()", &assets)
            .says(at(1), "totalSupply()", &supply)
            .says(at(1), "previewDeposit(uint256)", &minted)
            .says(at(1), "getExitFeeBasisPoints()", &u(100))
            .says(at(1), "getTreasuryExitFeeBasisPoints()", &u(0))
            .says(at(1), "convertToAssets(uint256)", &(WAD * u(105) / u(100)))
            .says(at(1), "authority()", &authority)
            .says(at(2), "authority()", &authority)
            .says_all(authority, "canCall(address,address,bytes4)", (may, 0u32).abi_encode())
            .says(weth, "balanceOf(address)", &(WAD * u(9)))
            .says(at(2), "MIN_WITHDRAWAL_AMOUNT()", &(WAD / u(100)))
            .says(at(2), "getMaxWithdrawalAmount()", &(WAD * u(100)))
            .holds(at(1), WAD)
    };
    let venue = told(true).open("puffer", &roles).unwrap();
    // 10 of WETH and ether, of which one in a hundred stays.
    let Capacity::Limited { amount, .. } = venue.capacity(1, 0) else { panic!() };
    let most = out(&*venue, 1, 0, amount);
    assert!(most <= WAD * u(10) && WAD * u(10) - most < u(10), "{most}");
    let [exit] = venue.exits(1).try_into().unwrap();
    assert_eq!(
        (exit.rule, exit.pays(WAD)),
        (RateRule::MinRequestSettle, Some(WAD * u(105) / u(100)))
    );
    let closed = told(false).open("puffer", &roles).unwrap();
    for (from, to) in [(0, 1), (2, 1), (1, 0)] {
        assert!(matches!(refusal(&*closed, from, to), QuoteError::Limit { .. }), "{from} {to}");
    }
}

#[test]
fn rseth_is_denied_unless_its_place_allows_it() {
    let roles = [("rseth", at(1)), ("pool", at(2)), ("oracle", at(3))];
    let told = Told::default()
        .says(at(3), "rsETHPrice()", &(WAD * u(105) / u(100)))
        .says(at(2), "minAmountToDeposit()", &u(100))
        .says_of(
            at(2),
            "getAssetCurrentLimit(address)",
            U256::from_be_slice(NATIVE.as_slice()),
            &WAD,
        )
        .says(at(2), "paused()", &false);
    let denied = told.open("kelp", &roles).unwrap();
    assert!(matches!(refusal(&*denied, 0, 1), QuoteError::Unknown { .. }));
    assert!(denied.redemption(1).is_some(), "it is known, and valued");
}
