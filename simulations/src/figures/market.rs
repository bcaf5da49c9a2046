//! From figures to the solver's market.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    market::{AsOf, Assumption, Listing, Market, RealisedYield, Redemption, TokenInfo, Weighing},
    venues::{NATIVE, Weth},
    yields::term::marks,
};

use super::{
    Figures, FiguresError, FiguresErrorKind, VenueFigures, VenueKind, YieldKind,
    build::{Builder, Seed},
    deployed::{MAINNET, a_token},
    error::{Refusal, quoted},
    hazards::default_hazards,
    unknowns,
};

impl Figures {
    /// The market that these figures describe, with what `assumptions` supply.
    ///
    /// It holds every venue that is built: a venue for WETH, Lido's two rows as one, and each
    /// Aave reserve whose aToken is known, with that aToken among the tokens. Gas is priced at the
    /// base fee: priority fees are not in the file.
    pub fn market(&self, assumptions: &[Assumption]) -> Result<Market, FiguresError> {
        self.build(assumptions).map_err(|refusal| refusal.in_file(&self.name))
    }

    /// What the venues are made of, in the file's order, without anybody's assumptions.
    pub(crate) fn seeds(&self) -> Result<Vec<Seed>, FiguresError> {
        let seed = |(i, figures)| {
            let seed = Builder { figures, all: self, assumptions: &[] }.seed();
            let seed = seed.map_err(|refusal| refusal.within(&format!("venues[{i}]")));
            seed.map_err(|refusal| refusal.in_file(&self.name)).transpose()
        };
        self.venues.iter().enumerate().filter_map(seed).collect()
    }

    fn build(&self, given: &[Assumption]) -> Result<Market, Refusal> {
        let assumptions: Vec<Assumption> = given.iter().chain(&self.assumed).cloned().collect();
        let assumptions = &assumptions[..];
        if self.chain_id != MAINNET {
            let expected = "1: routers and aTokens are known on mainnet only";
            return Err(Refusal::range("chain_id", self.chain_id, expected));
        }
        // Answers travel; where the file lay on one machine does not.
        let file = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let label = if self.synthetic.is_some() { "SYNTHETIC, " } else { "" };
        let listings = self.listings(assumptions)?;
        let mut redemptions = self.redemptions();
        redemptions.extend(marks(&listings, &redemptions));
        Ok(Market {
            chain_id: self.chain_id,
            block: self.block,
            timestamp: self.timestamp,
            utc: self.utc.clone(),
            source: format!("{label}{file}: figures of block {}", self.block),
            hash: self.hash,
            gas_price: self.base_fee,
            tokens: self.tokens_with_receipts(),
            listings,
            yields: self.realised(),
            redemptions,
            unknowns: unknowns::of(self, assumptions),
            assumptions: assumptions.to_vec(),
            hazards: default_hazards(),
            rewards: self.rewards.clone(),
            synthetic: self.synthetic.clone(),
            credits: self.credits(assumptions)?,
        })
    }

    /// The tokens of the file and the aTokens of its reserves.
    pub(super) fn tokens_with_receipts(&self) -> Vec<TokenInfo> {
        let mut tokens = self.tokens.clone();
        for (asset, (address, symbol)) in self.reserves() {
            let decimals = self.tokens.iter().find(|t| t.address == asset).map(|t| t.decimals);
            let known = tokens.iter().any(|t| t.address == address || t.symbol == symbol);
            if let (Some(decimals), false) = (decimals, known) {
                tokens.push(TokenInfo { address, symbol: symbol.into(), decimals });
            }
        }
        tokens
    }

