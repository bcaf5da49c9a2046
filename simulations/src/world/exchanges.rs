//! Exchanges: Uniswap V2 and its forks, Uniswap V3, Curve.

use std::collections::BTreeMap;

use alloy_primitives::{Address, U256};
use tenor_solver::{
    amount::WAD,
    venues::{
        Capacity, CurveFigures, DenominatorForm, KnownRange, MAX_TICK, MIN_TICK, NATIVE, Rebase,
        Swap, UniswapV3, UniswapV3Figures, Venue,
    },
};

use super::{
    Contract, Form, WorldBuilder, WorldError,
    slots::{self, entry, signed, word},
};

/// What it takes to place a Uniswap V2 pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairSeed {
    /// The pair.
    pub pair: Address,
    /// The router that trades it.
    pub router: Address,
    /// Its tokens, lower address first.
    pub tokens: [Address; 2],
    /// What it holds of each.
    pub reserves: [U256; 2],
    /// The fee on what goes in, in millionths; whole thousandths only.
    pub fee_ppm: u32,
}

impl WorldBuilder {
    /// Places a pair that holds its reserves, and its router when it is the first there.
    pub fn uniswap_v2(&mut self, seed: &PairSeed) -> Result<(), WorldError> {
        let PairSeed { pair, router, tokens: [token0, token1], reserves, fee_ppm } = *seed;
        ordered(pair, [token0, token1])?;
        if fee_ppm % 1000 != 0 || fee_ppm >= 1_000_000 {
            return Err(unsupported(pair, "a fee that is not in thousandths"));
        }
        self.place(pair, Contract::UniswapV2Pair)?;
        self.store(pair, slots::v2_pair::TOKEN0, word(token0));
        self.store(pair, slots::v2_pair::TOKEN1, word(token1));
        self.store(pair, slots::v2_pair::RESERVE0, reserves[0]);
        self.store(pair, slots::v2_pair::RESERVE1, reserves[1]);
        let keep = U256::from(1000 - fee_ppm / 1000);
        self.store(pair, slots::v2_pair::FEE_NUMERATOR, keep);
        self.fund(token0, pair, reserves[0])?;
        self.fund(token1, pair, reserves[1])?;

        self.place_shared(router, Contract::UniswapV2Router)?;
        let slot = entry(entry(slots::v2_router::PAIRS, token0), token1);
        self.store(router, slot, word(pair));
        Ok(())
    }

    /// Places a pool, and its router when it is the first there.
    ///
    /// The pool holds of each token what a trade to the end of its known range would take out: the
    /// figures do not say what it really holds, and no trade can ask for more. A tick's gross
    /// liquidity, which no swap reads, is shown as the size of its net one.
    pub fn uniswap_v3(&mut self, figures: &UniswapV3Figures) -> Result<(), WorldError> {
        let UniswapV3Figures { pool, router, tokens: [token0, token1], fee_ppm, .. } = *figures;
        ordered(pool, [token0, token1])?;
        let venue = UniswapV3::new(figures.clone())
            .map_err(|error| unsupported(pool, &error.to_string()))?;
        self.place(pool, Contract::UniswapV3Pool)?;
        self.pool_state(figures);
        self.pool_ticks(figures);
        for (from, to, token) in [(1, 0, token0), (0, 1, token1)] {
            self.fund(token, pool, most_out(&venue, from, to))?;
        }

        self.place_shared(router, Contract::SwapRouter02)?;
        self.store(router, slots::v3_router::WETH9, word(self.weth));
        let by_fee = entry(entry(slots::v3_router::POOLS, token0), token1);
        self.store(router, entry(by_fee, U256::from(fee_ppm)), word(pool));
        Ok(())
    }

    fn pool_state(&mut self, figures: &UniswapV3Figures) {
        use slots::v3_pool as at;
        let known = figures.known;
        let KnownRange { lower_tick, upper_tick } =
            known.unwrap_or(KnownRange { lower_tick: MIN_TICK, upper_tick: MAX_TICK });
        let tick = |tick: i32| signed(i128::from(tick));
        let [token0, token1] = figures.tokens;
        for (slot, value) in [
            (at::TOKEN0, word(token0)),
            (at::TOKEN1, word(token1)),
            (at::FEE, U256::from(figures.fee_ppm)),
            (at::TICK_SPACING, tick(figures.tick_spacing)),
            (at::SQRT_PRICE_X96, figures.sqrt_price_x96),
            (at::CURRENT_TICK, tick(figures.tick)),
            (at::LIQUIDITY, U256::from(figures.liquidity)),
            (at::KNOWN_LOWER_TICK, tick(lower_tick)),
            (at::KNOWN_UPPER_TICK, tick(upper_tick)),
        ] {
            self.store(figures.pool, slot, value);
        }
    }

