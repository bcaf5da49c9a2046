//! The published packages: where they are installed, and the bytecode in them.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use alloy_primitives::{Address, Bytes, hex, keccak256};
use serde_json::Value;

/// The folder of `tests/bytecode/install`, which installs the packages when they are not there.
fn home() -> &'static Path {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bytecode/install");
        let run = Command::new(script).output().expect("tests/bytecode/install");
        assert!(run.status.success(), "{script}: {}", String::from_utf8_lossy(&run.stderr));
        PathBuf::from(String::from_utf8(run.stdout).unwrap().trim_end())
    })
}

fn read(path: &str) -> String {
    let path = home().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn json(path: &str) -> Value {
    serde_json::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// `name@version`, as installed.
pub(super) fn version(name: &str) -> String {
    let package = json(&format!("node_modules/{name}/package.json"));
    format!("{name}@{}", package["version"].as_str().unwrap())
}

fn decode(code: &str) -> Bytes {
    hex::decode(code).expect("bytecode").into()
}

/// A contract's creation code, from an artifact as Hardhat, Waffle, Truffle or Foundry writes it.
pub(super) fn code(artifact: &str) -> Bytes {
    linked(artifact, &[])
}

/// The same, with the addresses of the libraries that it calls.
pub(super) fn linked(artifact: &str, libraries: &[(&str, Address)]) -> Bytes {
    linked_at(&format!("node_modules/{artifact}"), libraries)
}

/// The code of a contract that packages publish as a source only, as `sources.mjs` compiled it.
pub(super) fn compiled_source(contract: &str, libraries: &[(&str, Address)]) -> Bytes {
    linked_at(&format!("compiled/{contract}.json"), libraries)
}

fn linked_at(path: &str, libraries: &[(&str, Address)]) -> Bytes {
    let artifact = json(path);
    let code = &artifact["bytecode"];
    let code = code.as_str().or_else(|| code["object"].as_str()).expect("creation code");
    let mut code = code.trim_start_matches("0x").to_owned();
    for (name, places) in link_references(&artifact) {
        let found = libraries.iter().find(|(library, _)| *library == name);
        let (_, address) = found.unwrap_or_else(|| panic!("library {name} is not there"));
        for start in places {
            code.replace_range(2 * start..2 * start + 40, &hex::encode(address));
        }
    }
    decode(&code)
}

/// The selectors of an artifact's functions.
pub(super) fn selectors(artifact: &str) -> Vec<[u8; 4]> {
    let artifact = json(&format!("node_modules/{artifact}"));
    let functions = artifact["abi"].as_array().expect("an ABI").iter();
    functions
        .filter(|entry| entry["type"] == "function")
        .map(|entry| {
            let signature =
                format!("{}{}", entry["name"].as_str().unwrap(), types(&entry["inputs"]));
            let [a, b, c, d, ..] = *keccak256(signature);
            [a, b, c, d]
        })
        .collect()
}

/// The types of an ABI's parameters, as signatures have them.
fn types(parameters: &Value) -> String {
    let one = |parameter: &Value| {
        let name = parameter["type"].as_str().unwrap();
        name.strip_prefix("tuple").map_or_else(
            || name.to_owned(),
            |array| format!("{}{array}", types(&parameter["components"])),
        )
    };
    let all: Vec<String> = parameters.as_array().unwrap().iter().map(one).collect();
    format!("({})", all.join(","))
}

/// The libraries that an artifact calls: name, and where their addresses belong.
fn link_references(artifact: &Value) -> Vec<(String, Vec<usize>)> {
    let start = |place: &Value| usize::try_from(place["start"].as_u64().unwrap()).unwrap();
    let files = artifact["linkReferences"].as_object().into_iter().flat_map(|files| files.values());
    files
        .flat_map(|file| file.as_object().unwrap())
        .map(|(name, places)| {
            (name.clone(), places.as_array().unwrap().iter().map(start).collect())
        })
        .collect()
}

/// Code that a package has in a Solidity source only, as its first `hex""` literal.
pub(super) fn code_in_source(path: &str) -> Bytes {
    let source = read(&format!("node_modules/{path}"));
    let (_, rest) = source.split_once("hex\"").expect("code");
    decode(rest.split('"').next().unwrap())
}

/// What `tests/bytecode/compile.mjs` compiled: our own helpers, and published sources.
pub(super) fn compiled(contract: &str) -> Bytes {
    decode(json("compiled.json")[contract].as_str().expect(contract))
}
