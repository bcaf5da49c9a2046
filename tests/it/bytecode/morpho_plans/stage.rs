//! A market of Morpho Blue that others use, and the engine of a node that has it.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolValue as _, sol};
use tenor::{
    engine::Engine,
    market::{
        live::{Head, Live},
        places::{Places, Row},
    },
};
use tenor_solver::{
    amount::{RAY, WAD},
    market::{RealisedYield, TokenInfo, Weighing},
    venues::{Answer, Place, Read, VenueId},
};

use super::super::{
    BOB,
    lab::Lab,
    morpho::{Market, PAR},
    packages,
};

sol! {
    function deposit(uint256 assets, address receiver) external returns (uint256);
}

fn ether(amount: u64) -> U256 {
    WAD * U256::from(amount)
}

fn place(id: &str, kind: &str, contracts: &[(&str, Address)], constants: &[(&str, u64)]) -> Place {
    let constants = constants.iter().map(|(name, value)| ((*name).to_owned(), *value));
    Place {
        id: VenueId::new(id),
        kind: kind.into(),
        contracts: contracts.iter().map(|(role, at)| ((*role).to_owned(), *at)).collect(),
        constants: constants.collect(),
        code: BTreeMap::new(),
    }
}

/// 17 % have come to the vault, and so many of 20,000 are lent out for a while, at 4 % a year at the
/// target in the beginning.
pub(super) fn used(lent: u64, seconds: u64) -> Market {
    let mut lab = Lab::new();
    let loan = lab.token(18);
    let code = packages::compiled("OpenZeppelinVault");
    let vault = lab.deploy(&code, &(loan, U256::ZERO).abi_encode_params());
    lab.mint(loan, BOB, ether(1_000_000));
    lab.allow(loan, BOB, vault);
    lab.must(BOB, vault, &depositCall { assets: ether(100_000), receiver: BOB });
    lab.transfer(loan, BOB, vault, ether(17_000));
    let curve = packages::compiled_source("AdaptiveCurveIrm", &[]);
    let irm = |lab: &mut Lab, morpho: Address| lab.deploy(&curve, &morpho.abi_encode());
    let mut market = Market::of(lab, [loan, vault], irm);
    market.price(PAR / U256::from(100) * U256::from(117));
    market.pledge(ether(50_000));
    market.supply(ether(20_000));
    market.borrow(ether(lent)).unwrap();
    market.lab.warp(seconds);
    market
}

fn places(market: &Market) -> Places {
    let (loan, vault) = (market.params.loanToken, market.params.collateralToken);
    let token = |symbol: &str, address, decimals| TokenInfo {
        address,
        symbol: symbol.to_owned(),
        decimals,
    };
    let row = |place: Place, protocol: &str| Row {
        place,
        protocol: protocol.into(),
        source: "a test".into(),
    };
    let rows = vec![
        row(place("weth", "weth", &[("weth", loan)], &[]), "weth"),
        row(place("vault", "erc4626", &[("vault", vault)], &[("redeems", 1)]), "lido"),
        row(market.place(), "morpho"),
    ];
    let tokens = vec![
        token("WETH", loan, 18),
        token("wstETH", vault, 18),
        token("mbWETH", market.params.position(), 24),
    ];
    Places { chain_id: 1, tokens, rows, code: vec![], listed: vec![] }
}

/// The market as a node would tell it, and the chain to run plans on. The collateral earns 6 %.
pub(super) fn engine(market: &Market) -> Engine {
    let (block, timestamp) = (market.lab.block(), market.lab.now());
    let head = Head { chain_id: 1, block, timestamp, base_fee: U256::ONE };
    let places = places(market);
    let mut lab = market.lab.clone();
    let read = |reads: &[Read]| -> Result<Vec<Answer>, ()> { Ok(lab.answer(reads)) };
    let live = Live::open(places, head, "a lab", read).unwrap();
    let earned = RealisedYield {
        token: market.params.collateralToken,
        rate: RAY * U256::from(6) / U256::from(100),
        window_s: 30 * 86_400,
        window: "a month".into(),
        source: "a test".into(),
        paid: Vec::new(),
        idle_s: 0,
        weighing: Weighing::Even,
    };
    let live = live.with_yields(vec![earned]);
    let world = market.lab.over(live.market());
    Engine::of(live.market().clone(), Some(world))
}
