//! The owner's key: from the environment, a file, or a keystore. It is never shown, not even by an error.

use std::{convert::Infallible, env, fmt, fs, path::PathBuf, str::FromStr};

use alloy_primitives::{Address, B256, Bytes};
use alloy_signer::SignerSync as _;
use alloy_signer_local::PrivateKeySigner;
use clap::Args;

use crate::{cli::Outcome, config::Secret};

/// Where the owner's key is.
#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    /// The private key, 64 hexadecimal digits: env:NAME or file:PATH.
    #[arg(long, value_name = "WHERE", required_unless_present = "keystore")]
    key: Option<Where>,
    /// An encrypted keystore (version 3, as geth and foundry write it).
    #[arg(long, value_name = "FILE", requires = "password", conflicts_with = "key")]
    keystore: Option<PathBuf>,
    /// The keystore's password: env:NAME or file:PATH.
    #[arg(long, value_name = "WHERE", requires = "keystore")]
    password: Option<Where>,
}

/// An owner who can sign.
pub(super) struct Owner(PrivateKeySigner);

/// Where a secret is; or the secret itself, by mistake, which no error may repeat.
#[derive(Clone)]
struct Where(String);

impl fmt::Debug for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Where(***)")
    }
}

impl FromStr for Where {
    type Err = Infallible;

    /// Takes anything: an error here would repeat it.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl Where {
    fn secret(&self, option: &str) -> Result<Secret, Outcome> {
        let named = Secret::try_from(self.0.clone());
        named.map_err(|why| Outcome::BadInput(format!("{option}: {why}")))
    }
}

impl KeyArgs {
    /// Reads the key.
    pub(super) fn owner(&self) -> Result<Owner, Outcome> {
        let signer = match (&self.key, &self.keystore) {
            (Some(key), _) => plain(&key.secret("--key")?)?,
            (None, Some(file)) => {
                let password = self.password.as_ref().map(|at| at.secret("--password"));
                let password = password.transpose()?.as_ref().map_or(Ok(String::new()), read)?;
                let opened = PrivateKeySigner::decrypt_keystore(file, password);
                opened.map_err(|_| {
                    let file = file.display();
                    Outcome::BadInput(format!("{file} is no keystore that this password opens"))
                })?
            }
            (None, None) => return Err(Outcome::BadInput("give --key or --keystore".to_owned())),
        };
        Ok(Owner(signer))
    }
}

fn plain(key: &Secret) -> Result<PrivateKeySigner, Outcome> {
    let wrong = || Outcome::BadInput(format!("{key} does not hold a key: 64 hexadecimal digits"));
    let bytes: B256 = read(key)?.parse().map_err(|_| wrong())?;
    PrivateKeySigner::from_bytes(&bytes).map_err(|_| wrong())
}

fn read(secret: &Secret) -> Result<String, Outcome> {
    let failed = |why: String| Outcome::BadInput(format!("cannot read {secret}: {why}"));
    let text = match secret {
        Secret::Env(name) => env::var(name).map_err(|error| failed(variable(&error)))?,
        Secret::File(path) => {
            fs::read_to_string(path).map_err(|error| failed(error.to_string()))?
        }
    };
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

/// What is wrong with a variable, without its value.
fn variable(error: &env::VarError) -> String {
    match error {
        env::VarError::NotPresent => "it is not set".to_owned(),
        env::VarError::NotUnicode(_) => "it is not UTF-8".to_owned(),
    }
}

impl Owner {
    pub(super) fn address(&self) -> Address {
        self.0.address()
    }

    /// The signature of a digest: r, s, and v of 27 or 28.
    pub(super) fn sign(&self, digest: B256) -> Result<Bytes, Outcome> {
        let signed = self.0.sign_hash_sync(&digest);
        let signed = signed.map_err(|_| Outcome::Failed("the key does not sign".to_owned()))?;
        Ok(Bytes::copy_from_slice(&signed.as_bytes()))
    }
}