    /// Assets that a known lending reserve takes, with its aToken.
    pub(super) fn reserves(&self) -> impl Iterator<Item = (Address, (Address, &'static str))> {
        self.venues.iter().filter_map(|v| match &v.kind {
            VenueKind::Lending { pool, asset, .. } => Some((*asset, a_token(*pool, *asset)?)),
            _ => None,
        })
    }

    /// The token that a file calls `symbol`.
    pub(crate) fn token(&self, symbol: &str) -> Option<Address> {
        self.tokens.iter().find(|t| t.symbol == symbol).map(|t| t.address)
    }

    fn listings(&self, assumptions: &[Assumption]) -> Result<Vec<Listing>, Refusal> {
        let unlisted =
            |symbol: &str| Refusal::new("tokens", FiguresErrorKind::UnlistedToken(quoted(symbol)));
        if !self.tokens.iter().any(|t| t.address == NATIVE) {
            return Err(unlisted("ETH"));
        }
        let weth = self.token("WETH").ok_or_else(|| unlisted("WETH"))?;
        let mut listings = vec![Listing {
            venue: Arc::new(Weth::new(weth)),
            protocol: "weth".into(),
            as_of: AsOf { block: self.block, utc: self.utc.clone() },
            disabled: None,
        }];
        for (i, figures) in self.venues.iter().enumerate() {
            let venue = Builder { figures, all: self, assumptions }.venue();
            if let Some(venue) = venue.map_err(|refusal| refusal.within(&format!("venues[{i}]")))? {
                listings.push(Listing {
                    venue,
                    protocol: figures.protocol.clone(),
                    as_of: figures.as_of.clone(),
                    disabled: self.disabled(figures),
                });
            }
        }
        Ok(listings)
    }

    /// Why a row's venue must not be used; Lido's is of two rows.
    fn disabled(&self, row: &VenueFigures) -> Option<String> {
        let other = match row.kind {
            VenueKind::LidoStake { steth, .. } => self
                .venues
                .iter()
                .find(|v| matches!(v.kind, VenueKind::LidoWrap { steth: of, .. } if of == steth)),
            _ => None,
        };
        row.disabled.clone().or_else(|| other?.disabled.clone())
    }

    fn realised(&self) -> Vec<RealisedYield> {
        let organic = self.yields.iter().filter(|y| y.kind == YieldKind::Organic);
        let row = organic.filter_map(|y| {
            let window = y.window.as_ref()?;
            Some(RealisedYield {
                token: y.token,
                rate: y.apr,
                window_s: window.seconds,
                window: window.words.clone(),
                source: y.source.clone(),
                paid: y.paid.clone(),
                idle_s: y.idle_s,
                weighing: Weighing::Even,
            })
        });
        row.collect()
    }

    /// ETH behind tokens, by the totals or the rate of their own protocol. frxETH is not ETH, so
    /// it and what is made of it have none.
    pub(super) fn redemptions(&self) -> Vec<Redemption> {
        let one = U256::ONE;
        let mut all = vec![Redemption { token: NATIVE, eth: one, units: one }];
        let mut add = |token: Option<Address>, eth: U256, units: U256| {
            if let Some(token) = token.filter(|t| !all.iter().any(|r| r.token == *t)) {
                all.push(Redemption { token, eth, units });
            }
        };
        let weth = self.token("WETH");
        add(weth, one, one);
        for v in &self.venues {
            match &v.kind {
                VenueKind::LidoStake { steth, total_pooled_ether, total_shares, .. } => {
                    add(Some(*steth), one, one);
                    add(self.wrapper_of(*steth), *total_pooled_ether, *total_shares);
                }
                VenueKind::EtherFi { eeth, weeth, total_pooled_ether, total_shares, .. } => {
                    add(Some(*eeth), one, one);
                    add(Some(*weeth), *total_pooled_ether, *total_shares);
                }
                VenueKind::RateDeposit { token, rate, .. } => add(Some(*token), *rate, WAD),
                VenueKind::ReferenceRate { token, asset, rate } if *asset == NATIVE => {
                    add(Some(*token), *rate, WAD);
                }
                VenueKind::Mantle { meth, total_controlled, total_supply, .. } => {
                    add(Some(*meth), *total_controlled, *total_supply);
                }
                VenueKind::RocketPool { reth, total_eth, supply, .. } => {
                    add(Some(*reth), *total_eth, *supply);
                }
                VenueKind::Vault { share, asset, stored_assets, total_supply, .. }
                    if Some(*asset) == weth =>
                {
                    add(Some(*share), *stored_assets, *total_supply);
                }
                _ => {}
            }
        }
        for v in &self.venues {
            let VenueKind::MadeUp(made_up) = &v.kind else { continue };
            let Some((token, asset, [amount, units])) = made_up.stands_for() else { continue };
            let through = |behind: &Redemption| {
                let eth = amount.checked_mul(behind.eth)?;
                Some(Redemption { token, eth, units: units.checked_mul(behind.units)? })
            };
            let of = all.iter().find(|r| r.token == asset).and_then(through);
            all.extend(of.filter(|of| !all.iter().any(|r| r.token == of.token)));
        }
        for (asset, (token, _)) in self.reserves() {
            if let Some(&like) = all.iter().find(|r| r.token == asset) {
                all.push(Redemption { token, ..like });
            }
        }
        all
    }

    /// wstETH, for stETH.
    pub(super) fn wrapper_of(&self, token: Address) -> Option<Address> {
        self.venues.iter().find_map(|v| match v.kind {
            VenueKind::LidoWrap { steth, wsteth } if steth == token => Some(wsteth),
            _ => None,
        })
    }

    /// The row that stakes for stETH.
    pub(super) fn staker_of(&self, token: Address) -> Option<&VenueFigures> {
        self.venues
            .iter()
            .find(|v| matches!(v.kind, VenueKind::LidoStake { steth, .. } if steth == token))
    }
}

#[cfg(test)]
mod tests {
    use tenor_solver::venues::{Capacity, Swap, VenueId};

