//! `tenor check`: whether everything is as mode `live` needs it.

use std::{
    fmt,
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use alloy_primitives::{Address, utils::format_ether};
use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use super::{Outcome, options::NodeArgs, print, serve};
use crate::{
    bundle::Replacement,
    clock::Clock,
    config::Config,
    intents::signed::SETTLER,
    keys::Keys,
    relays::{Fleet, fault::Fault, identity::Identity},
    settlement::{
        halt::Halt,
        preflight::{Facts, Obstacle, Whose, of_chain, of_halt},
    },
};

/// Look at what landing plans needs, and say of each thing whether it is well: one line each, with what to
/// do where it is not. Exit code 0 where all is well, 1 where anything is not.
///
/// Relays are asked to cancel a bundle that was never sent: what they answer shows that they are there.
/// The market itself is not opened; 'tenor serve' looks at it, and at all of this again.
///
/// Examples:
///   tenor check --config tenor.toml --rpc http://127.0.0.1:8545
///   tenor check --config tenor.toml --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Check {
    /// The server's configuration, in TOML.
    #[arg(long, value_name = "FILE", env = "TENOR_CONFIG")]
    config: Option<PathBuf>,
    /// The server's data folder.
    #[arg(long, value_name = "DIR", env = "TENOR_DATA_DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    node: NodeArgs,
    /// Print JSON, schema tenor.check/1.
    #[arg(long)]
    json: bool,
}

/// All that was looked at, schema `tenor.check/1`.
#[derive(Debug, Serialize)]
struct Checked {
    schema: &'static str,
    well: bool,
    checks: Vec<Line>,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Line {
    what: &'static str,
    well: bool,
    /// What is there, or what is wrong and what to do.
    says: String,
}

impl Line {
    fn well(what: &'static str, says: impl fmt::Display) -> Self {
        Self { what, well: true, says: says.to_string() }
    }

    fn wrong(what: &'static str, says: impl fmt::Display) -> Self {
        Self { what, well: false, says: says.to_string() }
    }

    /// What is wrong, or else what is there.
    fn of(what: &'static str, wrong: Option<Obstacle>, says: impl fmt::Display) -> Self {
        wrong.map_or_else(|| Self::well(what, says), |wrong| Self::wrong(what, wrong))
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let well = if self.well { "ok" } else { "NO" };
        write!(f, "{well}  {:<8} {}", self.what, self.says)
    }
}

impl Check {
    pub(super) fn run(&self) -> Outcome {
        self.look().unwrap_or_else(|outcome| outcome)
    }

    fn look(&self) -> Result<Outcome, Outcome> {
        let config = self.config.as_deref().map(serve::read).transpose()?.unwrap_or_default();
        let folder = self.data_dir.clone().or_else(|| config.serve.data_dir.clone());
        let folder = folder.unwrap_or_else(serve::own_folder);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Outcome::Failed(format!("cannot start: {error}")))?;
        let mut checks = vec![of_cap(&config)];
        let (funded, identity) = match runtime.block_on(Keys::open(&config.keys)) {
            Ok(keys) => {
                let (auth, funded) = (keys.auth.address(), keys.funded.address());
                checks.push(Line::well("keys", format_args!("{auth} is known, {funded} pays")));
                (Some(funded), Some(Arc::new(keys.auth.identity())))
            }
            Err(error) => {
                checks.push(Line::wrong("keys", error));
                (None, None)
            }
        };
        // The node has a runtime of its own.
        checks.extend(self.of_node(&config, funded));
        checks.extend(runtime.block_on(of_relays(&config, identity)));
        checks.push(Line::of("halt", of_halt(&Halt::of(&folder)), "not set"));
        checks.push(of_disk(&folder));
        self.tell(checks)
    }

