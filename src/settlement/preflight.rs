//! What must hold before mode `live` sends anything. Everything that does not is told at once.

use std::{fmt, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use tenor_solver::venues::{Answer, Read};

use super::halt::{Halt, HaltError, Why};
use crate::{
    bundle::prove::SETTLER_CODE,
    clock::Clock,
    config::Config,
    intents::signed::Deployment,
    keys::{KeyError, apart},
    market::{
        current::Current,
        feed::StaleError,
        rpc::{Fault, Head, Node, RpcError},
    },
    relays::{Fleet, setup::SetupError},
};

/// The oldest, in seconds, that a node's newest block may be: ten slots. A chain that is alive has one in
/// nearly every slot; a node that is still catching up has none.
pub const OLDEST_S: u64 = 120;

/// By how many seconds the newest block may be ahead of this machine's clock: a slot.
pub const AHEAD_S: u64 = 12;

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// What the operator set.
    pub config: &'a Config,
    /// The contracts that signatures name.
    pub deployment: &'a Deployment,
    /// Who relays know.
    pub auth: Address,
    /// Who pays.
    pub funded: Address,
    /// The node; `None` where none is given.
    pub node: Option<&'a Arc<Node>>,
    /// The market that plans are made on.
    pub market: &'a Current,
    /// The relays, as configuration gives them.
    pub fleet: &'a Result<Fleet, SetupError>,
    /// The kill switch.
    pub halt: &'a Halt,
    /// What time it is.
    pub clock: &'a Clock,
}

/// Whose chain is another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The node's.
    Node,
    /// The market's.
    Market,
    /// The one that signatures name.
    Signatures,
}

/// Why nothing may be sent.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Obstacle {
    /// Nothing says how much may be spent.
    #[error(
        "no spend cap: set settlement.spend_cap_wei, the most wei for gas and tips in any 24 hours"
    )]
    NoSpendCap,
    /// One key for both.
    #[error("{0}; set keys.auth to a key of its own")]
    OneKey(KeyError),
    /// Nobody to ask.
    #[error("no node: give --rpc a node of the chain")]
    NoNode,
    /// The node does not answer.
    #[error("{0}")]
    Node(RpcError),
    /// Another chain.
    #[error(
        "{whose} is chain {found}, and settlement.chain_id means chain {meant}: use a node of chain \
         {meant}, or mean the other"
    )]
    WrongChain {
        /// Whose.
        whose: Whose,
        /// The chain that it is.
        found: u64,
        /// The chain that is meant.
        meant: u64,
    },
    /// No contract where the Settler should be.
    #[error(
        "no contract is at {0}, where the Settler should be: deploy it, or set contracts.settler"
    )]
    NoSettler(Address),
    /// Another contract there.
    #[error(
        "the code of {at} hashes to {found}, and the Settler's to {expected}: it is another contract; set \
         contracts.settler"
    )]
    Code {
        /// Where.
        at: Address,
        /// What is there.
        found: B256,
        /// What should be.
        expected: B256,
    },
    /// Too little to pay with.
    #[error(
        "the funded account {account} has {balance} wei, and settlement.least_balance_wei are {least}: \
         send it ether"
    )]
    Unfunded {
        /// Who.
        account: Address,
        /// Wei that it has.
        balance: U256,
        /// Wei that it must have.
        least: U256,
    },
    /// The market is no chain's.
    #[error("the market stands instead of following a node: give --rpc, and leave --market out")]
    Standing,
    /// The market is too old to quote from.
    #[error("{0}")]
    Stale(StaleError),
    /// The node is behind, or the chain stands still.
    #[error(
        "the newest block of the node, {block}, is {age_s} s old, more than the {OLDEST_S} s allowed: \
         wait until the node has caught up, or use another"
    )]
    Old {
        /// Its number.
        block: u64,
        /// Its age.
        age_s: u64,
    },
    /// The clock is behind the chain.
    #[error(
        "the newest block of the node, {block}, is {ahead_s} s ahead of this machine's clock: set the \
         clock, for deadlines are told by it"
    )]
    Ahead {
        /// Its number.
        block: u64,
        /// How far ahead it is.
        ahead_s: u64,
    },
    /// Nobody to send to.
    #[error("{0}")]
    Relays(SetupError),
    /// The kill switch is set.
    #[error("halted {0}; lift it with 'tenor halt --lift'")]
    Halted(Why),
    /// The kill switch does not read.
    #[error("{0}")]
    Halt(HaltError),
}

/// All that is in the way; there is something.
#[derive(Debug, Clone)]
pub struct Refused(pub Vec<Obstacle>);

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("mode live does not start")?;
        for (number, problem) in self.0.iter().enumerate() {
            write!(f, "{} ({}) {problem}", if number == 0 { ":" } else { ";" }, number + 1)?;
        }
        Ok(())
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Node => "the node's chain",
            Self::Market => "the market's chain",
            Self::Signatures => "the chain that is signed for",
        })
    }
}

