//! The service as the program.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    thread::JoinHandle,
};

use super::{Client, server::folder};

/// `tenor serve`, on a free port, with a folder of its own. Killed with the test.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) at: SocketAddr,
    /// What it said before it listened.
    pub(crate) greeting: String,
    child: Child,
    log: Option<JoinHandle<String>>,
    folder: Option<PathBuf>,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = folder();
        let mut program = Self::on(&folder, arguments);
        program.folder = Some(folder);
        program
    }

    /// On a folder that outlives it.
    pub(crate) fn on(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenor"));
        for name in ["TENOR_RPC", "TENOR_CONFIG", "TENOR_LISTEN", "TENOR_DATA_DIR", "TENOR_LOG"] {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0", "--log", "json", "--data-dir"]);
        command.arg(folder).args(arguments).env("XDG_DATA_HOME", folder);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Read as it comes, so that it never waits for a reader.
        let mut stderr = child.stderr.take().unwrap();
        let log = std::thread::spawn(move || text(&mut stderr));
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("settler") {
            let read = out.read_line(&mut greeting).unwrap();
            assert_ne!(read, 0, "it ended: {greeting}{}", log.join().unwrap());
        }
        let at =
            greeting.split("listening  http://").nth(1).unwrap().split_whitespace().next().unwrap();
        let at = at.parse().unwrap();
        Self { at, greeting, child, log: Some(log), folder: None }
    }

    pub(crate) const fn client(&self) -> Client {
        Client::new(self.at)
    }

    /// Asks it to stop, and waits until it has; what it logged.
    pub(crate) fn stop(mut self) -> (ExitStatus, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (status, self.log.take().unwrap().join().unwrap())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(folder) = &self.folder {
            let _ = fs::remove_dir_all(folder);
        }
    }
}

fn text(stderr: &mut ChildStderr) -> String {
    let mut text = String::new();
    stderr.read_to_string(&mut text).unwrap();
    text
}
