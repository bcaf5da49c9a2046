//! A process that is killed while it writes: whatever it has answered is there, once.

use std::{
    collections::{HashMap, HashSet},
    env,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use alloy_primitives::{B256, keccak256};
use tenor::store::{
    NewIntent, Stage, Store, StoreError,
    sqlite::{Options, Sqlite},
};

use super::{Folder, intent};

const KILLS: u64 = 20;
const WRITERS: u64 = 4;
/// Names the file to the process that is to be killed, and its round.
const FILE: &str = "TENOR_TEST_STORE";
const ROUND: &str = "TENOR_TEST_ROUND";

#[test]
fn nothing_acknowledged_is_lost() {
    match env::var_os(FILE) {
        Some(file) => write_until_killed(file.as_ref()),
        None => kill(),
    }
}

/// What a process has been told.
#[derive(Debug, Default)]
struct Told {
    intents: HashSet<B256>,
    events: HashMap<u64, B256>,
}

fn kill() {
    let folder = Folder::new();
    let mut told = Told::default();
    for round in 0..KILLS {
        // Early, late and in between: after as many answers as the round's hash says.
        let answers = u64::from(keccak256(round.to_be_bytes())[0]) * 2;
        run(&folder.file(), round, answers, &mut told);
        let store = Sqlite::open(&folder.file(), Options::default()).unwrap();
        holds(&store, &told);
    }
    println!("{} intents and {} events over {KILLS} kills", told.intents.len(), told.events.len());
    assert!(told.intents.len() > 1_000, "too few to mean anything: {}", told.intents.len());
}

/// Runs this test again as a process that writes, and kills it after so many answers.
fn run(file: &Path, round: u64, answers: u64, told: &mut Told) {
    let (_, path) = module_path!().split_once("::").unwrap();
    let mut child = Command::new(env::current_exe().unwrap())
        .args([&format!("{path}::nothing_acknowledged_is_lost"), "--exact", "--nocapture"])
        .env(FILE, file)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut read = 0;
    // What was written before the kill is read to its end.
    for line in lines.map_while(Result::ok) {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["kept", id] => drop(told.intents.insert(id.parse().unwrap())),
            ["event", seq, id] => {
                let other = told.events.insert(seq.parse().unwrap(), id.parse().unwrap());
                assert_eq!(other, None, "one number for two events");
            }
            _ => continue,
        }
        read += 1;
        if read == answers + 1 {
            child.kill().unwrap();
        }
    }
    let ended = child.wait().unwrap();
    assert!(!ended.success() && read > answers, "{ended} after {read} answers");
}

/// Everything told is there, once, and events have no gap.
fn holds(store: &Sqlite, told: &Told) {
    let events = store.events(0, usize::MAX).unwrap();
    let mut received = HashSet::new();
    for (at, event) in events.iter().enumerate() {
        assert_eq!(event.seq, at as u64 + 1);
        if event.step.stage == Stage::Received {
            assert!(received.insert(event.step.id), "{} was received twice", event.step.id);
        }
    }
    for id in &told.intents {
        assert!(received.contains(id) && store.intent(*id).unwrap().is_some(), "{id} is lost");
    }
    for (seq, id) in &told.events {
        let event = usize::try_from(*seq - 1).ok().and_then(|at| events.get(at));
        assert_eq!(event.map(|event| event.step.id), Some(*id), "event {seq}");
    }
}

/// Hands in intents from several threads for as long as the process lives, and tells each answer.
fn write_until_killed(file: &Path) {
    let store = Sqlite::open(file, Options::default()).unwrap();
    let round: u64 = env::var(ROUND).unwrap().parse().unwrap();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let store = &store;
            scope.spawn(move || {
                for n in 0.. {
                    let number = (round * WRITERS + writer) * 1_000_000 + n;
                    write(store, &intent(number));
                }
            });
        }
    });
}

fn write(store: &Sqlite, new: &NewIntent) {
    let submitted = store.submit(new.clone()).wait().unwrap();
    assert!(!submitted.known);
    println!("kept {}", new.id);
    println!("event {} {}", submitted.kept.first_event, new.id);
    let verified = tenor::store::Step {
        id: new.id,
        stage: Stage::Verified,
        code: "verified".to_owned(),
        detail: "{}".to_owned(),
        at_ms: new.at_ms,
        block: None,
    };
    let event = store.advance(verified.clone()).wait().unwrap();
    println!("event {} {}", event.seq, new.id);
    // What is refused leaves no gap.
    let early = tenor::store::Step { stage: Stage::Final, ..verified };
    let early = store.advance(early).wait();
    assert!(matches!(early, Err(StoreError::IllegalTransition { .. })));
    assert!(store.submit(new.clone()).wait().unwrap().known);
}
