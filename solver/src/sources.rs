//! Where a plan's value comes from: what is given, asset by asset.

use alloy_primitives::Address;
use petgraph::graph::NodeIndex;

use crate::{
    amount::to_f64,
    intent::Intent,
    value::{Appraiser, Holdings},
};

/// Everything given of one asset.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) node: NodeIndex,
    pub(crate) holdings: Holdings,
    /// All of it, in units of its node.
    pub(crate) units: f64,
    /// Units of its node for one unit that programs count in: one where it is alone, and a wei of
    /// ETH's worth where several sources have to be counted together.
    pub(crate) scale: f64,
    /// Whether any of it may be kept: it rests on nothing to be avoided.
    pub(crate) may_stay: bool,
}

impl Source {
    /// All of it, in the units that programs count in.
    pub(crate) fn amount(&self) -> f64 {
        self.units / self.scale
    }

    pub(crate) fn has(&self, token: Address) -> bool {
        self.holdings.iter().any(|(held, _)| *held == token)
    }
}

/// What an intent gives, by asset; `None` where the market does not list or value some of it.
pub(crate) fn sources(appraiser: &Appraiser<'_>, intent: &Intent) -> Option<Vec<Source>> {
    let mut sources: Vec<Source> = Vec::new();
    for (token, amount) in intent.holdings() {
        let node = appraiser.graph.node_of(token)?;
        let may_stay = stays(appraiser, intent, token);
        match sources.iter_mut().find(|source| source.node == node) {
            Some(source) => {
                source.holdings.push((token, amount));
                source.may_stay &= may_stay;
            }
            None => {
                let holdings = vec![(token, amount)];
                sources.push(Source { node, holdings, units: 0.0, scale: 1.0, may_stay });
            }
        }
    }
    let several = sources.len() > 1;
    for source in &mut sources {
        source.units = appraiser.units(source.node, &source.holdings);
        if several {
            source.scale = source.units / to_f64(appraiser.redeem(&source.holdings)?).max(1.0);
        }
    }
    let counted = |source: &Source| source.scale.is_finite() && source.scale > 0.0;
    sources.iter().all(counted).then_some(sources)
}

fn stays(appraiser: &Appraiser<'_>, intent: &Intent, token: Address) -> bool {
    let (avoid, only) = (&intent.limits.avoid, &intent.limits.only);
    let exposure = appraiser.exposure(token);
    exposure.protocols.iter().all(|p| !avoid.contains(p) && (only.is_empty() || only.contains(p)))
}
