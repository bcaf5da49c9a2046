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

    /// One call of a plan, with the allowance that it needs for as long as it lasts.
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

    /// What a solver does with the asset in.
    #[derive(Debug, PartialEq, Eq)]
    struct Plan {
        uint256 fee;
        Step[] steps;
        address[] leftovers;
    }

    /// The Settler's only function that changes anything.
    #[derive(Debug, PartialEq, Eq)]
    function settle(
        PermitTransferFrom permit,
        YieldIntent intent,
        bytes signature,
        Plan plan
    ) external returns (uint256[] received);

    /// What it tells of a settlement.
    #[derive(Debug, PartialEq, Eq)]
    event Settled(
        bytes32 indexed id,
        address indexed owner,
        address indexed solver,
        uint256 fee,
        uint256 value,
        uint256[] received
    );

    /// Whatever the Settler, its Executor and Permit2 refuse with.
    #[derive(Debug, PartialEq, Eq)]
    interface Refusals {
        error Locked();
        error SolverNotAllowed(address allowed, uint256 untilBlock);
        error NotYetValid(uint256 validAfter);
        error FeeAboveMost(uint256 fee, uint256 most);
        error RecipientRefused(address recipient);
        error NoOutputs();
        error OutputTwice(address token);
        error BelowMinimum(address token, uint256 received, uint256 minimum);
        error BelowValue(uint256 value, uint256 minimum);
        error Refused(uint256 step, address target, bytes4 selector);
        error StepFailed(uint256 step, bytes reason);
        error OutOfData(uint256 step);
        error InvalidNonce();
        error SignatureExpired(uint256 signatureDeadline);
        error InvalidAmount(uint256 maxAmount);
        error InvalidSigner();
        error InvalidSignatureLength();
        error InvalidSignature();
        error InvalidContractSignature();
    }
}
