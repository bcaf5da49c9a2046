//! An attacker who tries a grid of sizes in transactions as a block would have them.
//!
//! It has money of every token and standing allowances, and pays the base fee. Nothing of a pool's curve
//! is used but to know how much of what it bought it can sell again, which the venues' integers tell to
//! the wei.

use alloy_primitives::{Address, U256};
use tenor::bundle::settle::Settlement;
use tenor_simulations::{Outcome, Script, Sent, World, sequence};
use tenor_solver::{
    amount::{from_f64, to_f64},
    market::Market,
    mev::plan::prices,
    solution::Solution,
    venues::{Approval, Call, LegKind, NATIVE, Swap, Trade},
};

/// Who attacks.
const ME: Address = Address::repeat_byte(0xbd);

/// Sizes of the grid, as shares of the victim's amount: from a ten-thousandth, each six tenths larger, to
/// some fifty thousand times as much. A small part of a trade in a stable pool is worth attacking only
/// once the pool is pushed off its peg.
const SMALLEST: f64 = 1e-4;
const RATIO: f64 = 1.6;
const SIZES: i32 = 44;

/// Finer grids around the best, each between its neighbours: to a few ten-thousandths of the size.
const FINER: u32 = 5;
const POINTS: i32 = 8;

/// What an attack came to.
#[derive(Debug, Clone, Default)]
pub(super) struct Took {
    /// Wei gained, gas not paid.
    pub(super) taken: U256,
    /// Wei that its gas costs.
    cost: U256,
    /// Wei that the recipient's outputs are worth less.
    pub(super) loss: U256,
    /// By path, with what is given first.
    parts: Vec<(Vec<Swap3>, U256)>,
}

impl Took {
    /// Whether it is worth its gas.
    pub(super) fn pays(&self) -> bool {
        self.taken > self.cost
    }
}

/// A direction of a venue: its listing, and its tokens' positions.
type Swap3 = (usize, usize, usize);

/// Somebody with a market, money, and somebody else's settlement.
pub(super) struct Attacker<'a> {
    market: &'a Market,
    plan: &'a Solution,
    settlement: &'a Settlement,
    /// The state in which it has its money and allowances.
    world: World,
    prices: Vec<(Address, f64)>,
    /// What the outputs are worth unattacked.
    quiet: f64,
}

impl<'a> Attacker<'a> {
    pub(super) fn new(
        market: &'a Market,
        world: &World,
        plan: &'a Solution,
        settlement: &'a Settlement,
    ) -> Self {
        let mut tokens: Vec<Address> = vec![NATIVE];
        let mut approvals: Vec<Approval> = Vec::new();
        for leg in plan.legs.iter().filter(|leg| leg.kind == LegKind::Swap) {
            let venue = &market.listings[leg.listing].venue;
            for (from, to) in [(leg.swap.from, leg.swap.to), (leg.swap.to, leg.swap.from)] {
                let token = venue.tokens()[from];
                if !tokens.contains(&token) {
                    tokens.push(token);
                }
                let swap = Swap { from, to, amount: U256::ONE };
                let trade = Trade { swap, min_out: U256::ZERO, recipient: ME, deadline: u64::MAX };
                approvals.extend(
                    venue
                        .encode(&trade)
                        .approval
                        .map(|approval| Approval { amount: U256::MAX, ..approval }),
                );
            }
        }
        let plenty = U256::ONE << 95;
        let holdings = tokens.into_iter().map(|token| (token, plenty)).collect();
        let (calls, watch) = (Vec::new(), Vec::new());
        let script = Script { account: ME, holdings, approvals, calls, watch };
        let world = world.after(&script, world.block()).unwrap().world;
        let mut new = Self { market, plan, settlement, world, prices: prices(market), quiet: 0.0 };
        new.quiet = new.run(&[]).expect("it runs when nobody attacks it").1;
        new
    }

