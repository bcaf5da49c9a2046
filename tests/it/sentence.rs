//! The sentence grammar: what users type, what it means, and what they are told when it means
//! nothing.

mod errors;
mod laws;
mod meaning;

use alloy_primitives::{Address, address};
use tenor::intents::sentence::{Names, SentenceError, SentenceErrorKind, parse, render_sentence};
use tenor_solver::{
    intent::{Goal, Intent, Limits},
    market::TokenInfo,
    venues::NATIVE,
};

const STETH: Address = address!("0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84");
const WETH: Address = address!("0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2");
const USDC: Address = address!("0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48");

/// 2024-05-23T15:50:00Z.
const NOW: u64 = 1_716_479_400;

/// A market's names.
struct Market {
    tokens: Vec<TokenInfo>,
    protocols: Vec<String>,
}

impl Default for Market {
    fn default() -> Self {
        let protocols = ["lido", "ether.fi", "aave_v3", "curve", "uniswap_v3", "balancer_v2"];
        Self { tokens: Vec::new(), protocols: protocols.map(str::to_owned).into() }
            .with("ETH", NATIVE, 18)
            .with("WETH", WETH, 18)
            .with("stETH", STETH, 18)
            .with("USDC", USDC, 6)
    }
}

impl Market {
    fn with(mut self, symbol: &str, address: Address, decimals: u8) -> Self {
        self.tokens.push(TokenInfo { address, symbol: symbol.to_owned(), decimals });
        self
    }

    fn names(&self) -> Names<'_> {
        Names { tokens: &self.tokens, protocols: &self.protocols, now: NOW }
    }

    fn parse(&self, sentence: &str) -> Result<Intent, SentenceError> {
        parse(sentence, &self.names())
    }

    fn intent(&self, sentence: &str) -> Intent {
        self.parse(sentence).unwrap_or_else(|error| panic!("{sentence}: {error}"))
    }

    fn error(&self, sentence: &str) -> SentenceError {
        match self.parse(sentence) {
            Err(error) => error,
            Ok(intent) => panic!("{sentence}: read as {}", intent.canonical),
        }
    }

    fn rendered(&self, intent: &Intent) -> String {
        render_sentence(intent, &self.names()).unwrap()
    }
}

fn intent(sentence: &str) -> Intent {
    Market::default().intent(sentence)
}

/// The limits of a yield intent with these clauses.
fn limits(clauses: &str) -> Limits {
    intent(&format!("maximize ETH yield on 100 stETH {clauses}")).limits
}

fn horizon(intent: &Intent) -> u64 {
    match intent.goal {
        Goal::Yield { horizon_s, .. } => horizon_s,
        Goal::Swap { .. } | Goal::Exit { .. } => panic!("no horizon in {intent:?}"),
    }
}

fn kind(sentence: &str) -> SentenceErrorKind {
    Market::default().error(sentence).kind
}
