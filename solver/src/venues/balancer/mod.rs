//! Balancer: weighted pools of the second vault, and the arithmetic that all its pools share.

mod fixed_point;
mod log_exp;
mod vault;
mod weighted;
mod weighted_math;

pub(super) use self::log_exp::pow as power;
pub use self::{
    fixed_point::Powers,
    weighted::{
        BalancerWeighted, BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken,
    },
};
