//! The points that are known, from wherever they came, and what they say.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use alloy_primitives::Address;
use tenor_solver::market::{Market, RealisedYield};

use super::{
    DAY_S, Grid, Told, marks,
    reading::{self, Unread},
};
use crate::{
    market::{
        live::{self, Live},
        rpc::{Head, Node, RpcError},
    },
    store::{Rate, Store, StoreError},
};

/// The most points of a token that are taken from a store.
const MOST_POINTS: usize = 50_000;

/// Seconds in which a rate that moves with every block is recorded once.
const QUIET_S: u64 = 10 * 60;

/// Rates of the past, as they were recorded.
#[derive(Debug, Clone)]
pub struct History {
    grid: Grid,
    store: Option<Arc<dyn Store>>,
    /// By token and time.
    points: BTreeMap<Address, BTreeMap<u64, Rate>>,
    /// Tokens whose stored points are here.
    loaded: HashSet<Address>,
    /// Blocks that were read, as far as anything is asked of them.
    read: HashSet<(u64, Address)>,
    /// The rates of the last settled block of those followed.
    last: Vec<Rate>,
    /// Why not all is known that should be.
    missing: Option<String>,
    /// Why not all that is known is in the store.
    unkept: Option<StoreError>,
    yields: Vec<RealisedYield>,
    /// What others say that tokens earned before.
    told: Vec<RealisedYield>,
}

impl History {
    /// One that knows nothing yet.
    pub fn new(grid: Grid) -> Self {
        Self {
            grid,
            store: None,
            points: BTreeMap::new(),
            loaded: HashSet::new(),
            read: HashSet::new(),
            last: Vec::new(),
            missing: None,
            unkept: None,
            yields: Vec::new(),
            told: Vec::new(),
        }
    }

    /// The same, with what others say of tokens whose own rates are not known to have grown: on a chain
    /// that has no past.
    #[must_use]
    pub fn beginning_with(self, told: Vec<RealisedYield>) -> Self {
        Self { told, ..self }
    }

    /// The same, which takes from a store what is there, and keeps there what it reads. One store is of
    /// one chain: points whose block is another's are left alone.
    #[must_use]
    pub fn kept_in(self, store: Arc<dyn Store>) -> Self {
        Self { store: Some(store), ..self }
    }

    /// Reads what is wanted at a market's block and is not known: from the store first, then from the
    /// node, newest first. `told` hears before each block. Whatever keeps rates from being read, the
    /// market can do without them, and says why it does.
    pub fn fill(&mut self, node: &Node, head: &Head, live: &Live, mut told: impl FnMut(Told)) {
        let tokens = reading::rated(live.market());
        let stored = self.load(node, head, &tokens).err();
        let read = self.read_missing(node, head, live, &tokens, &mut told);
        let why = read.unwrap_or_else(|error| Some(error.to_string()));
        let all: Vec<String> = stored.into_iter().chain(why).collect();
        self.missing = (!all.is_empty()).then(|| all.join("; "));
        let now = reading::rates(live.market(), &tokens);
        let of = |rate: &Rate| {
            let known = self.points.get(&rate.token);
            let before = known.into_iter().flat_map(|known| known.range(..rate.timestamp));
            before.map(|(_, rate)| rate.clone()).chain([rate.clone()]).collect::<Vec<_>>()
        };
        let rows = now
            .iter()
            .flat_map(|rate| live::yields(&of(rate), live.market(), self.missing.as_deref()));
        let mut yields: Vec<RealisedYield> = rows.collect();
        let own: HashSet<Address> = yields.iter().map(|row| row.token).collect();
        yields.extend(self.told.iter().filter(|row| !own.contains(&row.token)).cloned());
        self.yields = yields;
    }

    /// Records the rates of a followed block that will not be taken back: where they moved, with the
    /// block before as the last that had the old one, and now and then where they did not.
    pub fn note(&mut self, market: &Market) {
        let now = reading::rates(market, &reading::rated(market));
        let mut new = Vec::new();
        for rate in &now {
            let known = self.points.get(&rate.token);
            let last = known.and_then(|all| all.range(..=rate.timestamp).next_back());
            let last = last.map(|(_, last)| last);
            let mark = |rate: &Rate| rate.timestamp / self.grid.every_s.max(1);
            let moved = last.is_some_and(|last| {
                last.timestamp + QUIET_S <= rate.timestamp && !same(last, rate)
            });
            if moved {
                let before = self.last.iter().find(|before| before.token == rate.token);
                let newer = before.filter(|b| last.is_none_or(|last| last.timestamp < b.timestamp));
                new.extend(newer.filter(|b| b.timestamp < rate.timestamp).cloned());
            }
            if moved || last.is_none_or(|last| mark(last) != mark(rate)) {
                new.push(rate.clone());
            }
        }
        self.last = now;
        self.keep(new);
    }

    /// The market with what its tokens have earned.
    pub fn tell(&self, live: Live) -> Live {
        let earliest = self.points.values().filter_map(|known| known.keys().next()).min();
        let why = match (&self.missing, earliest) {
            (Some(why), _) => why.clone(),
            (None, Some(first)) => {
                format!("no rate of its own has grown since {}", live::utc::words(*first))
            }
            (None, None) => "no block of the past was read".to_owned(),
        };
        live.with_yields_or(self.yields.clone(), &why)
    }

