//! A history stepped through the same engine, one decision after another.
//!
//! ```text
//! rates + base market -> market of a day -> solve -> holdings -> mark, and the next day
//! ```
//!
//! A day's market holds what was known by then and nothing later: the newest recorded rate of each token,
//! and what it earned between updates before. Depths, gas and limits are the base market's, held constant
//! because no history of them is here; every report says so. What something is worth on a day is what it
//! sells for then, by the code that values plans.

mod account;
pub mod calendar;
mod day;
pub mod dto;
pub mod history;
mod report;

use alloy_primitives::{Address, U256};
use tenor_simulations::scenarios::AssumedPool;
use tenor_solver::{market::Market, stress::same};

use self::{
    account::{Account, defaults, engine, is_eth},
    calendar::date,
    day::{Day, MOST_GAP_S, day, with_pools},
    dto::{Record, ReportDto},
    history::History,
};

/// What is stepped through.
#[derive(Debug)]
pub struct Backtest<'a> {
    /// The market whose pools, gas and limits count throughout.
    pub base: &'a Market,
    /// What was recorded.
    pub histories: &'a [History],
    /// Pools that are made up, for tokens that the base market has none of.
    pub pools: &'a [AssumedPool],
    /// What one begins with.
    pub start: (Address, U256),
    /// The first day's unix seconds.
    pub from: u64,
    /// The last's.
    pub to: u64,
    /// Seconds between decisions.
    pub every_s: u64,
    /// The horizon of each decision, in days.
    pub horizon_days: u64,
}

/// Why there is no backtest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BacktestError {
    /// A window without length, or without a decision.
    #[error("from {from} to {to} there is no step of {every_days} days")]
    NoTime {
        /// The first day.
        from: String,
        /// The last.
        to: String,
        /// Days between decisions.
        every_days: u64,
    },
    /// More decisions than anybody reads.
    #[error("{0} decisions are too many: at most 4000; give a longer step")]
    TooMany(u64),
    /// Nothing recorded that covers the window.
    #[error(
        "{symbol}: nothing is recorded from {from} to {to}, more than 7 days: keep the window out of it"
    )]
    Gap {
        /// The token.
        symbol: String,
        /// The last point before the gap, or the window's start.
        from: String,
        /// The first after it, or the window's end.
        to: String,
    },
    /// No history at all covers the start.
    #[error("nothing is recorded by {0}: give a later start, or an earlier history")]
    Nothing(String),
    /// The base market does not know a token's rate.
    #[error("the market knows no redemption rate of {0}, so its pools cannot be counted in it")]
    NoRate(String),
    /// Figures that no arithmetic holds.
    #[error("the rates of {0} are too large")]
    Overflow(String),
    /// The sentence that a decision makes is refused.
    #[error("{sentence:?}: {why}")]
    Asked {
        /// The sentence.
        sentence: String,
        /// Why.
        why: String,
    },
    /// What one begins with cannot be sold on the first day.
    #[error("what one begins with cannot be valued on {0}: begin with ETH, or assume a pool")]
    Unvalued(String),
}

