//! Balancer's pools as bare figures, without vault, limits of cash, or a name: for markets that others
//! describe, such as an auction's.
//!
//! The arithmetic is that of the deployed pools, in both directions. Scaling is what brings a token's
//! units to the common one, in 18 decimals, whether or not it is a power of ten. `None` is where a
//! contract reverts.

use alloy_primitives::U256;

use super::{
    super::{Gain, curve::folded},
    fixed_point::{Powers, complement, div_down, div_up, mul_down, mul_up},
    stable_math::{AMP_PRECISION, StableMath},
    weighted_math::{MOST_RATIO, Side, in_given_out, out_given_in},
};
use crate::amount::{WAD, to_f64};

/// One token of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BareToken {
    /// Units that the pool holds.
    pub balance: U256,
    /// From units to the common one, in 18 decimals.
    pub scaling: U256,
    /// Its share of the pool's value, in 18 decimals; of a stable pool, nothing.
    pub weight: U256,
}

impl BareToken {
    fn up(&self, amount: U256) -> Option<U256> {
        mul_down(amount, self.scaling)
    }
}

/// A weighted pool.
#[derive(Debug, Clone)]
pub struct BareWeighted {
    /// Its tokens.
    pub tokens: Box<[BareToken]>,
    /// The fee on the input, in 18 decimals.
    pub fee: U256,
    /// How it raises to powers.
    pub powers: Powers,
}

impl BareWeighted {
    fn sides(&self, from: usize, to: usize) -> Option<(&BareToken, &BareToken, Side, Side)> {
        let (given, wanted) = (self.tokens.get(from)?, self.tokens.get(to)?);
        let side = |token: &BareToken| {
            Some(Side { balance: token.up(token.balance)?, weight: token.weight })
        };
        (from != to && self.fee < WAD).then_some((given, wanted, side(given)?, side(wanted)?))
    }

    /// Units of `to` for `amount` of `from`, rounded down.
    pub fn out(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (given, wanted, side_in, side_out) = self.sides(from, to)?;
        let net = given.up(amount.checked_sub(mul_up(amount, self.fee)?)?)?;
        if net > mul_down(side_in.balance, MOST_RATIO)? {
            return None;
        }
        div_down(out_given_in(side_in, side_out, net, self.powers)?, wanted.scaling)
    }

    /// Units of `from`, fee included, that the pool asks for `amount` of `to`, rounded up.
    pub fn input(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (given, wanted, side_in, side_out) = self.sides(from, to)?;
        let scaled = wanted.up(amount)?;
        if scaled > mul_down(side_out.balance, MOST_RATIO)? {
            return None;
        }
        let net = in_given_out(side_in, side_out, scaled, self.powers)?;
        div_up(div_up(net, given.scaling)?, complement(self.fee))
    }

    /// The real-valued view, and the most units given.
    pub fn gain(&self, from: usize, to: usize) -> Option<(Gain, f64)> {
        let (given, wanted) = (self.tokens.get(from)?, self.tokens.get(to)?);
        let (x, y) = (to_f64(given.balance), to_f64(wanted.balance));
        let keep = to_f64(complement(self.fee)) / to_f64(WAD);
        let power = to_f64(given.weight) / to_f64(wanted.weight);
        Some((Gain::Weighted { x, y, power, keep }, 0.3 * x / keep))
    }
}

/// A stable pool, without its own token.
#[derive(Debug, Clone)]
pub struct BareStable {
    tokens: Box<[BareToken]>,
    scaled: Box<[U256]>,
    fee: U256,
    amp: U256,
    d: U256,
}

impl BareStable {
    /// A pool of these tokens; `amp` is the amplification times 1000. `None` where the figures have no
    /// invariant.
    pub fn new(tokens: Box<[BareToken]>, fee: U256, amp: U256) -> Option<Self> {
        let scaled: Option<Box<[U256]>> = tokens.iter().map(|t| t.up(t.balance)).collect();
        let scaled =
            scaled.filter(|scaled| scaled.len() > 1 && !scaled.iter().any(U256::is_zero))?;
        let d = StableMath::Later.invariant(amp, &scaled).ok()?;
        (fee < WAD && amp >= AMP_PRECISION).then_some(Self { tokens, scaled, fee, amp, d })
    }

    fn sides(&self, from: usize, to: usize) -> Option<(&BareToken, &BareToken)> {
        (from != to).then_some((self.tokens.get(from)?, self.tokens.get(to)?))
    }

    /// Units of `to` for `amount` of `from`, rounded down.
    pub fn out(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (given, wanted) = self.sides(from, to)?;
        let net = given.up(amount.checked_sub(mul_up(amount, self.fee)?)?)?;
        let out = StableMath::Later.out_given_in(self.amp, &self.scaled, self.d, (from, to), net);
        div_down(out.ok()?, wanted.scaling)
    }

