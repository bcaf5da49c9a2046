//! What a token says of itself.

use alloy_primitives::{Address, B256, Bytes};
use alloy_sol_types::{SolCall as _, sol};

use super::{Chain, Unread};
use crate::market::TokenInfo;

sol! {
    function symbol() external view returns (string);
    function decimals() external view returns (uint256);
}

/// Longer symbols are no symbols: whoever made the token chose the text.
const LONGEST_SYMBOL: usize = 32;

/// More decimals than any token has.
const MOST_DECIMALS: u8 = 36;

/// A token's `symbol()`, a `string` or, as early tokens have it, a `bytes32`, and its `decimals()`.
pub fn describe(token: Address, chain: &Chain<'_>) -> Result<TokenInfo, Unread> {
    let symbol = chain.fixed_bytes(token, &symbolCall {});
    let decimals = chain.fixed(token, &decimalsCall {});
    let symbol = symbol?.and_then(|told| readable(&told));
    let symbol = symbol.ok_or_else(|| {
        Unread::Refused("it tells no symbol of 1 to 32 printable characters".to_owned())
    })?;
    let decimals = u8::try_from(decimals?).ok().filter(|decimals| *decimals <= MOST_DECIMALS);
    let decimals = decimals
        .ok_or_else(|| Unread::Refused(format!("it tells more than {MOST_DECIMALS} decimals")))?;
    Ok(TokenInfo { address: token, symbol, decimals })
}

fn readable(told: &Bytes) -> Option<String> {
    let text = match <[u8; 32]>::try_from(told.as_ref()) {
        Ok(word) => {
            let word = B256::from(word);
            let end = word.iter().rposition(|byte| *byte != 0)?;
            String::from_utf8(word[..=end].to_vec()).ok()?
        }
        Err(_) => symbolCall::abi_decode_returns(told).ok()?,
    };
    let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
    (printable && (1..=LONGEST_SYMBOL).contains(&text.len())).then_some(text)
}

#[cfg(test)]
mod tests {
    use alloy_sol_types::SolValue as _;

    use super::*;

    #[test]
    fn a_symbol_is_a_string_or_a_word() {
        let read = |bytes: Vec<u8>| readable(&bytes.into());
        assert_eq!(read(symbolCall::abi_encode_returns(&"weETH".to_owned())), Some("weETH".into()));
        let mut word = [0; 32];
        word[..3].copy_from_slice(b"MKR");
        assert_eq!(read(word.abi_encode()), Some("MKR".into()));
        assert_eq!(read(vec![0; 32]), None);
        assert_eq!(read(symbolCall::abi_encode_returns(&"a\nb".to_owned())), None);
        assert_eq!(read(symbolCall::abi_encode_returns(&"x".repeat(33))), None);
        assert_eq!(read(vec![1; 40]), None);
    }
}
