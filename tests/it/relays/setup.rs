//! Relays as configuration names them.

use std::sync::Arc;

use tenor::{
    clock::Clock,
    config::Config,
    relays::{Fleet, setup::SetupError},
};

use super::identity;

fn names(text: &str) -> Result<Vec<String>, SetupError> {
    let config = Config::parse("c.toml", text).unwrap();
    let fleet = Fleet::configured(&config.relays, &Arc::new(identity()), &Clock::default())?;
    Ok(fleet.relays().map(|relay| relay.name().to_owned()).collect())
}

#[test]
fn by_default_those_are_told_who_promised() {
    assert_eq!(names("").unwrap(), ["flashbots", "titan", "mev-blocker"]);
    let wider = "[relays]\ntold_anyway = [\"beaverbuild\"]";
    assert_eq!(names(wider).unwrap(), ["flashbots", "titan", "beaverbuild", "mev-blocker"]);
    // Where it is nobody knows: it is told once somebody says.
    let nowhere = "[relays]\ntold_anyway = [\"buildernet\"]";
    assert_eq!(names(nowhere).unwrap(), ["flashbots", "titan", "mev-blocker"]);
    let two = "[relays]\nto = [\"buildernet\"]\ntold_anyway = [\"buildernet\"]\n\
               [relays.at.buildernet]\nendpoints = [\"https://a.example\", \"https://b.example\"]";
    assert_eq!(names(two).unwrap(), ["buildernet", "buildernet-2"]);
    assert_eq!(names("[relays]\nto = [\"titan\", \"titan\"]").unwrap(), ["titan"]);
}

#[test]
fn what_cannot_be_is_said() {
    let wrong = |text: &str| names(text).unwrap_err().to_string();
    let unpromised = wrong("[relays]\nto = [\"rsync\"]");
    assert!(unpromised.contains("rsync") && unpromised.contains("told_anyway"), "{unpromised}");
    let nowhere = wrong("[relays]\nto = [\"quasar\"]\ntold_anyway = [\"quasar\"]");
    assert!(nowhere.contains("relays.at.quasar.endpoints"), "{nowhere}");
    let clear = wrong("[relays.at.titan]\nendpoints = [\"http://rpc.example/secret-key\"]");
    assert!(clear.contains("titan") && !clear.contains("secret-key"), "{clear}");
}

#[test]
fn an_unknown_relay_is_an_error_that_names_the_nearest() {
    let wrong = |text: &str| Config::parse("c.toml", text).unwrap_err().to_string();
    let listed = wrong("[relays]\nto = [\"flashbot\"]");
    assert!(listed.contains("there is no \"flashbot\"; the nearest is \"flashbots\""), "{listed}");
    let set = wrong("[relays.at.builder-net]\ntimeout_ms = 5");
    assert!(set.contains("the nearest is \"buildernet\""), "{set}");
    let option = wrong("[relays.at.titan]\ntimeout = 5");
    assert!(option.contains("the nearest is \"timeout_ms\""), "{option}");
}

/// What may stand in a URL is not shown.
#[test]
fn configuration_shows_no_key() {
    let text = "[relays.at.titan]\nendpoints = [\"https://u:hunter2@rpc.example/hunter2?key=hunter2\"]\n\
                [keys.funded]\nremote = \"https://hunter2@signer.example:9000/hunter2\"";
    let shown = format!("{:?}", Config::parse("c.toml", text).unwrap());
    assert!(shown.contains("rpc.example:443") && shown.contains("signer.example:9000"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}
