//! Fixed terms for tests: venues that sell claims on WETH at the price of a rate, and pay one for one
//! when they are due. Made up: the built-in market has none.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::{WAD, from_f64, mul_div},
    market::{AsOf, Listing, Market, Redemption, TokenInfo},
    venues::{
        Capacity, Encoded, FixedTerm, Gain, LegKind, Quote, QuoteError, Step, Swap, Trade, Venue,
        VenueId,
    },
};

/// Seconds of the year that fixed terms count in.
const TERM_YEAR_S: f64 = 31_536_000.0;

/// A seller of claims: tokens are WETH and the claim.
#[derive(Debug, Clone)]
struct Seller {
    id: VenueId,
    tokens: [Address; 2],
    /// WETH for a claim, with 18 decimals.
    price: U256,
    term: FixedTerm,
}

fn weth(market: &Market) -> Address {
    market.tokens.iter().find(|token| token.symbol == "WETH").unwrap().address
}

/// The claim of the term at this position.
pub(crate) fn claim(at: usize) -> Address {
    Address::repeat_byte(0xc0 + u8::try_from(at).unwrap())
}

/// A market with a seller for each `(continuous annual rate, days)`.
pub(crate) fn with_terms(market: &Market, terms: &[(f64, u64)]) -> Market {
    let mut market = market.clone();
    let weth = weth(&market);
    for (at, &(rate, days)) in terms.iter().enumerate() {
        let token = claim(at);
        let seconds_left = days * 86_400;
        let price = (-rate * seconds_left as f64 / TERM_YEAR_S).exp();
        let price_wad = from_f64(price * 1e18);
        let term = FixedTerm {
            rate,
            pt_price: price,
            fee_rate: 0.0,
            expiry: market.timestamp + seconds_left,
            seconds_left,
            asset: U256::ZERO,
            pt: U256::ZERO,
            index: WAD,
        };
        let id = VenueId::new(format!("term:{at}"));
        let seller = Seller { id, tokens: [weth, token], price: price_wad, term };
        let symbol = format!("PT{at}");
        market.tokens.push(TokenInfo { address: token, symbol, decimals: 18 });
        market.redemptions.push(Redemption { token, eth: price_wad, units: WAD });
        market.listings.push(Listing {
            venue: Arc::new(seller),
            protocol: "lido".into(),
            as_of: AsOf { block: market.block, utc: String::new() },
            disabled: None,
        });
    }
    market
}

impl Seller {
    /// Units of the other token for one unit.
    fn rate(&self, from: usize) -> f64 {
        let price = f64::from(self.price) / 1e18;
        if from == 0 { 1.0 / price } else { price }
    }
}

impl Venue for Seller {
    fn id(&self) -> &VenueId {
        &self.id
    }

    fn tokens(&self) -> &[Address] {
        &self.tokens
    }

    fn quote(&self, swap: Swap) -> Result<Quote, QuoteError> {
        let out = match swap.from {
            0 => mul_div(swap.amount, WAD, self.price),
            _ => mul_div(swap.amount, self.price, WAD),
        };
        out.map(Quote::of).ok_or_else(|| QuoteError::Overflow(self.id.clone()))
    }

    fn trade(&mut self, swap: Swap) -> Result<Quote, QuoteError> {
        self.quote(swap)
    }

    fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let rate = self.rate(from);
        (from != to).then_some(Gain::Linear { rate, cap: f64::INFINITY })
    }

    fn capacity(&self, _from: usize, _to: usize) -> Capacity {
        Capacity::Unlimited
    }

    fn step(&self, _from: usize, _to: usize) -> Step {
        Step { kind: LegKind::Swap, gas: 100_000, approves: false }
    }

    fn encode(&self, _trade: &Trade) -> Encoded {
        Encoded { approval: None, calls: Vec::new() }
    }

    fn rate_after(&self, token: usize, _added: U256) -> Option<U256> {
        (token == 1).then(|| from_f64(self.term.rate * 1e27))
    }

    fn fixed_term(&self) -> Option<FixedTerm> {
        Some(self.term)
    }

    fn boxed(&self) -> Box<dyn Venue> {
        Box::new(self.clone())
    }
}
