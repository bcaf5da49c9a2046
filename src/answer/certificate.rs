//! The certificate's own schema, `tenor.certificate/1`.

use alloy_primitives::{Address, U256};
use serde::{Deserialize, Serialize};
use tenor_solver::{
    certificate::{Certificate, Price},
    coupling::{Coupling, Multiplier},
    intent::{Goal, Intent},
    market::Market,
    venues::NATIVE,
};

use super::HoldingDto;

/// The schema's name.
const SCHEMA: &str = "tenor.certificate/1";

/// Proof of how near the best an answer is: prices, and the bound that they imply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the field names are the schema")]
pub struct CertificateDto {
    pub schema: String,
    pub market_hash: String,
    pub token_in: String,
    pub token_out: String,
    pub amount_in: String,
    /// What is given besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others_in: Vec<HoldingDto>,
    /// `net` where gas is counted, `gross` where it is not.
    pub objective: String,
    pub gas_price_wei: String,
    /// Where the output is ETH at the horizon: how far that is.
    pub horizon_s: Option<u64>,
    pub prices: Vec<PriceDto>,
    /// Limits over several positions that the bound counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitPriceDto>,
    pub bound: String,
    pub answer: String,
    pub gap_bps: String,
}

/// One price, in whole tokens wanted for one whole token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PriceDto {
    pub token: String,
    pub price: String,
    /// The position being sold at the horizon where this price holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selling: Option<String>,
}

/// What exceeding a limit by a share of the whole is counted to cost, in ETH at the horizon for each
/// ETH of that share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct LimitPriceDto {
    /// `cap per protocol` or `expected loss limit`.
    pub limit: String,
    /// The protocol of a cap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    pub price: String,
}

/// Why a certificate cannot be read, or is of something else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateDtoError {
    /// A field that says something else than the market and the intent do.
    #[error("{field} is {given}, not {expected}")]
    Other {
        /// The field.
        field: &'static str,
        /// What it says.
        given: String,
        /// What it should say.
        expected: String,
    },
    /// A field that is no figure.
    #[error("{field} is {given}, which is no figure")]
    Figure {
        /// The field.
        field: &'static str,
        /// What it says.
        given: String,
    },
}

impl CertificateDto {
    /// A certificate of an intent on a market, as the schema has it.
    pub fn new(market: &Market, intent: &Intent, proof: &Certificate) -> Self {
        let price = |p: &Price| PriceDto {
            token: p.token.to_string(),
            price: format!("{:?}", p.price),
            selling: p.selling.map(|t| t.to_string()),
        };
        let (token_out, horizon_s) = output(intent);
        Self {
            schema: SCHEMA.to_owned(),
            market_hash: market.hash.to_string(),
            token_in: intent.asset.to_string(),
            token_out: token_out.to_string(),
            amount_in: intent.amount.to_string(),
            others_in: intent.others.iter().map(HoldingDto::new).collect(),
            objective: if proof.counts_gas { "net" } else { "gross" }.to_owned(),
            gas_price_wei: market.gas_price.to_string(),
            horizon_s,
            prices: proof.prices.iter().map(price).collect(),
            limits: proof.multipliers.iter().map(LimitPriceDto::new).collect(),
            bound: proof.bound.to_string(),
            answer: proof.answer.to_string(),
            gap_bps: gap(proof),
        }
    }

