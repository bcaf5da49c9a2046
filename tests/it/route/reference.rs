//! The benchmark's reference, recomputed from instances as they are read here.

use std::fs;

use serde_json::Value;
use tenor::market::instance::Instance;
use tenor_solver::route::Order;

use super::{
    agree,
    checker::{Kit, Objective},
};
use crate::recorded::data;

fn kit() -> Option<Kit> {
    data().map(|data| Kit::new(data.join("routing/dev")))
}

fn instances(kit: &Kit) -> impl Iterator<Item = Instance> {
    kit.instances().into_iter().map(|path| {
        let text = fs::read(&path).unwrap();
        Instance::parse(&path.display().to_string(), &text).unwrap()
    })
}

/// The legs of the reference's routes pay here what they pay there, to the last bit but few.
#[test]
fn reference_legs_pay_what_the_reference_says() {
    let Some(kit) = kit() else { return };
    let all: Vec<Instance> = instances(&kit).collect();
    let mut legs = 0;
    for objective in [Objective::Gross, Objective::Net] {
        for line in kit.reference(objective).lines() {
            let answer: Value = serde_json::from_str(line).unwrap();
            let instance = all.iter().find(|i| answer["id"] == i.id()).unwrap();
            for leg in answer["legs"].as_array().unwrap() {
                agree(paid(instance, leg), leg["amount_out"].as_f64().unwrap());
                legs += 1;
            }
        }
    }
    assert!(legs > 1_000, "{legs}");
}

fn paid(instance: &Instance, leg: &Value) -> f64 {
    let at = |key: &str| usize::try_from(leg[key].as_u64().unwrap()).unwrap();
    let (pool, from) = (at("pool"), at("token_in"));
    let edge = instance.network().edges().iter().position(|e| e.pool == pool && e.from == from);
    instance.paid(edge.unwrap(), leg["amount_in"].as_f64().unwrap())
}

/// The reference's prices prove the same bounds here, with gas and without.
#[test]
fn reference_prices_prove_the_reference_bounds() {
    let Some(kit) = kit() else { return };
    let optima = kit.optima();
    for instance in instances(&kit) {
        assert!(instance.is_fair(), "{}", instance.id());
        let optimum = &optima[instance.id()];
        for (gas, nu, bound) in [(false, "nu_gross", "gross_ub"), (true, "nu_net", "net_ub_root")] {
            let nu: Vec<f64> =
                optimum[nu].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
            agree(proven(&instance, &instance.order(gas), &nu), optimum[bound].as_f64().unwrap());
        }
    }
}

/// README section 4: the input's value, and what every direction gains after its gas.
fn proven(instance: &Instance, order: &Order, nu: &[f64]) -> f64 {
    let gains = instance.network().edges().iter().map(|edge| {
        let (given, wanted) = (nu[edge.from], nu[edge.to]);
        let reach = order.reach.get(edge.from).copied().unwrap_or(f64::INFINITY);
        let amount = edge.gain.input_at(given / wanted).min(edge.limit()).min(reach);
        let gain = wanted * edge.gain.out(amount) - given * amount;
        (gain - edge.gas * order.gas_price * nu[order.to]).max(0.0)
    });
    (nu[order.from] * order.amount + gains.sum::<f64>()) / nu[order.to]
}
