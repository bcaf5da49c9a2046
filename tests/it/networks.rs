//! Random networks and orders for the optimiser, and what its answers say of themselves.

mod instances;
mod legs;
mod orders;

pub(crate) use self::{
    instances::{Instance, ample_instances, instances, plain_instances, wild_instances},
    legs::executable,
};
