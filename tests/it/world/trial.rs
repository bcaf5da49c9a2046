//! One venue, its world, and the trades that both must agree on.

use std::env;

use alloy_primitives::{Address, U256};
use tenor_simulations::{Expected, Script, SimulationError, World, compare as confirm, simulate};
use tenor_solver::{
    ledger::Ledger,
    venues::{Approval, Call, Capacity, Quote, QuoteError, Rebase, Swap, Trade, Venue},
};

use super::{ALICE, BLOCK, rng::Rng};

/// How many trades of each kind are compared, unless `TENOR_TRADES` says otherwise.
const TRADES: usize = 200;

/// A venue and the world in which its contracts stand.
#[derive(Debug)]
pub(super) struct Trial {
    pub(super) world: World,
    pub(super) venue: Box<dyn Venue>,
    /// What random amounts go up to, by token.
    pub(super) scale: Vec<U256>,
    /// Directions that are traded.
    pub(super) ways: Vec<(usize, usize)>,
    /// Refusals of the model that the contract would let through.
    pub(super) stricter: fn(&QuoteError) -> bool,
}

/// The trades of one trial that ran so far.
#[derive(Debug, Default)]
struct Done {
    approvals: Vec<Approval>,
    calls: Vec<Call>,
    agreed: usize,
    refused: usize,
}

pub(super) fn never(_: &QuoteError) -> bool {
    false
}

pub(super) fn trades() -> usize {
    env::var("TENOR_TRADES").map_or(TRADES, |trades| trades.parse().expect("TENOR_TRADES"))
}

/// Trials of one kind until enough trades have been compared.
///
/// # Panics
///
/// With the seed, at the first wei of difference.
pub(super) fn compare(kind: &str, make: impl Fn(&mut Rng) -> Trial) {
    let seed = Rng::seed();
    println!("{kind}: TENOR_SEED={seed}");
    let mut rng = Rng::new(seed);
    let (mut agreed, mut refused, mut trials) = (0, 0, 0);
    while agreed < trades() {
        let trial = make(&mut rng);
        let done = trial.run(&mut rng);
        agreed += done.agreed;
        refused += done.refused;
        trials += 1;
        assert!(trials < 20 * trades() + 100, "{kind}: too few trades go through");
    }
    println!("{kind}: {agreed} trades agree, {refused} are refused by both, in {trials} states");
}

impl Trial {
    fn run(self, rng: &mut Rng) -> Done {
        let swaps = self.swaps(rng);
        let start = Holder::with(&self, &swaps);
        let (mut holder, mut done) = (start.clone(), Done::default());
        let mut venue = self.venue.clone();
        for swap in swaps {
            let quote = venue.quote(swap);
            let promised = quote.as_ref().map_or(U256::ZERO, |quote| quote.out);
            let trade =
                Trade { swap, min_out: promised, recipient: ALICE, deadline: BLOCK.timestamp };
            let encoded = venue.encode(&trade);
            match quote {
                Ok(quote) => {
                    assert_eq!(venue.trade(swap), Ok(quote), "{venue:?} {swap:?}");
                    holder.debit(venue.as_ref(), swap, &quote);
                    done.allow(encoded.approval);
                    done.calls.extend(encoded.calls);
                    done.agreed += 1;
                    self.confirm(&start, &holder, venue.as_ref(), &done, swap);
                }
                Err(QuoteError::ZeroAmount | QuoteError::NotTraded { .. }) => {}
                Err(error) if (self.stricter)(&error) => {}
                Err(error) => {
                    let mut tried = Done::default();
                    tried.approvals.clone_from(&done.approvals);
                    tried.calls.clone_from(&done.calls);
                    tried.allow(encoded.approval);
                    tried.calls.extend(encoded.calls);
                    let result = simulate(&self.world, &self.script(&start, &tried));
                    assert!(
                        matches!(result, Err(SimulationError::Reverted { .. })),
                        "{error}, and the contract says {result:?}: {venue:?} {swap:?}"
                    );
                    done.refused += 1;
                }
            }
        }
        done
    }

