//! The builder through Flashbots' own clients, which know nothing of it.

use tenor::sandbox::Options;

use super::{kit::Local, viem::script};

/// Blocks come while they wait, as on any chain.
fn run(name: &str) -> serde_json::Value {
    let local = Local::with(Options::default());
    script(name, &[&local.url()])
}

#[test]
fn ethers_provider_bundle_drives_it() {
    let told = run("bundles.mjs");
    // FlashbotsBundleResolution: 0 included, 1 the block passed without it.
    assert_eq!(told["included"], 0, "{told}");
    assert_eq!(told["receipts"], serde_json::json!([1, 1]), "{told}");
    assert_eq!(told["simulated"]["gas"], 42_000, "{told}");
    assert_eq!(told["simulated"]["reverted"], false, "{told}");
    assert_eq!(told["failing"]["reverted"], true, "{told}");
    assert_eq!(told["hash"], told["ownHash"], "{told}");
    assert_eq!(told["cancelled"]["hashes"], 1, "{told}");
    assert_eq!(told["cancelled"]["resolution"], 1, "{told}");
    assert_eq!(told["private"]["included"], true, "{told}");
    assert_eq!(told["private"]["cancelled"], true, "{told}");
    assert_eq!(told["private"]["landedAfterCancel"], false, "{told}");
    assert_eq!(told["stats"]["isSimulated"], true, "{told}");
}

#[test]
fn mev_share_client_drives_it() {
    let told = run("shares.mjs");
    assert_eq!(told["landed"], serde_json::json!([1, 1]), "{told}");
    assert_eq!(told["adjacent"], true, "{told}");
    assert_eq!(told["simulated"]["success"], true, "{told}");
    assert_eq!(told["simulated"]["gasUsed"], "21000", "{told}");
    assert_eq!(told["failing"]["success"], false, "{told}");
    assert_eq!(told["private"], true, "{told}");
}
