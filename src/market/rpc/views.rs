//! What venues ask, and which accounts logged: whole rounds of questions in as few packets as go.

use std::collections::HashSet;

use alloy_primitives::{Address, B256, Bloom, BloomInput};
use serde::Deserialize;
use serde_json::json;
use tenor_solver::venues::{Answer, Read};

use super::{
    BlockState, Head, Node,
    error::{Fault, RpcError},
    head,
    link::Call,
    reads::Reads,
    wire,
};

const LOGS: &str = "eth_getLogs";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct LogDto {
    address: Address,
    topics: Vec<B256>,
    block_hash: B256,
}

impl BlockState {
    /// Answers what venues ask at this block, one for one: contracts are called by the node, so that
    /// a round of questions is a packet or a few, whatever slots the contracts look into.
    ///
    /// What a node answers to a call cannot be proven: with proofs, ask a
    /// `World` over this state instead, which runs the calls itself.
    pub fn answer(&self, reads: &[Read]) -> Result<Vec<Answer>, RpcError> {
        let calls = reads.iter().map(|read| self.reads().view_call(read)).collect();
        let said = self.ask_views(calls)?;
        let answers = reads.iter().zip(&said).map(|(read, said)| Reads::view(read, said));
        self.judge(answers.collect())
    }
}

impl Node {
    /// The accounts that logged something in these blocks. The logs must make each block's own bloom,
    /// which its hash vouches for: a node that leaves an account's logs out is found out.
    pub fn logged(&self, blocks: &[Head]) -> Result<HashSet<Address>, RpcError> {
        let blocks: Vec<&Head> = blocks.iter().filter(|b| b.logs_bloom != Bloom::ZERO).collect();
        let call = |block: &&Head| Call::new(LOGS, json!([{ "blockHash": block.hash }]));
        let answers = self.link.ask(blocks.iter().map(call).collect(), None)?;
        let mut accounts = HashSet::new();
        for (block, answer) in blocks.into_iter().zip(&answers) {
            let named = |error: RpcError| {
                let fault = super::classify::of_block(error.fault, block);
                RpcError { fault, ..error }
            };
            let logs: Vec<LogDto> = self.link.blame(wire::object(LOGS, answer)).map_err(named)?;
            self.link.blame(complete(block, &logs))?;
            accounts.extend(logs.into_iter().map(|log| log.address));
        }
        Ok(accounts)
    }

    /// The blocks of some numbers, one for one; `None` where the node has none. That they are of one
    /// chain is not checked: ask for blocks that are old enough not to be replaced.
    pub fn blocks(&self, numbers: &[u64]) -> Result<Vec<Option<Head>>, RpcError> {
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let calls = numbers.iter().map(|number| head::by_number(*number)).collect();
        let answers = self.link.ask(calls, None)?;
        let block = |(number, answer): (&u64, _)| {
            let block = head::parse(answer)?;
            block.map(|block| head::same_number(&block, *number).map(|()| block)).transpose()
        };
        let blocks = numbers.iter().zip(answers.iter().map(|answer| &**answer)).map(block);
        self.link.blame(blocks.collect())
    }

    /// The blocks from number `first` up to the one before `last`, ascending: each the parent of the
    /// next, the last of them `last`'s.
    pub fn before(&self, last: &Head, first: u64) -> Result<Vec<Head>, RpcError> {
        let numbers: Vec<u64> = (first..last.number).collect();
        let calls = numbers.iter().map(|number| head::by_number(*number)).collect();
        let answers = self.link.ask(calls, None)?;
        let gone = || Fault::Gone { number: last.number, hash: last.hash };
        let mut blocks = Vec::with_capacity(numbers.len());
        let mut parent = last.parent;
        for (number, answer) in numbers.iter().zip(&answers).rev() {
            let block = self.link.blame(head::parse(answer))?;
            let block = block.ok_or(Fault::NoBlock { number: *number });
            let block = self.link.blame(block)?;
            if block.hash != parent {
                // The chain changed between the two questions.
                return Err(self.link.error(gone()));
            }
            parent = block.parent;
            blocks.push(block);
        }
        blocks.reverse();
        Ok(blocks)
    }
}

fn complete(block: &Head, logs: &[LogDto]) -> Result<(), Fault> {
    let mut bloom = Bloom::ZERO;
    for log in logs {
        bloom.accrue(BloomInput::Raw(log.address.as_slice()));
        log.topics.iter().for_each(|topic| bloom.accrue(BloomInput::Raw(topic.as_slice())));
    }
    if bloom == block.logs_bloom && logs.iter().all(|log| log.block_hash == block.hash) {
        return Ok(());
    }
    Err(Fault::Lied(format!(
        "the logs that it sends of block {} ({}) are not all of that block's",
        block.number, block.hash
    )))
}
