//! A replay's report for people.

use std::fmt::{self, Display};

use super::report::{ComparedDto, ReportDto};

/// The report as lines of text.
pub(super) struct Page<'a>(pub(super) &'a ReportDto);

impl Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let failed = report.transactions.iter().filter(|row| row.status != "success").count();
        let all = report.transactions.len();
        writeln!(
            f,
            "block {}, {}, {all} transactions, {failed} failed",
            report.block, report.fork
        )?;
        self.compared(f)?;
        self.failed(f)?;
        self.assumed(f)?;
        let times = &report.times_us;
        writeln!(
            f,
            "  executed in {} ms ({} MGas/s), loaded in {} ms, compared in {} ms",
            millis(times.execute),
            report.mgas_per_s,
            millis(times.load),
            millis(times.compare)
        )
    }
}

impl Page<'_> {
    fn compared(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        line(f, "gas used", Some(&report.gas_used))?;
        if let Some(gas) = &report.blob_gas_used {
            line(f, "blob gas used", Some(gas))?;
        }
        line(f, "receipts root", report.receipts_root.as_ref())?;
        line(f, "transactions root", Some(&report.transactions_root))?;
        if let Some(root) = &report.withdrawals_root {
            line(f, "withdrawals root", Some(root))?;
        }
        let bloom = &report.logs_bloom;
        let same = if bloom.computed == bloom.header { "as in the header" } else { "DIFFERS" };
        writeln!(f, "  {:<18} {same}", "logs bloom")
    }

    fn failed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, row) in self.0.transactions.iter().enumerate() {
            if row.status != "success" {
                let why = row.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
                writeln!(f, "  {at:>4} {} {} at {} gas{why}", row.hash, row.status, row.gas)?;
            }
        }
        Ok(())
    }

    fn assumed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let report = self.0;
        let taken = &report.taken_as_empty;
        writeln!(
            f,
            "  read and not recorded, taken as empty: {} accounts, {} slots",
            taken.accounts, taken.slots
        )?;
        if report.unpaid_uncles > 0 {
            let unpaid = report.unpaid_uncles;
            writeln!(f, "  uncles not paid, their headers are not recorded: {unpaid}")?;
        }
        let senders = if report.senders_verified { "recovered" } else { "as recorded" };
        writeln!(f, "  senders {senders}")
    }
}

fn line<T: Display + PartialEq>(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    compared: Option<&ComparedDto<T>>,
) -> fmt::Result {
    match compared {
        None => writeln!(f, "  {what:<18} not to be had before Byzantium"),
        Some(ComparedDto { computed, header }) if computed == header => {
            writeln!(f, "  {what:<18} {computed} as in the header")
        }
        Some(ComparedDto { computed, header }) => {
            writeln!(f, "  {what:<18} {computed} DIFFERS from the header's {header}")
        }
    }
}

fn millis(micros: u128) -> String {
    format!("{}.{:02}", micros / 1000, micros % 1000 / 10)
}
