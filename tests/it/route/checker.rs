//! The benchmark's own checker, and what an answer must be for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{cli::file, recorded::files};

/// Shortfalls from the reference that 95 % of the answers, and all of them, stay within, in bp.
const MOST: (f64, f64) = (0.1, 1.0);

/// Simple solvers whose net output every answer under gas reaches.
const BASELINES: [&str; 3] = ["single_net", "greedy20_net", "greedy20_gasaware_net"];

/// What an answer maximises.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Objective {
    Gross,
    Net,
}

impl Objective {
    /// The checker's name for the shortfall.
    fn shortfall(self) -> &'static str {
        match self {
            Self::Gross => "short_gross_bp",
            Self::Net => "short_net_bp",
        }
    }
}

/// A split of the benchmark, with its checker.
#[derive(Debug)]
pub(crate) struct Kit {
    folder: PathBuf,
}

impl Kit {
    /// The split in this folder, which lies beside the checker.
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(crate) fn instances(&self) -> Vec<PathBuf> {
        let found = files(&self.folder.join("instances"), "json");
        assert!(!found.is_empty(), "{} has no instances", self.folder.display());
        found
    }

    /// What optimum.json says of each instance.
    pub(crate) fn optima(&self) -> BTreeMap<String, Value> {
        let text = fs::read_to_string(self.folder.join("optimum.json")).unwrap();
        let all: Value = serde_json::from_str(&text).unwrap();
        let rows = all["instances"].as_array().unwrap().iter();
        rows.map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone())).collect()
    }

    /// The reference's own answers.
    pub(crate) fn reference(&self, objective: Objective) -> String {
        let name = match objective {
            Objective::Gross => "reference_answers_gross.jsonl",
            Objective::Net => "reference_answers_net.jsonl",
        };
        fs::read_to_string(self.folder.join(name)).unwrap()
    }

    /// The checker's verdict on each of these lines.
    ///
    /// # Panics
    ///
    /// When the checker finds one invalid.
    fn check(&self, name: &str, answers: &str) -> Vec<Value> {
        let path = file(name, answers.as_bytes());
        let mut command = Command::new(python());
        command.arg(self.folder.join("../check_route.py")).arg("--batch");
        command.arg(self.folder.join("instances")).arg(&path);
        command.arg("--optimum").arg(self.folder.join("optimum.json")).arg("--json");
        let output = command.output().unwrap();
        fs::remove_file(path).unwrap();
        let out = String::from_utf8(output.stdout).unwrap();
        let verdicts: Vec<Value> =
            out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let bad: Vec<&Value> = verdicts.iter().filter(|v| v["valid"] != true).collect();
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && bad.is_empty(), "{err}{bad:#?}");
        verdicts
    }

    /// That every instance is answered, validly, with a certificate, and nearly as well as can be.
    ///
    /// # Panics
    ///
    /// When that is not so; the message names the instances.
    pub(crate) fn demand(&self, name: &str, objective: Objective, answers: &str) {
        let verdicts = self.check(name, answers);
        let mut wrong = self.unanswered(&verdicts);
        let optima = self.optima();
        for verdict in &verdicts {
            let id = verdict["id"].as_str().unwrap();
            wrong.extend(faults(verdict, objective, &optima[id]).map(|f| format!("{id}: {f}")));
        }
        let mut short: Vec<f64> =
            verdicts.iter().map(|v| v[objective.shortfall()].as_f64().unwrap()).collect();
        short.sort_by(f64::total_cmp);
        let p95 = short.get((short.len() * 95).div_ceil(100).saturating_sub(1)).copied();
        let median = short.get(short.len() / 2);
        println!(
            "{objective:?}: {} answers, {median:?} {p95:?} {:?} bp",
            short.len(),
            short.last()
        );
        if p95.is_none_or(|bp| bp > MOST.0) {
            wrong.push(format!("95 % are to be within {} bp: they are within {p95:?}", MOST.0));
        }
        assert!(wrong.is_empty(), "{objective:?}: {} faults:\n{}", wrong.len(), first(&wrong));
    }

    fn unanswered(&self, verdicts: &[Value]) -> Vec<String> {
        let answered: BTreeSet<&str> = verdicts.iter().filter_map(|v| v["id"].as_str()).collect();
        let stem = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
        let all = self.instances().into_iter().map(|path| stem(&path));
        all.filter(|id| !answered.contains(&**id)).map(|id| format!("{id}: unanswered")).collect()
    }
}

/// What is wrong with one valid answer.
fn faults(verdict: &Value, objective: Objective, optimum: &Value) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    if verdict["certified"] != true {
        found.push("not certified".to_owned());
    }
    if let Some(note) = verdict.get("note") {
        found.push(note.to_string());
    }
    let short = verdict[objective.shortfall()].as_f64().unwrap();
    if short > MOST.1 {
        found.push(format!("{short} bp short of the reference"));
    }
    if let Objective::Net = objective {
        assert_eq!(verdict["objective"], "net");
        let net = verdict["net_out"].as_f64().unwrap();
        for name in BASELINES {
            let baseline = optimum["baseline"][name].as_f64().unwrap();
            if net < baseline * (1.0 - 1e-9) {
                found.push(format!("{net} is below {name}, {baseline}"));
            }
        }
    } else {
        assert_eq!(verdict["objective"], "gross");
    }
    found.into_iter()
}

/// Enough of the faults to see what they have in common.
fn first(faults: &[String]) -> String {
    faults.iter().take(40).map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// A Python that has what the checker imports.
fn python() -> &'static str {
    let has = |python: &&str| {
        let output = Command::new(python).args(["-c", "import numpy"]).output();
        output.is_ok_and(|output| output.status.success())
    };
    ["python3", "/usr/bin/python3"]
        .into_iter()
        .find(has)
        .expect("no python3 here imports numpy: apt-get install python3-numpy")
}