    /// Units of `from`, fee included, that the pool asks for `amount` of `to`, rounded up.
    pub fn input(&self, from: usize, to: usize, amount: U256) -> Option<U256> {
        let (given, wanted) = self.sides(from, to)?;
        let out = wanted.up(amount)?;
        let net = StableMath::Later.in_given_out(self.amp, &self.scaled, self.d, (from, to), out);
        div_up(div_up(net.ok()?, given.scaling)?, complement(self.fee))
    }

    /// The real-valued view.
    pub fn gain(&self, from: usize, to: usize) -> Option<Gain> {
        let (given, wanted) = self.sides(from, to)?;
        let ann = self.amp.checked_mul(U256::from(self.tokens.len()))?;
        let curve = folded(&self.scaled, (from, to), self.d, (ann, AMP_PRECISION))?;
        let keep = to_f64(complement(self.fee)) / to_f64(WAD);
        let rate = |token: &BareToken| to_f64(token.scaling) / to_f64(WAD);
        Some(curve.rescaled(rate(given) * keep, 1.0 / rate(wanted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(balance: u128, scaling: u128, weight: u128) -> BareToken {
        BareToken {
            balance: U256::from(balance),
            scaling: U256::from(scaling),
            weight: U256::from(weight),
        }
    }

    const ONE: u128 = 1_000_000_000_000_000_000;

    fn weighted(powers: Powers) -> BareWeighted {
        let tokens = [
            token(1_000 * ONE, ONE, ONE / 5),
            token(4_000_000_000, ONE * 1_000_000_000_000, ONE * 4 / 5),
        ];
        BareWeighted { tokens: Box::new(tokens), fee: U256::from(ONE / 200), powers }
    }

    fn stable() -> BareStable {
        let tokens =
            [token(900_000 * ONE, ONE, 0), token(1_100_000_000_000, ONE * 1_000_000_000_000, 0)];
        BareStable::new(Box::new(tokens), U256::from(ONE / 10_000), U256::from(200_000)).unwrap()
    }

    /// What is asked for an output buys it but for the power's own error, and a little less does not.
    #[test]
    fn what_is_asked_for_is_about_what_it_buys() {
        let near = |a: U256, b: U256, most: f64| {
            let (a, b) = (to_f64(a), to_f64(b));
            assert!((a - b).abs() <= most * b + 2.0, "{a} {b}");
        };
        for powers in [Powers::Logarithms, Powers::Shortcuts] {
            let pool = weighted(powers);
            for wanted in [1_000_u64, 1_234_567, 200_000_000] {
                let wanted = U256::from(wanted);
                let asked = pool.input(0, 1, wanted).unwrap();
                near(pool.out(0, 1, asked).unwrap(), wanted, 1e-8);
            }
        }
        let pool = stable();
        for wanted in [1_000_000_u64, 5_000_000_000, 800_000_000_000] {
            let asked = pool.input(0, 1, U256::from(wanted)).unwrap();
            near(pool.out(0, 1, asked).unwrap(), U256::from(wanted), 1e-9);
        }
    }

    #[test]
    fn gains_are_never_below_the_integers() {
        for amount in [1_u128, 1_000_003, ONE, 40 * ONE] {
            let (pool, amount) = (weighted(Powers::Shortcuts), U256::from(amount));
            let (gain, _) = pool.gain(0, 1).unwrap();
            let out = to_f64(pool.out(0, 1, amount).unwrap());
            assert!(gain.out(to_f64(amount)) * (1.0 + 1e-9) >= out);
            let pool = stable();
            let out = to_f64(pool.out(0, 1, amount).unwrap_or_default());
            assert!(pool.gain(0, 1).unwrap().out(to_f64(amount)) * (1.0 + 1e-9) >= out);
        }
    }

    #[test]
    fn what_contracts_refuse_is_none() {
        let pool = weighted(Powers::Logarithms);
        assert_eq!(pool.out(0, 0, U256::ONE), None);
        assert_eq!(pool.out(0, 2, U256::ONE), None);
        assert_eq!(pool.out(0, 1, U256::from(400 * ONE)), None);
        assert_eq!(pool.out(0, 1, U256::MAX), None);
        assert_eq!(pool.input(0, 1, U256::from(2_000_000_000_u64)), None);
        let pool = stable();
        assert_eq!(pool.input(0, 1, U256::from(1_100_000_000_000_u64)), None);
        assert_eq!(pool.out(1, 1, U256::ONE), None);
    }
}
