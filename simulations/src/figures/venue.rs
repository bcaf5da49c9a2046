//! Venues: from the wire form to checked figures. Those that mint shares are in `shares`.

use alloy_primitives::{Address, U256, uint};
use serde_json::value::RawValue;
use tenor_solver::{
    amount::{RAY, WAD},
    market::{AsOf, TokenInfo},
    venues::{NATIVE, RateCurve, VenueId},
};

use super::{
    error::{FiguresErrorKind, Refusal, quoted},
    kinds::{TickFigures, VenueFigures, VenueKind},
    made_up, ticks,
    values::Decimal,
    wire::{self, read_raw},
};

/// The StableSwap formula family that is built: two plain coins, native ETH first.
const PLAIN_STABLE: &str = "Vyper 0.2.8";

/// All of a fee that is counted in units of 1e-10.
const ALL_1E10: U256 = uint!(10_000_000_000_U256);

/// Kinds that market files hold and nothing here trades through.
const NOT_BUILT: [&str; 2] = ["balancer_stable", "uniswap_v4"];

/// What a venue's figures are checked against.
pub(super) struct Context<'a> {
    pub(super) tokens: &'a [TokenInfo],
    pub(super) block: u64,
    pub(super) timestamp: u64,
    /// Whether the file says that its figures are made up.
    pub(super) made_up: bool,
}

pub(super) type Checked<T> = Result<T, Refusal>;

pub(super) fn check(raw: &RawValue, cx: &Context<'_>) -> Checked<VenueFigures> {
    let head: wire::Venue = read_raw(raw)?;
    let id = label("id", &head.id)?;
    let protocol = label("protocol", &head.protocol)?;
    positive("as_of.block", head.as_of.block)?;
    let reason = || head.disabled_reason.unwrap_or_else(|| "the market file disables it".into());
    let kind = match head.kind.as_str() {
        "uniswap_v2" => cx.uniswap_v2(&read_raw(raw)?)?,
        "uniswap_v3" => cx.uniswap_v3(&read_raw(raw)?)?,
        "curve_stableswap" => cx.stable_swap(&read_raw(raw)?)?,
        "lst_rate" => cx.share_rate(&protocol, raw)?,
        "lending" => cx.lending(&read_raw(raw)?)?,
        kind if NOT_BUILT.contains(&kind) => not_built(kind, read_raw(raw)?),
        kind if made_up::KINDS.contains(&kind) && cx.made_up => {
            VenueKind::MadeUp(cx.made_up(kind, raw)?)
        }
        other if made_up::KINDS.contains(&other) => {
            let what = "a kind of made-up markets: say under `synthetic` what this one is for";
            return Err(Refusal::range("kind", quoted(other), what));
        }
        other => {
            let known = "uniswap_v2, uniswap_v3, curve_stableswap, lst_rate, lending, \
                         balancer_stable or uniswap_v4";
            return Err(Refusal::range("kind", quoted(other), format!("one of {known}")));
        }
    };
    Ok(VenueFigures {
        id: VenueId::new(id),
        protocol,
        as_of: AsOf { block: head.as_of.block, utc: head.as_of.utc },
        source: format!("{} ({})", head.source.dataset, head.source.method),
        disabled: (!head.enabled_by_default).then(reason),
        kind,
    })
}

