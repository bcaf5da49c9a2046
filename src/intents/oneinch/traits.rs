//! The two words of flags: what a maker allows (`MakerTraitsLib`) and what a taker asks for
//! (`TakerTraitsLib`).

use alloy_primitives::{Address, FixedBytes, U256};

/// The last ten bytes of an account: all that orders keep of whom they name.
pub type Half = FixedBytes<10>;

/// The last ten bytes of an account.
pub fn half(account: Address) -> Half {
    Half::from_slice(&account[10..])
}

/// What a maker allows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MakerTraits {
    /// All or nothing.
    pub no_partial_fills: bool,
    /// It may be filled again after a part.
    pub multiple_fills: bool,
    /// A contract of the maker's is called before anything moves.
    pub pre_interaction: bool,
    /// A contract of the maker's is called at the end.
    pub post_interaction: bool,
    /// Valid only in the maker's epoch.
    pub checks_epoch: bool,
    /// The salt's low 160 bits are an extension's hash.
    pub has_extension: bool,
    /// The maker's asset is taken through Permit2.
    pub permit2: bool,
    /// The maker wants ether for the wrapped ether that is paid.
    pub unwraps: bool,
    /// The only account that may fill it; zero: anyone.
    pub allowed_sender: Half,
    /// The last unix second in which it can be filled; zero: always. 40 bits.
    pub expiration: u64,
    /// A bit to be used up, or the epoch. 40 bits.
    pub nonce_or_epoch: u64,
    /// What the epoch is of. 40 bits.
    pub series: u64,
    /// Bits that the protocol gives no meaning; it signs them and looks at none.
    pub unnamed: U256,
}

const NO_PARTIAL_FILLS: usize = 255;
const MULTIPLE_FILLS: usize = 254;
const PRE_INTERACTION: usize = 252;
const POST_INTERACTION: usize = 251;
const CHECKS_EPOCH: usize = 250;
const HAS_EXTENSION: usize = 249;
const PERMIT2: usize = 248;
const UNWRAPS: usize = 247;

/// Bits 200 to 246, and 253.
fn unnamed() -> U256 {
    let low = (U256::ONE << 247_usize) - (U256::ONE << 200_usize);
    low | (U256::ONE << 253_usize)
}

/// 40 bits from `at` on.
fn field(word: U256, at: usize) -> u64 {
    (word >> at).as_limbs()[0] & 0xff_ffff_ffff
}

impl From<U256> for MakerTraits {
    fn from(word: U256) -> Self {
        let bytes = word.to_be_bytes::<32>();
        Self {
            no_partial_fills: word.bit(NO_PARTIAL_FILLS),
            multiple_fills: word.bit(MULTIPLE_FILLS),
            pre_interaction: word.bit(PRE_INTERACTION),
            post_interaction: word.bit(POST_INTERACTION),
            checks_epoch: word.bit(CHECKS_EPOCH),
            has_extension: word.bit(HAS_EXTENSION),
            permit2: word.bit(PERMIT2),
            unwraps: word.bit(UNWRAPS),
            allowed_sender: Half::from_slice(&bytes[22..]),
            expiration: field(word, 80),
            nonce_or_epoch: field(word, 120),
            series: field(word, 160),
            unnamed: word & unnamed(),
        }
    }
}

impl MakerTraits {
    /// The word.
    pub fn word(&self) -> U256 {
        let flags = [
            (self.no_partial_fills, NO_PARTIAL_FILLS),
            (self.multiple_fills, MULTIPLE_FILLS),
            (self.pre_interaction, PRE_INTERACTION),
            (self.post_interaction, POST_INTERACTION),
            (self.checks_epoch, CHECKS_EPOCH),
            (self.has_extension, HAS_EXTENSION),
            (self.permit2, PERMIT2),
            (self.unwraps, UNWRAPS),
        ];
        let set = flags.iter().filter(|(set, _)| *set);
        let flags = set.fold(self.unnamed & unnamed(), |word, (_, at)| word | (U256::ONE << *at));
        let put = |value: u64, at: usize| U256::from(value & 0xff_ffff_ffff) << at;
        flags
            | U256::from_be_slice(self.allowed_sender.as_slice())
            | put(self.expiration, 80)
            | put(self.nonce_or_epoch, 120)
            | put(self.series, 160)
    }

    /// Whether a fill uses up a bit of the maker's, so that there is only one; what is left of others is
    /// counted.
    pub const fn uses_bit(&self) -> bool {
        self.no_partial_fills || !self.multiple_fills
    }

    /// Whether an account may fill it.
    pub fn allows(&self, sender: Address) -> bool {
        self.allowed_sender.is_zero() || self.allowed_sender == half(sender)
    }

    /// Whether it can no longer be filled in a block of this second.
    pub const fn expired(&self, now: u64) -> bool {
        self.expiration != 0 && self.expiration < now
    }
}

/// What a taker asks for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakerTraits {
    /// The amount is of what the maker gives; otherwise of what the maker gets.
    pub making: bool,
    /// Ether is wanted for the wrapped ether that the maker gives.
    pub unwraps: bool,
    /// The maker's permit in the extension is not used.
    pub skips_permit: bool,
    /// What the maker gets is taken through Permit2.
    pub permit2: bool,
    /// The arguments begin with the account that the maker's asset goes to.
    pub has_target: bool,
    /// Bytes of the extension in the arguments. 24 bits.
    pub extension: u32,
    /// Bytes of the taker's interaction in the arguments. 24 bits.
    pub interaction: u32,
    /// The most that is paid, or the least that is got; zero: any. 185 bits.
    pub threshold: U256,
}

/// The most that a threshold can say.
pub fn most_threshold() -> U256 {
    (U256::ONE << 185_usize) - U256::ONE
}

impl From<U256> for TakerTraits {
    fn from(word: U256) -> Self {
        let length = |at: usize| u32::try_from(field(word, at) & 0xff_ffff).unwrap_or_default();
        Self {
            making: word.bit(255),
            unwraps: word.bit(254),
            skips_permit: word.bit(253),
            permit2: word.bit(252),
            has_target: word.bit(251),
            extension: length(224),
            interaction: length(200),
            threshold: word & most_threshold(),
        }
    }
}

impl TakerTraits {
    /// The word; `None` where a length or the threshold does not fit.
    pub fn word(&self) -> Option<U256> {
        let fits = self.extension.max(self.interaction) <= 0xff_ffff;
        if !fits || self.threshold > most_threshold() {
            return None;
        }
        let flags = [self.making, self.unwraps, self.skips_permit, self.permit2, self.has_target];
        let put = |word: U256, (n, set): (usize, bool)| word | (U256::from(set) << (255 - n));
        let word = flags.into_iter().enumerate().fold(self.threshold, put);
        let lengths = (U256::from(self.extension) << 224) | (U256::from(self.interaction) << 200);
        Some(word | lengths)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Every word is its fields, and nothing else.
        #[test]
        fn words_and_fields_are_the_same(bytes in any::<[u8; 32]>()) {
            let word = U256::from_be_bytes(bytes);
            prop_assert_eq!(MakerTraits::from(word).word(), word);
            let taker = TakerTraits::from(word);
            prop_assert_eq!(TakerTraits::from(taker.word().unwrap()), taker);
        }
    }
}
