//! The proof that comes with a cleared batch.

use super::Batch;
use crate::certify::{CertifyError, batch_bound};

/// Prices, the bound that they imply, and what was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// One price for each node, in value.
    pub prices: Vec<f64>,
    /// What no settlement of the orders is worth net of gas, as the prices alone prove it; infinite
    /// where they prove nothing.
    pub bound: f64,
    /// What the settlements are worth net of gas.
    pub net: f64,
}

/// Why a proof does not prove what it claims.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProofError {
    /// The prices prove nothing.
    #[error("the prices bound nothing: {0}")]
    Unbounded(#[from] CertifyError),
    /// The claimed bound is below what the prices prove.
    #[error("the bound claimed, {claimed}, is below what the prices prove, {proven}")]
    TooLow {
        /// The bound claimed.
        claimed: f64,
        /// The bound recomputed.
        proven: f64,
    },
    /// The answer exceeds the bound, or is no number: one of the two is wrong.
    #[error("the answer claimed, {net}, exceeds the bound, {bound}")]
    Exceeded {
        /// The answer claimed.
        net: f64,
        /// The bound.
        bound: f64,
    },
}

impl Proof {
    /// Recomputes the bound from the batch and the prices alone, and compares; what could at most be
    /// gained beyond the answer, in value.
    pub fn check(&self, batch: &Batch<'_>) -> Result<f64, ProofError> {
        let proven = batch_bound(batch, &self.prices)?;
        if self.bound.is_nan() || self.bound < proven {
            return Err(ProofError::TooLow { claimed: self.bound, proven });
        }
        if self.net.is_nan() || self.net > self.bound {
            return Err(ProofError::Exceeded { net: self.net, bound: self.bound });
        }
        Ok(self.bound - self.net)
    }
}
