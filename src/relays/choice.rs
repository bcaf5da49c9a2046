//! Whom it is worth telling: relays by expected value.
//!
//! Source: `MEV_MODEL`, section 6. Amounts are in any one unit, such as ETH; shares are between 0 and 1. What
//! goes in is measured from one's own landed bundles, or said to be assumed.

/// A relay that could be told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The share of blocks that those behind it build.
    pub share: f64,
    /// How likely a bundle is in such a block, at the bid.
    pub inclusion: f64,
    /// How likely it uses or passes on what it is told.
    pub defects: f64,
    /// What it could take then.
    pub exposed: f64,
}

/// What landing is worth.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prize {
    /// What is left once the bid is paid.
    pub surplus: f64,
    /// How likely the chance is still there a block later.
    pub survives: f64,
    /// How many blocks may be tried; at least one.
    pub blocks: u32,
}

/// How a bundle is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To one relay alone, which gives more back for it.
    Alone,
    /// To all that are worth it.
    Everybody,
    /// To nobody.
    Nobody,
}

impl Candidate {
    /// How likely telling it lands the bundle in a block.
    pub fn lands(&self) -> f64 {
        self.share * self.inclusion
    }

    /// What telling it is expected to lose.
    pub fn leaks(&self) -> f64 {
        self.defects * self.exposed
    }

    /// Whether telling it gains more than it loses.
    pub fn is_worth(&self, surplus: f64) -> bool {
        self.lands() * surplus > self.leaks()
    }
}

/// Which relays are worth telling, by their places. Blocks of different builders exclude each other, so each
/// relay adds what it adds, whoever else is told: the best set is that of all that add something.
pub fn worthwhile(candidates: &[Candidate], surplus: f64) -> Vec<usize> {
    let worth = |(at, candidate): (usize, &Candidate)| candidate.is_worth(surplus).then_some(at);
    candidates.iter().enumerate().filter_map(worth).collect()
}

/// What telling relays is worth over one block: what they land, less what they leak.
pub fn worth(told: &[Candidate], surplus: f64) -> f64 {
    told.iter().map(|candidate| candidate.lands() * surplus - candidate.leaks()).sum()
}

impl Prize {
    /// What is expected where each block lands with probability `lands` and then gains `gain`:
    /// the sum over blocks t of (survives (1 - lands))^t lands gain.
    pub fn expected(&self, lands: f64, gain: f64) -> f64 {
        let again = self.survives * (1.0 - lands);
        let blocks = f64::from(self.blocks.max(1));
        // Where the ratio is one the sum is of equal terms.
        let tries = if (1.0 - again).abs() < 1e-12 {
            blocks
        } else {
            (1.0 - again.powf(blocks)) / (1.0 - again)
        };
        lands * gain * tries
    }
}

/// Whether one relay alone, which gives back `refund` more, is worth more than all of them.
///
/// Only what changes between the ways is weighed: leaks are counted once, for a relay that was told knows.
pub fn way(alone: Candidate, refund: f64, everybody: &[Candidate], prize: Prize) -> Way {
    let all: f64 = everybody.iter().map(Candidate::lands).sum::<f64>().min(1.0);
    let leaks: f64 = everybody.iter().map(Candidate::leaks).sum();
    let one = prize.expected(alone.lands(), prize.surplus + refund) - alone.leaks();
    let many = prize.expected(all, prize.surplus) - leaks;
    match (one > 0.0, many > 0.0) {
        (false, false) => Way::Nobody,
        (true, _) if one > many => Way::Alone,
        _ => Way::Everybody,
    }
}

/// What the public mempool is worth: everybody who sees it may take what is exposed.
pub fn public(lands: f64, surplus: f64, seen: f64, exposed: f64) -> f64 {
    lands * (surplus - seen * exposed)
}

/// What private relays are worth, where a miss may be tried again and is then worth `next`.
pub fn private(lands: f64, surplus: f64, survives: f64, next: f64) -> f64 {
    lands * surplus + (1.0 - lands) * survives * next
}