    fn price(&self, token: Address) -> f64 {
        self.prices.iter().find(|(of, _)| *of == token).map_or(0.0, |(_, price)| *price)
    }

    fn token(&self, (venue, from, _): Swap3) -> Address {
        self.market.listings[venue].venue.tokens()[from]
    }

    /// The best attack on a leg of the plan: through its own venue, and where that gains anything also
    /// through others. Beside a venue that gains nothing another's fee is for nothing.
    pub(super) fn best(&self, leg: usize) -> Took {
        let victim = &self.plan.legs[leg];
        let mut best = Took::default();
        for (nth, path) in self.paths(leg).into_iter().enumerate() {
            if nth > 0 && best.taken.is_zero() {
                break;
            }
            // Of another token, as much as is worth the same.
            let scale = self.price(victim.token_in) / self.price(self.token(path[0]));
            let amount = to_f64(victim.swap.amount) * scale;
            let found = self.grid(&path, amount);
            if found.taken > best.taken {
                best = found;
            }
        }
        best
    }

    /// Through the leg's venue, and through another one that the plan trades at before or after it.
    fn paths(&self, leg: usize) -> Vec<Vec<Swap3>> {
        let hop = |leg: &tenor_solver::route::Leg| (leg.listing, leg.swap.from, leg.swap.to);
        let victim = &self.plan.legs[leg];
        let mut all = vec![vec![hop(victim)]];
        for other in self.plan.legs.iter().filter(|other| other.kind == LegKind::Swap) {
            if other.listing == victim.listing {
                continue;
            }
            if other.token_out == victim.token_in {
                all.push(vec![hop(other), hop(victim)]);
            }
            if other.token_in == victim.token_out {
                all.push(vec![hop(victim), hop(other)]);
            }
        }
        all
    }

    /// The best of a grid of sizes, and of finer ones around it.
    fn grid(&self, path: &[Swap3], amount: f64) -> Took {
        let mut tried: Vec<(f64, Took)> = Vec::new();
        let one = |size: f64| {
            let front = from_f64(size);
            (size, self.took(vec![(path.to_vec(), front)]).unwrap_or_default())
        };
        tried.extend((0..SIZES).map(|nth| one(amount * SMALLEST * RATIO.powi(nth))));
        for _ in 0..FINER {
            let top = (0..tried.len()).max_by_key(|nth| tried[*nth].1.taken).unwrap();
            if tried[top].1.taken.is_zero() {
                break;
            }
            let low = tried[top.saturating_sub(1)].0;
            let high = tried[(top + 1).min(tried.len() - 1)].0;
            let step = (high - low) / f64::from(POINTS + 1);
            let finer: Vec<_> = (1..=POINTS).map(|nth| one(low + step * f64::from(nth))).collect();
            tried.extend(finer);
            tried.sort_by(|a, b| a.0.total_cmp(&b.0));
        }
        tried.into_iter().map(|(_, took)| took).max_by_key(|took| took.taken).unwrap_or_default()
    }

    /// All of some attacks at once.
    pub(super) fn together(&self, all: &[Took]) -> Took {
        let parts: Vec<_> = all.iter().flat_map(|took| took.parts.clone()).collect();
        if parts.is_empty() { Took::default() } else { self.took(parts).unwrap_or_default() }
    }

    /// What an attack takes; `None` where somebody's transaction does not run, or nothing is gained.
    fn took(&self, parts: Vec<(Vec<Swap3>, U256)>) -> Option<Took> {
        let (gained, left, gas) = self.run(&parts)?;
        let cost = U256::from(gas) * U256::from(self.world.block().base_fee);
        let (taken, loss) = (from_f64(gained), from_f64(self.quiet - left));
        (!taken.is_zero()).then_some(Took { taken, cost, loss, parts })
    }

