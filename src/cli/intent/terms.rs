//! A sentence as a server offers it for signing, and that it is what was asked for.

use std::io::Write as _;

use alloy_primitives::{Address, B256, Bytes, keccak256};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};
use tenor_solver::venues::Approval;

use super::{account, client::Server, key::Owner};
use crate::{
    cli::Outcome,
    intents::signed::{
        Deployment, Preferences, SETTLER,
        frozen::{PermitWitnessTransferFrom, TokenPermissions},
        typed_data, wallet,
        wire::{MessageDto, SignedDto},
    },
};

/// Who receives, and for which contracts is signed.
#[derive(Debug, Args)]
pub(super) struct TermsArgs {
    /// Who receives; the owner where nobody is named.
    #[arg(long, value_name = "ADDRESS", value_parser = account)]
    recipient: Option<Address>,
    /// The chain to sign for.
    #[arg(long, value_name = "ID", default_value_t = 1)]
    chain: u64,
    /// The Settler, where it is not at the address that its own code gives it.
    #[arg(long, value_name = "ADDRESS", value_parser = account)]
    settler: Option<Address>,
}

/// A server's quote: what is read of it.
#[derive(Debug, Deserialize)]
struct QuoteDto {
    id: B256,
    plan: PlanDto,
    sign: Option<ToSign>,
    owner_executed: Option<Own>,
}

#[derive(Debug, Deserialize)]
struct PlanDto {
    kind: String,
    reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct ToSign {
    typed_data: Value,
    submit: Submit,
    approval: Option<Allowance>,
}

/// The signed intent without its signature.
#[derive(Debug, Deserialize)]
struct Submit {
    message: MessageDto,
    statement: String,
    preferences: Preferences,
}

#[derive(Debug, Deserialize)]
struct Own {
    why: String,
}

/// The allowance that Permit2 lacks.
#[derive(Debug, Deserialize)]
pub(super) struct Allowance {
    pub(super) token: Address,
    pub(super) amount: String,
    pub(super) call: CallDto,
    pub(super) gas: u64,
}

/// The call that gives it.
#[derive(Debug, Deserialize)]
pub(super) struct CallDto {
    pub(super) to: Address,
    pub(super) data: Bytes,
}

/// What a server says to a sentence.
pub(super) enum Quote {
    /// There is something to sign, and it is what was asked for.
    Offer(Box<Offer>),
    /// Holding is best.
    Hold(Value),
    /// There is nothing to sign, and why.
    Nothing(String),
}

/// What is to be signed.
pub(super) struct Offer {
    here: Deployment,
    id: B256,
    permit: PermitWitnessTransferFrom,
    statement: String,
    preferences: Preferences,
    /// The allowance that Permit2 lacks, as the server says.
    approval: Option<Allowance>,
}

impl TermsArgs {
    /// Whether anything is set.
    pub(super) const fn given(&self) -> bool {
        self.recipient.is_some() || self.settler.is_some()
    }

    /// Has a sentence quoted for an owner. The digest is made here of what is read.
    pub(super) fn quote(
        &self,
        server: &Server,
        sentence: &str,
        owner: Address,
    ) -> Result<Quote, Outcome> {
        let ask = json!({ "sentence": sentence, "owner": owner, "recipient": self.recipient });
        let told = server.post("/v1/quotes", ask.to_string().into_bytes())?;
        let wrong = |error| Outcome::Failed(format!("the server quotes something else: {error}"));
        let quote = QuoteDto::deserialize(&told).map_err(wrong)?;
        let QuoteDto { id, plan, sign, owner_executed } = quote;
        let Some(ToSign { typed_data, submit, approval }) = sign else {
            if plan.kind == "hold" {
                return Ok(Quote::Hold(told));
            }
            let why = owner_executed.map(|own| own.why).or(plan.reason);
            let nothing = || format!("there is nothing to sign: the plan is {:?}", plan.kind);
            return Ok(Quote::Nothing(why.unwrap_or_else(nothing)));
        };
        let here = Deployment::of(self.chain, self.settler.unwrap_or(SETTLER));
        let recipient = self.recipient.unwrap_or(owner);
        let permit = submit.check(&here, owner, recipient).map_err(Outcome::Failed)?;
        if (here.id(&permit), typed_data::intent(&here, &permit)) != (id, typed_data) {
            return Err(Outcome::Failed(NOT_IT.to_owned()));
        }
        let Submit { statement, preferences, .. } = submit;
        let offer = Offer { here, id, permit, statement, preferences, approval };
        Ok(Quote::Offer(Box::new(offer)))
    }
}

const NOT_IT: &str = "nothing is signed: the server's digest or typed data is of something else, of \
    another chain or of another Settler (--chain, --settler)";

/// Tells on standard error, beside the document. Nobody has to read it.
pub(super) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

impl Submit {
    /// That what is to be signed is what is read, for these contracts and these accounts.
    fn check(
        &self,
        here: &Deployment,
        owner: Address,
        recipient: Address,
    ) -> Result<PermitWitnessTransferFrom, String> {
        let permit = PermitWitnessTransferFrom::from(&self.message);
        let witness = &permit.witness;
        let preferences = self.preferences.hash().map_err(|error| error.to_string())?;
        let same = [
            ("spender", permit.spender == here.settler),
            ("owner", witness.owner == owner),
            ("recipient", witness.recipient == recipient),
            ("statement", witness.statement == keccak256(&self.statement)),
            ("preferences", witness.preferences == preferences),
        ];
        match same.iter().find(|(_, same)| !same) {
            Some((what, _)) => {
                Err(format!("nothing is signed: the {what} is not what was asked for"))
            }
            None => Ok(permit),
        }
    }
}

impl Offer {
    /// The chain that is signed for.
    pub(super) const fn chain_id(&self) -> u64 {
        self.here.chain_id
    }

