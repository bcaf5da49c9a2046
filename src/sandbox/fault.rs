//! How a builder misbehaves, on purpose.

use std::{fmt, str::FromStr};

use tenor_simulations::nearest::nearest;

macro_rules! faults {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),+ $(,)?) => {
        /// What a builder does wrong: one of those that real ones were seen to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault {
            $($(#[$doc])* $variant),+
        }

        impl Fault {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }
        }
    };
}

faults! {
    /// The answer comes only after the next block.
    Late = "late",
    /// What was accepted is answered with nothing.
    Null = "null",
    /// What was accepted is answered with the number 200.
    TwoHundred = "200",
    /// What was accepted is answered with a hash that stands alone.
    BareString = "bare-string",
    /// What is accepted is never looked at.
    Ignores = "accept-then-ignore",
    /// A cancellation is confirmed, and what it cancels lands.
    LandsAfterCancel = "lands-after-cancel",
    /// What was in a block, or missed it, is tried again in the one after.
    Duplicate = "duplicate",
    /// What came since the last block is taken in from the last to the first.
    OutOfOrder = "out-of-order",
    /// The transactions of bundles are shown to everybody, one by one.
    Leak = "leak",
    /// Nobody answers.
    Down = "down",
}

/// A name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no fault {name:?}; did you mean {}? There are {}", nearest.name(), all())]
pub struct UnknownFault {
    name: String,
    nearest: Fault,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let named = |name: &str| Self::ALL.iter().copied().find(|fault| fault.name() == name);
        named(text).ok_or_else(|| {
            let near = nearest(text, Self::ALL.iter().map(|fault| fault.name()));
            let nearest = near.and_then(named).unwrap_or(Self::Late);
            UnknownFault { name: text.to_owned(), nearest }
        })
    }
}

fn all() -> String {
    Fault::ALL.iter().map(|fault| fault.name()).collect::<Vec<_>>().join(", ")
}
