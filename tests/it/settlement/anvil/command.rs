//! The program itself over the published contracts: a sentence that is signed, solved, bundled, landed and
//! final, and ends in what Aave's own contracts lend and pay interest on.

use std::{
    fs::OpenOptions,
    io::Write as _,
    iter::successors,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use alloy_primitives::{I256, U256, hex};
use alloy_sol_types::sol;
use serde_json::{Value, json};
use tenor::{sandbox::accounts, settlement::SLOT_S};
use tenor_solver::amount::RAY;

use super::{
    super::rig::{LONG, number},
    Chain,
    published::{BASE_FEE, chain_of, is_told_whole, signed, went_through},
};
use crate::{api::Program, bytecode::published::Published, cli::Ran, sandbox::kit, store::Folder};

sol! {
    function getReserveNormalizedIncome(address asset) external view returns (uint256);
    function scaledBalanceOf(address account) external view returns (uint256);
}

/// What ends as aWETH of the published pool.
const SUPPLY: &str = "maximize ETH yield on 100 WETH for 365 days";
const HELD: &str = "maximize ETH yield on 100 stETH for 365 days";

/// Blocks that must have come after a settlement's.
const DEPTH: usize = 3;

/// How long a block waits for what may be in it: what finds no plan on one block is planned for the next.
const PATIENCE: Duration = Duration::from_secs(3);

/// By how much the newest block is older than now when the program starts: the chain goes on faster than the
/// clock does.
const BEHIND_S: u64 = 30;

/// Days in which Lido reported before that, and the blocks of each.
const DAYS: u64 = 36;
const BLOCKS_A_DAY: u64 = 4;

/// What a report adds, in billionths: in a year about what Aave pays. Who has either gains less by the other
/// than it costs to come by it.
const REPORT: u64 = 103_200;

/// The program, and a chain that it lands plans on.
struct Live {
    chain: Chain,
    program: Program,
    folder: Folder,
}

impl Live {
    fn on(published: &Published, chain: Chain) -> Self {
        let folder = Folder::new();
        let write = |name: &str, text: &str| {
            let path = at(&folder, name);
            // Keys are to be nobody else's to read.
            let own = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            own.unwrap().write_all(text.as_bytes()).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let secret = |name: &str, key: &[u8]| format!("file:{}", write(name, &hex::encode(key)));
        let config = format!(
            "mode = \"live\"\n\
             [api]\nrate_per_s = 0\n\
             [settlement]\nspend_cap_wei = \"1000000000000000000\"\nblocks = 2\ndepth = {DEPTH}\n\
             [relays]\nto = [\"flashbots\"]\n\
             [relays.at.flashbots]\nendpoints = [\"{}\"]\n\
             [keys.auth]\nsecret = \"{}\"\n\
             [keys.funded]\nsecret = \"{}\"\n",
            chain.builder.url(),
            secret("auth", accounts::AUTH.as_slice()),
            secret("funded", accounts::KEYS[9].as_slice()),
        );
        secret("owner", accounts::KEYS[0].as_slice());
        let config = write("live.toml", &config);
        let places = write("places.json", &published.places().to_string());
        let node = chain.anvil.ws();
        let arguments = ["--config", &config, "--rpc", &node, "--places", &places];
        let program = Program::on(folder.file().parent().unwrap(), &arguments);
        Self { chain, program, folder }
    }

    /// Runs `tenor intent submit` of a sentence with the owner's key, while blocks are built as there is
    /// something for them, or after a while, and so many more as make a settlement final.
    fn submit(&self, sentence: &str) -> Ran {
        let server = format!("http://{}", self.program.at);
        let key = format!("file:{}", at(&self.folder, "owner").display());
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenor"))
            .args(["intent", "submit", sentence, "--server", &server, "--key", &key, "--node"])
            .arg(self.chain.anvil.http())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (begun, mut last, mut deep) = (Instant::now(), Instant::now(), 0);
        while child.try_wait().unwrap().is_none() {
            if begun.elapsed() > LONG {
                child.kill().unwrap();
                break;
            }
            let settled = deep < DEPTH && self.chain.settlements(None) > 0;
            if settled || self.chain.waits() || last.elapsed() > PATIENCE {
                deep += usize::from(settled);
                self.chain.slot();
                last = Instant::now();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn at(folder: &Folder, name: &str) -> PathBuf {
    folder.file().parent().unwrap_or(Path::new("")).join(name)
}

/// A chain that comes to now after weeks of daily reports, so that it is known what stETH earns. The last of
/// them comes to what the pools were made for.
fn after_weeks(published: &Published, from: u64) -> Chain {
    let chain = chain_of(published, from);
    let (slot, pooled) = published.pooled();
    let [one, report] = [1_000_000_000, REPORT].map(U256::from);
    let before = |pooled: U256| pooled * one / (one + report);
    let totals: Vec<U256> = successors(Some(pooled), |pooled| Some(before(*pooled)))
        .take(usize::try_from(DAYS).unwrap())
        .collect();
    let every_s = 86_400 / BLOCKS_A_DAY;
    for total in totals.iter().rev() {
        let word = format!("{total:#066x}");
        chain.anvil.call("anvil_setStorageAt", &json!([published.steth, slot, word]));
        let day = json!([format!("{BLOCKS_A_DAY:#x}"), format!("{every_s:#x}")]);
        chain.anvil.call("anvil_mine", &day);
    }
    chain.anvil.call("evm_setNextBlockTimestamp", &json!([now() - BEHIND_S]));
    // It has become less in all these empty blocks.
    chain.anvil.call("anvil_setNextBlockBaseFeePerGas", &json!([format!("{BASE_FEE:#x}")]));
    chain.mine();
    chain
}

/// What a scaled balance shows: rounded half up, as the pool of version 3.0 does.
fn shown(scaled: U256, index: U256) -> U256 {
    (scaled * index + RAY / U256::from(2)) / RAY
}

/// What is shown of an amount once it is supplied.
fn supplied(amount: U256, index: U256) -> U256 {
    shown((amount * RAY + index / U256::from(2)) / index, index)
}

#[test]
fn a_sentence_lands_on_published_contracts() {
    // A day more than the reports take, so that the last of them is of the past.
    let from = now() - (DAYS + 1) * 86_400;
    let owner = kit::address(0);
    let mut published = Published::at(from - SLOT_S);
    published.fund(owner);
    published.fund(kit::address(9));
    let live = Live::on(&published, after_weeks(&published, from));
    let chain = &live.chain;

    let ran = live.submit(SUPPLY);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let says = |what: &str| assert!(ran.out.contains(what), "{what}: {ran:?}");
    for stage in ["verified", "quoted", "bundled", "submitted", "included", "final"] {
        says(stage);
    }
    for told in ["as_simulated  true", "realised", "accrual", "price", "gas"] {
        says(told);
    }
    let id = ran.out.lines().next().unwrap();
    let told = live.program.client().get(&format!("/v1/intents/{id}")).ok();
    let events = told["events"].as_array().unwrap();
    let record = &events.iter().find(|event| event["stage"] == "included").unwrap()["detail"];
    is_told_whole(chain, record);
    let [pool, a_weth] = published.aave;
    went_through(chain, record, &[published.weth, pool, a_weth]);

    // What came is what Aave's index makes of what was given; how it grew meanwhile is the accrual.
    let income = getReserveNormalizedIncomeCall { asset: published.weth };
    let index = |block: &Value| chain.view(pool, &income, block);
    let landed = &chain.receipt(record)["blockNumber"];
    let promised = &record["promised"];
    let before = json!(format!("{:#x}", promised["block"].as_u64().unwrap()));
    // The plan is for what the highest fee leaves; what of that is not declared comes back as WETH.
    let bundled = events.iter().rfind(|event| event["stage"] == "bundled").unwrap();
    let most_fee = number(&bundled["detail"]["decision"]["bid"]["fee_wei"]);
    let given = U256::from(100 * kit::ETHER) - most_fee;
    assert!(number(&record["fee"]) < most_fee, "{record}");
    let (first, then) = (supplied(given, index(&before)), supplied(given, index(landed)));
    assert!(index(landed) > index(&before), "interest runs");
    assert_eq!(number(&promised["received"][0]), first);
    assert_eq!(number(&record["realised"]["received"][0]), then);
    let accrual = I256::from_raw(then) - I256::from_raw(first);
    assert_eq!(signed(&record["difference"]["accrual"]), accrual);

    // And the owner earns from then on.
    let latest = json!("latest");
    let scaled = chain.view(a_weth, &scaledBalanceOfCall { account: owner }, &latest);
    let held = chain.balance(a_weth, owner);
    assert_eq!(held, shown(scaled, index(&latest)));
    assert!(held > then, "{held}, {then}");

    let sent = chain.builder.sent();
    let ran = live.submit(HELD);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("Held") && ran.out.contains("nothing is sent"), "{ran:?}");
    assert_eq!((chain.settlements(None), chain.builder.sent()), (1, sent));
}