    /// The ends of the known range count as initialized, with nothing to cross: that is what makes
    /// a real pool's walk halt there, whatever lies behind.
    fn pool_ticks(&mut self, figures: &UniswapV3Figures) {
        let UniswapV3Figures { pool, tick_spacing, .. } = *figures;
        for tick in &figures.ticks {
            let info = entry(slots::v3_pool::TICK_INFO, tick.tick);
            self.store(pool, info, signed(tick.liquidity_net));
            let gross = U256::from(tick.liquidity_net.unsigned_abs());
            self.store(pool, info + U256::from(1), gross);
        }
        let ends = figures.known.map(|known| [known.lower_tick, known.upper_tick]);
        let ends = ends.into_iter().flatten().filter(|end| end % tick_spacing == 0);
        let mut words = BTreeMap::<i32, U256>::new();
        for tick in figures.ticks.iter().map(|tick| tick.tick).chain(ends) {
            let compressed = tick.div_euclid(tick_spacing);
            let bit = (compressed & 0xff).unsigned_abs();
            *words.entry(compressed >> 8).or_default() |= U256::from(1) << bit;
        }
        for (word, bits) in words {
            self.store(pool, entry(slots::v3_pool::TICK_BITMAP, word), bits);
        }
    }

    /// Places a pool whose own view of its balances is exactly the figures'.
    ///
    /// It holds the fewest shares of a rebasing coin that show at least the balance; what they show
    /// beyond it counts as the admin's.
    pub fn curve(&mut self, figures: &CurveFigures) -> Result<(), WorldError> {
        use slots::curve as at;
        let CurveFigures { pool, ref coins, ref balances, ref rates, amp_scaled, .. } = *figures;
        if coins.len() != 2 {
            return Err(unsupported(pool, "other than two coins"));
        }
        if rates.iter().any(|rate| *rate != WAD) {
            return Err(unsupported(pool, "coins at other rates than one"));
        }
        self.place(pool, Contract::CurvePool2)?;
        self.store(pool, at::A_PRECISE, amp_scaled);
        self.store(pool, at::FEE, figures.fee_1e10);
        self.store(pool, at::ADMIN_FEE, figures.admin_fee_1e10);
        let form = match figures.form {
            DenominatorForm::Plain => U256::ZERO,
            DenominatorForm::PlusOne => U256::ONE,
            DenominatorForm::AfterProduct => return Err(unsupported(pool, "this generation")),
        };
        self.store(pool, at::FORM, form);
        for (i, (coin, balance)) in coins.iter().copied().zip(balances.iter().copied()).enumerate()
        {
            let i = U256::from(i);
            self.store(pool, at::COINS + i, word(coin));
            let (stored, shown) = self.held(coin, balance)?;
            self.store(pool, at::ADMIN_BALANCES + i, shown - balance);
            self.fund(coin, pool, stored)?;
        }
        Ok(())
    }

    /// What to hold of a coin to show at least `balance`, and the balance that it shows.
    fn held(&self, coin: Address, balance: U256) -> Result<(U256, U256), WorldError> {
        let Some(Form::Shares { totals, .. }) = self.form(coin).filter(|_| coin != NATIVE) else {
            return Ok((balance, balance));
        };
        shares_for(totals, balance).ok_or(WorldError::Overflow(coin))
    }
}

fn shares_for(totals: Rebase, balance: U256) -> Option<(U256, U256)> {
    let shares = totals.fewest_shares(balance)?;
    Some((shares, totals.balance(shares)?))
}

/// What the largest trade in a direction takes out.
fn most_out(venue: &UniswapV3, from: usize, to: usize) -> U256 {
    let Capacity::Limited { amount, .. } = venue.capacity(from, to) else { return U256::ZERO };
    venue.quote(Swap { from, to, amount }).map_or(U256::ZERO, |quote| quote.out)
}

fn ordered(contract: Address, [token0, token1]: [Address; 2]) -> Result<(), WorldError> {
    if token0 < token1 { Ok(()) } else { Err(unsupported(contract, "tokens out of order")) }
}

fn unsupported(contract: Address, what: &str) -> WorldError {
    WorldError::Unsupported { contract, what: what.to_owned() }
}
