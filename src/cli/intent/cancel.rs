//! `tenor intent cancel`: takes an intent back.

use alloy_primitives::{Address, B256};
use clap::Args;
use serde_json::json;

use super::{ANSWER, ServerArgs, account, id, key::KeyArgs, print};
use crate::{
    cli::Outcome,
    intents::signed::{Deployment, SETTLER},
};

/// Take an intent back: the server stops trying it. Until the nonce is spent, which takes a transaction
/// of the owner's (it is printed), the signature itself stays good.
#[derive(Debug, Args)]
pub(super) struct Cancel {
    /// The intent's id.
    #[arg(value_parser = id)]
    id: B256,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    server: ServerArgs,
    /// The chain that was signed for.
    #[arg(long, value_name = "ID", default_value_t = 1)]
    chain: u64,
    /// The Settler, where it is not at the address that its own code gives it.
    #[arg(long, value_name = "ADDRESS", value_parser = account)]
    settler: Option<Address>,
    /// Print the server's answer as JSON, schema tenor.status/1.
    #[arg(long)]
    json: bool,
}

impl Cancel {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        let owner = self.key.owner()?;
        let here = Deployment::of(self.chain, self.settler.unwrap_or(SETTLER));
        let signature = owner.sign(here.cancellation(self.id))?;
        let path = format!("/v1/intents/{}", self.id);
        let told = self.server.server()?.delete(&path, &json!({ "signature": signature }))?;
        if self.json {
            print::json(ANSWER, &told)?;
        } else {
            let spend = &told["cancellation"]["spend_nonce"];
            let word = |name: &str| spend[name].as_str().unwrap_or_default().to_owned();
            print::page(
                ANSWER,
                &format_args!(
                    "{}\n  for good: send {} to {}\n",
                    told["stage"].as_str().unwrap_or_default(),
                    word("data"),
                    word("to")
                ),
            )?;
        }
        Ok(Outcome::Done)
    }
}
