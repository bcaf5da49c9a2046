//! What is left to take after a trade: a ring of constant products, traded once around.

use super::sandwich::Product;

/// Pools one after another, each paying what the next one takes: what goes in and what comes out is
/// `p * a / (q + r * a)`, whatever their number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    p: f64,
    q: f64,
    r: f64,
}

/// The best trade around a ring.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Backrun {
    /// Units given.
    pub given: f64,
    /// Units gained.
    pub profit: f64,
}

impl Path {
    /// One pool.
    pub fn of(pool: &Product) -> Self {
        Self { p: pool.keep * pool.y, q: pool.x, r: pool.keep }
    }

    /// This path, then one more pool, which takes what this one pays.
    #[must_use]
    pub fn then(&self, pool: &Product) -> Self {
        Self {
            p: self.p * pool.keep * pool.y,
            q: self.q * pool.x,
            r: self.r * pool.x + pool.keep * self.p,
        }
    }

    /// Units out for `a` units in.
    pub fn out(&self, a: f64) -> f64 {
        self.p * a / (self.q + self.r * a)
    }

    /// The most that is gained where the path ends in the token that it starts from.
    pub fn backrun(&self) -> Backrun {
        if self.p <= self.q {
            return Backrun::default();
        }
        let (p, q) = (self.p.sqrt(), self.q.sqrt());
        Backrun { given: (p * q - self.q) / self.r, profit: (p - q) * (p - q) / self.r }
    }
}
