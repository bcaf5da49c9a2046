//! The table of forks, and files laid over it.

use tenor_simulations::forks::{Activation, Forks, ForksErrorKind, SpecId};

fn extended(forks: &str) -> Result<Forks, ForksErrorKind> {
    let text = format!(r#"{{"schema": "tenor.forks/1", "forks": [{forks}]}}"#);
    Forks::mainnet().extended("forks.json", text.as_bytes()).map_err(|error| error.kind)
}

#[test]
fn each_fork_holds_from_its_first_block() {
    let forks = Forks::mainnet();
    let all = forks.all();
    assert!(all.is_sorted_by_key(|fork| (fork.activation, fork.rules)));
    for (before, fork) in all.iter().zip(&all[1..]) {
        // A fork by timestamp asks for no number, but the ones before it do.
        let (last, first) = match fork.activation {
            Activation::Block(first) => ((first - 1, 0), (first, 0)),
            Activation::Timestamp(first) => ((20_000_000, first - 1), (20_000_000, first)),
        };
        assert_eq!(forks.at(last.0, last.1).name, before.name);
        assert_eq!(forks.at(first.0, first.1).name, fork.name);
    }
    assert_eq!(forks.at(0, 0).rules, SpecId::FRONTIER);
    assert_eq!(forks.at(u64::MAX, u64::MAX).name, "BPO2");
}

#[test]
fn a_file_adds_a_fork() {
    let amsterdam = r#"{"name": "Amsterdam", "timestamp": 1790000000, "rules": "Amsterdam"}"#;
    let forks = extended(amsterdam).unwrap();
    let fork = forks.at(30_000_000, 1_790_000_000);
    assert_eq!((fork.rules, fork.blobs.unwrap().max), (SpecId::AMSTERDAM, 21));
    assert_eq!(forks.at(30_000_000, 1_789_999_999).name, "BPO2");

    let bpo3 = r#"{"name": "BPO3", "timestamp": 1780000000,
        "blobs": {"target": 21, "max": 32, "update_fraction": 20609697}}"#;
    let forks = extended(&format!("{amsterdam}, {bpo3}")).unwrap();
    let fork = forks.at(30_000_000, 1_780_000_000);
    let blobs = fork.blobs.unwrap();
    assert_eq!((fork.rules, blobs.max, blobs.max_per_transaction), (SpecId::OSAKA, 32, 6));
    // What comes later keeps what it was given.
    assert_eq!(forks.at(30_000_000, 1_790_000_000).blobs.unwrap().max, 21);
}

#[test]
fn a_file_changes_a_fork() {
    let forks = extended(r#"{"name": "Berlin", "block": 12244001}"#).unwrap();
    assert_eq!(forks.at(12_244_000, 0).name, "Istanbul");
    assert_eq!(forks.at(12_244_001, 0).rules, SpecId::BERLIN);
    assert_eq!(forks.all().len(), Forks::mainnet().all().len());
    let early = r#"{"name": "Osaka", "timestamp": 1720000000},
        {"name": "Prague", "timestamp": 1720000000}"#;
    assert_eq!(extended(early).unwrap().at(20_000_000, 1_720_000_000).name, "Osaka");
    let forks = extended(r#"{"name": "Frontier", "block_reward_wei": 1}"#).unwrap();
    assert_eq!(forks.at(0, 0).reward, 1);
}

#[test]
fn files_that_make_no_table() {
    use ForksErrorKind as Kind;
    let refused = |forks: &str| extended(forks).unwrap_err();
    assert!(matches!(refused(r#"{"name": "X"}"#), Kind::Activation(_)));
    let both = r#"{"name": "X", "block": 1, "timestamp": 1}"#;
    assert!(matches!(refused(both), Kind::Activation(_)));
    let moved = r#"{"name": "Frontier", "block": 1}"#;
    assert!(matches!(refused(moved), Kind::Activation(_)));
    let rules = r#"{"name": "X", "timestamp": 1790000000, "rules": "Atlantis"}"#;
    assert!(matches!(refused(rules), Kind::Rules { .. }));
    let older = r#"{"name": "X", "timestamp": 1790000000, "rules": "Berlin"}"#;
    assert!(matches!(refused(older), Kind::Order { .. }));
    let bare = r#"{"name": "X", "block": 13000000, "rules": "Cancun"}"#;
    assert!(matches!(refused(bare), Kind::NoBlobs(_)));
    for (target, max, fraction) in [(0, 6, 1), (7, 6, 1), (3, 6, 0), (3, 6, 1_u64 << 40)] {
        let blobs = format!(
            r#"{{"name": "X", "timestamp": 1790000000,
                "blobs": {{"target": {target}, "max": {max}, "update_fraction": {fraction}}}}}"#
        );
        assert!(matches!(refused(&blobs), Kind::Blobs(_)));
    }
    assert!(matches!(refused(r#"{"name": "X", "time": 5}"#), Kind::Form { .. }));
    assert!(matches!(refused("5"), Kind::Form { .. }));
    let schema = Forks::mainnet().extended("f", br#"{"schema": "other", "forks": []}"#);
    assert!(matches!(schema.unwrap_err().kind, Kind::Schema(_)));
    assert!(Forks::mainnet().extended("f", b"{").is_err());
}
