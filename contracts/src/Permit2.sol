// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pay} from "./base/Pay.sol";

interface IErc1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
}

/// @notice Stands for Permit2. Compatible: single signature transfers with and without witness,
/// unordered nonces, and plain (unsigned) allowances. No batches, no signed allowances.
contract Permit2 {
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

    /// @dev One slot, as in the original: amount in the low 160 bits, then expiration, then nonce.
    struct PackedAllowance {
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    error InvalidNonce();
    error SignatureExpired(uint256 signatureDeadline);
    error InvalidAmount(uint256 maxAmount);
    error InvalidSigner();
    error InvalidSignatureLength();
    error InvalidSignature();
    error InvalidContractSignature();
    error AllowanceExpired(uint256 deadline);
    error InsufficientAllowance(uint256 amount);

    event UnorderedNonceInvalidation(address indexed owner, uint256 word, uint256 mask);
    event Approval(
        address indexed owner, address indexed token, address indexed spender, uint160 amount, uint48 expiration
    );

    bytes32 private constant DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,uint256 chainId,address verifyingContract)");
    bytes32 private constant PERMISSIONS_TYPE = keccak256("TokenPermissions(address token,uint256 amount)");
    bytes32 private constant PERMIT_TYPE = keccak256(
        "PermitTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline)TokenPermissions(address token,uint256 amount)"
    );
    string private constant WITNESS_TYPE_STUB =
        "PermitWitnessTransferFrom(TokenPermissions permitted,address spender,uint256 nonce,uint256 deadline,";

    mapping(address owner => mapping(uint256 word => uint256)) public nonceBitmap;
    mapping(address owner => mapping(address token => mapping(address spender => PackedAllowance))) public allowance;

    function DOMAIN_SEPARATOR() public view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPE, keccak256("Permit2"), block.chainid, address(this)));
    }

    function permitTransferFrom(
        PermitTransferFrom memory permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes calldata signature
    ) external {
        bytes32 hash = keccak256(
            abi.encode(PERMIT_TYPE, _hash(permit.permitted), msg.sender, permit.nonce, permit.deadline)
        );
        _transferSigned(permit, details, owner, hash, signature);
    }

    function permitWitnessTransferFrom(
        PermitTransferFrom memory permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes32 witness,
        string calldata witnessTypeString,
        bytes calldata signature
    ) external {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256(abi.encodePacked(WITNESS_TYPE_STUB, witnessTypeString)),
                _hash(permit.permitted),
                msg.sender,
                permit.nonce,
                permit.deadline,
                witness
            )
        );
        _transferSigned(permit, details, owner, hash, signature);
    }

    function invalidateUnorderedNonces(uint256 word, uint256 mask) external {
        nonceBitmap[msg.sender][word] |= mask;
        emit UnorderedNonceInvalidation(msg.sender, word, mask);
    }

    /// @dev An expiration of zero means: this block only.
    function approve(address token, address spender, uint160 amount, uint48 expiration) external {
        PackedAllowance storage granted = allowance[msg.sender][token][spender];
        granted.amount = amount;
        granted.expiration = expiration == 0 ? uint48(block.timestamp) : expiration;
        emit Approval(msg.sender, token, spender, amount, expiration);
    }

    function transferFrom(address from, address to, uint160 amount, address token) external {
        PackedAllowance storage granted = allowance[from][token][msg.sender];
        if (block.timestamp > granted.expiration) revert AllowanceExpired(granted.expiration);
        uint256 left = granted.amount;
        if (left != type(uint160).max) {
            if (amount > left) revert InsufficientAllowance(left);
            granted.amount = uint160(left - amount);
        }
        Pay.pull(token, from, to, amount);
    }

    function _transferSigned(
        PermitTransferFrom memory permit,
        SignatureTransferDetails calldata details,
        address owner,
        bytes32 hash,
        bytes calldata signature
    ) private {
        if (block.timestamp > permit.deadline) revert SignatureExpired(permit.deadline);
        if (details.requestedAmount > permit.permitted.amount) revert InvalidAmount(permit.permitted.amount);
        _useNonce(owner, permit.nonce);
        _verify(signature, keccak256(abi.encodePacked("\x19\x01", DOMAIN_SEPARATOR(), hash)), owner);
        Pay.pull(permit.permitted.token, owner, details.to, details.requestedAmount);
    }

    function _hash(TokenPermissions memory permitted) private pure returns (bytes32) {
        return keccak256(abi.encode(PERMISSIONS_TYPE, permitted));
    }

    function _useNonce(address owner, uint256 nonce) private {
        uint256 bit = 1 << (nonce & 0xff);
        uint256 used = nonceBitmap[owner][nonce >> 8];
        if (used & bit != 0) revert InvalidNonce();
        nonceBitmap[owner][nonce >> 8] = used | bit;
    }

    /// @dev 65 bytes (r, s, v), 64 bytes (EIP-2098: r, parity and s), or whatever a contract accepts.
    function _verify(bytes calldata signature, bytes32 hash, address owner) private view {
        if (owner.code.length != 0) {
            bytes4 answer = IErc1271(owner).isValidSignature(hash, signature);
            if (answer != IErc1271.isValidSignature.selector) revert InvalidContractSignature();
            return;
        }
        if (signature.length != 64 && signature.length != 65) revert InvalidSignatureLength();
        (bytes32 r, bytes32 s) = abi.decode(signature, (bytes32, bytes32));
        uint8 v;
        if (signature.length == 65) {
            v = uint8(signature[64]);
        } else {
            v = uint8(uint256(s) >> 255) + 27;
            s = (s << 1) >> 1;
        }
        address signer = ecrecover(hash, v, r, s);
        if (signer == address(0)) revert InvalidSignature();
        if (signer != owner) revert InvalidSigner();
    }
}
