//! The paths by which a victim's pool can be moved.

use super::{Aim, Case, Hop, MOST_PATHS, Path};

impl Path {
    fn there_and_back(front: Vec<Hop>) -> Self {
        let back = front.iter().rev().map(turned).collect();
        Self { front, back }
    }

    /// All trades of it.
    pub(super) fn hops(&self) -> impl Iterator<Item = Hop> + '_ {
        self.front.iter().chain(&self.back).copied()
    }
}

const fn turned(hop: &Hop) -> Hop {
    Hop { venue: hop.venue, from: hop.to, to: hop.from }
}

impl Case<'_> {
    /// Ways to stand around a swap: through its venue alone; through another one that the victim trades
    /// through too, before or after it. Where the token given has no price, also through any other venue
    /// whose token an attacker may rather hold. None where the venue does not trade back.
    pub(super) fn paths(&self, aim: Aim) -> Vec<Path> {
        let hop = Hop { venue: aim.venue, from: aim.swap.from, to: aim.swap.to };
        if !self.both_ways(hop) {
            return Vec::new();
        }
        let direct = Path::there_and_back(vec![hop]);
        let mut longer: Vec<Vec<Hop>> = Vec::new();
        let priced = self.given(hop).is_some_and(|token| self.price(token).is_some());
        for other in self.hops_elsewhere(aim.venue) {
            if priced && !self.is_aim(other) {
                continue;
            }
            if self.wanted(other) == self.given(hop) && self.given(other) != self.wanted(hop) {
                longer.push(vec![other, hop]);
            }
            if self.given(other) == self.wanted(hop) && self.wanted(other) != self.given(hop) {
                longer.push(vec![hop, other]);
            }
        }
        longer.sort_by_key(|hops| !hops.iter().all(|hop| self.is_aim(*hop)));
        let longer = longer.into_iter().map(Path::there_and_back);
        std::iter::once(direct).chain(longer).take(MOST_PATHS).collect()
    }

    fn both_ways(&self, hop: Hop) -> bool {
        let trades = |from, to| self.venues[hop.venue].gain(from, to).is_some();
        trades(hop.from, hop.to) && trades(hop.to, hop.from)
    }

    fn is_aim(&self, hop: Hop) -> bool {
        let same = |aim: &Aim| (aim.venue, aim.swap.from) == (hop.venue, hop.from);
        self.aims.iter().any(|aim| same(aim) && aim.swap.to == hop.to)
    }

    fn hops_elsewhere(&self, venue: usize) -> Vec<Hop> {
        let others = (0..self.venues.len()).filter(|other| *other != venue);
        let all = others.flat_map(|venue| {
            let n = self.venues[venue].tokens().len();
            (0..n).flat_map(move |from| (0..n).map(move |to| Hop { venue, from, to }))
        });
        all.filter(|hop| hop.from != hop.to && self.both_ways(*hop)).collect()
    }
}