impl Backtest<'_> {
    /// Steps through the window.
    pub fn run(&self) -> Result<ReportDto, BacktestError> {
        let days = self.days()?;
        let base = with_pools(self.base, self.pools);
        let first = day(&base, self.histories, self.from)?;
        if first.known.is_empty() {
            return Err(BacktestError::Nothing(date(self.from)));
        }
        let opened = engine(&first);
        let limits = defaults(&opened)?.limits;
        let (mut accounts, left_out) = self.open(&first)?;
        let mut records: Vec<Vec<Record>> = accounts.iter().map(|_| Vec::new()).collect();
        let mut told = Vec::new();
        for (at, timestamp) in days.iter().enumerate() {
            let today = day(&base, self.histories, *timestamp)?;
            let engine = engine(&today);
            for (account, records) in accounts.iter_mut().zip(&mut records) {
                let last = at + 1 == days.len();
                if account.name == report::TENOR && !last {
                    account.decide(&engine, self.horizon_days)?;
                }
                let mark = account.mark(&today, &limits);
                let mark = mark.ok_or_else(|| BacktestError::Unvalued(date(*timestamp)))?;
                records.push(Record::of(account, &mark, *timestamp));
                account.trades.clear();
                account.decided.clear();
            }
            told.push(report::known(&today, &base));
        }
        Ok(report::report(self, &base, told, accounts, records, left_out))
    }

    /// The days of the decisions, and the last.
    fn days(&self) -> Result<Vec<u64>, BacktestError> {
        let (from, to) = (date(self.from), date(self.to));
        let every_days = self.every_s / 86_400;
        if self.every_s == 0 || self.from.saturating_add(self.every_s) > self.to {
            return Err(BacktestError::NoTime { from, to, every_days });
        }
        let steps = (self.to - self.from) / self.every_s;
        if steps > 4_000 {
            return Err(BacktestError::TooMany(steps));
        }
        for history in self.histories.iter().filter(|history| history.dense) {
            self.covered(history)?;
        }
        let mut days: Vec<u64> = (0..=steps).map(|n| self.from + n * self.every_s).collect();
        if days.last() != Some(&self.to) {
            days.push(self.to);
        }
        Ok(days)
    }

    /// Refuses a window in which a token that was read often was not read.
    fn covered(&self, history: &History) -> Result<(), BacktestError> {
        let mut last = self.from;
        let within = history.points.iter().map(|p| p.timestamp);
        for next in within.filter(|t| (self.from..=self.to).contains(t)).chain([self.to]) {
            if next - last > MOST_GAP_S {
                let (from, to) = (date(last), date(next));
                return Err(BacktestError::Gap { symbol: history.symbol.clone(), from, to });
            }
            last = next;
        }
        Ok(())
    }

    /// The strategies, entered on the first day; and those that could not be, in words.
    fn open(&self, first: &Day) -> Result<(Vec<Account>, Vec<String>), BacktestError> {
        let engine = engine(first);
        let held = || vec![self.start];
        let symbol = engine.market().symbol(self.start.0);
        let mut accounts = vec![Account::new(report::TENOR, held())];
        accounts.push(Account::new(&format!("hold {symbol}"), held()));
        let (mut left_out, mut bought) = (Vec::new(), vec![self.start.0]);
        for known in &first.known {
            if same(self.base, known.token).contains(&self.start.0) {
                continue;
            }
            let mut account = Account::new(&format!("{} alone", known.symbol), held());
            if account.buy(&engine, self.start, known.token)? && self.sells(&account, first)? {
                bought.push(known.token);
                accounts.push(account);
            } else {
                left_out.push(format!("{}: no venue of known depth trades it", known.symbol));
            }
        }
        if !is_eth(self.base, self.start.0) {
            let mut account = Account::new("ETH alone", held());
            if account.buy(&engine, self.start, tenor_solver::venues::NATIVE)? {
                bought.push(tenor_solver::venues::NATIVE);
                accounts.push(account);
            }
        }
        accounts.push(self.equal(&engine, &bought)?);
        Ok((accounts, left_out))
    }

    fn sells(&self, account: &Account, first: &Day) -> Result<bool, BacktestError> {
        let limits = defaults(&engine(first))?.limits;
        Ok(account.mark(first, &limits).is_some())
    }

    /// As much of each, bought once.
    fn equal(
        &self,
        engine: &crate::engine::Engine,
        tokens: &[Address],
    ) -> Result<Account, BacktestError> {
        let mut account = Account::new("equal weight", vec![self.start]);
        let share = self.start.1 / U256::from(tokens.len().max(1));
        for token in tokens.iter().filter(|token| **token != self.start.0) {
            account.buy(engine, (self.start.0, share), *token)?;
        }
        Ok(account)
    }
}