    /// Reads the figures, after checking that everything else is of this market and intent.
    pub fn read(
        &self,
        market: &Market,
        intent: &Intent,
    ) -> Result<Certificate, CertificateDtoError> {
        let prices = self.prices.iter().map(PriceDto::read).collect::<Result<_, _>>()?;
        let proof = Certificate {
            counts_gas: self.objective == "net",
            prices,
            multipliers: self.limits.iter().map(LimitPriceDto::read).collect::<Result<_, _>>()?,
            bound: units("certificate.bound", &self.bound)?,
            answer: units("certificate.answer", &self.answer)?,
        };
        let expected = Self::new(market, intent, &proof);
        for (field, given, expected) in [
            ("certificate.schema", &self.schema, &expected.schema),
            ("certificate.market_hash", &self.market_hash, &expected.market_hash),
            ("certificate.token_in", &self.token_in, &expected.token_in),
            ("certificate.token_out", &self.token_out, &expected.token_out),
            ("certificate.amount_in", &self.amount_in, &expected.amount_in),
            ("certificate.objective", &self.objective, &expected.objective),
            ("certificate.gas_price_wei", &self.gas_price_wei, &expected.gas_price_wei),
            ("certificate.gap_bps", &self.gap_bps, &expected.gap_bps),
        ] {
            if given != expected {
                let (given, expected) = (given.clone(), expected.clone());
                return Err(CertificateDtoError::Other { field, given, expected });
            }
        }
        if self.others_in != expected.others_in {
            return Err(CertificateDtoError::Other {
                field: "certificate.others_in",
                given: HoldingDto::all(&self.others_in),
                expected: HoldingDto::all(&expected.others_in),
            });
        }
        if self.horizon_s != expected.horizon_s {
            return Err(CertificateDtoError::Other {
                field: "certificate.horizon_s",
                given: format!("{:?}", self.horizon_s),
                expected: format!("{:?}", expected.horizon_s),
            });
        }
        Ok(proof)
    }
}

impl PriceDto {
    fn read(&self) -> Result<Price, CertificateDtoError> {
        let wrong = |field: &'static str, given: &str| CertificateDtoError::Figure {
            field,
            given: given.to_owned(),
        };
        let address = |text: &String| -> Result<Address, CertificateDtoError> {
            text.parse().map_err(|_| wrong("certificate.prices[].token", text))
        };
        Ok(Price {
            token: address(&self.token)?,
            selling: self.selling.as_ref().map(address).transpose()?,
            price: self
                .price
                .parse()
                .map_err(|_| wrong("certificate.prices[].price", &self.price))?,
        })
    }
}

impl LimitPriceDto {
    fn new(multiplier: &Multiplier) -> Self {
        let protocol = match &multiplier.on {
            Coupling::ProtocolCap(protocol) => Some(protocol.clone()),
            Coupling::ExpectedLoss => None,
        };
        let limit = multiplier.on.kind().name().to_owned();
        Self { limit, protocol, price: format!("{:?}", multiplier.price) }
    }

    fn read(&self) -> Result<Multiplier, CertificateDtoError> {
        let wrong = |field: &'static str, given: &String| CertificateDtoError::Figure {
            field,
            given: given.clone(),
        };
        let price: f64 = self
            .price
            .parse()
            .ok()
            .filter(|p: &f64| p.is_finite() && *p >= 0.0)
            .ok_or_else(|| wrong("certificate.limits[].price", &self.price))?;
        let on = match (self.limit.as_str(), &self.protocol) {
            ("cap per protocol", Some(protocol)) => Coupling::ProtocolCap(protocol.clone()),
            ("expected loss limit", None) => Coupling::ExpectedLoss,
            _ => return Err(wrong("certificate.limits[].limit", &self.limit)),
        };
        Ok(Multiplier { on, price })
    }
}

/// What an intent wants, and when.
fn output(intent: &Intent) -> (Address, Option<u64>) {
    match intent.goal {
        Goal::Swap { to } | Goal::Exit { to, .. } => (to, None),
        Goal::Yield { horizon_s, .. } => (NATIVE, Some(horizon_s)),
    }
}

fn gap(proof: &Certificate) -> String {
    format!("{:.4}", proof.gap_bps())
}

fn units(field: &'static str, text: &str) -> Result<U256, CertificateDtoError> {
    text.parse().map_err(|_| CertificateDtoError::Figure { field, given: text.to_owned() })
}
