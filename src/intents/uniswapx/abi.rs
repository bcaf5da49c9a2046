//! The contracts' own structs and calls. What is sent has a name in `Sent`; what is hashed has the name
//! that the swapper's wallet shows, and stands without what a cosigner adds.

#![allow(missing_docs, reason = "the generated code's; the fields are the contracts'")]

use alloy_sol_types::sol;

sol! {
    #[derive(Debug, PartialEq, Eq)]
    struct OrderInfo {
        address reactor;
        address swapper;
        uint256 nonce;
        uint256 deadline;
        address additionalValidationContract;
        bytes additionalValidationData;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct DutchInput {
        address token;
        uint256 startAmount;
        uint256 endAmount;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct DutchOutput {
        address token;
        uint256 startAmount;
        uint256 endAmount;
        address recipient;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct DutchSent {
        OrderInfo info;
        uint256 decayStartTime;
        uint256 decayEndTime;
        address exclusiveFiller;
        uint256 exclusivityOverrideBps;
        DutchInput input;
        DutchOutput[] outputs;
    }

    struct ExclusiveDutchOrder {
        OrderInfo info;
        uint256 decayStartTime;
        uint256 decayEndTime;
        address exclusiveFiller;
        uint256 exclusivityOverrideBps;
        address inputToken;
        uint256 inputStartAmount;
        uint256 inputEndAmount;
        DutchOutput[] outputs;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V2Cosigned {
        uint256 decayStartTime;
        uint256 decayEndTime;
        address exclusiveFiller;
        uint256 exclusivityOverrideBps;
        uint256 inputAmount;
        uint256[] outputAmounts;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V2Sent {
        OrderInfo info;
        address cosigner;
        DutchInput baseInput;
        DutchOutput[] baseOutputs;
        V2Cosigned cosignerData;
        bytes cosignature;
    }

    struct V2DutchOrder {
        OrderInfo info;
        address cosigner;
        address baseInputToken;
        uint256 baseInputStartAmount;
        uint256 baseInputEndAmount;
        DutchOutput[] baseOutputs;
    }

    /// A curve of up to sixteen points: blocks after the start, packed from the lowest bits up, and what is
    /// then taken off the first amount.
    #[derive(Debug, PartialEq, Eq)]
    struct NonlinearDutchDecay {
        uint256 relativeBlocks;
        int256[] relativeAmounts;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V3DutchInput {
        address token;
        uint256 startAmount;
        NonlinearDutchDecay curve;
        uint256 maxAmount;
        uint256 adjustmentPerGweiBaseFee;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V3DutchOutput {
        address token;
        uint256 startAmount;
        NonlinearDutchDecay curve;
        address recipient;
        uint256 minAmount;
        uint256 adjustmentPerGweiBaseFee;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V3Cosigned {
        uint256 decayStartBlock;
        address exclusiveFiller;
        uint256 exclusivityOverrideBps;
        uint256 inputAmount;
        uint256[] outputAmounts;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct V3Sent {
        OrderInfo info;
        address cosigner;
        uint256 startingBaseFee;
        V3DutchInput baseInput;
        V3DutchOutput[] baseOutputs;
        V3Cosigned cosignerData;
        bytes cosignature;
    }

    struct V3DutchOrder {
        OrderInfo info;
        address cosigner;
        uint256 startingBaseFee;
        V3DutchInput baseInput;
        V3DutchOutput[] baseOutputs;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PriorityInput {
        address token;
        uint256 amount;
        uint256 mpsPerPriorityFeeWei;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PriorityOutput {
        address token;
        uint256 amount;
        uint256 mpsPerPriorityFeeWei;
        address recipient;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PriorityCosigned {
        uint256 auctionTargetBlock;
    }

    #[derive(Debug, PartialEq, Eq)]
    struct PrioritySent {
        OrderInfo info;
        address cosigner;
        uint256 auctionStartBlock;
        uint256 baselinePriorityFeeWei;
        PriorityInput input;
        PriorityOutput[] outputs;
        PriorityCosigned cosignerData;
        bytes cosignature;
    }

    struct PriorityOrder {
        OrderInfo info;
        address cosigner;
        uint256 auctionStartBlock;
        uint256 baselinePriorityFeeWei;
        PriorityInput input;
        PriorityOutput[] outputs;
    }

    /// An order as reactors take it: its encoding, and its swapper's signature.
    #[derive(Debug, PartialEq, Eq)]
    struct SignedOrder {
        bytes order;
        bytes sig;
    }

    /// One call of a fill: the Filler's `Step`.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Step {
        address target;
        uint256 value;
        bytes data;
        address token;
        address spender;
        uint256 amount;
        uint256 offset;
        bool throughPermit2;
    }

    /// A reactor's fill from what the caller holds.
    function execute(SignedOrder order) external payable;

    /// The Filler's fill: by the reactor's `executeWithCallback`, with the steps as its data.
    function fillOrder(address reactor, SignedOrder order, Step[] steps, address[] tokens) external;
}
