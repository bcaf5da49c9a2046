//! A recorded block: what its header says, and its transactions with their senders.

use alloy_consensus::{Transaction as _, TxEnvelope};
use alloy_eips::eip4895::Withdrawal;
use alloy_primitives::{Address, B256, Bloom, U256};
use revm::precompile::secp256k1::ecrecover;

use super::{
    File,
    error::{RecordingError, RecordingErrorKind},
    wire::{self, BlockDto, OriginDto, UncleDto},
};

/// What a replay needs of a header, and compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The block's number.
    pub number: u64,
    /// Its unix seconds.
    pub timestamp: u64,
    /// The hash of the block before.
    pub parent_hash: B256,
    /// Who is paid: the miner, or the proposer's fee recipient.
    pub beneficiary: Address,
    /// The most gas of all transactions.
    pub gas_limit: u64,
    /// Gas of all transactions.
    pub gas_used: u64,
    /// The difficulty; zero since the merge.
    pub difficulty: U256,
    /// Since the merge, the beacon chain's randomness.
    pub mix_hash: Option<B256>,
    /// Wei of base fee for a unit of gas, since London.
    pub base_fee: Option<u64>,
    /// Gas of all blobs, since Cancun.
    pub blob_gas_used: Option<u64>,
    /// What the price of blobs follows from, since Cancun.
    pub excess_blob_gas: Option<u64>,
    /// The beacon block's root that EIP-4788 stores, since Cancun.
    pub beacon_root: Option<B256>,
    /// The root of the receipts.
    pub receipts_root: B256,
    /// The root of the transactions.
    pub transactions_root: B256,
    /// The root of the withdrawals, since Shanghai.
    pub withdrawals_root: Option<B256>,
    /// The filter of all logs.
    pub logs_bloom: Bloom,
}

/// A transaction and its sender, who is taken from the recording until
/// [`RecordedBlock::verify_senders`] is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedTransaction {
    /// Who sends it.
    pub from: Address,
    /// Its hash.
    pub hash: B256,
    /// What was signed.
    pub envelope: TxEnvelope,
}

/// A block that was mined beside the chain and is paid for: its number and its miner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uncle {
    /// Its number.
    pub number: u64,
    /// Who mined it.
    pub miner: Address,
}

/// A block with its transactions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedBlock {
    /// What its header says.
    pub header: Header,
    /// Its transactions, in order.
    pub transactions: Vec<RecordedTransaction>,
    /// Ether that leaves the beacon chain, since Shanghai.
    pub withdrawals: Option<Vec<Withdrawal>>,
    /// How many uncles it names.
    pub uncle_count: usize,
    /// The uncles; fewer than it names where their headers are not recorded.
    pub uncles: Vec<Uncle>,
}

impl RecordedBlock {
    /// The block in a file, which must be block `number`.
    pub fn parse(file: File<'_>, number: u64) -> Result<Self, RecordingError> {
        let dto: BlockDto<'_> = wire::read(file)?;
        let found = dto.number.to();
        if found != number {
            let kind = RecordingErrorKind::WrongBlock { found, asked: number };
            return Err(RecordingError::new(file.name, "number", kind));
        }
        let transactions = dto.transactions.iter().enumerate();
        let transactions = transactions.map(|(at, text)| {
            let (OriginDto { from, hash }, envelope) = wire::transaction(file, at, text)?;
            Ok(RecordedTransaction { from, hash, envelope })
        });
        let transactions = transactions.collect::<Result<_, _>>()?;
        let (header, uncle_count) = (dto.header(), dto.uncles.len());
        let withdrawals = dto.withdrawals;
        Ok(Self { header, transactions, withdrawals, uncle_count, uncles: Vec::new() })
    }

    /// Who sends, who is called and who is paid: some more than once.
    pub fn accounts(&self) -> impl Iterator<Item = Address> {
        let sent = self.transactions.iter().map(|transaction| transaction.from);
        let called = self.transactions.iter().filter_map(|t| t.envelope.to());
        sent.chain(called).chain([self.header.beneficiary])
    }

    /// Adds the uncles' headers, which must be as many as the block names.
    pub fn add_uncles(&mut self, file: File<'_>) -> Result<(), RecordingError> {
        let dtos: Vec<UncleDto> = wire::read(file)?;
        if dtos.len() != self.uncle_count {
            let what = format!("{} headers, and the block names {}", dtos.len(), self.uncle_count);
            return Err(RecordingError::new(file.name, "", RecordingErrorKind::Form(what)));
        }
        let uncle = |dto: UncleDto| Uncle { number: dto.number.to(), miner: dto.miner };
        self.uncles = dtos.into_iter().map(uncle).collect();
        Ok(())
    }

    /// Recovers each transaction's signer, some 30 us for each, and refuses one that is not the
    /// recorded sender. `file` names the block in errors.
    pub fn verify_senders(&self, file: &str) -> Result<(), RecordingError> {
        for (at, transaction) in self.transactions.iter().enumerate() {
            let kind = match transaction.signer() {
                Some(signer) if signer == transaction.from => continue,
                Some(signer) => RecordingErrorKind::WrongSender { from: transaction.from, signer },
                None => RecordingErrorKind::NoSigner(transaction.hash),
            };
            return Err(RecordingError::new(file, format!("transactions[{at}]"), kind));
        }
        Ok(())
    }
}

impl RecordedTransaction {
    fn signer(&self) -> Option<Address> {
        let signature = self.envelope.signature();
        let bytes = signature.as_bytes();
        let rs = bytes.first_chunk::<64>()?;
        let hash = self.envelope.signature_hash();
        let word = ecrecover(rs.into(), u8::from(signature.v()), &hash).ok()?;
        Some(Address::from_word(word))
    }
}

impl BlockDto<'_> {
    fn header(&self) -> Header {
        Header {
            number: self.number.to(),
            timestamp: self.timestamp.to(),
            parent_hash: self.parent_hash,
            beneficiary: self.miner,
            gas_limit: self.gas_limit.to(),
            gas_used: self.gas_used.to(),
            difficulty: self.difficulty,
            mix_hash: self.mix_hash,
            base_fee: self.base_fee_per_gas.map(|fee| fee.to()),
            blob_gas_used: self.blob_gas_used.map(|gas| gas.to()),
            excess_blob_gas: self.excess_blob_gas.map(|gas| gas.to()),
            beacon_root: self.parent_beacon_block_root,
            receipts_root: self.receipts_root,
            transactions_root: self.transactions_root,
            withdrawals_root: self.withdrawals_root,
            logs_bloom: self.logs_bloom,
        }
    }
}
