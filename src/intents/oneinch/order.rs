//! What a maker signs, and the functions of the router that take it.
//!
//! The router declares addresses as words of 256 bits (`AddressLib`), so its selectors are of words while
//! the signed type is of addresses. The two hash alike as long as the words' upper bits are zero, and here
//! they always are.

#![allow(missing_docs, reason = "the generated code's; the fields are the protocol's")]
#![allow(clippy::too_many_arguments, reason = "the router's functions have as many")]

use alloy_primitives::{Address, B256, U256, address};
use alloy_sol_types::{Eip712Domain, SolStruct as _, sol};

/// Aggregation router version 6, with the limit order protocol in it: at the same address on every chain
/// but zkSync.
pub const ROUTER: Address = address!("111111125421ca6dc452d289314280a0f8842a65");

sol! {
    /// A maker's order.
    #[derive(Debug, PartialEq, Eq)]
    struct Order {
        uint256 salt;
        address maker;
        address receiver;
        address makerAsset;
        address takerAsset;
        uint256 makingAmount;
        uint256 takingAmount;
        uint256 makerTraits;
    }

    /// The same, as the router's functions have it.
    #[derive(Debug, PartialEq, Eq)]
    struct OrderWords {
        uint256 salt;
        uint256 maker;
        uint256 receiver;
        uint256 makerAsset;
        uint256 takerAsset;
        uint256 makingAmount;
        uint256 takingAmount;
        uint256 makerTraits;
    }

    function fillOrder(OrderWords order, bytes32 r, bytes32 vs, uint256 amount, uint256 takerTraits)
        external payable returns (uint256 makingAmount, uint256 takingAmount, bytes32 orderHash);
    function fillOrderArgs(
        OrderWords order, bytes32 r, bytes32 vs, uint256 amount, uint256 takerTraits, bytes args
    ) external payable returns (uint256 makingAmount, uint256 takingAmount, bytes32 orderHash);
    function fillContractOrder(OrderWords order, bytes signature, uint256 amount, uint256 takerTraits)
        external returns (uint256 makingAmount, uint256 takingAmount, bytes32 orderHash);
    function fillContractOrderArgs(
        OrderWords order, bytes signature, uint256 amount, uint256 takerTraits, bytes args
    ) external returns (uint256 makingAmount, uint256 takingAmount, bytes32 orderHash);

    function hashOrder(OrderWords order) external view returns (bytes32);
    function rawRemainingInvalidatorForOrder(address maker, bytes32 orderHash)
        external view returns (uint256);
    function bitInvalidatorForOrder(address maker, uint256 slot) external view returns (uint256);
    function epochEquals(address maker, uint256 series, uint256 makerEpoch)
        external view returns (bool);
    function epoch(address maker, uint96 series) external view returns (uint256);
    function or(uint256 offsets, bytes data) external view returns (bool);
    function and(uint256 offsets, bytes data) external view returns (bool);
    function not(bytes data) external view returns (bool);
    function eq(uint256 value, bytes data) external view returns (bool);
    function lt(uint256 value, bytes data) external view returns (bool);
    function gt(uint256 value, bytes data) external view returns (bool);
    function arbitraryStaticCall(address target, bytes data) external view returns (uint256);
    function checkPredicate(bytes predicate) external view returns (bool);
}

/// The domain that orders of a chain are signed in.
pub fn domain(chain: u64) -> Eip712Domain {
    let (name, version) = (Some("1inch Aggregation Router".into()), Some("6".into()));
    Eip712Domain::new(name, version, Some(U256::from(chain)), Some(ROUTER), None)
}

impl Order {
    /// The order's name and what its maker signs.
    pub fn hash(&self, chain: u64) -> B256 {
        self.eip712_signing_hash(&domain(chain))
    }

    /// As the router takes it.
    pub fn words(&self) -> OrderWords {
        let word = |address: Address| U256::from_be_bytes(address.into_word().0);
        OrderWords {
            salt: self.salt,
            maker: word(self.maker),
            receiver: word(self.receiver),
            makerAsset: word(self.makerAsset),
            takerAsset: word(self.takerAsset),
            makingAmount: self.makingAmount,
            takingAmount: self.takingAmount,
            makerTraits: self.makerTraits,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolCall as _;

    use super::*;

    /// The selectors of the router's published interface.
    #[test]
    fn selectors_are_the_routers() {
        assert_eq!(fillOrderCall::SELECTOR, [0x9f, 0xda, 0x64, 0xbd]);
        assert_eq!(fillOrderArgsCall::SELECTOR, [0xf4, 0x97, 0xdf, 0x75]);
        assert_eq!(fillContractOrderCall::SELECTOR, [0xcc, 0x71, 0x3a, 0x04]);
        assert_eq!(fillContractOrderArgsCall::SELECTOR, [0x56, 0xa7, 0x58, 0x68]);
    }
}
