//! The program on every instance of the benchmark, judged by the benchmark's checker.

use std::ffi::OsStr;

use super::checker::{Kit, Objective};
use crate::{cli::tenor, recorded::data};

fn answer_all(name: &str, objective: Objective, options: &[&str]) {
    let Some(data) = data() else { return };
    let kit = Kit::new(data.join("routing/dev"));
    let instances = kit.instances();
    let mut arguments: Vec<&OsStr> = vec!["route".as_ref()];
    arguments.extend(options.iter().map(OsStr::new));
    arguments.extend(instances.iter().map(|path| path.as_os_str()));
    let ran = tenor(&arguments);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    kit.demand(name, objective, &ran.out);
}

#[test]
fn net_routes_are_certified_and_nearly_optimal() {
    answer_all("net.jsonl", Objective::Net, &[]);
}

#[test]
fn gross_routes_are_certified_and_nearly_optimal() {
    answer_all("gross.jsonl", Objective::Gross, &["--no-gas"]);
}
