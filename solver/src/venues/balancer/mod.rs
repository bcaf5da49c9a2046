//! Balancer: weighted and stable pools of the second vault, weighted pools of the third, and the
//! arithmetic that all its pools share.

mod bare;
mod books_v3;
mod fixed_point;
mod log_exp;
mod opening_stable;
mod opening_v3;
mod opening_weighted;
mod pool_v3;
mod stable;
mod stable_math;
mod stable_v3;
mod vault;
mod weighted;
mod weighted_math;
mod weighted_v3;

pub(super) use self::log_exp::pow as power;
pub use self::{
    bare::{BareStable, BareToken, BareWeighted},
    books_v3::{BalancerV3Error, BalancerV3Figures, BalancerV3Token},
    fixed_point::Powers,
    stable::{BalancerStable, BalancerStableError, BalancerStableFigures, BalancerStableToken},
    stable_math::StableMath,
    stable_v3::BalancerStableV3,
    weighted::{
        BalancerWeighted, BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken,
    },
    weighted_v3::{BalancerWeightedV3, BalancerWeightedV3Figures},
};
use super::Kind;
use crate::risk::Class;

pub(super) const KINDS: &[Kind] = &[
    Kind::new("balancer_v2_stable", &["pool"], &[Class::Exchange], opening_stable::open)
        .with(&["allow_composable"]),
    Kind::new("balancer_v2_weighted", &["pool"], &[Class::Exchange], opening_weighted::open),
    Kind::new("balancer_v3_stable", &["pool"], &[Class::Exchange], stable_v3::open)
        .beside(&["router", "permit2"]),
    Kind::new("balancer_v3_weighted", &["pool"], &[Class::Exchange], opening_v3::weighted)
        .beside(&["router", "permit2"]),
];
