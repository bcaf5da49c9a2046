//! Where blocks to replay come from: a folder of recordings, or a node.

use std::{path::Path, sync::Arc};

use tenor_simulations::{
    StateSource,
    recorded::{Codes, File, RecordedBlock},
};

use super::Outcome;
use crate::{
    cli::options::NodeArgs,
    market::rpc::{Node, RpcError},
    recordings::{Folder, LoadError},
};

/// Blocks, and the state before each.
pub(super) enum Blocks<'a> {
    Recorded { folder: &'a Folder, codes: Codes<'a> },
    Mined(Node),
}

/// A block to replay.
pub(super) struct Given {
    /// What it is called in errors.
    pub(super) name: String,
    pub(super) block: RecordedBlock,
    pub(super) before: Arc<dyn StateSource>,
}

impl<'a> Blocks<'a> {
    pub(super) fn recorded(folder: &'a Folder) -> Result<Self, LoadError> {
        Ok(Self::Recorded { folder, codes: folder.codes()? })
    }

    pub(super) fn mined(node: &NodeArgs, chain_id: u64) -> Result<Blocks<'static>, Outcome> {
        if !node.given() {
            let why = "name the folder of recorded blocks before them, or a node with --rpc";
            return Err(Outcome::BadInput(why.to_owned()));
        }
        Ok(Blocks::Mined(node.connect(chain_id)?))
    }

    pub(super) fn load(&self, number: u64) -> Result<Given, Outcome> {
        match self {
            Self::Recorded { folder, codes } => {
                let (block, state) = folder.load(number, codes).map_err(|e| bad(&e))?;
                Ok(Given { name: folder.block_name(number), block, before: Arc::new(state) })
            }
            Self::Mined(node) => mined(node, number),
        }
    }
}

impl Blocks<'_> {
    /// A block that cannot be executed: the recording is at fault, or the node is.
    pub(super) const fn blame(&self, why: String) -> Outcome {
        match self {
            Self::Recorded { .. } => Outcome::BadInput(why),
            Self::Mined(_) => Outcome::Failed(why),
        }
    }
}

/// A block of a node, on the state that the block before it left. Its uncles are not asked for.
fn mined(node: &Node, number: u64) -> Result<Given, Outcome> {
    let name = format!("{}, block {number}", node.shown());
    let failed = |error: &RpcError| Outcome::Failed(error.to_string());
    let Some(before) = number.checked_sub(1) else {
        return Err(Outcome::BadInput(format!("{name}: nothing was executed in a genesis block")));
    };
    let head = node.block(number).map_err(|e| failed(&e))?;
    let text = node.whole(&head).map_err(|e| failed(&e))?;
    let file = File { name: &name, text: text.as_bytes() };
    let block = RecordedBlock::parse(file, number).map_err(|e| bad(&e.into()))?;
    let parent = node.block(before).map_err(|e| failed(&e))?;
    if parent.hash != head.parent {
        let why = format!("{name}: the chain changed while it was read; ask again");
        return Err(Outcome::Failed(why));
    }
    let state = node.state(&parent);
    // Senders and the called are looked at for certain.
    let accounts: Vec<_> = block.accounts().collect();
    state.load(&accounts, &[]).map_err(|e| failed(&e))?;
    Ok(Given { name, block, before: state })
}

/// What is wrong with a recording.
pub(super) fn bad(error: &LoadError) -> Outcome {
    Outcome::BadInput(error.to_string())
}

/// The folder and the blocks that a command line names. What begins with a number has no folder: its
/// blocks are a node's.
pub(super) fn named(what: &[String]) -> Result<(Option<&Path>, Vec<u64>), Outcome> {
    let number = |text: &String| text.parse::<u64>();
    let (folder, numbers) = match what.split_first() {
        Some((folder, numbers)) if number(folder).is_err() => (Some(Path::new(folder)), numbers),
        _ => (None, what),
    };
    let read = |text: &String| {
        number(text)
            .map_err(|_| Outcome::BadInput(format!("{text:?} is no block number, as in: 19933597")))
    };
    let numbers: Vec<u64> = numbers.iter().map(read).collect::<Result<_, _>>()?;
    if numbers.is_empty() {
        return Err(Outcome::BadInput("name the blocks, as in: blocks 19933597".to_owned()));
    }
    Ok((folder, numbers))
}
