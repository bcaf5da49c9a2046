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

/// A bid that was made, and whether it was included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tried {
    /// The bid.
    pub bid: f64,
    /// Whether it was included.
    pub included: bool,
}

/// The most blocks that who waits looks ahead, and what of a spread is no other bid.
const MOST_BLOCKS: u32 = 1_000;
const UNMOVED: f64 = 1e-6;

/// How many bids an assumption counts for: of fewer, one lucky one would decide.
const ASSUMED: f64 = 4.0;

/// The smallest and largest that a fitted spread may be, of the assumed one: bids that were all included
/// say nothing of what a lower one would have met.
const SPREADS: (f64, f64) = (0.05, 20.0);

impl Inclusion {
    /// How bids were included, fitted to one's own: the likeliest mean and spread, given that they are
    /// thought to be near these.
    ///
    /// In units of this spread from this mean, `1 / (1 + e^-(a + b z))` with `a` near 0 and `b` near 1;
    /// the penalised likelihood is concave, and Newton's steps are halved until they climb.
    #[must_use]
    pub fn fitted(&self, tried: &[Tried]) -> Self {
        let place = |tried: &Tried| (tried.bid - self.mean) / self.spread;
        let known: Vec<(f64, f64)> =
            tried.iter().map(|tried| (place(tried), f64::from(u8::from(tried.included)))).collect();
        let likely = |a: f64, b: f64| -> f64 {
            let near = -0.5 * ASSUMED * (a * a + (b - 1.0) * (b - 1.0));
            let one = |&(z, y): &(f64, f64)| y * (a + b * z) - softplus(a + b * z);
            near + known.iter().map(one).sum::<f64>()
        };
        let (mut a, mut b) = (0.0, 1.0);
        for _ in 0..STEPS {
            let (mut ga, mut gb) = (-ASSUMED * a, -ASSUMED * (b - 1.0));
            let (mut haa, mut hab, mut hbb) = (ASSUMED, 0.0, ASSUMED);
            for &(z, y) in &known {
                let p = 1.0 / (1.0 + (-(a + b * z)).exp());
                let w = p * (1.0 - p);
                (ga, gb) = (ga + y - p, gb + (y - p) * z);
                (haa, hab, hbb) = (haa + w, hab + w * z, hbb + w * z * z);
            }
            let det = haa * hbb - hab * hab;
            let (da, db) = ((hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det);
            let moved = da.abs() + db.abs();
            if moved.is_nan() || moved <= 1e-12 {
                break;
            }
            let (now, mut step) = (likely(a, b), 1.0);
            while step > 1e-6 && likely(a + step * da, b + step * db) < now {
                step *= 0.5;
            }
            (a, b) = (a + step * da, b + step * db);
        }
        let b = b.clamp(1.0 / SPREADS.1, 1.0 / SPREADS.0);
        Self { mean: self.mean - self.spread * a / b, spread: self.spread / b }
    }

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
    /// finds the chance still there with probability `survives`: who can wait bids less. Blocks beyond
    /// some thousand, or that change the bid by less than a millionth of the spread, do not count.
    pub fn patient(&self, stake: Stake, survives: f64, blocks: u32) -> Bid {
        let mut bid = self.best(stake);
        for _ in 0..blocks.min(MOST_BLOCKS) {
            // A miss now costs what it costs, less what waiting is still worth.
            let next = self.best(Stake { miss: stake.miss - survives * bid.gain, ..stake });
            let moved = (next.amount - bid.amount).abs();
            bid = next;
            if moved <= UNMOVED * self.spread {
                break;
            }
        }
        bid
    }

    fn expect(&self, amount: f64, stake: Stake) -> Bid {
        let included = self.of(amount);
        let gain = included * (stake.value - amount) - (1.0 - included) * stake.miss;
        Bid { amount, included, gain }
    }
}

/// `ln(1 + e^x)`, without overflow.
fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
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
