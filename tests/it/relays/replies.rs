//! Replies in every form that relays are known to have.

use alloy_primitives::B256;
use proptest::prelude::*;
use tenor::relays::reply::Reply;

use crate::law::law;

fn ok(body: &str) -> Reply {
    Reply::read(200, body.as_bytes())
}

#[test]
fn every_known_form_is_read() {
    let hash = B256::repeat_byte(0x5a);
    let named = [
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"bundleHash":"{hash}"}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"bundleHash":"{hash}","smart":true}}}}"#),
        format!(r#"{{"bundleHash":"{hash}"}}"#),
        format!(r#"{{"jsonrpc":"2.0","id":1,"result":"{hash}"}}"#),
        format!(r#"{{"result":{{"bundleHashes":["{hash}"]}}}}"#),
        format!("\"{hash}\""),
        hash.to_string(),
    ];
    for body in named {
        assert_eq!(ok(&body), Reply::Taken(Some(hash)), "{body}");
    }
    let plain = [
        r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":200}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":"200"}"#,
        r#"{"jsonrpc":"2.0","id":1,"result":null,"error":null}"#,
        r#"{"result":true}"#,
        "null",
        "200",
    ];
    for body in plain {
        assert_eq!(ok(body), Reply::Taken(None), "{body}");
    }
}

#[test]
fn what_is_refused_says_why() {
    let refused = |body: &str, why: &str| {
        for status in [200, 400, 500] {
            let found = Reply::read(status, body.as_bytes());
            assert_eq!(found, Reply::Refused(why.to_owned()), "{status} {body}");
        }
    };
    refused(
        r#"{"error":{"code":-32000,"message":"invalid inclusion"}}"#,
        "-32000: invalid inclusion",
    );
    refused(r#"{"error":"bundle is  empty","result":null}"#, "bundle is empty");
    refused(r#"{"jsonerror":{"message":"no auth"}}"#, "no auth");
    assert_eq!(ok(r#"{"result":false}"#), Reply::Refused("the answer is false".to_owned()));
    let forbidden = Reply::read(403, b"<html>no</html>");
    assert_eq!(forbidden, Reply::Refused("HTTP 403: <html>no</html>".to_owned()));
    assert_eq!(Reply::read(429, b""), Reply::Limited);
    assert_eq!(
        Reply::read(502, b"bad\ngateway"),
        Reply::Failed("HTTP 502: bad gateway".to_owned())
    );
    assert_eq!(ok("hello"), Reply::Failed("not JSON: hello".to_owned()));
}

/// A relay that repeats what it was sent does not get it into a log.
#[test]
fn long_data_is_not_kept() {
    let data = "0x02f86b".to_owned() + &"ab".repeat(300);
    let said = ok(&format!(r#"{{"error":{{"code":-32602,"message":"bad tx {data} in it"}}}}"#));
    assert_eq!(said, Reply::Refused("-32602: bad tx (data) in it".to_owned()));
}

#[test]
fn no_reply_breaks_the_reader() {
    law(2_000, &(100u16..600, any::<Vec<u8>>(), "\\PC{0,300}"), |(status, bytes, text)| {
        for body in [&bytes[..], text.as_bytes(), format!(r#"{{"error":{text:?}}}"#).as_bytes()] {
            if let Reply::Refused(why) | Reply::Failed(why) = Reply::read(status, body) {
                prop_assert!(why.chars().count() <= 220 && !why.contains('\n'), "{}", why);
            }
        }
        Ok(())
    });
}
