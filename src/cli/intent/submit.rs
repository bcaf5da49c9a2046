//! `tenor intent submit`: hands in what is wanted, in a sentence or signed already.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use clap::Args;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::{
    ANSWER, ServerArgs,
    allow::Sender,
    client::Server,
    follow::follow,
    key::{KeyArgs, Owner},
    print, receipt, status,
    terms::{Offer, Quote, TermsArgs, say},
};
use crate::{
    cli::Outcome,
    config::Link,
    intents::signed::wire::{self, SignedDto},
    store::Stage,
};

/// Hand in what you want: a sentence, which is quoted, signed, handed in and followed until it has ended;
/// or the file of a signed intent. Once it is handed in the server has it on disk.
///
/// A sentence needs a key to sign with. Only on a sandbox of this machine is none needed: the sandbox's
/// first account signs, whose key is everybody's. Where holding is best nothing is signed or sent.
///
/// Examples:
///   tenor intent submit "maximize ETH yield on 100 WETH for 365 days"
///   tenor intent submit "swap 5 WETH to wstETH" --key env:OWNER_KEY --no-wait
///   tenor intent submit signed.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Submit {
    /// What you want, in one sentence; or a file with a signed intent, schema tenor.intent/1, of which "-"
    /// is standard input.
    #[arg(value_name = "SENTENCE|FILE")]
    what: PathBuf,
    #[command(flatten)]
    key: KeyArgs,
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    terms: TermsArgs,
    /// A node, to which the owner's transaction is sent that allows Permit2 to take what is signed, where it
    /// may not yet. Where the sandbox's first account signs it is the sandbox's. Without one the transaction is printed, and left to the owner.
    #[arg(long, value_name = "URL", env = "TENOR_NODE", hide_env_values = true)]
    node: Option<Url>,
    /// Of a sentence: stop once it is handed in.
    #[arg(long)]
    no_wait: bool,
    /// Print JSON: the server's answer, schema tenor.accepted/1; of a sentence that is followed a line of it
    /// and one of tenor.event/1 for each event; where it is held the quote, schema tenor.quote/1.
    #[arg(long)]
    json: bool,
}

/// How a server is: what is read of it.
#[derive(Debug, Deserialize)]
struct Health {
    mode: String,
    /// Of a sandbox.
    sandbox: Option<Sandbox>,
}

#[derive(Debug, Deserialize)]
struct Sandbox {
    node: Link,
}

