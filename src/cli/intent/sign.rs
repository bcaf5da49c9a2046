//! `tenor intent sign`: a sentence, quoted by a server, signed here.

use alloy_primitives::{Address, B256, keccak256};
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{ServerArgs, account, key::KeyArgs, pretty, print};
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

/// What a server offers.
#[derive(Debug, Deserialize)]
struct Offered {
    way: String,
    to_sign: Option<ToSign>,
    own: Option<Own>,
}

#[derive(Debug, Deserialize)]
struct ToSign {
    id: B256,
    typed_data: Value,
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
        let told =
            self.server.server()?.post("/v1/quotes/to-sign", ask.to_string().into_bytes())?;
        let wrong = |error| Outcome::Failed(format!("the server offers something else: {error}"));
        let offered: Offered = serde_json::from_value(told).map_err(wrong)?;
        let Some(to_sign) = offered.to_sign else {
            return Ok(Outcome::Lacking(offered.own.map_or_else(
                || format!("there is nothing to sign: the way is {:?}", offered.way),
                |own| format!("{}; `tenor quote` shows its calls", own.why),
            )));
        };
        let here = Deployment::of(self.chain, self.settler.unwrap_or(SETTLER));
        let recipient = self.recipient.unwrap_or(owner.address());
        let permit = to_sign.check(&here, owner.address(), recipient).map_err(Outcome::Failed)?;
        let id = here.id(&permit);
        eprintln!("{}", page(&to_sign.statement, &permit));
        let ToSign { statement, preferences, .. } = to_sign;
        let signed = SignedDto::of(&here, &permit, statement, preferences, owner.sign(id)?);
        let signed = serde_json::to_value(&signed);
        let signed = signed.map_err(|error| Outcome::Failed(error.to_string()))?;
        print(&pretty(&signed)?)?;
        Ok(Outcome::Done)
    }
}

impl ToSign {
    /// That what is to be signed is what is read, for this chain, these contracts and these accounts.
    fn check(
        &self,
        here: &Deployment,
        owner: Address,
        recipient: Address,
    ) -> Result<PermitWitnessTransferFrom, String> {
        let message: MessageDto = serde_json::from_value(self.typed_data["message"].clone())
            .map_err(|error| format!("the server offers no intent to sign: {error}"))?;
        let permit = PermitWitnessTransferFrom::from(&message);
        let witness = &permit.witness;
        let preferences = self.preferences.hash().map_err(|error| error.to_string())?;
        let same = [
            ("domain or types", typed_data::intent(here, &permit) == self.typed_data),
            ("digest", here.id(&permit) == self.id),
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
