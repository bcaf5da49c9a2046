//! Running a settlement, and comparing what it leaves with what was worked out: to the wei.
//!
//! The very transaction that is to land is run on the state that the plan was made on. Only
//! [`prove`] makes a [`Proven`], and only a [`Proven`] is ever signed.

use std::fmt;

use alloy_primitives::{Address, B256, U256, b256, uint};
use alloy_sol_types::SolEvent as _;
use tenor_simulations::{
    After, AfterError, Fate, Measured, Outcome, Quantity, Script, SimulationError, SourceError,
    World, sequence,
};
use tenor_solver::venues::{Answer, NATIVE, Read};

use super::{
    books::{Books, Parties},
    revert::Revert,
    settle::Settlement,
};
use crate::intents::signed::frozen::Settled;

/// The Settler's code, hashed: `contracts/artifacts/deployed.json` (a test compares).
pub const SETTLER_CODE: B256 =
    b256!("5efc1ea6e316cd607664eb383a27a2fbc6c20ed4cb0e578c29462d7301c84f8e");

/// An Executor's: of the same file.
pub const EXECUTOR_CODE: B256 =
    b256!("73ba2a0f09d91065c18d9bd0028b7b3e47ab6d592a5aa0bf7c1284aef3bd078f");

/// Gas that making an Executor takes (`bundle::settled` measures it).
const EXECUTOR_GAS: u64 = 1_058_000;

/// A settlement that an EVM run has confirmed. Only [`prove`] makes one.
#[derive(Debug, Clone)]
pub struct Proven {
    settlement: Settlement,
    gas: u64,
    peak: u64,
    value: U256,
    received: Vec<U256>,
    first: bool,
}

impl Proven {
    /// The settlement.
    pub const fn settlement(&self) -> &Settlement {
        &self.settlement
    }

    /// Gas of its transaction.
    pub const fn gas(&self) -> u64 {
        self.gas
    }

    /// Gas that it needs at one moment, before any refund.
    pub const fn peak(&self) -> u64 {
        self.peak
    }

    /// Gas of the same plan's calls and allowances, each sent as a transaction of its own.
    pub const fn direct_gas(&self) -> u64 {
        self.settlement.direct_gas
    }

    /// The same without what making the solver's Executor takes, which is the solver's own to pay: once.
    pub const fn own_gas(&self) -> u64 {
        self.gas.saturating_sub(if self.first { EXECUTOR_GAS } else { 0 })
    }

    /// Whether it made the solver's Executor, which costs about a million of gas once.
    pub const fn is_first(&self) -> bool {
        self.first
    }

    /// What the outputs credit by the signed rates, in wei.
    pub const fn value(&self) -> U256 {
        self.value
    }

    /// Units that reached the recipient, by output.
    pub fn received(&self) -> &[U256] {
        &self.received
    }
}

/// Who was left with other than was worked out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// Who signed.
    Owner,
    /// Who receives.
    Recipient,
    /// Who settles.
    Solver,
    /// Who runs the steps.
    Executor,
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Owner => "the owner",
            Self::Recipient => "the recipient",
            Self::Solver => "the solver",
            Self::Executor => "the Executor",
        })
    }
}

