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
    /// Ways to stand around a swap: through its venue alone; where the token given has no price, also
    /// through any other venue whose token an attacker may rather hold. None where the venue does not
    /// trade back.
    pub(super) fn paths(&self, aim: Aim) -> Vec<Path> {
        let hop = aim.hop();
        if !self.both_ways(hop) {
            return Vec::new();
        }
        let priced = self.given(hop).is_some_and(|token| self.price(token).is_some());
        let others = if priced { Vec::new() } else { self.hops_elsewhere(aim.venue) };
        let longer = others.into_iter().filter(|other| !self.is_aim(*other));
        let longer = longer.flat_map(|other| self.together(hop, other));
        let direct = Path::there_and_back(vec![hop]);
        std::iter::once(direct).chain(longer).take(MOST_PATHS).collect()
    }

    /// Through another venue that the victim trades at too, before or after it.
    pub(super) fn chained(&self, aim: Aim) -> impl Iterator<Item = Path> {
        let hop = aim.hop();
        let others = self.aims.iter().map(Aim::hop).filter(|other| other.venue != hop.venue);
        let both = others.filter(|other| self.both_ways(*other) && self.both_ways(hop));
        both.flat_map(|other| self.together(hop, other))
            .take(MOST_PATHS)
            .collect::<Vec<_>>()
            .into_iter()
    }

    /// The ways through two hops of which each pays what the other takes.
    fn together(&self, hop: Hop, other: Hop) -> Vec<Path> {
        let mut paths = Vec::new();
        if self.wanted(other) == self.given(hop) && self.given(other) != self.wanted(hop) {
            paths.push(Path::there_and_back(vec![other, hop]));
        }
        if self.given(other) == self.wanted(hop) && self.wanted(other) != self.given(hop) {
            paths.push(Path::there_and_back(vec![hop, other]));
        }
        paths
    }

    fn both_ways(&self, hop: Hop) -> bool {
        let trades = |from, to| self.venues[hop.venue].gain(from, to).is_some();
        trades(hop.from, hop.to) && trades(hop.to, hop.from)
    }

    fn is_aim(&self, hop: Hop) -> bool {
        self.aims.iter().any(|aim| aim.hop() == hop)
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
