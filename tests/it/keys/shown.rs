//! No key is in anything that is shown.

use alloy_primitives::{B256, hex};
use k256::ecdsa::SigningKey;
use proptest::prelude::*;
use tenor::{
    config::{Config, Place, Secret},
    keys::{Key, KeyError, Local, Source},
    relays::identity::Identity,
};

use super::Kept;
use crate::{law::law, log::Log};

/// Every form in which somebody could read a key: its digits, and its bytes as `Debug` writes lists.
fn shows(shown: &str, key: &[u8]) -> bool {
    let digits = hex::encode(key);
    let list = format!("{key:?}");
    let list = list.trim_matches(['[', ']']);
    let shown = shown.to_lowercase();
    // A part gives it away, too.
    shown.contains(&digits[8..40]) || shown.contains(&list[..list.len() / 2])
}

#[test]
fn the_reader_of_this_test_sees_what_is_shown() {
    let key = B256::repeat_byte(0x5a);
    assert!(shows(&key.to_string(), key.as_slice()));
    assert!(shows(&format!("{:?}", key.to_vec()), key.as_slice()));
    assert!(!shows("0x5a", key.as_slice()));
}

#[test]
fn nothing_shows_a_key() {
    let log = Log::listen();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    law(100, &(any::<[u8; 32]>(), 0usize..4), |(bytes, broken)| {
        let digits = hex::encode(bytes);
        let text = match broken {
            0 => digits.clone(),
            1 => format!("0x{digits}0"),
            2 => format!(" {digits}"),
            _ => format!("{digits}\n{digits}"),
        };
        let file = Kept::new(&text, if broken == 2 { 0o644 } else { 0o600 });
        let source = Source::Plain(Secret::File(file.0.clone()));
        let mut shown = format!("{source:?}");
        match Local::open(&source) {
            Ok(local) => {
                prop_assert!(broken == 0);
                shown += &format!(
                    "{local:?}{:?}",
                    Identity::new(SigningKey::from_slice(&bytes).unwrap())
                );
                shown += &format!("{:?}", runtime.block_on(Key::open(&source)));
            }
            Err(error) => shown += &format!("{error}{error:?}"),
        }
        // Where it was meant to be named, by mistake.
        let store = Kept::new(&text, 0o644);
        let password = Secret::File(file.0.clone());
        let store = Source::Keystore { file: store.0.clone(), password };
        shown += &format!("{store:?}{:?}", Local::open(&store));
        let written = Config::parse("c.toml", &format!("[keys.auth]\nsecret = \"{digits}\""));
        shown += &format!("{written:?}{}", written.clone().unwrap_err());
        let remote = Place::new(format!("http://127.0.0.1:1/{digits}"));
        let remote = Source::Remote { url: remote, address: Default::default() };
        let failed = runtime.block_on(Key::open(&remote)).unwrap_err();
        let of_signer = matches!(failed, KeyError::Signer { .. });
        prop_assert!(of_signer);
        shown += &format!("{remote:?}{failed}{failed:?}");
        shown += &log.text();
        prop_assert!(!shows(&shown, &bytes), "a key is shown");
        Ok(())
    });
    assert!(log.text().contains("others can read a keystore"));
}
