//! The program, killed at any moment under load: what it acknowledged is there when it starts again.

use std::{
    collections::{HashMap, HashSet},
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpStream,
    path::Path,
    sync::mpsc::{self, Sender},
    thread,
};

use alloy_primitives::{B256, U256, keccak256};
use tenor::{
    intents::signed::{
        Deployment, SETTLER,
        wire::{Decimal, SignedDto},
    },
    store::{
        Stage, Store,
        sqlite::{Options, Sqlite},
    },
};

use super::http::{offer, signed};
use crate::{
    api::{Client, Program},
    signed::{SWAPS, engine, key, sign},
    store::Folder,
};

/// How often, unless `TENOR_KILLS` says.
const KILLS: u64 = 20;
const WRITERS: u64 = 4;

/// The most acknowledgements that a round waits for.
const MOST: u64 = 64;

#[test]
fn nothing_acknowledged_is_lost() {
    let kills = env::var("TENOR_KILLS").map_or(KILLS, |text| text.parse().unwrap());
    let folder = Folder::new();
    let data = folder.file();
    let (file, store) = (data.with_file_name("c.toml"), data.with_file_name("tenor.db"));
    fs::write(&file, "[api]\nrate_per_s = 0\n").unwrap();
    let start = || Program::on(data.parent().unwrap(), &["--config", file.to_str().unwrap()]);
    let mut told = HashMap::new();
    let mut template = None;
    for round in 0..kills {
        let program = start();
        let client = program.client();
        // Signed once: quoting is not what is tried here.
        let template = template.get_or_insert_with(|| signed(&offer(&client, SWAPS)));
        // Early, late and in between: the moment is the round's hash, and whatever goes on then.
        let answers = u64::from(keccak256(round.to_be_bytes())[0]) % MOST;
        load(program, &client, template, round, answers, &mut told);
        holds(&store, &told);
    }
    println!("{} intents acknowledged over {kills} kills", told.len());
    assert!(told.len() as u64 >= kills * MOST / 4, "too few to mean anything: {}", told.len());
    // Whoever hands them in again is told the same again.
    let program = start();
    let client = program.client();
    for body in told.values().take(20) {
        let status = post(&client, body).expect("an answer");
        assert_eq!(status, 200);
    }
    drop(program);
    holds(&store, &told);
}

/// Hands in intents from several sides, and kills the program after so many acknowledgements.
fn load(
    program: Program,
    client: &Client,
    template: &SignedDto,
    round: u64,
    answers: u64,
    told: &mut HashMap<B256, String>,
) {
    let (tell, heard) = mpsc::channel();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let tell = tell.clone();
            scope.spawn(move || write(client, template, round * WRITERS + writer, &tell));
        }
        drop(tell);
        told.extend(heard.iter().take(usize::try_from(answers).unwrap() + 1));
        // It ends without a word.
        drop(program);
        told.extend(heard.iter());
    });
}

/// Hands in one intent after another until nobody answers, and tells each acknowledgement.
fn write(client: &Client, template: &SignedDto, writer: u64, tell: &Sender<(B256, String)>) {
    let here = Deployment::of(engine().market().chain_id, SETTLER);
    for number in 0.. {
        let mut dto = template.clone();
        dto.message.nonce = Decimal(U256::from(writer * 1_000_000 + number));
        // However slow the machine is, none of them expires.
        dto.message.deadline = Decimal(U256::from(u64::MAX));
        let id = here.id(&(&dto.message).into());
        dto.signature = sign(&key(), id);
        let body = dto.text().unwrap();
        let Some(status) = post(client, &body) else { return };
        assert_eq!(status, 201);
        tell.send((id, body)).unwrap();
    }
}

/// The status of an answer; `None` where the program is gone.
fn post(client: &Client, body: &str) -> Option<u16> {
    let json = client.with("content-type", "application/json");
    let mut stream = TcpStream::connect(client.at).ok()?;
    stream.set_read_timeout(Some(super::LONG)).unwrap();
    stream.write_all(&json.head("POST", "/v1/intents", Some(body.len()))).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    line.split(' ').nth(1)?.parse().ok()
}

/// Everything acknowledged is there, once; the log has no gap; every life is one that can be.
fn holds(file: &Path, told: &HashMap<B256, String>) {
    let store = Sqlite::open(file, Options::default()).unwrap();
    let mut lives: HashMap<B256, Vec<Stage>> = HashMap::new();
    let (mut received, mut last) = (HashSet::new(), 0);
    for event in store.events(0, usize::MAX).unwrap() {
        assert_eq!(event.seq, last + 1);
        last = event.seq;
        let life = lives.entry(event.step.id).or_default();
        match life.last() {
            Some(before) => assert!(before.may_become(event.step.stage), "{life:?} {event:?}"),
            None => assert_eq!(event.step.stage, Stage::Received),
        }
        life.push(event.step.stage);
        if event.step.stage == Stage::Received {
            assert!(received.insert(event.step.id), "{} twice", event.step.id);
        }
    }
    for (id, body) in told {
        let kept = store.intent(*id).unwrap().unwrap_or_else(|| panic!("{id} is lost"));
        assert_eq!(&kept.body, body);
        assert!(received.contains(id));
        assert_eq!(lives[id].last(), Some(&kept.stage));
        // Solved again after a restart, the same plan is not told twice.
        assert!(lives[id].len() <= 3, "{:?}", lives[id]);
    }
}
