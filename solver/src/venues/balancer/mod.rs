//! Balancer: weighted and stable pools of the second vault, weighted pools of the third, and the
//! arithmetic that all its pools share.

mod bare;
mod books_v3;
mod fixed_point;
mod log_exp;
mod pool_v3;
mod stable;
mod stable_math;
mod stable_v3;
mod vault;
mod weighted;
mod weighted_math;
mod weighted_v3;

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
pub(super) use self::{log_exp::pow as power, stable_v3::open as open_stable_v3};
