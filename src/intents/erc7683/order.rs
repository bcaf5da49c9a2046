//! The standard's structs and functions, in the widths of the text that was deployed (Across, UniswapX):
//! `FillInstruction` has its chain in 64 bits. As ABI the later text's 256 bits are the same bytes for
//! every chain that there is.

#![allow(missing_docs, reason = "the generated code's; the fields are the standard's")]

use alloy_sol_types::sol;

sol! {
    /// What a user signs for others to open.
    #[derive(Debug, PartialEq, Eq)]
    struct GaslessCrossChainOrder {
        address originSettler;
        address user;
        uint256 nonce;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }

    /// What a user opens.
    #[derive(Debug, PartialEq, Eq)]
    struct OnchainCrossChainOrder {
        uint32 fillDeadline;
        bytes32 orderDataType;
        bytes orderData;
    }

    /// An amount of a token for somebody on a chain.
    #[derive(Debug, PartialEq, Eq)]
    struct Output {
        bytes32 token;
        uint256 amount;
        bytes32 recipient;
        uint256 chainId;
    }

    /// What a destination's settler is given.
    #[derive(Debug, PartialEq, Eq)]
    struct FillInstruction {
        uint64 destinationChainId;
        bytes32 destinationSettler;
        bytes originData;
    }

    /// What every order comes to.
    #[derive(Debug, PartialEq, Eq)]
    struct ResolvedCrossChainOrder {
        address user;
        uint256 originChainId;
        uint32 openDeadline;
        uint32 fillDeadline;
        bytes32 orderId;
        Output[] maxSpent;
        Output[] minReceived;
        FillInstruction[] fillInstructions;
    }

    function fill(bytes32 orderId, bytes originData, bytes fillerData) external;
}
