//! Random networks and orders for the optimiser, and what its answers say of themselves.

mod instances;
mod legs;
mod orders;

pub(crate) use self::{
    instances::{Instance, instances, wild_instances},
    legs::executable,
};