impl Context<'_> {
    fn uniswap_v2(&self, w: &wire::UniswapV2) -> Checked<VenueKind> {
        let tokens = self.pair(w.token0.0, w.token1.0)?;
        fee_ppm(w.fee_ppm)?;
        if !w.fee_ppm.is_multiple_of(1_000) {
            let expected = "a multiple of 1000: pairs count their fee in thousandths";
            return Err(Refusal::range("fee_ppm", w.fee_ppm, expected));
        }
        let reserves = [nonzero("reserve0", w.reserve0.0)?, nonzero("reserve1", w.reserve1.0)?];
        Ok(VenueKind::UniswapV2 {
            pool: contract("address", w.address.0)?,
            tokens,
            reserves,
            fee_ppm: w.fee_ppm,
        })
    }

    fn uniswap_v3(&self, w: &wire::UniswapV3) -> Checked<VenueKind> {
        let tokens = self.pair(w.token0.0, w.token1.0)?;
        let pool = contract("address", w.address.0)?;
        fee_ppm(w.fee_ppm)?;
        ticks::check(w)?;
        let ticks = w.ticks.iter().map(|t| TickFigures {
            tick: t.tick,
            liquidity_net: t.liquidity_net.0,
            liquidity_gross: t.liquidity_gross.0.to(),
        });
        Ok(VenueKind::UniswapV3 {
            pool,
            tokens,
            fee_ppm: w.fee_ppm,
            tick_spacing: w.tick_spacing,
            sqrt_price_x96: w.sqrt_price_x96.0,
            tick: w.tick,
            liquidity: w.liquidity.0.to(),
            ticks: ticks.collect(),
            known_range: [w.known_range.lower_tick, w.known_range.upper_tick],
        })
    }

    fn stable_swap(&self, w: &wire::StableSwap) -> Checked<VenueKind> {
        let pool = contract("address", w.address.0)?;
        let coins: Vec<Address> = w.coins.iter().map(|c| c.0).collect();
        for (i, &coin) in coins.iter().enumerate() {
            self.listed(&format!("coins[{i}]"), coin)?;
            if let Some(first) = coins.iter().take(i).position(|&c| c == coin) {
                let other = format!("coins[{first}]");
                let kind = FiguresErrorKind::Duplicate { other };
                return Err(Refusal::new(format!("coins[{i}]"), kind));
            }
        }
        if w.balances.len() != coins.len() {
            let (found, coins) = (w.balances.len(), coins.len());
            let what = format!("{found} balances for {coins} coins: give one each");
            return Err(Refusal::inconsistent("balances", what));
        }
        for (i, balance) in w.balances.iter().enumerate() {
            nonzero(&format!("balances[{i}]"), balance.0)?;
        }
        let amp_scaled = nonzero("amp_scaled", w.amp_scaled.0)?;
        if w.a.checked_mul(w.a_precision).map(U256::from) != Some(amp_scaled) {
            let what = format!("{amp_scaled} is not A {} times A_precision {}", w.a, w.a_precision);
            return Err(Refusal::inconsistent("amp_scaled", what));
        }
        let [fee_1e10, admin_fee_1e10] = [w.fee_1e10.0, w.admin_fee_1e10.0];
        if fee_1e10 >= ALL_1E10 {
            return Err(Refusal::range("fee_1e10", fee_1e10, "less than 1e10, which is all of it"));
        }
        if admin_fee_1e10 > ALL_1E10 {
            return Err(Refusal::range("admin_fee_1e10", admin_fee_1e10, "at most 1e10"));
        }
        let plain = w.variant.contains(PLAIN_STABLE)
            && w.a_precision == 100
            && w.rates.iter().flatten().all(|r| r.0 == WAD);
        let (&[a, b], [x, y], true) = (coins.as_slice(), w.balances.as_slice(), plain) else {
            let kind = format!("curve_stableswap, variant {}", w.variant);
            return Ok(VenueKind::NotBuilt { kind, tokens: coins });
        };
        let admin_balances = match w.admin_balances.as_deref() {
            None => [U256::ZERO; 2],
            Some([a, b]) => [a.0, b.0],
            Some(other) => {
                let what = format!("{} for two coins: give one each", other.len());
                return Err(Refusal::inconsistent("admin_balances", what));
            }
        };
        Ok(VenueKind::CurveStableSwap {
            pool,
            coins: [a, b],
            balances: [x.0, y.0],
            amp_scaled,
            fee_1e10,
            admin_fee_1e10,
            admin_balances,
        })
    }

    fn lending(&self, w: &wire::Lending) -> Checked<VenueKind> {
        let asset = self.listed("asset_address", w.asset_address.0)?;
        if self.named("asset", &w.asset)? != asset {
            let what = format!("{} is not the token at asset_address", quoted(&w.asset));
            return Err(Refusal::inconsistent("asset", what));
        }
        for (field, index) in [
            ("liquidity_index_ray", w.liquidity_index_ray.0),
            ("borrow_index_ray", w.borrow_index_ray.0),
        ] {
            if index < RAY {
                return Err(Refusal::range(
                    field,
                    index,
                    "at least 1e27, where every index begins",
                ));
            }
        }
        for (field, rate) in
            [("supply_rate_ray", w.supply_rate_ray.0), ("borrow_rate_ray", w.borrow_rate_ray.0)]
        {
            if rate > RAY.saturating_mul(U256::from(10)) {
                return Err(Refusal::range(
                    field,
                    rate,
                    "at most 1e28, ten times the sum lent a year",
                ));
            }
        }
        let decimals = self.tokens.iter().find(|t| t.address == asset).map_or(0, |t| t.decimals);
        let available = w.available_liquidity.scaled(decimals.into()).ok_or_else(|| {
            let what = format!(
                "whole tokens with at most {decimals} decimals, which is what {} has",
                w.asset
            );
            Refusal::range("available_liquidity", "the amount", what)
        })?;
        let curve = w.curve_inferred.as_ref().map(|c| curve(c, w)).transpose();
        Ok(VenueKind::Lending {
            pool: contract("pool", w.pool.0)?,
            asset,
            supply_rate: w.supply_rate_ray.0,
            borrow_rate: w.borrow_rate_ray.0,
            liquidity_index: w.liquidity_index_ray.0,
            borrow_index: w.borrow_index_ray.0,
            available_liquidity: available,
            curve: curve.map_err(|r| r.within("curve_inferred"))?,
        })
    }

    fn pair(&self, token0: Address, token1: Address) -> Checked<[Address; 2]> {
        self.listed("token0", token0)?;
        self.listed("token1", token1)?;
        if token0 >= token1 {
            let what = "not above token0: pools order their tokens by address, so swap the two with their figures";
            return Err(Refusal::inconsistent("token1", what));
        }
        Ok([token0, token1])
    }

    fn listed(&self, field: &str, token: Address) -> Checked<Address> {
        if self.tokens.iter().any(|t| t.address == token) {
            return Ok(token);
        }
        Err(Refusal::new(field, FiguresErrorKind::UnlistedToken(format!("{token:#x}"))))
    }

    pub(super) fn named(&self, field: &str, symbol: &str) -> Checked<Address> {
        let token = self.tokens.iter().find(|t| t.symbol == symbol);
        token
            .map(|t| t.address)
            .ok_or_else(|| Refusal::new(field, FiguresErrorKind::UnlistedToken(quoted(symbol))))
    }
}