    use super::{
        super::{ASSUMPTIONS_NAME, EMBEDDED_NAME, embedded, embedded_assumptions},
        *,
    };

    fn figures() -> Figures {
        Figures::parse(EMBEDDED_NAME, embedded()).unwrap()
    }

    fn market() -> Market {
        figures().market(&[]).unwrap()
    }

    fn listing<'m>(market: &'m Market, id: &str) -> &'m Listing {
        market.listing(&VenueId::new(id)).unwrap()
    }

    fn address(market: &Market, symbol: &str) -> Address {
        market.tokens.iter().find(|t| t.symbol == symbol).unwrap().address
    }

    #[test]
    fn every_built_venue_is_listed() {
        let market = market();
        // The file's 33 rows, with WETH's, without the Balancer pool's and wstETH's own.
        assert_eq!(market.listings.len(), 32);
        assert_eq!(market.tokens.len(), 21 + 11);
        assert!(market.listing(&VenueId::new("balancer_v2:ezETH/WETH")).is_none());
        assert!(market.listing(&VenueId::new("lido:wstETH")).is_none());
        assert_eq!(listing(&market, "lido:stETH").venue.tokens().len(), 3);
        assert!(market.listings.iter().all(|l| l.disabled.is_none()));
        for l in &market.listings {
            assert!(l.venue.tokens().iter().all(|&t| market.token(t).is_some()), "{:?}", l.venue);
        }
    }

    /// The quotes that the file computed by the pool's formula.
    #[test]
    fn the_curve_pool_quotes_what_the_file_says() {
        let market = market();
        let pool = &listing(&market, "curve:ETH/stETH").venue;
        for (from, whole, out) in [
            (1, 100_u64, "99948146418544838553"),
            (1, 1000, "999353429189270200915"),
            (0, 100, "100029039141890588782"),
        ] {
            let swap = Swap { from, to: 1 - from, amount: U256::from(whole) * WAD };
            assert_eq!(pool.quote(swap).unwrap().out.to_string(), out);
        }
    }

    /// The file's largest inputs, from real arithmetic: the integer quote agrees to a millionth.
    #[test]
    fn concentrated_pools_end_where_the_file_says() {
        let market = market();
        let file: serde_json::Value = serde_json::from_slice(embedded()).unwrap();
        for row in file["venues"].as_array().unwrap().iter().filter(|v| v["kind"] == "uniswap_v3") {
            let venue = &listing(&market, row["id"].as_str().unwrap()).venue;
            for from in [0, 1] {
                let text = |name: &str| row["known_range"][name].as_str().unwrap().parse::<U256>();
                let most = text(&format!("max_in_token{from}")).unwrap();
                let out = text(&format!("out_for_max_in_token{from}")).unwrap();
                let amount = most * U256::from(9_999) / U256::from(10_000);
                let quote = venue.quote(Swap { from, to: 1 - from, amount }).unwrap().out;
                assert!(quote <= out && quote > out * U256::from(9_998) / U256::from(10_000));
                let over = Swap {
                    from,
                    to: 1 - from,
                    amount: most * U256::from(1_001) / U256::from(1_000),
                };
                assert!(venue.quote(over).is_err(), "{venue:?}");
            }
        }
    }

    #[test]
    fn share_rates_are_those_of_the_file() {
        let market = market();
        for (symbol, rate) in [
            ("wstETH", "1167469456863066445"),
            ("weETH", "1039066069770468665"),
            ("swETH", "1060073543526866745"),
            ("rswETH", "1008235166268128685"),
            ("rETH", "1106752322501642781"),
            ("mETH", "1032525932363950112"),
            ("ezETH", "1010127518632505253"),
            ("pufETH", "1010592167576751068"),
            ("aEthwstETH", "1167469456863066445"),
            ("ETH", "1000000000000000000"),
            ("WETH", "1000000000000000000"),
            ("stETH", "1000000000000000000"),
            ("eETH", "1000000000000000000"),
        ] {
            let value = market.redeem_value(address(&market, symbol), WAD).unwrap();
            assert_eq!(value.to_string(), rate, "{symbol}");
        }
        for symbol in ["frxETH", "sfrxETH", "cbETH", "osETH", "ETHx", "USDC", "aEthUSDC"] {
            assert_eq!(market.redeem_value(address(&market, symbol), WAD), None, "{symbol}");
        }
    }

    #[test]
    fn the_inferred_curve_gives_the_reported_rate() {
        let market = market();
        let weth = &listing(&market, "aave_v3:WETH").venue;
        let reported = "18874540083362537156278050".parse::<U256>().unwrap();
        let rate = weth.rate_after(1, U256::ZERO).unwrap();
        assert!(rate.abs_diff(reported) < U256::from(1_000_000_000_000_u64), "{rate}");
        assert_eq!(listing(&market, "aave_v3:wstETH").venue.rate_after(1, U256::ZERO), None);
    }

    #[test]
    fn an_assumption_turns_an_unknown_limit_into_a_known_one() {
        let figures = figures();
        let assumed =
            br#"{"schema": "tenor.assumptions/1", "assumptions": [{"kind": "deposit_limit",
            "venue": "aave_v3:WETH", "token": "WETH", "amount": "1000000", "why": "a test"}]}"#;
        let assumed = figures.assumptions("a.json", assumed).unwrap();
        let capacity = |market: &Market| listing(market, "aave_v3:WETH").venue.capacity(0, 1);
        let open = figures.market(&[]).unwrap();
        assert_eq!(capacity(&open), Capacity::Unknown("supply cap is not in this market".into()));
        let known = figures.market(&assumed).unwrap();
        let Capacity::Limited { amount, .. } = capacity(&known) else { panic!() };
        assert_eq!(amount, U256::from(1_000_000) * WAD);
        assert_eq!(known.assumptions, assumed);
        assert_eq!(open.unknowns.len(), known.unknowns.len() + 1);
    }

    #[test]
    fn what_is_unknown_is_said_for_each_token() {
        let figures = figures();
        let shipped = figures.assumptions(ASSUMPTIONS_NAME, embedded_assumptions()).unwrap();
        let (bare, assumed) = (figures.market(&[]).unwrap(), figures.market(&shipped).unwrap());
        let said = |market: &Market, symbol: &str, words: &str| {
            let token = address(market, symbol);
            market.unknowns.iter().any(|u| u.token == token && u.what.contains(words))
        };
        for (symbol, words) in [
            ("stETH", "withdrawal queue"),
            ("wstETH", "withdrawal queue"),
            ("wstETH", "depth is known from tick 1544 to 1545 only"),
            ("weETH", "no pool that trades it"),
            ("weETH", "etherfi:eETH/weETH: deposit limit"),
            ("mETH", "figures of mantle:mETH are of 2024-05-13T10:01:47Z, about 10 days before"),
            (
                "ezETH",
                "balancer_v2:ezETH/WETH is not used: v2 composable stable pools were drained",
            ),
            ("ezETH", "renzo:ezETH: deposits and withdrawals"),
            ("frxETH", "neither its rate in ETH nor a pool"),
            ("cbETH", "neither its rate in ETH nor a pool"),
            ("aEthWETH", "figures of aave_v3:WETH are of 2024-07-15"),
            ("aEthWETH", "the rate curve is inferred, not read"),
        ] {
            assert!(said(&bare, symbol, words), "{symbol}: {words}");
        }
        assert!(!said(&bare, "ETH", "") && !said(&bare, "WETH", ""));
        assert!(!said(&bare, "stETH", "no pool"));
        assert!(!said(&assumed, "stETH", "withdrawal queue"));
        assert!(said(&assumed, "eETH", "withdrawal queue"));
    }
}