    /// The allowance that Permit2 lacks.
    pub(super) fn allowance(&self) -> Result<Option<&Allowance>, Outcome> {
        match &self.approval {
            Some(asked) if !is_for(&self.here, &self.permit.permitted, asked) => {
                Err(Outcome::Failed(NOT_THIS.to_owned()))
            }
            asked => Ok(asked.as_ref()),
        }
    }

    /// Signs it, and says what is signed.
    pub(super) fn sign(self, owner: &Owner) -> Result<SignedDto, Outcome> {
        say(&self.page());
        let Self { here, id, permit, statement, preferences, .. } = self;
        Ok(SignedDto::of(&here, &permit, statement, preferences, owner.sign(id)?))
    }

    /// What is signed, for people.
    fn page(&self) -> String {
        let Self { permit, statement, .. } = self;
        let witness = &permit.witness;
        let mut page = format!(
            "You sign: {statement}\n  gives    at most {} of {}, fee at most {}\n",
            permit.permitted.amount, permit.permitted.token, witness.maxFeeIn
        );
        for output in &witness.outputs {
            page += &format!("  receives at least {} of {}\n", output.minAmount, output.token);
        }
        page + &format!("  until    {} (unix seconds), to {}", permit.deadline, witness.recipient)
    }
}

/// Whether an allowance is that of what is signed, given to Permit2 by the token's own call: a server could
/// ask for any.
fn is_for(here: &Deployment, permitted: &TokenPermissions, asked: &Allowance) -> bool {
    let TokenPermissions { token, amount } = *permitted;
    let call = wallet::approve(&Approval { token, spender: here.permit2, amount });
    asked.token == token
        && asked.amount == amount.to_string()
        && (asked.call.to, &asked.call.data) == (call.to, &call.data)
}

const NOT_THIS: &str =
    "nothing is signed: the allowance that the server asks for is not that of what is signed";

#[cfg(test)]
mod tests {
    use alloy_primitives::U256;

    use super::*;

    fn allowance(token: Address, spender: Address, amount: u64) -> Allowance {
        let amount = U256::from(amount);
        let call = wallet::approve(&Approval { token, spender, amount });
        let (amount, call) = (amount.to_string(), CallDto { to: call.to, data: call.data });
        Allowance { token, amount, call, gas: 50_000 }
    }

    /// A server could ask for an allowance of another token, for itself, or of everything.
    #[test]
    fn only_what_is_signed_is_allowed_and_only_to_permit2() {
        let (here, token) = (Deployment::of(1, SETTLER), Address::repeat_byte(7));
        let signed = TokenPermissions { token, amount: U256::from(1_000) };
        assert!(is_for(&here, &signed, &allowance(token, here.permit2, 1_000)));
        for wrong in [
            allowance(token, SETTLER, 1_000),
            allowance(token, here.permit2, 1_001),
            allowance(Address::repeat_byte(8), here.permit2, 1_000),
            Allowance { amount: "1000".to_owned(), ..allowance(token, here.permit2, 1_001) },
            Allowance { token, ..allowance(Address::repeat_byte(8), here.permit2, 1_000) },
        ] {
            assert!(!is_for(&here, &signed, &wrong), "{wrong:?}");
        }
    }
}
