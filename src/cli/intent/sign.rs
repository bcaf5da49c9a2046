//! `tenor intent sign`: a sentence, quoted by a server, signed here.

use clap::Args;

use super::{
    ServerArgs,
    key::KeyArgs,
    print,
    terms::{Quote, TermsArgs},
};
use crate::cli::Outcome;

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
    #[command(flatten)]
    terms: TermsArgs,
}

impl Sign {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        let owner = self.key.owner()?;
        let server = self.server.server()?;
        match self.terms.quote(&server, &self.sentence, owner.address())? {
            Quote::Offer(offer) => {
                print::json("the signed intent", &offer.sign(&owner)?)?;
                Ok(Outcome::Done)
            }
            Quote::Hold(_) => Ok(Outcome::Lacking(HOLD.to_owned())),
            Quote::Nothing(why) => Ok(Outcome::Lacking(why)),
        }
    }
}

const HOLD: &str = "there is nothing to sign: the plan is \"hold\"";
