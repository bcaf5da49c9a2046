//! `tenor intent sign`: a sentence, quoted by a server, signed here.

use std::io::Write as _;

use alloy_primitives::{Address, B256, keccak256};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ServerArgs, account, key::KeyArgs, print};
use crate::{
    cli::Outcome,
    intents::signed::{
        Deployment, Preferences, SETTLER,
        frozen::PermitWitnessTransferFrom,
        typed_data,
        wire::{MessageDto, SignedDto},
    },
};

/// Have a sentence quoted, and sign what is offered for it.
///
/// The digest is made here of what is read, never taken from the server: what differs is not signed.
/// What is signed is printed on standard error, the signed intent on standard output.
#[derive(Debug, Args)]
pub(super) struct Sign {
    /// What you want, in one sentence.
    sentence: String,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    server: ServerArgs,
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
struct Quote {
    id: B256,
    plan: Plan,
    sign: Option<ToSign>,
    owner_executed: Option<Own>,
}

#[derive(Debug, Deserialize)]
struct Plan {
    kind: String,
}

#[derive(Debug, Deserialize)]
struct ToSign {
    typed_data: Value,
    submit: Submit,
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

impl Sign {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        let owner = self.key.owner()?;
        let ask = json!({
            "sentence": self.sentence,
            "owner": owner.address(),
            "recipient": self.recipient,
        });
        let told = self.server.server()?.post("/v1/quotes", ask.to_string().into_bytes())?;
        let wrong = |error| Outcome::Failed(format!("the server quotes something else: {error}"));
        let Quote { id: told, plan, sign, owner_executed } =
            serde_json::from_value(told).map_err(wrong)?;
        let Some(ToSign { typed_data, submit }) = sign else {
            return Ok(Outcome::Lacking(owner_executed.map_or_else(
                || format!("there is nothing to sign: the plan is {:?}", plan.kind),
                |own| own.why,
            )));
        };
        let here = Deployment::of(self.chain, self.settler.unwrap_or(SETTLER));
        let recipient = self.recipient.unwrap_or(owner.address());
        let permit = submit.check(&here, owner.address(), recipient).map_err(Outcome::Failed)?;
        let id = here.id(&permit);
        if (id, typed_data::intent(&here, &permit)) != (told, typed_data) {
            return Err(Outcome::Failed(NOT_IT.to_owned()));
        }
        say(&page(&submit.statement, &permit));
        let Submit { statement, preferences, .. } = submit;
        let signed = SignedDto::of(&here, &permit, statement, preferences, owner.sign(id)?);
        print::json("the signed intent", &signed)?;
        Ok(Outcome::Done)
    }
}

const NOT_IT: &str = "nothing is signed: the server's digest or typed data is of something else, of \
    another chain or of another Settler (--chain, --settler)";

/// Tells on standard error, beside the document. Nobody has to read it.
fn say(text: &str) {
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

/// What is signed, for people.
fn page(statement: &str, permit: &PermitWitnessTransferFrom) -> String {
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