    /// What a token's rate was, in the order of time.
    pub fn points(&self, token: Address) -> impl Iterator<Item = &Rate> {
        self.points.get(&token).into_iter().flat_map(BTreeMap::values)
    }

    /// Why not all that is wanted is known.
    pub fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    /// Why not all points are in the store.
    pub const fn unkept(&self) -> Option<&StoreError> {
        self.unkept.as_ref()
    }

    /// Takes what the store has of tokens that were not looked up yet.
    fn load(&mut self, node: &Node, head: &Head, tokens: &[Address]) -> Result<(), String> {
        let Some(store) = self.store.clone() else { return Ok(()) };
        let from = head.timestamp.saturating_sub(self.grid.reach_s + DAY_S);
        let new = tokens.iter().filter(|token| !self.loaded.contains(*token));
        let mut found = Vec::new();
        for token in new.copied().collect::<Vec<_>>() {
            let rates = store.rates(token, from, MOST_POINTS);
            found.extend(rates.map_err(|error| format!("the store: {error}"))?);
            self.loaded.insert(token);
        }
        found.retain(|rate| rate.timestamp < head.timestamp);
        if !is_of(node, &found).map_err(|error| error.to_string())? {
            let why = "the store has rates of another chain, or of blocks that this node does not have: \
                       they are not used";
            return Err(why.to_owned());
        }
        self.add(found);
        Ok(())
    }

    /// Reads the marks that are not known. Says why some could not be.
    fn read_missing(
        &mut self,
        node: &Node,
        head: &Head,
        live: &Live,
        tokens: &[Address],
        told: &mut impl FnMut(Told),
    ) -> Result<Option<String>, RpcError> {
        let lack = |near: u64| {
            let near = self.grid.near(near);
            tokens.iter().any(|token| {
                let known = self.points.get(token);
                known.is_none_or(|known| known.range(near.clone()).next().is_none())
            })
        };
        let times: Vec<u64> = self.grid.marks(head.timestamp).filter(|mark| lack(*mark)).collect();
        let found = marks::at(node, head, &times, self.grid.every_s / 12)?;
        let mut missing = found.missing;
        let mut blocks: Vec<Head> = found.blocks.into_values().collect();
        blocks.sort_unstable_by_key(|block| std::cmp::Reverse(block.number));
        blocks.dedup_by_key(|block| block.number);
        let of = |block: &Head| self.unread(block, tokens);
        let wanted: Vec<(Head, Vec<Address>)> =
            blocks.into_iter().map(|block| (of(&block), block)).map(|(t, b)| (b, t)).collect();
        let wanted: Vec<_> = wanted.into_iter().filter(|(_, tokens)| !tokens.is_empty()).collect();
        let all = wanted.len();
        for (read, (block, tokens)) in wanted.into_iter().enumerate() {
            told(Told { read, wanted: all });
            match reading::at(node, &block, live, &tokens) {
                Ok(rates) => {
                    self.read.extend(tokens.into_iter().map(|token| (block.number, token)));
                    self.keep(rates);
                }
                // Older blocks would be no better.
                Err(Unread::Node(error)) => return Ok(Some(error.to_string())),
                Err(Unread::Block(..)) if missing.is_some() => {}
                Err(error @ Unread::Block(..)) => missing = Some(error.to_string()),
            }
        }
        Ok(missing)
    }

    /// The tokens whose rate at a block is not known and was not asked for.
    fn unread(&self, block: &Head, tokens: &[Address]) -> Vec<Address> {
        let known = |token: &Address| {
            let points = self.points.get(token);
            points.is_some_and(|points| points.contains_key(&block.timestamp))
                || self.read.contains(&(block.number, *token))
        };
        tokens.iter().filter(|token| !known(token)).copied().collect()
    }

    /// Adds points, here and in the store.
    fn keep(&mut self, rates: Vec<Rate>) {
        if rates.is_empty() {
            return;
        }
        self.add(rates.clone());
        let kept = self.store.as_ref().map(|store| store.keep_rates(rates).wait());
        if let Some(Err(error)) = kept {
            self.unkept = Some(error);
        }
    }

    fn add(&mut self, rates: Vec<Rate>) {
        for rate in rates {
            self.points.entry(rate.token).or_default().insert(rate.timestamp, rate);
        }
    }
}

/// Whether the blocks of the oldest and the newest of these points are blocks of a node's chain.
fn is_of(node: &Node, rates: &[Rate]) -> Result<bool, RpcError> {
    let by_time = |rate: &&Rate| rate.timestamp;
    let ends = [rates.iter().min_by_key(by_time), rates.iter().max_by_key(by_time)];
    let ends: Vec<&Rate> = ends.into_iter().flatten().collect();
    let numbers: Vec<u64> = ends.iter().map(|rate| rate.block).collect();
    let blocks = node.blocks(&numbers)?;
    let same = |(rate, block): (&&Rate, &Option<Head>)| {
        block.as_ref().is_some_and(|block| block.timestamp == rate.timestamp)
    };
    Ok(ends.iter().zip(&blocks).all(same))
}

/// Whether two points are of one rate.
fn same(a: &Rate, b: &Rate) -> bool {
    let product = |x: &Rate, y: &Rate| x.eth.widening_mul::<256, 4, 512, 8>(y.shares);
    product(a, b) == product(b, a)
}
