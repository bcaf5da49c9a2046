//! What holdings risk together: expected loss, unexpected loss and survival, every node counted once.

use super::class::HazardKind;
use crate::intent::Tier;

/// What one token rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Exposure {
    /// The highest tier of a node.
    pub tier: Tier,
    /// Protocols, the nearest first.
    pub protocols: Vec<String>,
    /// Every node by name, the token's own first.
    pub rests_on: Vec<String>,
    /// Protocols that no priors name.
    pub unknown: Vec<String>,
    /// What can go wrong, each hazard of each node once.
    pub perils: Vec<Peril>,
}

/// One hazard of one node, as it reaches a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peril {
    /// The node's number in the graph.
    pub node: usize,
    /// What goes wrong.
    pub hazard: HazardKind,
    /// How often a year.
    pub rate: f64,
    /// The part of the position that is lost.
    pub loss: f64,
}

/// A part of a plan.
#[derive(Debug, Clone, Copy)]
pub struct Weighed<'a> {
    /// What it rests on.
    pub exposure: &'a Exposure,
    /// Its part of the whole.
    pub share: f64,
    /// What is at risk for each unit of its value: 1 without debt.
    pub leverage: f64,
}

impl Default for Exposure {
    fn default() -> Self {
        Self {
            tier: Tier::T0,
            protocols: Vec::new(),
            rests_on: Vec::new(),
            unknown: Vec::new(),
            perils: Vec::new(),
        }
    }
}

impl Exposure {
    /// Its tier by the rule of `YIELD_AND_RISK` section 7: the highest of its nodes, and one more for
    /// debt and one more for three protocols or more, up to T4. Two protocols are a layer upon another:
    /// no less than T2.
    pub fn tier(&self, leverage: f64) -> Tier {
        const TIERS: [Tier; 5] = [Tier::T0, Tier::T1, Tier::T2, Tier::T3, Tier::T4];
        let layers = self.protocols.len();
        let base = if layers > 1 { self.tier.max(Tier::T2) } else { self.tier };
        let more = usize::from(leverage > 1.0) + usize::from(layers >= 3);
        let at = TIERS.iter().position(|tier| *tier == base).unwrap_or(4) + more;
        TIERS.get(at).copied().unwrap_or(Tier::T4)
    }

    /// What is expected to be lost in a year, as a part.
    pub fn expected_loss(&self) -> f64 {
        self.perils.iter().map(|peril| peril.rate * peril.loss).sum()
    }

    /// The chance that nothing goes wrong in so many years: every node once.
    pub fn survival(&self, years: f64) -> f64 {
        (-years * self.perils.iter().map(|peril| peril.rate).sum::<f64>()).exp()
    }
}

/// What a year is expected to take from all parts together, as a part of the whole.
pub fn expected_loss(parts: &[Weighed<'_>]) -> f64 {
    together(parts).iter().map(|peril| peril.rate * peril.loss).sum()
}

/// By how much a year usually misses that: `UL^2 = w' S w` with `S_ij` the sum, over the hazards that
/// positions `i` and `j` share, of `rate * loss_i * loss_j`. Written the other way round it is the sum over
/// hazards of `rate * (sum of w_i * loss_i)^2`, in which each is counted once.
pub fn unexpected_loss(parts: &[Weighed<'_>]) -> f64 {
    together(parts).iter().map(|peril| peril.rate * peril.loss.powi(2)).sum::<f64>().sqrt()
}

/// By how much [`unexpected_loss`] grows with the weight of a part like `on`, at these weights. The unexpected
/// loss is convex and doubles with all weights, so that weights times these slopes are never above it, and
/// equal it here.
pub fn slope(parts: &[Weighed<'_>], on: &Exposure) -> f64 {
    let whole = unexpected_loss(parts);
    if whole <= 0.0 {
        return 0.0;
    }
    let all = together(parts);
    let shared = |peril: &Peril| {
        let same = all.iter().find(|p| (p.node, p.hazard) == (peril.node, peril.hazard));
        same.map_or(0.0, |same| peril.rate * peril.loss * same.loss)
    };
    on.perils.iter().map(shared).sum::<f64>() / whole
}

/// The chance that nothing goes wrong with anything held in so many years.
pub fn survival(parts: &[Weighed<'_>], years: f64) -> f64 {
    (-years * together(parts).iter().map(|peril| peril.rate).sum::<f64>()).exp()
}

/// Every hazard that anything held rests on, once, with the part of the whole that it takes. Nobody
/// loses more of a position than there is.
pub fn together(parts: &[Weighed<'_>]) -> Vec<Peril> {
    let mut all: Vec<Peril> = Vec::new();
    for Weighed { exposure, share, leverage } in parts {
        for peril in &exposure.perils {
            let loss = share * (peril.loss * leverage).min(1.0);
            match all.iter_mut().find(|p| (p.node, p.hazard) == (peril.node, peril.hazard)) {
                Some(known) => known.loss += loss,
                None => all.push(Peril { loss, ..*peril }),
            }
        }
    }
    all
}
