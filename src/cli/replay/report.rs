//! A replay's report as it is printed, schema `tenor.replay/1`.

use std::fmt;

use alloy_primitives::U256;
use serde::Serialize;
use tenor_simulations::{
    recorded::Absences,
    replay::{Compared, Payment, Report, Row, Status},
};

use super::block::Times;

/// A replayed block. Gas in units, ether in wei as decimal text, times in microseconds.
#[derive(Debug, Serialize)]
pub(super) struct ReportDto {
    schema: &'static str,
    pub(super) block: u64,
    pub(super) fork: String,
    /// What differs from the header, by the header's names.
    pub(super) differences: Vec<&'static str>,
    pub(super) gas_used: ComparedDto<u64>,
    pub(super) blob_gas_used: Option<ComparedDto<u64>>,
    pub(super) receipts_root: Option<ComparedDto<String>>,
    pub(super) logs_bloom: ComparedDto<String>,
    pub(super) transactions_root: ComparedDto<String>,
    pub(super) withdrawals_root: Option<ComparedDto<String>>,
    pub(super) transactions: Vec<RowDto>,
    /// Rewards and withdrawals.
    paid_wei: String,
    pub(super) unpaid_uncles: usize,
    /// Whether signatures were recovered.
    pub(super) senders_verified: bool,
    /// What was read and is not recorded, taken as not there.
    pub(super) taken_as_empty: TakenDto,
    pub(super) times_us: TimesDto,
    pub(super) mgas_per_s: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct ComparedDto<T> {
    pub(super) computed: T,
    pub(super) header: T,
}

#[derive(Debug, Serialize)]
pub(super) struct RowDto {
    pub(super) hash: String,
    /// `success`, `reverted` or `halted`.
    pub(super) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) why: Option<String>,
    pub(super) gas: u64,
    logs: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct TakenDto {
    pub(super) accounts: usize,
    pub(super) slots: usize,
}

#[derive(Debug, Serialize)]
pub(super) struct TimesDto {
    pub(super) load: u128,
    pub(super) execute: u128,
    pub(super) compare: u128,
}

impl ReportDto {
    pub(super) fn new(
        report: &Report,
        payments: &[Payment],
        absences: Absences,
        senders_verified: bool,
        times: Times,
    ) -> Self {
        let paid = payments.iter().fold(U256::ZERO, |sum, pay| sum.saturating_add(pay.wei));
        let seconds = times.execute.as_secs_f64().max(1e-9);
        // Gas of a block is far below 2^53.
        #[expect(clippy::cast_precision_loss)]
        let gas = report.gas_used.computed as f64;
        Self {
            schema: "tenor.replay/1",
            block: report.number,
            fork: report.fork.clone(),
            differences: report.differences(),
            gas_used: numbers(&report.gas_used),
            blob_gas_used: report.blob_gas_used.as_ref().map(numbers),
            receipts_root: report.receipts_root.as_ref().map(texts),
            logs_bloom: texts(&report.logs_bloom),
            transactions_root: texts(&report.transactions_root),
            withdrawals_root: report.withdrawals_root.as_ref().map(texts),
            transactions: report.transactions.iter().map(RowDto::new).collect(),
            paid_wei: paid.to_string(),
            unpaid_uncles: report.unpaid_uncles,
            senders_verified,
            taken_as_empty: TakenDto { accounts: absences.accounts, slots: absences.slots },
            times_us: TimesDto {
                load: times.load.as_micros(),
                execute: times.execute.as_micros(),
                compare: times.compare.as_micros(),
            },
            mgas_per_s: (gas / seconds / 1e5).round() / 10.0,
        }
    }
}

const fn numbers(compared: &Compared<u64>) -> ComparedDto<u64> {
    ComparedDto { computed: compared.computed, header: compared.header }
}

fn texts(compared: &Compared<impl fmt::Display>) -> ComparedDto<String> {
    ComparedDto { computed: compared.computed.to_string(), header: compared.header.to_string() }
}

impl RowDto {
    fn new(row: &Row) -> Self {
        let (status, why) = match &row.status {
            Status::Success => ("success", None),
            Status::Reverted => ("reverted", None),
            Status::Halted(reason) => ("halted", Some(format!("{reason:?}"))),
        };
        Self { hash: row.hash.to_string(), status, why, gas: row.gas, logs: row.logs }
    }
}
