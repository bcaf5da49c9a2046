//! Keys that AWS KMS has: asymmetric ones of the curve secp256k1, for signing and verifying.
//!
//! Region, account and credentials are found as AWS's own tools find them.

use std::time::Duration;

use alloy_primitives::{Address, Signature, keccak256};
use alloy_signer::Signer as _;
use alloy_signer_aws::AwsSigner;
use aws_config::BehaviorVersion;
use aws_smithy_http_client::{
    Builder,
    tls::{Provider, rustls_provider::CryptoMode},
};
use tokio::time::timeout;

use super::{KeyError, checked};

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// A key that AWS has.
#[derive(Debug)]
pub struct Kms {
    signer: AwsSigner,
    address: Address,
}

impl Kms {
    /// Asks for the public key of an id, an ARN or an alias.
    pub(super) async fn open(id: &str) -> Result<Self, KeyError> {
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
        let opened = async {
            let config = aws_config::defaults(BehaviorVersion::latest()).http_client(http);
            let client = aws_sdk_kms::Client::new(&config.load().await);
            AwsSigner::new(client, id.to_owned(), None).await
        };
        match timeout(PATIENCE, opened).await {
            Ok(Ok(signer)) => Ok(Self { address: signer.address(), signer }),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(failed(&"no answer in time")),
        }
    }

    /// Whose it is.
    pub(super) const fn address(&self) -> Address {
        self.address
    }

    /// Has a message's hash signed.
    pub(super) async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        let hash = keccak256(message);
        match timeout(PATIENCE, self.signer.sign_hash(&hash)).await {
            Ok(Ok(signature)) => checked(self.address, hash, &signature.as_bytes()),
            Ok(Err(error)) => Err(failed(&error)),
            Err(_) => Err(failed(&"no answer in time")),
        }
    }
}

fn failed(error: &dyn std::fmt::Display) -> KeyError {
    KeyError::Signer { host: "AWS KMS".to_owned(), why: format!("does not sign: {error}") }
}
