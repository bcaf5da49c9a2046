//! Why a contract reverted, as far as it says.

use std::fmt;

use alloy_primitives::{Bytes, Selector, U256};
use alloy_sol_types::{Panic, Revert, SolError};

/// The longest message that is kept.
const MOST_CHARS: usize = 160;

/// The reason that comes with a revert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// `Error(string)`, cut to 160 characters and to one line.
    Message(String),
    /// `Panic(uint256)`: a failed check of the compiler, such as 0x11 for an overflow.
    Panic(U256),
    /// An error of the contract's own, by its selector.
    Custom(Selector),
    /// Nothing.
    Unsaid,
}

impl Reason {
    /// What a revert's data say.
    pub fn of(output: &Bytes) -> Self {
        if let Ok(Revert { reason }) = Revert::abi_decode(output) {
            let line = reason.chars().map(|c| if c.is_control() { ' ' } else { c });
            return Self::Message(line.take(MOST_CHARS).collect());
        }
        if let Ok(Panic { code }) = Panic::abi_decode(output) {
            return Self::Panic(code);
        }
        output.first_chunk().map_or(Self::Unsaid, |selector| Self::Custom(selector.into()))
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(message) => f.write_str(message),
            Self::Panic(code) => write!(f, "panic {code:#x}"),
            Self::Custom(selector) => write!(f, "error {selector}"),
            Self::Unsaid => f.write_str("no reason given"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{hex, uint};

    use super::*;

    #[test]
    fn reasons_are_decoded() {
        let message = Revert { reason: "UniswapV2: K\n".into() }.abi_encode().into();
        assert_eq!(Reason::of(&message), Reason::Message("UniswapV2: K ".into()));
        let panic = Panic { code: uint!(17_U256) }.abi_encode().into();
        assert_eq!(Reason::of(&panic).to_string(), "panic 0x11");
        let custom = hex!("756688fe").into();
        assert_eq!(Reason::of(&custom).to_string(), "error 0x756688fe");
        assert_eq!(Reason::of(&Bytes::new()), Reason::Unsaid);
    }
}