    fn of_node(&self, config: &Config, funded: Option<Address>) -> Vec<Line> {
        let set = &config.settlement;
        if !self.node.given() {
            return vec![Line::wrong("node", Obstacle::NoNode)];
        }
        let node = match self.node.open() {
            Ok(node) => node,
            Err(error) => return vec![Line::wrong("node", error)],
        };
        let settler = config.contracts.settler.unwrap_or(SETTLER);
        let facts = match Facts::of(&node, settler, funded.unwrap_or_default()) {
            Ok(facts) => facts,
            Err(error) => return vec![Line::wrong("node", error)],
        };
        let chain = of_chain(Whose::Node, facts.chain_id, set.chain_id);
        let now = Clock::System.seconds();
        let (number, age) = (facts.head.number, now.saturating_sub(facts.head.timestamp));
        let mut lines = vec![
            Line::well("node", node.shown()),
            Line::of("chain", chain, facts.chain_id),
            Line::of("block", facts.of_time(now), format_args!("{number}, {age} s old")),
            Line::of("settler", facts.of_settler(settler), settler),
        ];
        if let Some(account) = funded {
            let poor = facts.of_funds(account, set.least_balance_wei.0);
            let has = format!("{account} has {} ETH", format_ether(facts.balance));
            lines.push(Line::of("funds", poor, has));
        }
        lines
    }

    fn tell(&self, checks: Vec<Line>) -> Result<Outcome, Outcome> {
        let wrong = checks.iter().filter(|line| !line.well).count();
        let all = checks.len();
        if self.json {
            let told = Checked { schema: "tenor.check/1", well: wrong == 0, checks };
            print::json(WHAT, &told)?;
        } else {
            let lines: String = checks.iter().map(|line| format!("{line}\n")).collect();
            print::page(WHAT, &lines)?;
        }
        Ok(match wrong {
            0 => Outcome::Done,
            _ => Outcome::Failed(format!("{wrong} of {all} are not as mode live needs them")),
        })
    }
}

const WHAT: &str = "what was looked at";

fn of_cap(config: &Config) -> Line {
    match config.settlement.spend_cap_wei {
        Some(cap) => Line::well("cap", format_args!("{} ETH in 24 hours", format_ether(cap.0))),
        None => Line::wrong("cap", Obstacle::NoSpendCap),
    }
}

/// Asks every relay for something that changes nothing.
async fn of_relays(config: &Config, identity: Option<Arc<Identity>>) -> Vec<Line> {
    let Some(identity) = identity else {
        return vec![Line::wrong("relays", "not asked: there is no key to sign with")];
    };
    let fleet = match Fleet::configured(&config.relays, &identity, &Clock::System) {
        Ok(fleet) => fleet,
        Err(error) => return vec![Line::wrong("relays", error)],
    };
    let nothing = Replacement { uuid: Uuid::from_u128(0), sequence: None };
    let told = fleet.cancel(nothing, 1, |_| true).await;
    let lines = told.iter().map(|told| {
        let (name, ms) = (&told.relay, told.took.as_millis());
        match &told.outcome {
            Err(Fault::Unspoken { .. }) => {
                Line::well("relay", format_args!("{name} has nothing harmless to be asked"))
            }
            Err(fault) if fault.is_unwell() || !fault.may_have_arrived() => {
                Line::wrong("relay", format_args!("{name} {fault}: leave it out, or try later"))
            }
            _ => Line::well("relay", format_args!("{name} answers, after {ms} ms")),
        }
    });
    lines.collect()
}

/// Writes a page to the data folder, as the journal does before every send.
fn of_disk(folder: &Path) -> Line {
    let path = folder.join(format!("check.{}", std::process::id()));
    let since = Instant::now();
    let write = || {
        let mut file = File::create(&path)?;
        file.write_all(&[0; 4_096])?;
        file.sync_all()
    };
    let written = write();
    // Nothing may be there to be removed.
    let _ = fs::remove_file(&path);
    let at = folder.display();
    match written {
        Ok(()) => {
            let ms = since.elapsed().as_millis();
            Line::well("disk", format_args!("{at}: written and flushed in {ms} ms"))
        }
        Err(error) => {
            let fix = "give --data-dir a folder to write to, on a disk with room";
            Line::wrong("disk", format_args!("{at}: {error}; {fix}"))
        }
    }
}
