//! A signed intent as a frontend posts it, schema `tenor.intent/1`, and its strict reading.
//!
//! `message` is the EIP-712 message as wallets get it; numbers in it are decimal strings. `statement`
//! and `preferences` are what its two hashes are of. Every member must be there and no other may be.

use alloy_primitives::{Address, B256, Bytes, U256};
use serde::{
    Deserialize, Serialize,
    de::{DeserializeOwned, Error as _},
};
use utoipa::ToSchema;

use super::{
    Deployment,
    frozen::{Output, PermitWitnessTransferFrom, TokenPermissions, YieldIntent},
    malformed::WireError,
    preferences::Preferences,
};

/// The schema's name.
pub const SCHEMA: &str = "tenor.intent/1";

/// The longest body: many times what an intent with every member at its longest takes.
pub const MOST_BYTES: usize = 64 * 1024;

/// An intent nests six deep.
pub(super) const MOST_DEEP: usize = 16;

/// A signed intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = SignedIntent)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the schema")]
pub struct SignedDto {
    pub schema: String,
    pub chain_id: u64,
    #[schema(value_type = String)]
    pub verifying_contract: Address,
    pub message: MessageDto,
    pub statement: String,
    pub preferences: Preferences,
    #[schema(value_type = String)]
    pub signature: Bytes,
}

/// The EIP-712 message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IntentMessage)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the frozen structs'")]
pub struct MessageDto {
    pub permitted: PermittedDto,
    #[schema(value_type = String)]
    pub spender: Address,
    pub nonce: Decimal,
    pub deadline: Decimal,
    pub witness: WitnessDto,
}

/// The asset in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IntentPermitted)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the frozen structs'")]
pub struct PermittedDto {
    #[schema(value_type = String)]
    pub token: Address,
    pub amount: Decimal,
}

/// The witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IntentWitness)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the frozen structs'")]
pub struct WitnessDto {
    #[schema(value_type = String)]
    pub owner: Address,
    #[schema(value_type = String)]
    pub recipient: Address,
    pub outputs: Vec<OutputDto>,
    pub min_value_out: Decimal,
    pub max_fee_in: Decimal,
    #[schema(value_type = String)]
    pub allowed_solver: Address,
    pub exclusive_until_block: Decimal,
    pub valid_after: Decimal,
    #[schema(value_type = String)]
    pub statement: B256,
    #[schema(value_type = String)]
    pub preferences: B256,
}

/// A token that counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = IntentOutput)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs, reason = "the names are the frozen structs'")]
pub struct OutputDto {
    #[schema(value_type = String)]
    pub token: Address,
    pub min_amount: Decimal,
    pub max_amount_counted: Decimal,
    pub rate_e18: Decimal,
}

/// A number as a decimal string: no sign, no leading zeros, below 2^256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, pattern = "^(0|[1-9][0-9]{0,77})$")]
pub struct Decimal(pub U256);

/// Reads a [`Decimal`].
pub fn decimal(text: &str) -> Option<U256> {
    let plain = !text.is_empty() && text.len() <= 78 && text.bytes().all(|b| b.is_ascii_digit());
    let plain = plain && (text.len() == 1 || !text.starts_with('0'));
    plain.then(|| U256::from_str_radix(text, 10).ok())?
}

impl Serialize for Decimal {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let value = decimal(&text);
        value.map(Self).ok_or_else(|| D::Error::custom("expected a decimal string below 2^256"))
    }
}

/// Reads a signed intent. What takes long or much is refused before anything is parsed.
pub fn read(body: &[u8]) -> Result<SignedDto, WireError> {
    let dto: SignedDto = read_json(body, MOST_BYTES)?;
    if dto.schema != SCHEMA {
        return Err(WireError::WrongSchema { found: dto.schema.chars().take(40).collect() });
    }
    Ok(dto)
}

/// Reads JSON of at most so many bytes, nested no deeper than an intent.
pub(crate) fn read_json<T: DeserializeOwned>(body: &[u8], most: usize) -> Result<T, WireError> {
    if body.len() > most {
        return Err(WireError::TooLarge { found: body.len(), most });
    }
    parse(body)
}

/// The same of bytes whose length was checked where they came in.
pub(crate) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, WireError> {
    let text = std::str::from_utf8(body)
        .map_err(|error| WireError::InvalidUtf8 { at: error.valid_up_to() })?;
    if let Some(at) = too_deep(text) {
        return Err(WireError::TooDeep { at });
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let read =
        serde_path_to_error::deserialize(&mut json).map_err(|error| WireError::of(&error))?;
    json.end().map_err(|error| WireError::NotJson { why: error.to_string() })?;
    Ok(read)
}

/// Where brackets outside of strings are nested too deep.
pub(crate) fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth += 1;
                if depth > MOST_DEEP {
                    return Some(at);
                }
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

impl SignedDto {
    /// The wire form of what was signed.
    pub fn of(
        deployment: &Deployment,
        permit: &PermitWitnessTransferFrom,
        statement: String,
        preferences: Preferences,
        signature: Bytes,
    ) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            chain_id: deployment.chain_id,
            verifying_contract: deployment.permit2,
            message: MessageDto::from(permit),
            statement,
            preferences,
            signature,
        }
    }

    /// The text that is kept: one for one value, whatever the white space it came with.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

impl From<&PermitWitnessTransferFrom> for MessageDto {
    fn from(permit: &PermitWitnessTransferFrom) -> Self {
        let PermitWitnessTransferFrom { permitted, spender, nonce, deadline, witness } = permit;
        let outputs = witness.outputs.iter().map(|output| OutputDto {
            token: output.token,
            min_amount: Decimal(output.minAmount),
            max_amount_counted: Decimal(output.maxAmountCounted),
            rate_e18: Decimal(output.rateE18),
        });
        Self {
            permitted: PermittedDto { token: permitted.token, amount: Decimal(permitted.amount) },
            spender: *spender,
            nonce: Decimal(*nonce),
            deadline: Decimal(*deadline),
            witness: WitnessDto {
                owner: witness.owner,
                recipient: witness.recipient,
                outputs: outputs.collect(),
                min_value_out: Decimal(witness.minValueOut),
                max_fee_in: Decimal(witness.maxFeeIn),
                allowed_solver: witness.allowedSolver,
                exclusive_until_block: Decimal(witness.exclusiveUntilBlock),
                valid_after: Decimal(witness.validAfter),
                statement: witness.statement,
                preferences: witness.preferences,
            },
        }
    }
}

impl From<&MessageDto> for PermitWitnessTransferFrom {
    fn from(message: &MessageDto) -> Self {
        let MessageDto { permitted, spender, nonce, deadline, witness } = message;
        let outputs = witness.outputs.iter().map(|output| Output {
            token: output.token,
            minAmount: output.min_amount.0,
            maxAmountCounted: output.max_amount_counted.0,
            rateE18: output.rate_e18.0,
        });
        Self {
            permitted: TokenPermissions { token: permitted.token, amount: permitted.amount.0 },
            spender: *spender,
            nonce: nonce.0,
            deadline: deadline.0,
            witness: YieldIntent {
                owner: witness.owner,
                recipient: witness.recipient,
                outputs: outputs.collect(),
                minValueOut: witness.min_value_out.0,
                maxFeeIn: witness.max_fee_in.0,
                allowedSolver: witness.allowed_solver,
                exclusiveUntilBlock: witness.exclusive_until_block.0,
                validAfter: witness.valid_after.0,
                statement: witness.statement,
                preferences: witness.preferences,
            },
        }
    }
}
