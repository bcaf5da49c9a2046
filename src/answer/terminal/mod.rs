//! The answer for people: a plan as a tree, then the figures that explain it.

mod components;
mod leverage;
mod risk;
mod turnover;
mod ways;

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::{AnswerDto, LegDto, OutputDto, numbers};

/// An answer in the form that people read. With `colour`, styled by ANSI escapes.
#[derive(Debug)]
pub struct Page<'a> {
    answer: &'a AnswerDto,
    colour: bool,
}

impl<'a> Page<'a> {
    /// Lays out an answer.
    pub const fn new(answer: &'a AnswerDto, colour: bool) -> Self {
        Self { answer, colour }
    }

    fn styled(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.styled(Style::new().bold(), text)
    }

    fn dim(&self, text: &str) -> String {
        self.styled(Style::new().dimmed(), text)
    }

    fn good(&self, text: &str) -> String {
        self.styled(AnsiColor::Green.on_default(), text)
    }

    fn bad(&self, text: &str) -> String {
        self.styled(AnsiColor::Yellow.on_default(), text)
    }

    /// An amount of a token with its symbol.
    fn amount(&self, amount: &str, token: &str) -> String {
        match self.answer.tokens.get(token) {
            Some(t) => format!("{} {}", numbers::whole(amount, t.decimals), t.symbol),
            None => format!("{amount} of {token}"),
        }
    }

    fn decimals(&self, token: &str) -> u8 {
        self.answer.tokens.get(token).map_or(18, |t| t.decimals)
    }

    fn symbol(&self, token: &str) -> String {
        self.answer.tokens.get(token).map_or_else(|| token.to_owned(), |t| t.symbol.clone())
    }

    fn holdings(&self, outputs: &[OutputDto]) -> String {
        let dust = |o: &&OutputDto| self.amount(&o.amount, &o.token).starts_with("0 ");
        let all: Vec<String> = outputs
            .iter()
            .filter(|o| outputs.len() == 1 || !dust(o))
            .map(|o| {
                let rest = if o.unallocated { " (unallocated)" } else { "" };
                format!("{}{rest}", self.amount(&o.amount, &o.token))
            })
            .collect();
        all.join(" + ")
    }

    fn head(&self, out: &mut String) -> fmt::Result {
        let a = self.answer;
        writeln!(out, "{}", self.dim(&format!("{}, {}", a.market.source, a.market.utc)))?;
        writeln!(out, "{}\n", a.intent.canonical)
    }

    fn plan(&self, out: &mut String) -> fmt::Result {
        let plan = &self.answer.plan;
        let title = match plan.kind {
            "hold" => format!("Hold: {}", self.holdings(&plan.outputs)),
            "infeasible" => "No plan within these limits".to_owned(),
            _ => format!("Plan: {}", plan.label),
        };
        writeln!(out, "{}", self.bold(&title))?;
        if let Some(infeasible) = &self.answer.infeasible {
            writeln!(out, "  {}", self.bad(&infeasible.reason))?;
            for r in &infeasible.relaxations {
                let net = numbers::percent(&r.net_bps);
                writeln!(
                    out,
                    "  feasible with {}: {} (net {net} a year)",
                    r.limit,
                    self.bold(&r.to)
                )?;
            }
        }
        if plan.legs.is_empty() {
            return Ok(());
        }
        writeln!(out, "  {}", self.given())?;
        for (nth, leg) in plan.legs.iter().enumerate() {
            let branch = if nth + 1 == plan.legs.len() { "└─" } else { "├─" };
            writeln!(out, "  {branch} {}", self.leg(leg))?;
        }
        self.left(out)?;
        let way = match plan.way {
            "owner_executed" => "sent from your own account",
            other => other,
        };
        writeln!(
            out,
            "  {way}, {}, about {} gas",
            numbers::count(plan.approvals.len(), "allowance"),
            plan.gas
        )?;
        if let Some(run) = &self.answer.simulation {
            let line = format!("EVM run: {} wei off the plan, {} gas", run.difference_wei, run.gas);
            writeln!(out, "  {}", self.good(&line))?;
        }
        Ok(())
    }

    fn leg(&self, leg: &LegDto) -> String {
        let given = self.amount(&leg.amount_in, &leg.token_in);
        let got = self.amount(&leg.amount_out, &leg.token_out);
        format!("{:<7} {given} → {got}  {}", leg.kind, self.dim(&leg.venue))
    }

    fn risk(&self, out: &mut String) -> fmt::Result {
        if let Some(risk) = &self.answer.risk {
            self.losses(risk, out)?;
        }
        if !self.answer.exit_ladder.is_empty() {
            writeln!(out, "\n{}", self.bold("Exit ladder"))?;
        }
        for rung in &self.answer.exit_ladder {
            let within = numbers::duration(rung.within_s);
            let line = match (&rung.eth_wei, &rung.share_bps, &rung.cost_bps) {
                (Some(eth), Some(share), Some(cost)) => format!(
                    "{:>14} ETH  {:>8} of it, at a cost of {}{}",
                    numbers::whole(eth, 18),
                    numbers::percent(share),
                    numbers::percent(cost),
                    risk::halved(rung)
                ),
                _ => "not known".to_owned(),
            };
            writeln!(out, "  within {within:<8} {line}")?;
        }
        let reason = self.answer.exit_ladder.iter().find_map(|r| r.reason.as_ref());
        reason.map_or(Ok(()), |reason| writeln!(out, "  {}", self.dim(reason)))
    }

