// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice A token that counts as a result, and how.
struct Output {
    /// The ERC-20 token.
    address token;
    /// The recipient gets at least so many units.
    uint256 minAmount;
    /// At most so many units count towards the value.
    uint256 maxAmountCounted;
    /// ETH wei that 1e18 units count for.
    uint256 rateE18;
}

/// @notice What an owner signs besides the amount in, version 1.
struct YieldIntent {
    /// Who signed, and whose asset it is.
    address owner;
    /// Who gets outputs and leftovers.
    address recipient;
    /// The only tokens that count.
    Output[] outputs;
    /// The least worth of all outputs together, in ETH wei.
    uint256 minValueOut;
    /// The most of the asset in that is paid to the solver.
    uint256 maxFeeIn;
    /// The only solver up to `exclusiveUntilBlock`, that block included; zero: anyone.
    address allowedSolver;
    uint256 exclusiveUntilBlock;
    /// Unix seconds before which nobody settles.
    uint256 validAfter;
    /// keccak256 of what the owner read.
    bytes32 statement;
    /// keccak256 of what the solver was asked for beyond that; nothing here enforces it.
    bytes32 preferences;
}

/// @notice Permit2's amounts, nonce and deadline.
struct TokenPermissions {
    address token;
    uint256 amount;
}

struct PermitTransferFrom {
    TokenPermissions permitted;
    uint256 nonce;
    uint256 deadline;
}

struct SignatureTransferDetails {
    address to;
    uint256 requestedAmount;
}

/// @notice The part of Permit2 that a settlement needs.
interface IPermit2 {
    function permitWitnessTransferFrom(
        PermitTransferFrom calldata permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external;

    function approve(address token, address spender, uint160 amount, uint48 expiration) external;

    function allowance(address owner, address token, address spender)
        external
        view
        returns (uint160 amount, uint48 expiration, uint48 nonce);
}

// Permit2, at the same address on every chain.
IPermit2 constant PERMIT2 = IPermit2(0x000000000022D473030F116dDEE9F6B43aC78BA3);

/// @notice EIP-712 hashes of intents, as Permit2 computes them.
library IntentHash {
    bytes private constant OUTPUT_TYPE =
        "Output(address token,uint256 minAmount,uint256 maxAmountCounted,uint256 rateE18)";
    bytes private constant PERMISSIONS_TYPE = "TokenPermissions(address token,uint256 amount)";
    bytes private constant INTENT_TYPE =
        "YieldIntent(address owner,address recipient,Output[] outputs,uint256 minValueOut,uint256 maxFeeIn,address allowedSolver,uint256 exclusiveUntilBlock,uint256 validAfter,bytes32 statement,bytes32 preferences)";
    bytes private constant PERMIT_STUB =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

    bytes32 private constant OUTPUT_HASH = keccak256(OUTPUT_TYPE);
    bytes32 private constant PERMISSIONS_HASH = keccak256(PERMISSIONS_TYPE);
    bytes32 private constant INTENT_HASH = keccak256(abi.encodePacked(INTENT_TYPE, OUTPUT_TYPE));
    bytes32 private constant PERMIT_HASH = keccak256(
        abi.encodePacked(PERMIT_STUB, "YieldIntent witness)", OUTPUT_TYPE, PERMISSIONS_TYPE, INTENT_TYPE)
    );
    bytes32 private constant DOMAIN_HASH =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 private constant NAME_HASH = keccak256("Permit2");

    /// @notice The rest of the permit's type, as Permit2 takes it: the structs in alphabetical order.
    function witnessType() internal pure returns (string memory) {
        return string(abi.encodePacked("YieldIntent witness)", OUTPUT_TYPE, PERMISSIONS_TYPE, INTENT_TYPE));
    }

    /// @notice The struct hash of an intent.
    function hash(YieldIntent calldata intent) internal pure returns (bytes32) {
        // Ten words of one size each; two parts, because the stack holds no more.
        bytes memory parties = abi.encode(
            INTENT_HASH, intent.owner, intent.recipient, _hash(intent.outputs), intent.minValueOut, intent.maxFeeIn
        );
        bytes memory rules = abi.encode(
            intent.allowedSolver,
            intent.exclusiveUntilBlock,
            intent.validAfter,
            intent.statement,
            intent.preferences
        );
        return keccak256(bytes.concat(parties, rules));
    }

    /// @notice The digest that the owner signs: the intent's id.
    function digest(PermitTransferFrom calldata permit, bytes32 intent, address spender)
        internal
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(abi.encode(DOMAIN_HASH, NAME_HASH, block.chainid, PERMIT2));
        bytes32 permitted = keccak256(abi.encode(PERMISSIONS_HASH, permit.permitted));
        bytes32 message =
            keccak256(abi.encode(PERMIT_HASH, permitted, spender, permit.nonce, permit.deadline, intent));
        return keccak256(abi.encodePacked("\x19\x01", domain, message));
    }

    function _hash(Output[] calldata outputs) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            hashes[i] = keccak256(abi.encode(OUTPUT_HASH, outputs[i]));
        }
        return keccak256(abi.encodePacked(hashes));
    }
}
