//! Where keys come from, and what is refused.

use alloy_primitives::{B256, hex, keccak256};
use k256::ecdsa::SigningKey;
use tenor::{
    config::{Config, Secret},
    keys::{Key, KeyError, Keys, Local, Source, apart},
};

use super::{KEPT, KEYSTORE, Kept, account};

fn kept() -> SigningKey {
    SigningKey::from_slice(&hex::decode(KEPT).unwrap()).unwrap()
}

fn file(kept: &Kept) -> Source {
    Source::Plain(Secret::File(kept.0.clone()))
}

fn keystore(contents: &str, password: &str, modes: (u32, u32)) -> Result<Local, KeyError> {
    let (store, word) = (Kept::new(contents, modes.0), Kept::new(password, modes.1));
    let password = Secret::File(word.0.clone());
    Local::open(&Source::Keystore { file: store.0.clone(), password })
}

/// With and without prefix, with and without the end of its line.
#[tokio::test]
async fn a_key_is_read_from_a_file() {
    for text in [KEPT.to_owned(), format!("0x{KEPT}\n"), format!("{}\r\n", KEPT.to_uppercase())] {
        for mode in [0o600, 0o400] {
            let kept_file = Kept::new(&text, mode);
            let local = Local::open(&file(&kept_file)).unwrap();
            assert_eq!(local.address(), account(&kept()));
            // The curve's own signature of the same hash: both make it by RFC 6979.
            let (expected, recovery) =
                kept().sign_prehash_recoverable(keccak256(b"message").as_slice()).unwrap();
            let found = Key::open(&file(&kept_file)).await.unwrap().sign(b"message").await.unwrap();
            assert_eq!(found.as_bytes()[..64], expected.to_bytes()[..]);
            assert_eq!(found.v(), recovery.to_byte() == 1);
            assert_eq!(local.sign(keccak256(b"message")), Ok(found));
        }
    }
}

/// The environment is the process's: a variable that is there for certain is no key.
#[test]
fn a_variable_is_read_and_not_repeated() {
    let set = Local::open(&Source::Plain(Secret::Env("PATH".to_owned()))).unwrap_err();
    assert_eq!(set, KeyError::NoKey(Secret::Env("PATH".to_owned())));
    let path = std::env::var("PATH").unwrap();
    assert!(!format!("{set}{set:?}").contains(&path));
    let unset = Local::open(&Source::Plain(Secret::Env("TENOR_NO_SUCH_KEY".to_owned())));
    assert!(unset.unwrap_err().to_string().contains("it is not set"));
}

#[test]
fn a_keystore_opens_with_its_password_alone() {
    let local = keystore(KEYSTORE, "testpassword\n", (0o600, 0o600)).unwrap();
    assert_eq!(local.address(), account(&kept()));
    // It is encrypted: that others can read it is only told.
    assert!(keystore(KEYSTORE, "testpassword", (0o644, 0o600)).is_ok());
    let wrong = keystore(KEYSTORE, "testpasswort", (0o600, 0o600)).unwrap_err();
    assert!(matches!(wrong, KeyError::Keystore(_)), "{wrong}");
    let exposed = keystore(KEYSTORE, "testpassword", (0o600, 0o644)).unwrap_err();
    assert!(matches!(exposed, KeyError::Exposed { mode: 0o644, .. }), "{exposed}");
}