/// What is written on the command line.
enum What<'a> {
    Sentence(&'a str),
    File(&'a Path),
}

impl Submit {
    pub(super) fn run(&self) -> Result<Outcome, Outcome> {
        match what(&self.what) {
            What::Sentence(sentence) => self.sentence(sentence),
            What::File(file) => self.file(file),
        }
    }

    fn file(&self, path: &Path) -> Result<Outcome, Outcome> {
        if self.key.given() || self.terms.given() || self.node.is_some() {
            return Err(Outcome::BadInput(SIGNED.to_owned()));
        }
        let file = path.display();
        let body = read(path).map_err(|error| {
            Outcome::BadInput(format!(
                "cannot read {file}: {error}; give the file of a signed intent, or a sentence"
            ))
        })?;
        // What no server would read is said here, with the file's name.
        wire::read(&body).map_err(|error| Outcome::BadInput(format!("{file}: {error}")))?;
        let told = self.server.server()?.post("/v1/intents", body)?;
        if self.json {
            print::json(ANSWER, &told)?;
        } else {
            print::page(ANSWER, &format_args!("{}\n", status::text(&told, "id")))?;
        }
        Ok(Outcome::Done)
    }

    fn sentence(&self, sentence: &str) -> Result<Outcome, Outcome> {
        let server = self.server.server()?;
        let wrong = |error| Outcome::Failed(format!("the server tells of another health: {error}"));
        let health = Health::deserialize(server.get("/v1/health")?).map_err(wrong)?;
        let owner = self.owner(&server, &health)?;
        match self.terms.quote(&server, sentence, owner.address())? {
            Quote::Offer(offer) => self.offered(&server, &health, &owner, *offer),
            Quote::Hold(quote) if self.json => {
                print::json_line(ANSWER, &quote)?;
                Ok(Outcome::Done)
            }
            Quote::Hold(quote) => {
                print::page(ANSWER, &receipt::held(&quote))?;
                Ok(Outcome::Done)
            }
            Quote::Nothing(why) => Ok(Outcome::Lacking(why)),
        }
    }

    /// Whose key signs: the one that is named, or everybody's where nothing is worth anything.
    fn owner(&self, server: &Server, health: &Health) -> Result<Owner, Outcome> {
        if self.key.given() || health.sandbox.is_none() || !server.is_here() {
            return self.key.owner();
        }
        let owner = Owner::everybody()?;
        let account = owner.address();
        say(&format!(
            "No key is named: the sandbox's account {account} signs. Its key is everybody's."
        ));
        Ok(owner)
    }

    fn offered(
        &self,
        server: &Server,
        health: &Health,
        owner: &Owner,
        offer: Offer,
    ) -> Result<Outcome, Outcome> {
        let until = match &*health.mode {
            "simulate" => &[Stage::Quoted][..],
            "shadow" => &[Stage::Bundled],
            _ => &[],
        };
        if !until.is_empty() {
            let mode = &health.mode;
            say(&format!("The server's mode is {mode}: nothing will be sent, whatever is signed."));
        }
        self.allow(health, owner, &offer, until.is_empty())?;
        let told = hand_in(server, &offer.sign(owner)?)?;
        if self.json {
            print::json_line(ANSWER, &told)?;
        } else {
            print::page(ANSWER, &format_args!("{}\n", status::text(&told, "id")))?;
        }
        if self.no_wait {
            return Ok(Outcome::Done);
        }
        self.followed(server, status::text(&told, "id"), until)
    }

    /// Lets Permit2 take what is to be signed, where it may not yet and it would be taken.
    fn allow(
        &self,
        health: &Health,
        owner: &Owner,
        offer: &Offer,
        sends: bool,
    ) -> Result<(), Outcome> {
        let Some(allowance) = offer.allowance()? else { return Ok(()) };
        // Only everybody's key signs for a node that a server names: it could ask for any fee.
        let here = health.sandbox.as_ref().filter(|_| !self.key.given());
        let here = here.map(|sandbox| &sandbox.node.0);
        let Some(node) = self.node.as_ref().or(here).filter(|_| sends) else {
            let (to, data) = (allowance.call.to, &allowance.call.data);
            say(&format!("Permit2 may not take it yet. Before it can settle, send {data} to {to}"));
            return Ok(());
        };
        let node = &Server::node(node)?;
        let hash = Sender { node, chain_id: offer.chain_id(), owner }.allow(allowance)?;
        let (amount, token) = (&allowance.amount, allowance.token);
        say(&format!("Permit2 may take {amount} of {token}: transaction {hash}"));
        Ok(())
    }

    fn followed(&self, server: &Server, id: &str, until: &[Stage]) -> Result<Outcome, Outcome> {
        let mut events: Vec<Value> = Vec::new();
        let stage = follow(server, id, until, |event| {
            if self.json {
                print::json_line(ANSWER, event)?;
            } else {
                print::page(ANSWER, &status::line(event))?;
            }
            events.push(event.clone());
            Ok(())
        })?;
        if !self.json {
            print::page(ANSWER, &receipt::receipt(&events))?;
        }
        if stage == Stage::Final || until.contains(&stage) {
            return Ok(Outcome::Done);
        }
        let last = events.last().map_or(&Value::Null, |last| &last["detail"]["why"]);
        let why = last.as_str().unwrap_or("see its last event");
        Ok(Outcome::Failed(format!("the intent {id} is {stage}: {why}")))
    }
}

const SIGNED: &str = "a signed intent is handed in as it is: leave out --key, --keystore, --recipient, \
    --settler and --node, or give a sentence";

/// A file where there is one of that name, or it is one word; else a sentence.
fn what(given: &Path) -> What<'_> {
    let words = given.to_str().filter(|text| text.trim().contains(char::is_whitespace));
    match words {
        Some(sentence) if !given.exists() => What::Sentence(sentence),
        _ => What::File(given),
    }
}

fn hand_in(server: &Server, signed: &SignedDto) -> Result<Value, Outcome> {
    let body = serde_json::to_vec(signed);
    let body = body.map_err(|error| Outcome::Failed(format!("the signed intent: {error}")))?;
    server.post("/v1/intents", body)
}

fn read(path: &Path) -> Result<Vec<u8>, std::io::Error> {
    if path.as_os_str() != "-" {
        return fs::read(path);
    }
    let mut body = Vec::new();
    let most = u64::try_from(wire::MOST_BYTES).unwrap_or(u64::MAX);
    std::io::stdin().take(most.saturating_add(1)).read_to_end(&mut body)?;
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_file_and_words_are_a_sentence() {
        let name = format!("tenor submit {}", std::process::id());
        let file = std::env::temp_dir().join(name);
        assert!(matches!(what(&file), What::Sentence(_)), "there is no such file yet");
        fs::write(&file, "{}").unwrap();
        assert!(matches!(what(&file), What::File(_)));
        fs::remove_file(&file).unwrap();
        for word in ["-", "signed.json", "/no/such/file", "", "swap"] {
            assert!(matches!(what(Path::new(word)), What::File(_)), "{word:?}");
        }
        let sentence = "swap 5 WETH to wstETH";
        assert!(matches!(what(Path::new(sentence)), What::Sentence(told) if told == sentence));
    }
}