    /// A few random swaps, some of them at a limit and one beyond it.
    fn swaps(&self, rng: &mut Rng) -> Vec<Swap> {
        (0..=rng.below(4))
            .map(|_| {
                let (from, to) = rng.pick(&self.ways);
                let amount = match self.venue.capacity(from, to) {
                    Capacity::Limited { amount, .. } if rng.chance(4) => {
                        amount + U256::from(rng.below(2))
                    }
                    Capacity::Limited { amount, .. } => {
                        let scale = self.scale[from].min(amount + amount / U256::from(8));
                        rng.upto(scale)
                    }
                    Capacity::Unlimited | Capacity::Unknown(_) => rng.upto(self.scale[from]),
                };
                Swap { from, to, amount }
            })
            .collect()
    }

    fn script(&self, start: &Holder, done: &Done) -> Script {
        let mut watch = self.venue.tokens().to_vec();
        watch.dedup();
        Script {
            account: ALICE,
            holdings: watch.iter().map(|token| (*token, start.ledger.stored(*token))).collect(),
            approvals: done.approvals.clone(),
            calls: done.calls.clone(),
            watch,
        }
    }

    fn confirm(&self, start: &Holder, end: &Holder, venue: &dyn Venue, done: &Done, swap: Swap) {
        let report = simulate(&self.world, &self.script(start, done))
            .unwrap_or_else(|error| panic!("{error}: {:?} {swap:?}", self.venue));
        let expected: Vec<_> =
            (0..venue.tokens().len()).map(|token| end.expected(venue, token)).collect();
        if let Err(error) = confirm(&expected, &report) {
            panic!("{error}: from {:?} to {venue:?} by {swap:?}", self.venue);
        }
    }
}

impl Done {
    /// Allowances for one spender add up: they are all given before the first call.
    fn allow(&mut self, approval: Option<Approval>) {
        let Some(new) = approval else { return };
        let same = |a: &&mut Approval| (a.token, a.spender) == (new.token, new.spender);
        match self.approvals.iter_mut().find(same) {
            Some(old) => old.amount += new.amount,
            None => self.approvals.push(new),
        }
    }
}

/// What the model thinks the trader holds.
#[derive(Debug, Clone)]
struct Holder {
    ledger: Ledger,
}

impl Holder {
    /// Enough of each token for all the swaps, and a little that is not a round number.
    fn with(trial: &Trial, swaps: &[Swap]) -> Self {
        let mut ledger = Ledger::default();
        for (token, address) in trial.venue.tokens().iter().enumerate() {
            let units = swaps.iter().filter(|swap| swap.from == token);
            let units: U256 = units.map(|swap| swap.amount).sum();
            let units = units + U256::from(swaps.len() + 7);
            let stored = trial
                .venue
                .rebase(token)
                .map_or(units, |rebase| rebase.fewest_shares(units + units).unwrap());
            ledger.credit(*address, &Quote::of(stored), None).unwrap();
        }
        Self { ledger }
    }

    /// Totals after the trade count for what is paid out, those before it for what is paid in; a
    /// trade that pays in a rebasing token does not change the totals.
    fn debit(&mut self, venue: &dyn Venue, swap: Swap, quote: &Quote) {
        let [from, to] = [swap.from, swap.to].map(|token| venue.tokens()[token]);
        self.ledger.debit(from, swap.amount, venue.rebase(swap.from)).unwrap();
        self.ledger.credit(to, quote, venue.rebase(swap.to)).unwrap();
    }

    fn expected(&self, venue: &dyn Venue, token: usize) -> Expected {
        let (rebase, token): (Option<Rebase>, Address) =
            (venue.rebase(token), venue.tokens()[token]);
        Expected {
            token,
            balance: self.ledger.balance(token, rebase).unwrap(),
            stored: self.ledger.stored(token),
        }
    }
}

/// A random amount of ether and of any token with 18 places.
pub(super) fn ether(rng: &mut Rng) -> U256 {
    rng.bits(1, 88)
}
