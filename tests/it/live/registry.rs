//! What a registry records of code, and what a user's own list of tokens names.

use alloy_primitives::{Address, B256, Bytes};
use serde_json::{Value, json};
use tenor::{
    engine::{Engine, NOBODY},
    market::{
        live::Live,
        places::{Code, Places},
        snapshot,
    },
};
use tenor_simulations::{
    SourceError,
    figures::{PLACES_NAME, embedded_places},
};
use tenor_solver::venues::{Answer, OpenError, OtherCode, Read};

use super::{head, places, world};

const WETH: &str = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2";

/// The market of places, on the embedded world.
fn open(places: Places) -> Live {
    let world = world();
    let answer = |reads: &[Read]| -> Result<Vec<Answer>, SourceError> { world.answer(reads) };
    Live::open(places, head(&world), "the embedded world", answer).unwrap()
}

/// The registry with the code of one contract recorded, as a file has it.
fn recording(hash: B256) -> Places {
    let mut file: Value = serde_json::from_slice(embedded_places()).unwrap();
    file["code"] = json!([{ "contract": WETH, "hash": hash, "source": "a test" }]);
    Places::parse(PLACES_NAME, &serde_json::to_vec(&file).unwrap()).unwrap()
}

fn weth_code() -> B256 {
    let weth: Address = WETH.parse().unwrap();
    let answers = world().answer(&[Read::CodeHash(weth)]).unwrap();
    let [Answer::Word(hash)] = answers[..] else { panic!("{answers:?}") };
    hash.into()
}

/// On contracts that are not mainnet's: whatever has a recorded hash is left out, and says so.
#[test]
fn another_code_than_the_recorded_is_refused() {
    let registry = Places::parse(PLACES_NAME, embedded_places()).unwrap();
    let recorded: Vec<Code> = registry.code.clone();
    let checks = registry.code_checks();
    assert_eq!((checks.recorded, checks.contracts), (recorded.len(), 102));
    let told = checks.to_string();
    assert!(told.contains("76 were not checked") && told.contains("proxies"), "{told}");
    let live = open(registry);
    let mut named = 0;
    for refused in live.refused() {
        let OpenError::Code(other) = refused else { continue };
        let OtherCode { id, contract, expected, found, .. } = &**other;
        named += 1;
        let code = recorded.iter().find(|code| code.contract == *contract).unwrap();
        assert_eq!(code.hash, *expected);
        let told = refused.to_string();
        for words in [id.to_string(), expected.to_string(), found.to_string()] {
            assert!(told.contains(&words), "{told}");
        }
        assert!(told.contains("another chain or another contract; correct the place"), "{told}");
    }
    assert!(named > 20, "{named}");
    assert!(live.refused().any(|error| error.to_string().starts_with("weth: the code of ")));
}

#[test]
fn the_recorded_code_opens_and_goes_into_the_file() {
    let live = open(recording(weth_code()));
    assert!(!live.refused().any(|error| matches!(error, OpenError::Code(_))));
    assert!(live.answers().iter().any(|(read, _)| **read == Read::CodeHash(WETH.parse().unwrap())));
    let text = snapshot::export(&live).unwrap();
    let again = snapshot::open("m.json", text.as_bytes()).unwrap();
    assert_eq!(again.market().hash, live.market().hash);
    assert_eq!(snapshot::export(&again).unwrap(), text);
    // The place is the same whether its code is checked or not, to the quote.
    let unchecked = open(places());
    assert_eq!(
        format!("{:?}", unchecked.market().listings),
        format!("{:?}", live.market().listings)
    );
}

#[test]
fn a_contract_that_is_not_there_has_no_code() {
    let mut places = recording(B256::repeat_byte(7));
    let gone = Address::repeat_byte(0x77);
    let row = places.rows.iter_mut().find(|row| row.place.id.as_str() == "weth").unwrap();
    row.place.contracts.insert("weth".into(), gone);
    let live = open(places);
    let mut refused = live.refused().filter(|e| matches!(e, OpenError::Code(_)));
    assert!(refused.any(|error| error.to_string().contains(&B256::ZERO.to_string())));
}

#[expect(clippy::needless_pass_by_value, reason = "a list is made to be written")]
fn list(tokens: Value) -> Value {
    json!({
        "name": "My tokens",
        "timestamp": "2026-01-01T00:00:00+00:00",
        "version": { "major": 1, "minor": 0, "patch": 0 },
        "logoURI": "ipfs://none",
        "keywords": ["mine"],
        "tokens": tokens,
    })
}

fn token(address: &str, symbol: &str, decimals: u32) -> Value {
    json!({ "chainId": 1, "address": address, "symbol": symbol, "name": "A token",
            "decimals": decimals, "logoURI": "ipfs://none", "extensions": { "x": true } })
}

fn with(list: &Value) -> Result<Places, String> {
    let text = serde_json::to_vec(list).unwrap();
    places().with_tokens("list.json", &text).map_err(|error| error.to_string())
}

