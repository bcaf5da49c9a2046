//! Tightly packed bytes, read from the front.

use alloy_primitives::{Address, U256};

use super::extension::ExtensionError;

/// What is left to read, and of what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(rest: &'a [u8], what: &'static str) -> Self {
        Self { rest, what }
    }

    pub(super) fn bytes<const N: usize>(&mut self) -> Result<[u8; N], ExtensionError> {
        let (taken, rest) =
            self.rest.split_first_chunk().ok_or(ExtensionError::Short { what: self.what })?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(super) fn u8(&mut self) -> Result<u8, ExtensionError> {
        self.bytes().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Result<u16, ExtensionError> {
        self.bytes().map(u16::from_be_bytes)
    }

    pub(super) fn u24(&mut self) -> Result<u32, ExtensionError> {
        self.bytes().map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, ExtensionError> {
        self.bytes().map(u32::from_be_bytes)
    }

    pub(super) fn u256(&mut self) -> Result<U256, ExtensionError> {
        self.bytes::<32>().map(U256::from_be_bytes)
    }

    pub(super) fn address(&mut self) -> Result<Address, ExtensionError> {
        self.bytes::<20>().map(Address::from)
    }

    /// What is left.
    pub(super) const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}
