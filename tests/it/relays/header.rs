//! The signature header.

use alloy_primitives::{Address, hex};
use proptest::prelude::*;
use serde::Deserialize;
use tenor::relays::identity::{HeaderError, Identity, signer};

use super::{identity, read};
use crate::law::law;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recorded {
    cases: Vec<Case>,
    alloy_doc_example: Example,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    name: String,
    raw_body: Option<String>,
    header: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Example {
    body: String,
    alloy_header: String,
    ethers_header: String,
}

#[test]
fn every_recorded_header_is_the_one_that_we_sign() {
    let Some(recorded) = read::<Recorded>("relay_requests.json") else { return };
    let mut compared = 0;
    for case in recorded.cases {
        let (Some(body), Some(header)) = (case.raw_body, case.header) else { continue };
        assert_eq!(identity().header(body.as_bytes()).unwrap(), header, "{}", case.name);
        assert_eq!(signer(&header, body.as_bytes()), Ok(identity().address()));
        compared += 1;
    }
    assert_eq!(compared, 11);
    let Example { body, alloy_header, ethers_header } = recorded.alloy_doc_example;
    assert_eq!(identity().header(body.as_bytes()).unwrap(), ethers_header);
    // Its last byte counts from zero: we do not write that, and read it.
    assert_eq!(signer(&alloy_header, body.as_bytes()), Ok(identity().address()));
}

#[test]
fn what_was_not_signed_is_refused() {
    let header = identity().header(b"body").unwrap();
    let named = identity().address();
    assert_eq!(signer(&header, b"body "), Err(HeaderError::Signer { named }));
    assert_eq!(signer(&header.to_lowercase(), b"body"), Ok(named));
    let other = Address::repeat_byte(1);
    let foreign = header.replace(&named.to_string(), &other.to_string());
    assert_eq!(signer(&foreign, b"body"), Err(HeaderError::Signer { named: other }));
    let cut = header.len() - 2;
    let recovered = |byte: &str| signer(&format!("{}{byte}", &header[..cut]), b"body");
    assert_eq!(recovered("1d"), Err(HeaderError::Recovery(29)));
    assert_eq!(recovered("02"), Err(HeaderError::Recovery(2)));
    for broken in ["", ":", "0x12:0x34", &header[..cut], &header.replace(':', " ")] {
        assert_eq!(signer(broken, b"body"), Err(HeaderError::Form), "{broken}");
    }
}

#[test]
fn no_header_breaks_the_reader() {
    law(2_000, &("\\PC{0,80}", "\\PC{0,200}", any::<Vec<u8>>()), |(named, signed, body)| {
        let bytes = hex::encode(signed.as_bytes());
        for header in [format!("{named}:{signed}"), format!("{}:0x{bytes}", identity().address())] {
            prop_assert!(signer(&header, &body).is_err());
        }
        Ok(())
    });
}

#[test]
fn a_key_is_never_shown() {
    let shown = format!("{:?}", Identity::clone(&identity()));
    assert_eq!(shown, format!("Identity {{ address: {:?}, .. }}", identity().address()));
}
