//! The limits of an intent that a plan breaks.

use crate::{
    amount::to_f64,
    candidates::Candidates,
    risk::Risk,
    solution::{LimitKind, PlanKind, Solution, Violation},
};

impl Candidates<'_, '_> {
    /// The limits that a plan breaks, each with by how much.
    pub(crate) fn violations(&self, plan: &Solution) -> Vec<Violation> {
        let limits = &self.intent.limits;
        let mut found = Vec::new();
        let mut check = |broken: bool, limit: LimitKind, detail: String| {
            if broken {
                found.push(Violation { limit, detail });
            }
        };
        let Risk { tier, expected_loss_bps, protocols, .. } = &plan.risk;
        for protocol in protocols {
            check(
                limits.avoid.contains(protocol),
                LimitKind::Avoid,
                format!("exposed to {protocol}"),
            );
            let allowed = limits.only.is_empty() || limits.only.contains(protocol);
            check(!allowed, LimitKind::Only, format!("exposed to {protocol}"));
        }
        check(
            *tier > limits.max_tier,
            LimitKind::Tier,
            format!("{tier:?} above {:?}", limits.max_tier),
        );
        over(&mut check, LimitKind::ExpectedLoss, *expected_loss_bps, limits.max_expected_loss_bps);
        for (protocol, share) in self.shares(plan) {
            let detail = format!("{protocol} carries {share:.1} bp of {}", limits.protocol_cap_bps);
            check(
                share > f64::from(limits.protocol_cap_bps) + 1e-6,
                LimitKind::ProtocolCap,
                detail,
            );
        }
        if plan.kind != PlanKind::Hold {
            over(&mut check, LimitKind::EntryCost, plan.entry_cost_bps, limits.max_entry_cost_bps);
        }
        over(&mut check, LimitKind::ExitCost, plan.exit_cost_bps, limits.max_exit_cost_bps);
        let liquid = plan.liquid_bps;
        let needed = f64::from(limits.liquid_share_bps);
        let detail = format!(
            "{:.1} % of {:.1} % can be shown to be ETH within {} at {} depth",
            liquid / 100.0,
            needed / 100.0,
            limits.liquid_time(),
            limits.liquid_depth
        );
        check(liquid < needed - 1e-6, LimitKind::Liquidity, detail);
        found.extend(self.too_small(plan));
        found
    }

    /// The largest share of the whole that rests on one protocol, in basis points.
    pub(crate) fn heaviest(&self, plan: &Solution) -> f64 {
        self.shares(plan).iter().map(|(_, share)| *share).fold(0.0, f64::max)
    }

    /// The share of the whole that rests on each protocol, in basis points.
    fn shares(&self, plan: &Solution) -> Vec<(String, f64)> {
        // Of all that is held: of a plan that owes, more than its worth.
        let total = plan.worth.parts.iter().map(|part| to_f64(part.redeem)).sum::<f64>().max(1.0);
        let mut shares: Vec<(String, f64)> = Vec::new();
        for part in &plan.worth.parts {
            let Some((token, _)) = part.holdings.first() else { continue };
            for protocol in self.appraiser.exposure(*token).protocols {
                let share = 1e4 * to_f64(part.redeem) / total;
                match shares.iter_mut().find(|(name, _)| *name == protocol) {
                    Some((_, sum)) => *sum += share,
                    None => shares.push((protocol, share)),
                }
            }
        }
        shares
    }
}

fn over(check: &mut impl FnMut(bool, LimitKind, String), limit: LimitKind, is: f64, most: u32) {
    check(is > f64::from(most) + 1e-6, limit, format!("{is:.1} bp of {most} bp"));
}