const STETH: &str = "0xae7ab96520DE3A18E5e111B5EaAb095312D7fE84";
const RETH: &str = "0xae78736cd615f374d3085123a210448e74fc6393";

#[test]
fn lists_are_checked_with_the_path_of_what_is_wrong() {
    let other =
        json!({ "chainId": 10, "address": RETH, "symbol": "rETH", "name": "n", "decimals": 18 });
    assert_eq!(with(&list(json!([token(STETH, "STK", 18), other]))).unwrap().listed.len(), 1);
    let lower = "0xae7ab96520de3a18e5e111b5eaab095312d7fe84";
    for (says, tokens) in [
        ("tokens: none of them is of chain 1", json!([other])),
        ("tokens[0].address: \"0x12\" is no address", json!([token("0x12", "A", 18)])),
        (
            "tokens[0].address: \"0xAe7ab96520DE3A18E5e111B5EaAb095312D7fE84\" fails its EIP-55",
            json!([token("0xAe7ab96520DE3A18E5e111B5EaAb095312D7fE84", "A", 18)]),
        ),
        ("tokens[0].decimals: 37 is out of range: 0 to 36", json!([token(RETH, "A", 37)])),
        (
            "tokens[0].decimals: 0xae78736Cd615f374D3085123A210448E74Fc6393 has 18",
            json!([token(RETH, "A", 6)]),
        ),
        ("tokens[0].symbol: \"a b\" has a space", json!([token(RETH, "a b", 18)])),
        ("tokens[0].symbol: \"\" is not 1 to 20", json!([token(RETH, "", 18)])),
        (
            "tokens[1].address: the same as tokens[0].address",
            json!([token(STETH, "A", 18), token(lower, "B", 18)]),
        ),
        (
            "missing field `decimals`",
            json!([{ "chainId": 1, "address": RETH, "symbol": "A", "name": "n" }]),
        ),
        ("tokens[0].decimals: invalid value: integer `300`", json!([token(RETH, "A", 300)])),
    ] {
        let error = with(&list(tokens)).unwrap_err();
        assert!(error.starts_with("list.json: ") && error.contains(says), "{says}: {error}");
    }
    let mut unnamed = list(json!([token(RETH, "A", 18)]));
    unnamed["version"] = json!({ "major": 1 });
    assert!(with(&unnamed).unwrap_err().contains("version"));
}

/// A symbol of the list is used in sentences; one of two tokens is refused with both addresses, and the
/// address does instead.
#[test]
fn a_symbol_of_two_tokens_is_refused_and_its_address_is_taken() {
    let engine = |symbol| {
        let places = with(&list(json!([token(STETH, symbol, 18)]))).unwrap();
        Engine::of(open(places).market().clone(), None)
    };
    let answer = engine("LIDO").ask("swap 5 lido to wstETH", NOBODY).unwrap();
    let said = serde_json::to_string(&answer).unwrap();
    assert!(said.contains("LIDO"), "{said}");
    let ambiguous = engine("wstETH");
    let error = ambiguous.ask("swap 5 ETH to wstETH", NOBODY).unwrap_err().to_string();
    let wsteth = "0x7f39C581F595B53c5cb19bD0b3f8dA6c935E2Ca0";
    for words in [STETH, wsteth, "the address of the one that is meant"] {
        assert!(error.contains(words), "{error}");
    }
    let answer = ambiguous.ask(&format!("swap 5 ETH to {wsteth}"), NOBODY).unwrap();
    let said = serde_json::to_value(&answer).unwrap();
    assert!(said["plan"]["legs"].as_array().is_some_and(|legs| !legs.is_empty()), "{said}");
    // What the file of the market holds makes the same market.
    let places = with(&list(json!([token(STETH, "wstETH", 18)]))).unwrap();
    let live = open(places);
    let text = snapshot::export(&live).unwrap();
    assert_eq!(
        snapshot::open("m.json", text.as_bytes()).unwrap().market().hash,
        live.market().hash
    );
}

/// The hashes of the registry are those of the accounts in recorded blocks, and of the code there.
#[test]
fn recorded_code_is_that_of_recorded_blocks() {
    let Some(data) = crate::recorded::data() else { return };
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(data.join("blocks").join(path)).unwrap())
            .unwrap()
    };
    let codes = read("bytecodes.json");
    for code in Places::parse(PLACES_NAME, embedded_places()).unwrap().code {
        let block = code.source.strip_prefix("mainnet block ").unwrap();
        let accounts = read(&format!("{block}/pre_state.json"));
        let account = &accounts[format!("{:#x}", code.contract)];
        assert_eq!(account["code_hash"], format!("{:#x}", code.hash), "{}", code.contract);
        let bytes: Bytes = codes[format!("{:#x}", code.hash)].as_str().unwrap().parse().unwrap();
        assert_eq!(alloy_primitives::keccak256(&bytes), code.hash, "{}", code.contract);
    }
}
