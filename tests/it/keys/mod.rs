//! Keys: from every source, in no output, and never one for both ends.

mod remote;
mod shown;
mod sources;

use std::{
    env, fs,
    io::Write as _,
    path::PathBuf,
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use alloy_primitives::Address;
use k256::ecdsa::SigningKey;

/// A file of a test, which goes when the test ends.
struct Kept(PathBuf);

impl Kept {
    fn new(contents: &str, mode: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = env::temp_dir().join(format!("tenor-keys-{}-{number}", process::id()));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        let mut file = options.open(&path).unwrap();
        file.write_all(contents.as_bytes()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            file.set_permissions(fs::Permissions::from_mode(mode)).unwrap();
        }
        Self(path)
    }

    fn text(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// Whose key this is, by the curve alone.
fn account(key: &SigningKey) -> Address {
    Address::from_public_key(key.verifying_key())
}

/// The key of the Web3 Secret Storage Definition's test vector, encrypted with "testpassword".
const KEYSTORE: &str = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},"ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256","salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},"mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},"id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}"#;

/// That key.
const KEPT: &str = "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