    /// What the answer counts in.
    /// What the plan leaves; what it owes is told apart.
    fn left(&self, out: &mut String) -> fmt::Result {
        let outputs = &self.answer.plan.outputs;
        let loan = self.answer.leverage.as_ref();
        let owed = |token: &str| {
            loan.is_some_and(|loan| loan.position_tokens.get(1).is_some_and(|debt| debt == token))
        };
        let held: Vec<_> = outputs.iter().filter(|o| !owed(&o.token)).cloned().collect();
        write!(out, "  leaves {}", self.holdings(&held))?;
        if let Some(loan) = loan {
            write!(out, ", owes {}", self.amount(&loan.debt_amount, &loan.loan_token))?;
        }
        writeln!(out)
    }

    fn wanted(&self) -> String {
        self.answer.certificate.as_ref().map_or_else(String::new, |c| {
            let horizon = if c.horizon_s.is_some() { " at the horizon" } else { "" };
            format!("{}{horizon}", self.symbol(&c.token_out))
        })
    }

    fn proof(&self, out: &mut String) -> fmt::Result {
        let Some(c) = &self.answer.certificate else { return Ok(()) };
        let gas = if c.objective == "net" { ", gas paid" } else { "" };
        writeln!(
            out,
            "\n{} at most {:.4} bp below the best that this market allows{gas}: no plan leaves more than {} {}",
            self.bold("Proof"),
            c.gap_bps.parse::<f64>().unwrap_or(f64::NAN),
            numbers::whole(&c.bound, self.decimals(&c.token_out)),
            self.wanted()
        )
    }

    fn exposure(&self, out: &mut String) -> fmt::Result {
        let Some(e) = &self.answer.exposure else { return Ok(()) };
        let slippage = numbers::percent(&e.slippage_bps);
        let [taken, lost, left] =
            [&e.sandwich_wei, &e.loss_wei, &e.backrun_wei].map(|wei| numbers::whole(wei, 18));
        let title = format!("If others see it, at {slippage} slippage");
        writeln!(out, "\n{}", self.bold(&title))?;
        for leg in e.unknown.iter().filter_map(|at| self.answer.plan.legs.get(*at)) {
            let why = format!("unknown for {}: its contract is asked, not modelled", leg.venue);
            writeln!(out, "  sandwich   {}", self.bad(&why))?;
        }
        if e.legs.is_empty() {
            return Ok(());
        }
        if e.sandwich_wei == "0" {
            writeln!(out, "  sandwich   pays nobody its gas")?;
        } else {
            let line = format!("takes {taken} ETH, costs you {lost} ETH");
            writeln!(out, "  sandwich   {}", self.bad(&line))?;
        }
        match e.narrowest(&self.answer.plan.legs) {
            Some((bps, leg)) => {
                let at = format!("up to {} ({})", numbers::percent(bps), leg.venue);
                writeln!(out, "  safe       {at}")?;
            }
            None => writeln!(out, "  safe       at any slippage")?,
        }
        writeln!(out, "  backrun    leaves others {left} ETH, gas paid")
    }

    fn others(&self, out: &mut String) -> fmt::Result {
        if !self.answer.binding.is_empty() {
            writeln!(out, "\n{}", self.bold("Limits that bind"))?;
        }
        for b in &self.answer.binding {
            let cost = b
                .cost_bps
                .as_ref()
                .map_or(String::new(), |c| format!(" (costs {} a year)", numbers::percent(c)));
            let adds = b.shadow_price.as_ref().map_or(String::new(), |p| {
                format!("; one more would add {} {}", p.trim_end_matches('0'), self.wanted())
            });
            writeln!(out, "  {}: {}{cost}{adds}", b.limit, b.detail)?;
        }
        if !self.answer.alternatives.is_empty() {
            writeln!(out, "\n{}", self.bold("Why not"))?;
        }
        for a in &self.answer.alternatives {
            let adds = a.adds_wei.as_ref().map_or(String::new(), |wei| {
                format!(", {} ETH against the winner", numbers::signed(wei, 18))
            });
            let yields = self.answer.intent.goal == "yield";
            let net = if yields {
                format!("net {} a year", numbers::percent(&a.net_bps))
            } else {
                self.holdings(&a.outputs)
            };
            writeln!(out, "  {}: {net}{adds}", a.label)?;
            for v in &a.violates {
                writeln!(out, "    {}", self.bad(v))?;
            }
        }
        if !self.answer.unranked.is_empty() {
            writeln!(out, "\n{}", self.bold("Not ranked, for what this market does not know"))?;
        }
        for u in &self.answer.unranked {
            let yields = u.yields.as_ref().map_or(String::new(), |y| format!(" ({y})"));
            writeln!(out, "  {}{yields}: {}", self.symbol(&u.token), self.dim(&few(&u.missing)))?;
        }
        Ok(())
    }

    fn foot(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "\n{}", self.bold("To know"))?;
        for line in &self.answer.disclosures {
            writeln!(out, "  {}", self.dim(line))?;
        }
        let t = &self.answer.timings_us;
        let times = format!("read {} us, solved {} us, run {} us", t.parse, t.solve, t.simulate);
        writeln!(out, "  {}", self.dim(&times))
    }
}

/// The first reasons; the schema has them all.
fn few(reasons: &[String]) -> String {
    const SHOWN: usize = 2;
    let more = reasons.len().saturating_sub(SHOWN);
    let rest = if more == 0 { String::new() } else { format!("; and {more} more (--json)") };
    format!("{}{rest}", reasons[..reasons.len().min(SHOWN)].join("; "))
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = String::new();
        self.head(&mut out)?;
        self.plan(&mut out)?;
        self.yields(&mut out)?;
        self.turnover(&mut out)?;
        self.leverage(&mut out)?;
        self.proof(&mut out)?;
        self.exposure(&mut out)?;
        self.risk(&mut out)?;
        self.ways_out(&mut out)?;
        self.others(&mut out)?;
        self.foot(&mut out)?;
        f.write_str(&out)
    }
}
