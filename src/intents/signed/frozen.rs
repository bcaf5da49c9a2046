//! The structs and calls that everything signs, hashes, decodes and settles with: version 1, frozen.
//! The Settler's source has the same; names, order and types here are the EIP-712 types.

#![allow(
    missing_docs,
    reason = "the generated code's; the structs' fields are the specification's"
)]
#![allow(clippy::too_many_arguments, reason = "Permit2's function has as many")]

use alloy_sol_types::sol;

sol! {
    /// The asset in and how much of it may be taken.
    #[derive(Debug, PartialEq, Eq)]
    struct TokenPermissions {
        address token;
        uint256 amount;
    }

    /// A token that counts.
    #[derive(Debug, PartialEq, Eq)]
    struct Output {
        address token;
        uint256 minAmount;
        uint256 maxAmountCounted;
        uint256 rateE18;
    }

    /// What a settlement must do: Permit2's witness.
    #[derive(Debug, PartialEq, Eq)]
    struct YieldIntent {
        address owner;
        address recipient;
        Output[] outputs;
        uint256 minValueOut;
        uint256 maxFeeIn;
        address allowedSolver;
        uint256 exclusiveUntilBlock;
        uint256 validAfter;
        bytes32 statement;
        bytes32 preferences;
    }

    /// What is signed.
    #[derive(Debug, PartialEq, Eq)]
    struct PermitWitnessTransferFrom {
        TokenPermissions permitted;
        address spender;
        uint256 nonce;
        uint256 deadline;
        YieldIntent witness;
    }

    /// A signed message that the owner no longer wants an intent tried.
    #[derive(Debug, PartialEq, Eq)]
    struct CancelIntent {
        bytes32 id;
    }

    /// Permit2's own form of what is signed.
    #[derive(Debug, PartialEq, Eq)]
    struct PermitTransferFrom {
        TokenPermissions permitted;
        uint256 nonce;
        uint256 deadline;
    }

    /// Where Permit2 sends it.
    #[derive(Debug, PartialEq, Eq)]
    struct SignatureTransferDetails {
        address to;
        uint256 requestedAmount;
    }

    function permitWitnessTransferFrom(
        PermitTransferFrom permit,
        SignatureTransferDetails transferDetails,
        address owner,
        bytes32 witness,
        string witnessTypeString,
        bytes signature
    ) external;

    function nonceBitmap(address owner, uint256 word) external view returns (uint256);

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external;

    function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
}