/// What a node says of the contracts and the account, at its newest block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Its chain.
    pub chain_id: u64,
    /// Its newest block.
    pub head: Head,
    /// The hash of the Settler's code; zero where there is none.
    pub settler: B256,
    /// Wei of the account that pays.
    pub balance: U256,
}

impl Facts {
    /// Asks a node.
    pub async fn read(
        node: &Arc<Node>,
        settler: Address,
        funded: Address,
    ) -> Result<Self, RpcError> {
        let asked = Arc::clone(node);
        // Asking a node blocks.
        let read = tokio::task::spawn_blocking(move || Self::of(&asked, settler, funded)).await;
        read.unwrap_or_else(|error| {
            let fault = Fault::Dropped(error.to_string());
            Err(RpcError { node: node.shown().to_owned(), fault })
        })
    }

    /// The same, on a thread that may be blocked.
    pub fn of(node: &Node, settler: Address, funded: Address) -> Result<Self, RpcError> {
        let head = node.head()?;
        let reads = [Read::CodeHash(settler), Read::Balance(funded)];
        let answers = node.state(&head).answer(&reads)?;
        let word = |at: usize| match answers.get(at) {
            Some(Answer::Word(word)) => *word,
            _ => U256::ZERO,
        };
        let (settler, balance) = (B256::from(word(0)), word(1));
        Ok(Self { chain_id: node.chain_id(), head, settler, balance })
    }

    /// What is wrong with the newest block by a clock.
    pub fn of_time(&self, now: u64) -> Option<Obstacle> {
        let Head { number: block, timestamp, .. } = self.head;
        let age_s = now.saturating_sub(timestamp);
        let ahead_s = timestamp.saturating_sub(now);
        match () {
            () if age_s > OLDEST_S => Some(Obstacle::Old { block, age_s }),
            () if ahead_s > AHEAD_S => Some(Obstacle::Ahead { block, ahead_s }),
            () => None,
        }
    }

    /// What is wrong with the contract that should be the Settler.
    pub fn of_settler(&self, at: Address) -> Option<Obstacle> {
        match self.settler {
            SETTLER_CODE => None,
            B256::ZERO => Some(Obstacle::NoSettler(at)),
            found => Some(Obstacle::Code { at, found, expected: SETTLER_CODE }),
        }
    }

    /// Whether the account that pays can.
    pub fn of_funds(&self, account: Address, least: U256) -> Option<Obstacle> {
        let balance = self.balance;
        (balance < least).then_some(Obstacle::Unfunded { account, balance, least })
    }
}

/// Looks at everything, and refuses where anything is in the way.
pub async fn preflight(start: &Start<'_>) -> Result<(), Refused> {
    let Start { config, auth, funded, .. } = *start;
    let mut problems = Vec::new();
    problems.extend(config.settlement.spend_cap_wei.is_none().then_some(Obstacle::NoSpendCap));
    problems.extend(apart(auth, funded).err().map(Obstacle::OneKey));
    problems.extend(of_node(start).await);
    problems.extend(of_market(start));
    problems.extend(start.fleet.as_ref().err().cloned().map(Obstacle::Relays));
    problems.extend(of_halt(start.halt));
    if problems.is_empty() { Ok(()) } else { Err(Refused(problems)) }
}

/// What is wrong with the kill switch: that it is set, or may be.
pub fn of_halt(halt: &Halt) -> Option<Obstacle> {
    match halt.standing() {
        Ok(why) => why.map(Obstacle::Halted),
        Err(error) => Some(Obstacle::Halt(error)),
    }
}

/// A chain that is not the one that is meant.
pub fn of_chain(whose: Whose, found: u64, meant: u64) -> Option<Obstacle> {
    (found != meant).then_some(Obstacle::WrongChain { whose, found, meant })
}

async fn of_node(start: &Start<'_>) -> Vec<Obstacle> {
    let Some(node) = start.node else { return vec![Obstacle::NoNode] };
    let settler = start.deployment.settler;
    let facts = match Facts::read(node, settler, start.funded).await {
        Ok(facts) => facts,
        Err(error) => return vec![Obstacle::Node(error)],
    };
    let set = &start.config.settlement;
    let chain = of_chain(Whose::Node, facts.chain_id, set.chain_id);
    let time = facts.of_time(start.clock.seconds());
    let funds = facts.of_funds(start.funded, set.least_balance_wei.0);
    [chain, time, facts.of_settler(settler), funds].into_iter().flatten().collect()
}

fn of_market(start: &Start<'_>) -> Vec<Obstacle> {
    let meant = start.config.settlement.chain_id;
    let of = start.market.newest().engine.market().chain_id;
    let chain = of_chain(Whose::Market, of, meant);
    let signed = of_chain(Whose::Signatures, start.deployment.chain_id, meant);
    let state = match start.market.fresh() {
        _ if !start.market.is_live() => Some(Obstacle::Standing),
        Ok(_) => None,
        Err(error) => Some(Obstacle::Stale(error)),
    };
    [chain, signed, state].into_iter().flatten().collect()
}
