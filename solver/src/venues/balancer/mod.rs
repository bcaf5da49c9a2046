//! Balancer: weighted and stable pools of the second vault, and the arithmetic that all its pools share.

mod fixed_point;
mod log_exp;
mod stable;
mod stable_math;
mod vault;
mod weighted;
mod weighted_math;

pub(super) use self::log_exp::pow as power;
pub use self::{
    fixed_point::Powers,
    stable::{BalancerStable, BalancerStableError, BalancerStableFigures, BalancerStableToken},
    stable_math::StableMath,
    weighted::{
        BalancerWeighted, BalancerWeightedError, BalancerWeightedFigures, BalancerWeightedToken,
    },
};
