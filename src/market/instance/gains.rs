//! From a pool's figures to the gains of its two directions.

use tenor_solver::venues::{Gain, Segment};

use super::{
    error::{InstanceErrorKind, Refusal, not_negative, positive},
    form::{Amount, Object, Pair},
    stable::invariant,
    wire::{Kind, Pool, Seg},
};

/// Thinner than this share, a segment is none in a direction.
const THIN: f64 = 1e-18;

/// How far two neighbouring segments may overlap, relatively: rounding, no more.
const SEAM: f64 = 1e-9;

/// Gains from the first token to the second, and back; `None` where a direction does not trade.
pub(super) type Both = [Option<Gain>; 2];

/// What a pool's two directions return.
pub(super) fn gains(pool: &Pool) -> Result<Both, Refusal> {
    if let Some(name) = pool.foreign() {
        return Err(Refusal::new(name, InstanceErrorKind::Foreign { kind: pool.kind.name() }));
    }
    if pool.fee_ppm >= 1_000_000 {
        return Err(Refusal::range("fee_ppm", pool.fee_ppm, "less than 1000000, which is all"));
    }
    let keep = 1.0 - f64::from(pool.fee_ppm) / 1e6;
    match pool.kind {
        Kind::Cpmm => product(pool, keep),
        Kind::Weighted => weighted(pool, keep),
        Kind::Stable => stable(pool, keep),
        Kind::V3 => ticks(pool, keep),
        Kind::Linear => linear(pool),
    }
}

fn product(pool: &Pool, keep: f64) -> Result<Both, Refusal> {
    let [x, y] = reserves(pool)?;
    let gain = |x, y| Some(Gain::ConstantProduct { x, y, keep });
    Ok([gain(x, y), gain(y, x)])
}

fn weighted(pool: &Pool, keep: f64) -> Result<Both, Refusal> {
    let [x, y] = reserves(pool)?;
    let [i, j] = pair("weights", pool.weights)?;
    let gain = |x, y, power| Some(Gain::Weighted { x, y, power, keep });
    Ok([gain(x, y, i / j), gain(y, x, j / i)])
}

fn stable(pool: &Pool, keep: f64) -> Result<Both, Refusal> {
    let [x, y] = reserves(pool)?;
    let [i, j] = pair("rates", pool.rates)?;
    let ann = 4.0 * positive("A", *need("A", pool.a.as_ref())?)?;
    let (x, y) = (x * i, y * j);
    let d = invariant(x, y, ann);
    if !(d.is_finite() && d > 0.0) {
        return Err(Refusal::inconsistent("", "these balances, rates and A have no invariant"));
    }
    let gain = |x, rate_in, rate_out| Some(Gain::Stable { x, ann, d, keep, rate_in, rate_out });
    Ok([gain(x, i, j), gain(y, j, i)])
}

fn linear(pool: &Pool) -> Result<Both, Refusal> {
    let rate = not_negative("rate", *need("rate", pool.rate.as_ref())?)?;
    let Amount(cap) = *need("cap", pool.cap.as_ref())?;
    Ok([Some(Gain::Linear { rate, cap }), None])
}

/// Concentrated liquidity: falling prices from the first token, rising ones from the second.
fn ticks(pool: &Pool, keep: f64) -> Result<Both, Refusal> {
    let root = positive("price", *need("price", pool.price.as_ref())?)?.sqrt();
    let segs = need("segs", pool.segs.as_ref())?;
    let (mut down, mut up) = (Vec::new(), Vec::new());
    let mut reached = 0.0;
    for (at, Object(seg)) in segs.iter().enumerate() {
        check(seg, reached).map_err(|refusal| refusal.within(&format!("segs[{at}]")))?;
        reached = seg.ph;
        let (low, high, l) = (seg.pl.sqrt(), seg.ph.sqrt(), seg.l);
        let now = root.max(low).min(high);
        let (x, y) = (l / now, l * now);
        if l * (now - low) > THIN * l {
            down.push(Segment { x, y, cap: (l / low - x) / keep });
        }
        if l * (1.0 / now - 1.0 / high) > THIN * l {
            up.push(Segment { x: y, y: x, cap: (l * high - y) / keep });
        }
    }
    down.reverse();
    let gain = |segments: Vec<Segment>| {
        (!segments.is_empty()).then(|| Gain::Ticks { segments: segments.into(), keep })
    };
    Ok([gain(down), gain(up)])
}

/// Segments rise in price and do not overlap: only then is the gain concave.
fn check(seg: &Seg, reached: f64) -> Result<(), Refusal> {
    positive("pl", seg.pl)?;
    positive("ph", seg.ph)?;
    not_negative("L", seg.l)?;
    if seg.ph < seg.pl {
        return Err(Refusal::figure("ph", seg.ph, format!("at least `pl`, {:?}", seg.pl)));
    }
    if seg.pl < reached * (1.0 - SEAM) {
        let expected = format!("at least {reached:?}, where the segment before ends");
        return Err(Refusal::figure("pl", seg.pl, expected));
    }
    Ok(())
}

fn reserves(pool: &Pool) -> Result<[f64; 2], Refusal> {
    pair("reserves", pool.reserves.map(|Pair(both)| Pair(both.map(|Amount(value)| value))))
}

fn pair(name: &str, values: Option<Pair<f64>>) -> Result<[f64; 2], Refusal> {
    let Pair([i, j]) = *need(name, values.as_ref())?;
    Ok([positive(&format!("{name}[0]"), i)?, positive(&format!("{name}[1]"), j)?])
}

fn need<'a, T>(name: &str, value: Option<&'a T>) -> Result<&'a T, Refusal> {
    value.ok_or_else(|| Refusal::new(name, InstanceErrorKind::Missing))
}
