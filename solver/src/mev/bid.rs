//! What inclusion is worth paying: the bid that maximises the expected gain.

/// Newton steps for `z + e^z = k`; from its start it takes about five.
const STEPS: u32 = 60;

/// How likely a bid is to be included: `1 / (1 + e^(-(bid - mean) / spread))`, fitted to one's own
/// history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Inclusion {
    /// The bid that is included every other time.
    pub mean: f64,
    /// How fast more bid helps; positive.
    pub spread: f64,
}

/// What is at stake, in the units of the bid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stake {
    /// What inclusion is worth.
    pub value: f64,
    /// What it costs not to be included.
    pub miss: f64,
}

/// A bid and what to expect of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bid {
    /// The bid.
    pub amount: f64,
    /// How likely it is to be included.
    pub included: f64,
    /// The gain to expect.
    pub gain: f64,
}

impl Inclusion {
    /// How likely a bid is to be included.
    pub fn of(&self, bid: f64) -> f64 {
        1.0 / (1.0 + (-(bid - self.mean) / self.spread).exp())
    }

    /// The bid that gains most in one block: `mean + spread * (k - W(e^k))`, never below nothing.
    pub fn best(&self, stake: Stake) -> Bid {
        let k = (stake.value + stake.miss - self.mean) / self.spread - 1.0;
        self.expect((self.mean + self.spread * (k - lambert(k))).max(0.0), stake)
    }

    /// The bid that gains most where a miss can be tried again in `blocks` more blocks, of which each
    /// finds the chance still there with probability `survives`: who can wait bids less.
    pub fn patient(&self, stake: Stake, survives: f64, blocks: u32) -> Bid {
        let mut bid = self.best(stake);
        for _ in 0..blocks {
            // A miss now costs what it costs, less what waiting is still worth.
            bid = self.best(Stake { miss: stake.miss - survives * bid.gain, ..stake });
        }
        bid
    }

    fn expect(&self, amount: f64, stake: Stake) -> Bid {
        let included = self.of(amount);
        let gain = included * (stake.value - amount) - (1.0 - included) * stake.miss;
        Bid { amount, included, gain }
    }
}

/// `W(e^k)`: where `z + e^ln(z)` is `k`, that is `z + ln z = k`.
///
/// Solved for `u = ln z`: `u + e^u = k` is convex and rising, so that Newton from the right of the
/// root only falls towards it.
fn lambert(k: f64) -> f64 {
    let mut u = if k > 1.0 { k.ln() } else { k };
    for _ in 0..STEPS {
        let e = u.exp();
        let next = u - (u + e - k) / (1.0 + e);
        if (next - u).abs() <= 1e-16 * u.abs().max(1.0) {
            break;
        }
        u = next;
    }
    u.exp()
}