    /// Wei gained, what the outputs are worth, and gas.
    fn run(&self, parts: &[(Vec<Swap3>, U256)]) -> Option<(f64, f64, u64)> {
        let mut before = Vec::new();
        let mut after = Vec::new();
        for (path, front) in parts {
            let mut amount = *front;
            for &(listing, from, to) in path {
                let venue = &self.market.listings[listing].venue;
                before.extend(self.calls((listing, from, to), amount));
                amount = venue.quote(Swap { from, to, amount }).ok()?.out;
            }
            after.push((path, amount));
        }
        let fronts = before.len();
        let mut sent = before;
        sent.push(self.settlement.transaction());
        // The way back goes hop by hop: what the first one returns is only known once it ran.
        let mut gas = 0;
        for (path, bought) in after.into_iter().rev() {
            let mut amount = bought;
            for &(listing, from, to) in path.iter().rev() {
                let last = self.market.listings[listing].venue.tokens()[from];
                let mut longer = sent.clone();
                longer.extend(self.calls((listing, to, from), amount));
                amount = match path.len() {
                    1 => amount,
                    _ => self.gained(&longer, last)?,
                };
                sent = longer;
            }
        }
        let intent = &self.settlement.call().intent;
        let outputs: Vec<Address> = intent.outputs.iter().map(|output| output.token).collect();
        let mut watch: Vec<(Address, Address)> =
            outputs.iter().map(|token| (intent.recipient, *token)).collect();
        let mut tokens: Vec<Address> = Vec::new();
        for (path, _) in parts {
            for hop in [path[0]] {
                if !tokens.contains(&self.token(hop)) {
                    tokens.push(self.token(hop));
                }
            }
        }
        watch.extend(tokens.iter().map(|token| (ME, *token)));
        let ran = sequence(&self.world, &sent, &watch).unwrap();
        if !ran.outcomes.iter().all(Outcome::succeeded) {
            return None;
        }
        for (nth, outcome) in ran.outcomes.iter().enumerate() {
            gas += if nth == fronts { 0 } else { outcome.gas };
        }
        let changes = ran.before.iter().zip(&ran.after).map(|(before, after)| {
            // Each is far below the whole, which floats would round.
            to_f64(after.balance.saturating_sub(before.balance))
                - to_f64(before.balance.saturating_sub(after.balance))
        });
        let changes: Vec<f64> = changes.collect();
        let (got, mine) = changes.split_at(outputs.len());
        let worth = |change: &f64, token: &Address| change * self.price(*token);
        let left = got.iter().zip(&outputs).map(|(change, token)| worth(change, token)).sum();
        let spent = to_f64(U256::from(gas)) * to_f64(U256::from(self.world.block().base_fee));
        let native = tokens.contains(&NATIVE);
        let gained: f64 =
            mine.iter().zip(&tokens).map(|(change, token)| worth(change, token)).sum();
        Some((gained + if native { spent } else { 0.0 }, left, gas))
    }

    /// What the last of some transactions adds to our tokens.
    fn gained(&self, sent: &[Sent], token: Address) -> Option<U256> {
        let watch = [(ME, token)];
        let held = |sent: &[Sent]| {
            let ran = sequence(&self.world, sent, &watch).unwrap();
            let runs = ran.outcomes.iter().all(Outcome::succeeded);
            runs.then(|| ran.after[0].balance)
        };
        held(sent)?.checked_sub(held(&sent[..sent.len() - 1])?)
    }

    fn calls(&self, (listing, from, to): Swap3, amount: U256) -> Vec<Sent> {
        if amount.is_zero() {
            return Vec::new();
        }
        let swap = Swap { from, to, amount };
        let trade = Trade { swap, min_out: U256::ZERO, recipient: ME, deadline: u64::MAX };
        let calls = self.market.listings[listing].venue.encode(&trade).calls;
        let sent = |Call { to, value, data }| Sent { value, ..Sent::call(ME, to, data) };
        calls.into_iter().map(sent).collect()
    }
}