/// What the library would take at its word, and break on or work on for hours.
#[test]
fn a_broken_keystore_is_refused() {
    for (found, broken) in [
        (r#""dklen":32"#, r#""dklen":0"#),
        (r#""dklen":32"#, r#""dklen":16"#),
        (r#""iv":"6087dab2f9fdbbfaddc31a909735c1e6""#, r#""iv":"6087""#),
        (r#""c":262144"#, r#""c":4294967295"#),
        (r#""ciphertext":"5318"#, r#""ciphertext":""#),
        (r#""kdf":"pbkdf2""#, r#""kdf":"none""#),
        ("\"version\"", "version"),
    ] {
        let text = KEYSTORE.replace(found, broken);
        assert_ne!(text, KEYSTORE, "{found}");
        if broken.contains("none") {
            // A name that nobody looks at.
            continue;
        }
        let refused = keystore(&text, "testpassword", (0o600, 0o600));
        assert!(matches!(refused, Err(KeyError::Keystore(_))), "{broken}: {refused:?}");
    }
    let greedy = r#"{"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},"ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt","kdfparams":{"dklen":32,"n":1073741824,"r":64,"p":8,"salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},"mac":"2103ac29920d71da29f15d75b4a16dbe95cfd7ff8faea1056c33131d846e3097"},"version":3}"#;
    let refused = keystore(greedy, "testpassword", (0o600, 0o600));
    assert!(matches!(refused, Err(KeyError::Keystore(_))), "{refused:?}");
}

#[test]
fn what_others_can_read_is_refused() {
    for mode in [0o644, 0o640, 0o604, 0o660, 0o666, 0o777, 0o620] {
        let kept_file = Kept::new(KEPT, mode);
        let error = Local::open(&file(&kept_file)).unwrap_err();
        let path = kept_file.text().to_owned();
        assert_eq!(error, KeyError::Exposed { path, mode });
        assert!(
            error.to_string().contains(&format!("{mode:o}")) && !error.to_string().contains(KEPT)
        );
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    for text in ["", "0x", "key", &KEPT[1..], &format!("{KEPT}00"), &"0".repeat(64), order] {
        let kept_file = Kept::new(text, 0o600);
        let error = Local::open(&file(&kept_file)).unwrap_err();
        assert!(matches!(error, KeyError::NoKey(_)), "{text}: {error}");
    }
    let missing = Local::open(&Source::Plain(Secret::File("/no/such/key".into()))).unwrap_err();
    assert!(missing.to_string().contains("cannot read file:/no/such/key"), "{missing}");
}

async fn opened(text: &str) -> Result<Keys, KeyError> {
    Keys::open(&Config::parse("c.toml", text).unwrap().keys).await
}

#[tokio::test]
async fn one_key_for_both_is_refused() {
    let same = Kept::new(KEPT, 0o600);
    let other = Kept::new(&B256::repeat_byte(7).to_string(), 0o600);
    let config = |auth: &Kept, funded: &Kept| {
        format!(
            "[keys.auth]\nsecret = \"file:{}\"\n[keys.funded]\nsecret = \"file:{}\"",
            auth.text(),
            funded.text()
        )
    };
    let keys = opened(&config(&same, &other)).await.unwrap();
    assert_ne!(keys.auth.address(), keys.funded.address());
    let owner = account(&kept());
    assert_eq!(opened(&config(&same, &same)).await.unwrap_err(), KeyError::Same(owner));
    assert_eq!(apart(owner, owner), Err(KeyError::Same(owner)));
    // From whatever source: the account counts.
    let (store, word) = (Kept::new(KEYSTORE, 0o600), Kept::new("testpassword", 0o600));
    let text = format!(
        "[keys.auth]\nsecret = \"file:{}\"\n[keys.funded]\nkeystore = \"{}\"\npassword = \"file:{}\"",
        same.text(),
        store.text(),
        word.text()
    );
    assert_eq!(opened(&text).await.unwrap_err(), KeyError::Same(owner));
    let identity = keys.auth.identity();
    assert_eq!(identity.address(), owner);
}

#[tokio::test]
async fn a_source_is_named_once_and_whole() {
    let account = "address = \"0x0000000000000000000000000000000000000001\"";
    let auth = "[keys.auth]\nsecret = \"env:TENOR_NO_SUCH_KEY\"\n";
    for (text, says) in [
        ("", "set keys.auth"),
        ("[keys.auth]", "name one of"),
        ("[keys.auth]\nsecret = \"env:A\"\nkms = \"alias/b\"", "name one of"),
        ("[keys.auth]\nkeystore = \"a\"", "needs its password"),
        ("[keys.auth]\nsecret = \"env:A\"\npassword = \"env:B\"", "a password is a keystore's"),
        ("[keys.auth]\nremote = \"http://127.0.0.1:1\"", "needs its address"),
        (&format!("[keys.auth]\nsecret = \"env:A\"\n{account}"), "an address is a remote key's"),
        (&format!("[keys.auth]\nremote = \"http://127.0.0.1:1\"\n{account}"), "in this process"),
        (auth, "it is not set"),
    ] {
        let error = opened(text).await.unwrap_err().to_string();
        assert!(error.contains(says), "{text}: {error}");
    }
    #[cfg(not(feature = "aws-kms"))]
    assert_eq!(Key::open(&Source::Kms("alias/a".to_owned())).await.unwrap_err(), KeyError::NoKms);
}
