//! Amounts of several sources, made to add up to what is given of each.

use petgraph::graph::NodeIndex;

use super::Choice;
use crate::candidates::Candidates;

impl Candidates<'_, '_> {
    /// Makes what is placed of each source all of it: the program leaves that some room.
    pub(super) fn settle(&self, choices: &[Choice], amounts: &mut [f64]) {
        if self.sources.len() < 2 {
            return;
        }
        for (at, source) in self.sources.iter().enumerate() {
            let own = || choices.iter().enumerate().filter(move |(_, c)| c.source == at);
            let placed: f64 = own().map(|(i, _)| amounts[i]).sum();
            if placed > 0.0 {
                let part = source.amount() / placed;
                own().for_each(|(i, _)| amounts[i] *= part);
            }
        }
        self.net(choices, amounts);
    }

    /// Takes back what two sources move into each other: alone each way may look as if it paid, but
    /// what goes both ways only pays fees.
    fn net(&self, choices: &[Choice], amounts: &mut [f64]) {
        let index = |source: usize, node: NodeIndex| {
            choices.iter().position(|c| c.source == source && c.node == node)
        };
        for (a, one) in self.sources.iter().enumerate() {
            for (b, other) in self.sources.iter().enumerate().skip(a + 1) {
                let (Some(there), Some(back)) = (index(a, other.node), index(b, one.node)) else {
                    continue;
                };
                let (Some(keeps), Some(stays)) = (index(a, one.node), index(b, other.node)) else {
                    continue;
                };
                let both = amounts[there].min(amounts[back]);
                for (at, change) in [(there, -both), (back, -both), (keeps, both), (stays, both)] {
                    amounts[at] += change;
                }
            }
        }
    }
}
