//! Balancer: weighted pools of the second and the third vault, and the arithmetic that its pools share.

mod fixed_point;
mod log_exp;
mod vault;
mod weighted;
mod weighted_math;
mod weighted_v3;

pub(super) use self::log_exp::pow as power;
pub use self::{
    fixed_point::Powers,
    weighted::{
        BalancerWeighted, BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken,
    },
    weighted_v3::{BalancerWeightedV3, BalancerWeightedV3Figures, BalancerWeightedV3Token},
};
