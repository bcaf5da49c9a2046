//! What plans are worth after something happened.

mod command;
mod events;
mod expected;
mod laws;
mod refusals;

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor::market::{self, Assume};
use tenor_solver::{
    amount::{RAY, WAD, mul_div},
    intent::{Goal, Intent},
    market::{AsOf, Listing, Market, RealisedYield, Weighing},
    stress::{After, Loan, Position, PriceSource, State},
    venues::{UniswapV2, VenueId},
};

const DAY_S: u64 = 86_400;

/// The embedded market, and beside it what the plans of the list need and it lacks: a pool of weETH and
/// a yield of ezETH, both made up.
struct Stage {
    market: Market,
    intent: Intent,
}

impl Stage {
    fn new() -> Self {
        let engine = market::engine(None, &Assume::Default).unwrap();
        let intent = engine.read("maximize ETH yield on 100 ETH for 90 days").unwrap();
        let mut market = engine.market().clone();
        let [weeth, weth, ezeth] = ["weETH", "WETH", "ezETH"].map(|s| token(&market, s));
        let deep = WAD * U256::from(20_000);
        let units = mul_div(deep, WAD, market.redeem_value(weeth, WAD).unwrap()).unwrap();
        let [pair, router] = [0xc1, 0xc2].map(Address::repeat_byte);
        let id = VenueId::new("assumed:weETH/WETH");
        let pool = UniswapV2::new(id, pair, router, [weeth, weth], [units, deep], 0).unwrap();
        market.listings.push(Listing {
            venue: Arc::new(pool),
            protocol: "assumed".into(),
            as_of: AsOf { block: market.block, utc: market.utc.clone() },
            disabled: None,
        });
        market.yields.push(RealisedYield {
            token: ezeth,
            rate: RAY / U256::from(32),
            window_s: 30 * DAY_S,
            window: "made up".into(),
            source: "made up".into(),
            paid: Vec::new(),
            idle_s: 0,
            weighing: Weighing::Even,
        });
        Self { market, intent }
    }

    fn token(&self, symbol: &str) -> Address {
        token(&self.market, symbol)
    }

    /// Units of a token that redeem for so many ETH.
    fn worth(&self, symbol: &str, eth: u64) -> (Address, U256) {
        let token = self.token(symbol);
        let value = self.market.redeem_value(token, WAD).unwrap();
        (token, mul_div(ether(eth), WAD, value).unwrap())
    }

    /// A plan of the list.
    fn plan(&self, name: &str) -> Position {
        let held =
            |symbol, eth| Position { holdings: vec![self.worth(symbol, eth)], loans: Vec::new() };
        match name {
            "eth" => held("ETH", 100),
            "steth" => held("stETH", 100),
            "weeth" => held("weETH", 100),
            "ezeth" => held("ezETH", 10),
            "aave" => held("aEthWETH", 100),
            "loop" => Position {
                holdings: Vec::new(),
                loans: vec![self.looped(1_000, 900, PriceSource::Redemption)],
            },
            other => panic!("{other} is no plan"),
        }
    }

    /// wstETH against WETH, both in ETH.
    fn looped(&self, collateral: u64, debt: u64, price: PriceSource) -> Loan {
        Loan {
            venue: VenueId::new("aave_v3:WETH"),
            collateral: self.worth("wstETH", collateral),
            debt: self.worth("WETH", debt),
            threshold_bps: 9_500,
            bonus_bps: 100,
            rate: RAY * U256::from(258) / U256::from(10_000),
            price,
        }
    }

    fn horizon_s(&self) -> u64 {
        match self.intent.goal {
            Goal::Yield { horizon_s, .. } => horizon_s,
            _ => panic!("a yield"),
        }
    }

    fn state(&self, position: &Position, after: &After) -> State {
        position.state(&self.market, after, &self.intent.limits, self.horizon_s()).unwrap()
    }

    fn before(&self, position: &Position) -> State {
        self.state(position, &After::nothing(&self.market))
    }
}

fn token(market: &Market, symbol: &str) -> Address {
    let found = market.tokens.iter().find(|t| t.symbol == symbol);
    found.unwrap_or_else(|| panic!("the market has {symbol}")).address
}

fn ether(whole: u64) -> U256 {
    U256::from(whole) * WAD
}