/// Why a settlement is not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Another contract, or none, where the Settler or the Executor should be.
    #[error("the code of {at} hashes to {found}, not to {expected}: it is not the contract here")]
    Code {
        /// Where.
        at: Address,
        /// What is there.
        found: B256,
        /// What should be.
        expected: B256,
    },
    /// A contract refused.
    #[error("the settlement reverts: {0}")]
    Reverted(Revert),
    /// The EVM stopped it.
    #[error("the settlement halts: {0}")]
    Halted(String),
    /// No block can have it.
    #[error("the settlement is no valid transaction: {0}")]
    Invalid(String),
    /// The asset is too little for fee and plan, or the arithmetic overflows.
    #[error("after a fee of {fee} the plan takes more of {asset} than {amount} gives it")]
    Short {
        /// The asset in.
        asset: Address,
        /// Units signed.
        amount: U256,
        /// Units declared as the fee.
        fee: U256,
    },
    /// Somebody is left with other than was worked out.
    #[error("{quantity} of {token} that {party} holds: expected {expected}, measured {measured}")]
    Differs {
        /// Who.
        party: Party,
        /// The token.
        token: Address,
        /// What of it.
        quantity: Quantity,
        /// As worked out.
        expected: U256,
        /// As the run says.
        measured: U256,
    },
    /// The run succeeded, and the Settler tells of another settlement, or of none.
    #[error("the Settler tells of no settlement of {0}")]
    Untold(B256),
    /// What the Settler tells is not what balances say.
    #[error("the Settler tells of other than was measured or signed: {0}")]
    Told(&'static str),
    /// It cannot be run.
    #[error(transparent)]
    Simulation(#[from] SimulationError),
    /// The state is not to be had.
    #[error(transparent)]
    State(#[from] SourceError),
}

/// Wei that a solver is given for gas where it is given anything: more than any transaction costs.
const PURSE: U256 = uint!(1_000_000_000_000_000_000_000_U256);

/// The same world, in which the owner holds what it signed and allows Permit2 to take it, and the solver
/// can pay for gas: for worlds of figures, where nobody holds anything. On a state that others wrote the
/// same is given where it lacks: that is a rehearsal, and what proves a live settlement is the state as
/// it is.
pub fn furnished(world: &World, settlement: &Settlement) -> Result<World, AfterError> {
    let (asked, parties) = (settlement.asked(), settlement.parties());
    let shares = settlement.moved.first().and_then(|asset| asset.first);
    let stored = shares.map_or(Some(asked.amount), |totals| totals.fewest_shares(asked.amount));
    let stored = stored.ok_or(SimulationError::Overflow)?;
    let script = |account, holdings, approvals| Script {
        account,
        holdings,
        approvals,
        calls: Vec::new(),
        watch: Vec::new(),
    };
    let owner = script(parties.owner, vec![(asked.token, stored)], vec![asked]);
    let After { world, .. } = world.after(&owner, world.block())?;
    let solver = script(parties.solver, vec![(NATIVE, PURSE)], Vec::new());
    Ok(world.after(&solver, world.block())?.world)
}

/// Checks that the contracts are the ones that this was written for. Returns whether the solver's Executor is
/// still to be made, as its first settlement does.
pub fn contracts(world: &World, settlement: &Settlement) -> Result<bool, ProofError> {
    let (settler, executor) = (settlement.here.settler, settlement.parties().executor);
    let reads = [Read::CodeHash(settler), Read::CodeHash(executor)];
    let hash = |answer: Option<&Answer>| match answer {
        Some(Answer::Word(word)) => B256::from(*word),
        _ => B256::ZERO,
    };
    let answers = world.answer(&reads)?;
    let (found, there) = (hash(answers.first()), hash(answers.get(1)));
    if found != SETTLER_CODE {
        return Err(ProofError::Code { at: settler, found, expected: SETTLER_CODE });
    }
    match there {
        B256::ZERO => Ok(true),
        EXECUTOR_CODE => Ok(false),
        found => Err(ProofError::Code { at: executor, found, expected: EXECUTOR_CODE }),
    }
}

/// Runs a settlement, and confirms that it leaves everybody with exactly what was worked out: a surplus
/// is a disagreement too, but for what legs hand over that promise a least amount.
pub fn prove(world: &World, settlement: Settlement) -> Result<Proven, ProofError> {
    let first = contracts(world, &settlement)?;
    let parties = settlement.parties();
    let accounts = parties.accounts();
    let tokens = settlement.moved.iter().map(|of| of.token);
    let watch: Vec<(Address, Address)> =
        tokens.flat_map(|token| accounts.iter().map(move |account| (*account, token))).collect();
    let ran = sequence(world, &[settlement.transaction()], &watch)?;
    let outcome = ran.outcomes.first().ok_or(ProofError::Untold(settlement.id))?;
    match &outcome.fate {
        Fate::Succeeded(_) => {}
        Fate::Reverted(output) => {
            return Err(ProofError::Reverted(Revert::of(output, &settlement.legs)));
        }
        Fate::Halted(why) => return Err(ProofError::Halted(why.clone())),
        Fate::Invalid(why) => return Err(ProofError::Invalid(why.clone())),
    }
    let mut books = Books::of(&watch, &ran.before);
    let permitted = &settlement.call.permit.permitted;
    let (amount, fee) = (permitted.amount, settlement.call.plan.fee);
    let short = ProofError::Short { asset: permitted.token, amount, fee };
    let delivers = |token| settlement.delivers(token);
    books.settle(&parties, &settlement.moved, (amount, fee), delivers).ok_or(short)?;
    for ((account, token), measured) in watch.iter().zip(&ran.after) {
        compare(&settlement, &books, (*account, *token), measured)?;
    }
    let held = |at: usize| watch.iter().zip([&ran.before, &ran.after][at]);
    let balance = |at: usize, token: Address| {
        let mut held = held(at).filter(|(who, _)| **who == (parties.recipient, token));
        held.next().map(|(_, held)| held.balance)
    };
    let gained = |token| Some((balance(0, token)?, balance(1, token)?));
    let told = told(&settlement, outcome, gained)?;
    let (gas, peak) = (outcome.gas, outcome.peak);
    Ok(Proven { settlement, gas, peak, value: told.value, received: told.received, first })
}

/// One account's token, shares first.
fn compare(
    settlement: &Settlement,
    books: &Books,
    (account, token): (Address, Address),
    measured: &Measured,
) -> Result<(), ProofError> {
    let Parties { owner, executor, recipient, .. } = settlement.parties();
    let party = match account {
        _ if account == recipient => Party::Recipient,
        _ if account == owner => Party::Owner,
        _ if account == executor => Party::Executor,
        _ => Party::Solver,
    };
    let of = settlement.moved.iter().find(|of| of.token == token);
    let expected = books.stored(account, token);
    let differs = |quantity, expected, measured| {
        Err(ProofError::Differs { party, token, quantity, expected, measured })
    };
    let stored = measured.stored();
    // What hands over the least that was promised may hand over more: it is the recipient's.
    let more = party == Party::Recipient && of.is_some_and(|of| of.at_least) && stored > expected;
    if more {
        return Ok(());
    }
    if stored != expected {
        return differs(Quantity::Shares, expected, stored);
    }
    let shows = match of.and_then(|of| of.last) {
        Some(rebase) => rebase.balance(expected).unwrap_or(U256::MAX),
        None => expected,
    };
    if measured.balance != shows {
        return differs(Quantity::Balance, shows, measured.balance);
    }
    Ok(())
}

/// What the Settler tells of this settlement, held against the recipient's balances and the minimums.
fn told(
    settlement: &Settlement,
    outcome: &Outcome,
    gained: impl Fn(Address) -> Option<(U256, U256)>,
) -> Result<Settled, ProofError> {
    let mine = outcome.logs.iter().filter(|log| log.address == settlement.here.settler);
    let mut told = mine.filter_map(|log| Settled::decode_log(log).ok().map(|log| log.data));
    let told = told.find(|told| told.id == settlement.id);
    let told = told.ok_or(ProofError::Untold(settlement.id))?;
    let outputs = &settlement.call.intent.outputs;
    if told.received.len() != outputs.len() || told.fee != settlement.call.plan.fee {
        return Err(ProofError::Told("fee or outputs"));
    }
    for (output, received) in outputs.iter().zip(&told.received) {
        if *received < output.minAmount {
            return Err(ProofError::Told("less than the least amount"));
        }
        // Of an output that no leg touches nothing is measured, and nothing may have come.
        let (before, after) = gained(output.token).unwrap_or_default();
        let gained = after.saturating_sub(before);
        // What is sent of a rebasing token may show a unit more where it arrives; it does not count.
        let moved = settlement.moved.iter().find(|of| of.token == output.token);
        let slack = U256::from(u8::from(moved.is_some_and(|of| of.last.is_some())));
        if *received > gained || *received + slack < gained {
            return Err(ProofError::Told("what was received"));
        }
    }
    if told.value < settlement.call.intent.minValueOut {
        return Err(ProofError::Told("less than the least value"));
    }
    Ok(told)
}
