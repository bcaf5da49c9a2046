//! Calls of Pendle's router.

use alloy_primitives::{Address, Bytes, U256, uint};
use alloy_sol_types::sol;

use super::{
    super::{Call, Encoded, Swap, Trade},
    liquidity::First,
};
use crate::amount::WAD;

sol! {
    struct ApproxParams {
        uint256 guessMin;
        uint256 guessMax;
        uint256 guessOffchain;
        uint256 maxIteration;
        uint256 eps;
    }

    struct Order {
        uint256 salt;
        uint256 expiry;
        uint256 nonce;
        uint8 orderType;
        address token;
        address YT;
        address maker;
        address receiver;
        uint256 makingAmount;
        uint256 lnImpliedRate;
        uint256 failSafeRate;
        bytes permit;
    }

    struct FillOrderParams {
        Order order;
        bytes signature;
        uint256 makingAmount;
    }

    struct LimitOrderData {
        address limitRouter;
        uint256 epsSkipMarket;
        FillOrderParams[] normalFills;
        FillOrderParams[] flashFills;
        bytes optData;
    }

    function swapExactSyForPt(
        address receiver, address market, uint256 exactSyIn, uint256 minPtOut,
        ApproxParams guessPtOut, LimitOrderData limit
    ) external returns (uint256 netPtOut, uint256 netSyFee);
    function swapExactPtForSy(
        address receiver, address market, uint256 exactPtIn, uint256 minSyOut, LimitOrderData limit
    ) external returns (uint256 netSyOut, uint256 netSyFee);
    function swapExactSyForYt(
        address receiver, address market, uint256 exactSyIn, uint256 minYtOut,
        ApproxParams guessYtOut, LimitOrderData limit
    ) external returns (uint256 netYtOut, uint256 netSyFee);
    function swapExactYtForSy(
        address receiver, address market, uint256 exactYtIn, uint256 minSyOut, LimitOrderData limit
    ) external returns (uint256 netSyOut, uint256 netSyFee);
    function addLiquiditySingleSy(
        address receiver, address market, uint256 netSyIn, uint256 minLpOut,
        ApproxParams guessPtReceivedFromSy, LimitOrderData limit
    ) external returns (uint256 netLpOut, uint256 netSyFee);
    function removeLiquiditySingleSy(
        address receiver, address market, uint256 netLpToRemove, uint256 minSyOut, LimitOrderData limit
    ) external returns (uint256 netSyOut, uint256 netSyFee);
    function redeemPyToSy(address receiver, address YT, uint256 netPyIn, uint256 minSyOut)
        external returns (uint256 netSyOut);
}

/// Tries that the router may make where the market has moved: each halves what is between the least
/// that is accepted and what was quoted.
const TRIES: U256 = uint!(30_U256);

/// Tries of a search by the router itself, and the part of what is given that it may leave in the
/// market, with 18 decimals: what it was made for.
const SEARCH: U256 = uint!(256_U256);
const PRECISION: U256 = uint!(1_000_000_000_000_000_U256);

/// The part of what is given, with 18 decimals, by which SY and PT that become liquidity may be out of
/// proportion after the market has moved: a thousandth of a percent, which stays in the market.
const PROPORTION: U256 = uint!(10_000_000_000_000_U256);

/// The router, and the market that it is to trade with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Router {
    pub(super) router: Address,
    pub(super) market: Address,
}

impl Router {
    /// `pt` is what the router tries first; without it the router searches for itself.
    pub(super) fn buy_pt(&self, trade: &Trade, pt: Option<U256>) -> Encoded {
        let Swap { amount, .. } = trade.swap;
        self.call(&swapExactSyForPtCall {
            receiver: trade.recipient,
            market: self.market,
            exactSyIn: amount,
            minPtOut: trade.min_out,
            guessPtOut: guess(pt, trade.min_out),
            limit: no_orders(),
        })
    }

    pub(super) fn sell_pt(&self, trade: &Trade) -> Encoded {
        self.call(&swapExactPtForSyCall {
            receiver: trade.recipient,
            market: self.market,
            exactPtIn: trade.swap.amount,
            minSyOut: trade.min_out,
            limit: no_orders(),
        })
    }

    /// `pt` is what the router tries first, and what it compares the least with: the rounding of what
    /// is minted comes on top.
    pub(super) fn buy_yt(&self, trade: &Trade, pt: Option<U256>) -> Encoded {
        let least = pt.map_or(trade.min_out, |pt| trade.min_out.min(pt));
        self.call(&swapExactSyForYtCall {
            receiver: trade.recipient,
            market: self.market,
            exactSyIn: trade.swap.amount,
            minYtOut: least,
            guessYtOut: guess(pt, least),
            limit: no_orders(),
        })
    }

    pub(super) fn sell_yt(&self, trade: &Trade) -> Encoded {
        self.call(&swapExactYtForSyCall {
            receiver: trade.recipient,
            market: self.market,
            exactYtIn: trade.swap.amount,
            minSyOut: trade.min_out,
            limit: no_orders(),
        })
    }

    /// `first` is what the router tries first. Without it there is no such amount, and it is told to find
    /// that none is exactly right: left to itself it would add something else.
    pub(super) fn add(&self, trade: &Trade, first: Option<First>) -> Encoded {
        self.call(&addLiquiditySingleSyCall {
            receiver: trade.recipient,
            market: self.market,
            netSyIn: trade.swap.amount,
            minLpOut: trade.min_out,
            guessPtReceivedFromSy: first.map_or(none(), near),
            limit: no_orders(),
        })
    }

    pub(super) fn remove(&self, trade: &Trade) -> Encoded {
        self.call(&removeLiquiditySingleSyCall {
            receiver: trade.recipient,
            market: self.market,
            netLpToRemove: trade.swap.amount,
            minSyOut: trade.min_out,
            limit: no_orders(),
        })
    }

    fn call(&self, function: &impl alloy_sol_types::SolCall) -> Encoded {
        Encoded::one(Call::new(self.router, U256::ZERO, function))
    }
}

/// Makes the router take `pt` as it is, at any precision, wherever the amount given still pays it; and
/// something from `least` up where the market has moved.
fn guess(pt: Option<U256>, least: U256) -> ApproxParams {
    let (most, eps) = pt.map_or((U256::MAX, PRECISION), |pt| (pt, WAD));
    ApproxParams {
        guessMin: least.min(most),
        guessMax: most,
        guessOffchain: pt.unwrap_or_default(),
        maxIteration: pt.map_or(SEARCH, |_| TRIES),
        eps,
    }
}

/// Makes the router take the PT as they are where what is left of the SY goes with them, and search up
/// and down from them, by half of them, where the market has moved.
fn near(First { pt, apart }: First) -> ApproxParams {
    let half: U256 = pt >> 1;
    ApproxParams {
        guessMin: pt - half,
        guessMax: pt.saturating_add(half),
        guessOffchain: pt,
        maxIteration: TRIES,
        eps: apart.max(PROPORTION),
    }
}

/// One unit, and only if it is exactly right.
const fn none() -> ApproxParams {
    ApproxParams {
        guessMin: U256::ONE,
        guessMax: U256::ONE,
        guessOffchain: U256::ONE,
        maxIteration: U256::ONE,
        eps: U256::ZERO,
    }
}

const fn no_orders() -> LimitOrderData {
    LimitOrderData {
        limitRouter: Address::ZERO,
        epsSkipMarket: U256::ZERO,
        normalFills: Vec::new(),
        flashFills: Vec::new(),
        optData: Bytes::new(),
    }
}