fn not_built(kind: &str, w: wire::NotBuilt) -> VenueKind {
    let tokens = w.tokens.into_iter().chain(w.currency0).chain(w.currency1).map(|a| a.0);
    VenueKind::NotBuilt { kind: kind.to_owned(), tokens: tokens.collect() }
}

/// A curve that was inferred from the reserve's rates gives those rates.
fn curve(w: &wire::Curve, reserve: &wire::Lending) -> Checked<RateCurve> {
    let fraction = |field, value: Decimal, decimals: u8, most: u64| {
        let scale = U256::from(10).pow(U256::from(decimals));
        let most_scaled = scale.saturating_mul(U256::from(most));
        value.scaled(decimals.into()).filter(|v| *v <= most_scaled).ok_or_else(|| {
            let what = format!("a fraction from 0 to {most}, with at most {decimals} decimals");
            Refusal::range(field, "the figure", what)
        })
    };
    let curve = RateCurve {
        base: fraction("base", w.base, 27, 1)?,
        slope1: fraction("slope1", w.slope1, 27, 1)?,
        slope2: fraction("slope2", w.slope2, 27, 10)?,
        optimal: fraction("optimal_utilisation", w.optimal_utilisation, 27, 1)?,
        reserve_factor_bps: fraction("reserve_factor", w.reserve_factor, 4, 1)?,
    };
    if curve.optimal.is_zero() || curve.optimal == RAY {
        return Err(Refusal::range("optimal_utilisation", curve.optimal / RAY, "between 0 and 1"));
    }
    let printed = reserve.supply_rate_ray.0;
    let utilisation = curve.utilisation_at(reserve.borrow_rate_ray.0);
    match utilisation.and_then(|u| curve.supply_rate(u)) {
        Some(rate) if rate.abs_diff(printed) <= printed / U256::from(100) => Ok(curve),
        _ => {
            let what = "the curve does not give the reserve's borrow and supply rates: correct one";
            Err(Refusal::inconsistent("", what))
        }
    }
}

pub(super) fn nonzero(field: &str, value: U256) -> Checked<U256> {
    if value.is_zero() { Err(Refusal::range(field, 0, "above 0")) } else { Ok(value) }
}

pub(super) fn positive(field: &str, value: u64) -> Checked<u64> {
    if value == 0 { Err(Refusal::range(field, 0, "above 0")) } else { Ok(value) }
}

fn fee_ppm(fee: u32) -> Checked<()> {
    if fee < 1_000_000 {
        return Ok(());
    }
    Err(Refusal::range("fee_ppm", fee, "less than 1000000, which is all of it"))
}

pub(super) fn contract(field: &str, address: Address) -> Checked<Address> {
    if address.is_zero() || address == NATIVE {
        return Err(Refusal::range(field, format!("{address:#x}"), "the address of a contract"));
    }
    Ok(address)
}

/// A short name in printable ASCII, safe to show on one line.
pub(super) fn label(field: &str, text: &str) -> Checked<String> {
    let printable = text.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
    if printable && (1..=128).contains(&text.len()) && text.trim() == text {
        return Ok(text.to_owned());
    }
    Err(Refusal::range(field, quoted(text), "1 to 128 printable ASCII characters"))
}
