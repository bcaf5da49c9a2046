//! The kill switch: set by one process, seen by another, whatever else happens to its file.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
};

use serde_json::Value;
use tenor::settlement::halt::{Halt, HaltError, Why};

use crate::{
    api,
    cli::{Ran, tenor},
};

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(api::folder())
    }

    fn halt(&self) -> Halt {
        Halt::of(&self.0)
    }

    /// Runs `tenor halt` on it.
    fn run(&self, arguments: &[&str]) -> Ran {
        run(&self.0, arguments)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies among temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let own = ["halt", "--data-dir", folder.to_str().unwrap()];
    tenor(&[&own[..], arguments].concat())
}

#[test]
fn it_stands_until_it_is_lifted() {
    let folder = Folder::new();
    let halt = folder.halt();
    assert_eq!(halt.standing(), Ok(None));
    assert_eq!(halt.lift(), Ok(false));
    for (why, at_ms) in [("first", 1), ("second \"quoted\"\nand long", u64::MAX)] {
        halt.set(why, at_ms).unwrap();
        // As any other process sees it.
        assert_eq!(folder.halt().standing(), Ok(Some(Why { why: why.to_owned(), at_ms })));
    }
    assert_eq!(halt.lift(), Ok(true));
    assert_eq!(halt.standing(), Ok(None));
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0, "nothing is left over");
}

#[test]
fn what_does_not_read_counts_as_halted() {
    let folder = Folder::new();
    let halt = folder.halt();
    halt.set("it is", 7).unwrap();
    let whole = fs::read(halt.path()).unwrap();
    let other = String::from_utf8(whole.clone()).unwrap().replace("tenor.halt/1", "tenor.halt/2");
    let half = &whole[..whole.len() / 2];
    for bytes in [&b""[..], b"{}", b"\xff\xfe", half, other.as_bytes(), &[b' '; 1 << 17]] {
        fs::write(halt.path(), bytes).unwrap();
        let error = halt.standing().unwrap_err();
        assert!(matches!(error, HaltError::Unreadable { .. }), "{error}");
        assert!(error.to_string().contains("tenor halt --lift"), "{error}");
    }
    let ran = folder.run(&["--status"]);
    assert!(ran.code == Some(0) && ran.out.starts_with("halted: "), "{ran:?}");
    // It is set over what does not read, and lifted from it.
    halt.set("it is", 7).unwrap();
    assert_eq!(fs::read(halt.path()).unwrap(), whole);
    fs::write(halt.path(), "{").unwrap();
    assert_eq!(folder.run(&["--lift"]).code, Some(0));
    assert_eq!(halt.standing(), Ok(None));
}

/// Many set it at once, and whoever looks finds one of their reasons whole.
#[test]
fn it_is_set_in_one_go() {
    let folder = Folder::new();
    folder.halt().set("0", 0).unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4_u64)
            .map(|writer| {
                let halt = folder.halt();
                scope.spawn(move || {
                    for number in 0..20 {
                        let at_ms = writer * 100 + number;
                        // Of many lengths.
                        halt.set(&"x".repeat(usize::try_from(at_ms).unwrap()), at_ms).unwrap();
                    }
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut looks = 0_u64;
            while !done.load(Ordering::SeqCst) || looks == 0 {
                let why = folder.halt().standing().unwrap().expect("it stays set");
                assert!(why.why == "0" || why.why.len() as u64 == why.at_ms, "{why:?}");
                looks += 1;
            }
        });
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        done.store(true, Ordering::SeqCst);
        reader.join().unwrap();
    });
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1, "nothing is left over");
}

#[test]
fn an_operator_throws_it() {
    let folder = Folder::new();
    let told = |arguments: &[&str]| {
        let ran = folder.run(arguments);
        assert_eq!((ran.code, &*ran.err), (Some(0), ""), "{ran:?}");
        ran.out
    };
    assert!(told(&["--status"]).starts_with("not halted"));
    assert!(told(&["--why", "the oracle is wrong"]).contains("the oracle is wrong"));
    let why = folder.halt().standing().unwrap().unwrap();
    assert_eq!(why.why, "the oracle is wrong");
    assert!(told(&["--status"]).starts_with("halted since 20"));
    let status: Value = serde_json::from_str(&told(&["--status", "--json"])).unwrap();
    assert_eq!(status["schema"], "tenor.halted/1");
    let same = (status["halted"].as_bool(), status["why"].as_str(), status["at_ms"].as_u64());
    assert_eq!(same, (Some(true), Some("the oracle is wrong"), Some(why.at_ms)));
    assert!(told(&["--lift"]).starts_with("not halted"));
    assert_eq!(folder.halt().standing(), Ok(None));
    let status: Value = serde_json::from_str(&told(&["--status", "--json"])).unwrap();
    assert_eq!((&status["halted"], &status["why"]), (&false.into(), &Value::Null));
    assert!(told(&[]).starts_with("halted since 20"));
}

/// A server's folder that its configuration names, and names that stop nothing.
#[test]
fn the_folder_is_the_servers() {
    let folder = Folder::new();
    let config = folder.0.join("tenor.toml");
    let named = folder.0.join("data");
    fs::create_dir(&named).unwrap();
    fs::write(&config, format!("[serve]\ndata_dir = {:?}\n", named.to_str().unwrap())).unwrap();
    let ran = tenor(&["halt", "--config", config.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(Halt::of(&named).standing().unwrap().is_some());
    run(&folder.0.join("data-dri"), &[]).refused(&["data-dri", "--data-dir"]);
    assert!(!folder.0.join("data-dri").exists());
    folder.run(&["--lift", "--why", "x"]).refused(&["--lift", "--why"]);
    folder.run(&["--lift", "--status"]).refused(&["--lift", "--status"]);
}
