//! What pools lend, read from the deployed contracts: the terms that loops are sized by.

use std::collections::{BTreeMap, HashMap};

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::{SolCall as _, SolValue as _, sol};
use tenor::market::{
    live::{Change, Head, Live},
    places::{Places, Row},
    snapshot,
};
use tenor_solver::{
    amount::WAD,
    leverage::{AaveTerms, MorphoTerms, Terms},
    market::TokenInfo,
    venues::{
        AdaptiveCurve, Answer, At, Chain, Place, Read, Rounding, Unread, VenueId, aave_terms,
        morpho_terms,
    },
};

use super::{
    OWNER,
    aave_origin::{self, setAssetCollateralInEModeCall},
    lab::Lab,
    loops::Bench,
    morpho,
    tally::Tally,
    twin_loans,
};
use crate::world::rng::Rng;

sol! {
    function getRate() external view returns (uint256);
    function rateAtTarget(bytes32 id) external view returns (int256);
    function getReserveData(address asset) external view returns (
        uint256 configuration, uint128 liquidityIndex, uint128 rate, uint128 borrowIndex,
        uint128 borrowRate, uint128 stableRate, uint40 last, uint16 id, address aToken
    );
}

/// What is made of a chain's answers, asked in rounds as a market is.
fn read<T>(
    at: At,
    mut answer: impl FnMut(&[Read]) -> Vec<Answer>,
    of: impl Fn(&Chain<'_>) -> Result<T, Unread>,
) -> (T, usize) {
    let mut known: HashMap<Read, Answer> = HashMap::new();
    for round in 0..12 {
        let chain = Chain::new(at, &known);
        match of(&chain) {
            Ok(read) => return (read, round),
            Err(Unread::Missing) => {}
            Err(error) => panic!("{error}"),
        }
        let mut reads = chain.into_notes().reads;
        reads.retain(|read| !known.contains_key(read));
        reads.sort();
        reads.dedup();
        let answers = answer(&reads);
        known.extend(reads.into_iter().zip(answers));
    }
    panic!("still asking after twelve rounds");
}

fn at(lab: &Lab) -> At {
    At { block: lab.block(), timestamp: lab.now() }
}

/// The terms of a bench, by the program's own reading.
fn of(bench: &mut Bench) -> Option<AaveTerms> {
    let (pool, collateral, loan) = (bench.pool, [bench.collateral], [bench.loan]);
    let lab = &mut bench.lab;
    let (mut all, rounds) = read(
        at(lab),
        |reads| lab.answer(reads),
        |chain| aave_terms(pool, &collateral, &loan, chain),
    );
    assert!(rounds <= 8, "{rounds}");
    let (collateral, loan, terms) = all.pop()?;
    assert!(all.is_empty() && [collateral] == [bench.collateral] && [loan] == [bench.loan]);
    Some(terms)
}

fn compare(bench: &mut Bench, tally: &mut Tally) {
    let Terms::Aave(expected) = bench.credit().terms else { panic!() };
    let found = of(bench);
    tally.equal("the terms", found.as_ref(), Some(&*expected), (bench.ltv_bps, bench.category));
    tally.traded();
    // Nobody lends the other way: the loan secures nothing.
    let mut turned = bench.clone();
    (turned.collateral, turned.loan) = (bench.loan, bench.collateral);
    assert_eq!(of(&mut turned), None);
}

/// The e-mode of both where there is one, else the collateral's own shares.
#[test]
fn aave_3_6_terms_are_read() {
    let (mut tally, mut rng) = Tally::new("Aave v3.6, terms read", &["@aave-dao/aave-v3-origin"]);
    let blank = aave_origin::Market::new();
    for _ in 0..40 {
        let mut bench = aave_origin::bench(&blank, &mut rng);
        if bench.category == 0 {
            let call =
                setAssetCollateralInEModeCall { asset: bench.collateral, id: 1, allowed: false };
            bench.lab.must(OWNER, blank.configurator, &call);
        }
        compare(&mut bench, &mut tally);
    }
}

/// Version 3.0, whose shape Spark has too.
#[test]
fn aave_3_0_terms_are_read() {
    let (mut tally, mut rng) = Tally::new("Aave v3.0, terms read", &["@aave/core-v3"]);
    let blank = super::aave::Market::new();
    for _ in 0..40 {
        let twin_loans::Pair { market, collateral, loan, shares, terms } =
            twin_loans::pair(&blank, &mut rng);
        let [_, _, ltv, threshold] = shares.map(u64::from);
        let super::aave::Terms { optimal, base, slope1, slope2, reserve_factor_bps, .. } = terms;
        let mut bench = Bench {
            pool: market.pool,
            oracle: market.oracle(),
            lab: market.lab,
            collateral,
            loan,
            rounding: Rounding::HalfUp,
            ltv_bps: ltv,
            threshold_bps: threshold,
            category: 1,
            curve: tenor_solver::venues::RateCurve {
                base,
                slope1,
                slope2,
                optimal,
                reserve_factor_bps,
            },
        };
        compare(&mut bench, &mut tally);
    }
}

fn row(id: &str, kind: &str, contracts: &[(&str, Address)]) -> Row {
    let contracts = contracts.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect();
    let place = Place {
        id: VenueId::new(id),
        kind: kind.into(),
        contracts,
        constants: BTreeMap::new(),
        code: BTreeMap::new(),
    };
    Row { place, protocol: "aave_v3".into(), source: "a test".into() }
}

/// Who tells what the collateral is worth.
const PROVIDER: Address = Address::repeat_byte(0x77);

fn places(bench: &mut Bench) -> Places {
    let (pool, collateral, loan) = (bench.pool, bench.collateral, bench.loan);
    let token =
        |symbol: &str, address| TokenInfo { address, symbol: symbol.to_owned(), decimals: 18 };
    let mut tokens = vec![token("WETH", loan), token("share", collateral)];
    for (symbol, asset) in [("aWETH", loan), ("ashare", collateral)] {
        let data = bench.lab.view(pool, &getReserveDataCall { asset });
        tokens.push(token(symbol, data.aToken));
    }
    let rows = vec![
        row("weth", "weth", &[("weth", loan)]),
        row("share", "reference_rate", &[("token", collateral), ("provider", PROVIDER)]),
        row("aave_v3:WETH", "aave_v3", &[("pool", pool), ("asset", loan)]),
        row("aave_v3:share", "aave_v3", &[("pool", pool), ("asset", collateral)]),
    ];
    Places { chain_id: 1, tokens, rows, code: vec![], listed: vec![] }
}

fn head(lab: &Lab) -> Head {
    let At { block, timestamp } = at(lab);
    Head { chain_id: 1, block, timestamp, base_fee: U256::ONE }
}

/// The lab's answers, and the provider's: a share is worth a tenth more than an ether.
fn answer(lab: &mut Lab, reads: &[Read]) -> Result<Vec<Answer>, ()> {
    let one = |read: &Read| match read {
        Read::Call { to, data } if *to == PROVIDER => {
            let rate = WAD + WAD / U256::from(10);
            let is_it = data.starts_with(&getRateCall::SELECTOR);
            if is_it { Answer::Returned(rate.abi_encode().into()) } else { Answer::Reverted }
        }
        read => lab.answer(std::slice::from_ref(read)).remove(0),
    };
    Ok(reads.iter().map(one).collect())
}

/// A market that is opened, followed, and written to a file lends what the contracts say at its block.
#[test]
fn a_live_market_lends_what_its_contracts_say() {
    let mut rng = Rng::new(7);
    let blank = aave_origin::Market::new();
    let mut bench = loop {
        let bench = aave_origin::bench(&blank, &mut rng);
        if bench.category == 1 {
            break bench;
        }
    };
    let places = places(&mut bench);
    let open = |bench: &mut Bench| {
        let lab = &mut bench.lab;
        Live::open(places.clone(), head(lab), "a lab", |reads: &[Read]| answer(lab, reads)).unwrap()
    };
    let mut live = open(&mut bench);
    for warp in [12, 86_400] {
        let [credit] = &live.market().credits[..] else { panic!("{:?}", live.market().credits) };
        let mut expected = bench.credit();
        expected.as_of = credit.as_of.clone();
        expected.venue = VenueId::new("aave_v3:WETH");
        assert_eq!(credit, &expected);
        assert_eq!(credit.as_of.block, bench.lab.block());
        let text = snapshot::export(&live).unwrap();
        let again = snapshot::open("m.json", text.as_bytes()).unwrap();
        assert_eq!(again.market().credits, live.market().credits);
        assert_eq!(again.market().hash, live.market().hash);

        bench.lab.warp(warp);
        let (lab, before) = (&mut bench.lab, live.market().hash);
        let (none, mut rounds) = (std::collections::HashSet::new(), 0);
        live.update(head(lab), Change::Logged(&none), |reads: &[Read]| {
            rounds += 1;
            answer(lab, reads)
        })
        .unwrap();
        assert!(rounds <= 3, "{rounds}");
        assert_ne!(live.market().hash, before);
        let anew = open(&mut bench);
        assert_eq!(anew.market().hash, live.market().hash);
        assert_eq!(anew.market().credits, live.market().credits);
    }
    // Without a pool that lends, none: and no more is asked.
    let rows = places.rows[..3].to_vec();
    let lab = &mut bench.lab;
    let alone = Places { rows, ..places.clone() };
    let live = Live::open(alone, head(lab), "a lab", |reads: &[Read]| answer(lab, reads)).unwrap();
    assert!(live.market().credits.is_empty());
}

/// Morpho's books and oracle are the published ones; its rate model is the package's mock, in whose
/// place the adaptive curve answers here.
#[test]
fn morpho_terms_are_read() {
    let mut rng = Rng::new(11);
    let mut market = morpho::Market::new();
    let price = rng.near(morpho::PAR);
    market.price(price);
    market.supply(WAD * U256::from(1_000));
    let level = U256::from(1_268_391_679_u64);
    let curve = AdaptiveCurve { rate_at_target: level };
    let place = market.place();
    let irm = place.contracts["irm"];
    let totals = market.totals();
    // Nothing is owed, so that no interest comes: the curve has moved all the same.
    let (utilisation, seconds) = (U256::ZERO, market.lab.now() - totals.last_update);
    let adapted = curve.adapted(utilisation, seconds).unwrap();
    let word = |value: U256| Answer::Returned(Bytes::from(value.abi_encode()));
    let lab = &mut market.lab;
    let answer = |reads: &[Read]| -> Vec<Answer> {
        let one = |read: &Read| match read {
            Read::Call { to, data } if *to == irm => {
                let asks_level = data.starts_with(&rateAtTargetCall::SELECTOR);
                word(if asks_level { level } else { adapted.average })
            }
            read => lab.answer(std::slice::from_ref(read)).remove(0),
        };
        reads.iter().map(one).collect()
    };
    let now = At { block: 1, timestamp: totals.last_update + seconds };
    let (terms, _) = read(now, answer, |chain| morpho_terms(&place, chain));
    let expected = MorphoTerms {
        morpho: market.morpho,
        params: market.params,
        price,
        totals: market.totals(),
        curve: adapted.curve,
    };
    assert_eq!(terms, Some(expected));
    assert!(!market.params.lltv.is_zero());
}
