//! Several holdings: what is given, and how much of it moves.

use std::fmt::{self, Write as _};

use super::{Page, numbers};

impl Page<'_> {
    /// Everything given, in words.
    pub(super) fn given(&self) -> String {
        let intent = &self.answer.intent;
        let others = intent.others.iter().map(|held| self.amount(&held.amount, &held.token));
        let mut all = vec![self.amount(&intent.amount, &intent.asset)];
        all.extend(others);
        all.join(" + ")
    }

    pub(super) fn turnover(&self, out: &mut String) -> fmt::Result {
        let Some(turned) = &self.answer.turnover else { return Ok(()) };
        let moved = numbers::whole(&turned.moved_wei, 18);
        let share = numbers::percent(&turned.share_bps);
        let cost = numbers::signed(&turned.cost_wei, 18);
        writeln!(out, "  turnover    {share} of the whole ({moved} ETH), trading it {cost} ETH")
    }
}
