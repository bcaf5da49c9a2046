//! Filling a block: bundles by what they pay, then the pool by what it tips.

use std::{cmp::Reverse, collections::HashSet, sync::Arc};

use alloy_consensus::Header;
use alloy_primitives::{Address, B256, U256};

use super::{
    Bundle, BundleRun, Chain, ChainError, Fate, Mined, Outcome, Pool, Signed, Unfit,
    draft::{Draft, Refused},
};

/// A block that was built, and what became of the bundles offered for it, one for one.
#[derive(Debug)]
pub struct Built {
    /// The block.
    pub block: Arc<Mined>,
    /// What became of each bundle.
    pub fates: Vec<Fate>,
}

impl Chain {
    /// Builds the next block. A bundle is run alone first; the one that pays the most goes in first,
    /// the one offered earlier where two pay the same, and one that no longer runs after others is
    /// left out whole. Then the pool's transactions, the best tip first; what the block settled leaves
    /// the pool.
    pub fn build(
        &mut self,
        timestamp: u64,
        bundles: &[Bundle],
        pool: &mut Pool,
    ) -> Result<Built, ChainError> {
        let mut draft = self.draft(timestamp)?;
        let fates = place(&mut draft, bundles)?;
        let stuck = fill(&mut draft, pool)?;
        let (mined, layer) = draft.seal()?;
        let block = self.push(mined, layer);
        stuck.into_iter().for_each(|hash| pool.remove(hash));
        pool.settle(self)?;
        Ok(Built { block, fates })
    }

    /// What a bundle would do alone in a block like the one after `on`.
    pub fn try_bundle(
        &self,
        bundle: &Bundle,
        on: u64,
        number: u64,
        timestamp: u64,
    ) -> Result<Result<BundleRun, Unfit>, ChainError> {
        self.apart(on, number, timestamp)?.bundle(bundle)
    }

    /// What transactions do one after the other in a block like the one after `on`, and who is paid how
    /// much of it: reverts are told, what cannot be executed at all is an error.
    pub fn trace(
        &self,
        transactions: &[Arc<Signed>],
        on: u64,
        number: u64,
        timestamp: u64,
    ) -> Result<Result<Vec<Outcome>, Unfit>, ChainError> {
        let mut draft = self.apart(on, number, timestamp)?;
        let mut outcomes = Vec::with_capacity(transactions.len());
        for signed in transactions {
            match draft.apply(signed) {
                Ok(outcome) => outcomes.push(outcome.clone()),
                Err(Refused::Source(error)) => return Err(error.into()),
                Err(Refused::Invalid(why)) => {
                    return Ok(Err(Unfit::Invalid { hash: signed.hash, why }));
                }
                Err(Refused::Full) => {
                    let why = "the block has not that much gas".to_owned();
                    return Ok(Err(Unfit::Invalid { hash: signed.hash, why }));
                }
            }
        }
        Ok(Ok(outcomes))
    }

    /// A block that is never to be part of the chain.
    fn apart(&self, on: u64, number: u64, timestamp: u64) -> Result<Draft, ChainError> {
        let header = Header { number, ..self.next_header(timestamp) };
        Draft::open(*self.rules(), header, Arc::clone(self.layer(on)?))
    }
}

fn place(draft: &mut Draft, bundles: &[Bundle]) -> Result<Vec<Fate>, ChainError> {
    let mut worth: Vec<(usize, U256)> = Vec::new();
    let mut fates = Vec::with_capacity(bundles.len());
    for (at, bundle) in bundles.iter().enumerate() {
        let mark = draft.mark();
        match draft.bundle(bundle)? {
            Ok(run) => {
                worth.push((at, run.paid));
                fates.push(Fate::Landed(run));
            }
            Err(unfit) => fates.push(Fate::Left(unfit)),
        }
        draft.back(mark);
    }
    worth.sort_by_key(|(at, paid)| (Reverse(*paid), *at));
    // One that cannot run alone may still run after another of the same sender.
    let alone: HashSet<usize> = worth.iter().map(|(at, _)| *at).collect();
    let later = (0..bundles.len()).filter(|at| !alone.contains(at));
    for at in worth.iter().map(|(at, _)| *at).chain(later) {
        if let (Some(bundle), Some(fate)) = (bundles.get(at), fates.get_mut(at)) {
            *fate = match draft.bundle(bundle)? {
                Ok(run) => Fate::Landed(run),
                Err(unfit) => Fate::Left(unfit),
            };
        }
    }
    Ok(fates)
}

/// Returns the transactions that can never be executed.
fn fill(draft: &mut Draft, pool: &Pool) -> Result<Vec<B256>, ChainError> {
    let mut passed: HashSet<Address> = HashSet::new();
    let mut never = Vec::new();
    loop {
        let mut best: Option<(u128, Reverse<u64>, &Arc<Signed>)> = None;
        for (sender, waiting) in pool.senders().filter(|(sender, _)| !passed.contains(*sender)) {
            let Some((signed, arrival)) = waiting.get(&draft.nonce(*sender)?) else { continue };
            let Some(tip) = signed.tip(draft.base_fee()) else { continue };
            let offer = (tip, Reverse(*arrival), signed);
            if best.is_none_or(|best| (best.0, best.1) < (offer.0, offer.1)) {
                best = Some(offer);
            }
        }
        let Some((_, _, signed)) = best else { return Ok(never) };
        match draft.apply(signed) {
            Ok(_) => {}
            Err(Refused::Source(error)) => return Err(error.into()),
            Err(Refused::Full) => {
                passed.insert(signed.sender);
            }
            Err(Refused::Invalid(_)) => {
                passed.insert(signed.sender);
                never.push(signed.hash);
            }
        }
    }
}
