//! What goes over the wire between CoW's driver and this engine, exactly as the driver's own types
//! write and read it (`solvers-dto` of cowprotocol/services at 6a3eb42): where its documentation differs, the
//! types are right.

mod auction;
mod figures;
mod liquidity;
mod notification;
mod solution;

pub use self::{
    auction::{
        Auction, Balance, Class, Deadline, FeePolicy, FlashloanHint, InteractionData, Kind, Order,
        OrderUid, Quote, RequestScheme, Token, WrapperCall,
    },
    figures::{Amount, Fraction, Shown},
    liquidity::{
        ConcentratedPool, ConstantProductPool, ForeignOrder, Liquidity, LiquidityList, Reserve,
        StablePool, StableReserve, WeightedPool, WeightedReserve, WeightedVersion,
    },
    notification::{Notification, NotificationKind, SolutionId},
    solution::{
        Allowance, Asset, Call, CustomInteraction, ErrorCode, Fulfillment, Interaction, JitOrder,
        JitTrade, LiquidityInteraction, Response, ResponseScheme, Solution, SolverError, Trade,
        Wrapper,
    },
};
