//! Why a sentence was refused: which word, what is wrong with it, what could stand there.

use std::{fmt, ops::Range};

/// Columns that an error's picture of the sentence may take.
const COLUMNS: usize = 80;

/// Characters of a word, or of a name from the market, that a message repeats.
const SHOWN: usize = 24;

/// Why a sentence was refused. Displays as one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentenceError {
    /// The bytes of the sentence it is about; empty at its end when something is missing.
    pub at: Range<usize>,
    /// Which word that is, counted from one; `None` when it is the sentence as a whole.
    pub number: Option<usize>,
    /// The word, shortened and escaped; the last one when something is missing after it.
    pub word: String,
    /// What is wrong.
    pub kind: SentenceErrorKind,
    /// What could stand there.
    pub expected: String,
}

/// What is wrong with a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SentenceErrorKind {
    /// Nothing but whitespace.
    #[error("there is none")]
    Empty,
    /// Longer than any intent needs to be.
    #[error("{bytes} bytes are too many")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// A control character.
    #[error("has the control character U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character outside ASCII, which may look like another.
    #[error("has the character U+{:04X}, which is not ASCII", u32::from(*.0))]
    NotAscii(char),
    /// Something must follow.
    #[error("the sentence ends")]
    Ended,
    /// A word that cannot stand here; what could is all there is to say.
    #[error("not understood")]
    Unexpected,
    /// Not a plain decimal number.
    #[error("not a number")]
    NotANumber,
    /// Below zero.
    #[error("negative")]
    Negative,
    /// Zero where something is needed.
    #[error("{what} is zero")]
    Zero {
        /// What is zero.
        what: &'static str,
    },
    /// Scientific notation.
    #[error("scientific notation is not read")]
    Scientific,
    /// A number shortened by a letter.
    #[error("{0:?} may mean several things after a number")]
    Shorthand(char),
    /// Separators elsewhere than between groups of three digits.
    #[error("separators must stand between groups of three digits, and a point before decimals")]
    Grouping,
    /// More decimals than the thing counted has.
    #[error("{given} decimals, and {what} has {most}")]
    TooFine {
        /// Decimals typed.
        given: usize,
        /// What is counted.
        what: String,
        /// Decimals it has.
        most: u8,
    },
    /// Above what can be handled.
    #[error("too large")]
    TooLarge,
    /// Outside the range of a limit.
    #[error("{what} is out of range")]
    OutOfRange {
        /// The limit.
        what: &'static str,
    },
    /// A duration that is not an integer number of seconds.
    #[error("not a whole number of seconds")]
    NotWholeSeconds,
    /// A time that cannot be read.
    #[error("not a time")]
    NotATime,
    /// A deadline that has passed.
    #[error("the deadline is not after the market's time, unix {now}")]
    Past {
        /// The market's timestamp.
        now: u64,
    },
    /// No token of the market has this symbol or address.
    #[error("the market has no such token")]
    UnknownToken,
    /// Several tokens answer to this symbol.
    #[error("several tokens have this symbol: {tokens}")]
    AmbiguousToken {
        /// Their symbols and addresses.
        tokens: String,
    },
    /// Neither a symbol nor an address.
    #[error("not an address")]
    NotAnAddress,
    /// A mixed-case address whose case is not its checksum.
    #[error("the address does not match its EIP-55 checksum")]
    BadChecksum,
    /// No protocol of this name.
    #[error("the market has no such protocol")]
    UnknownProtocol,
    /// A clause that has stood before.
    #[error("{clause:?} stands twice")]
    Repeated {
        /// What the clause begins with.
        clause: &'static str,
    },
    /// A protocol named twice in one list.
    #[error("named twice")]
    NamedTwice,
    /// A protocol both avoided and asked for.
    #[error("both avoided and the only one allowed")]
    AvoidedAndOnly,
    /// Given and wanted are one token.
    #[error("that is the token given")]
    SameToken,
    /// An exit into something that is not ETH.
    #[error("an exit ends in ETH")]
    NotEth,
}

impl SentenceError {
    /// The part of `sentence` around the word, with carets under the word: two lines of at most 80
    /// columns. Whatever could upset a terminal is shown as `?`.
    pub fn pointer(&self, sentence: &str) -> String {
        let start = sentence.floor_char_boundary(self.at.start);
        let (from, room) = if sentence.len() < COLUMNS {
            (0, COLUMNS)
        } else {
            let from = start.saturating_sub(COLUMNS / 2);
            (sentence.floor_char_boundary(from), COLUMNS - 2 * "...".len())
        };
        let lead = if from > 0 { "..." } else { "" };
        let mut rest = sentence[from..].chars();
        let shown: String = rest.by_ref().take(room).map(plain).collect();
        let tail = if rest.next().is_some() { "..." } else { "" };

        let column = sentence[from..start].chars().count();
        let end = sentence.floor_char_boundary(self.at.end).max(start);
        let carets = sentence[start..end].chars().take(room - column).count().max(1);
        let indent = " ".repeat(lead.len() + column);
        format!("{lead}{shown}{tail}\n{indent}{}", "^".repeat(carets))
    }
}

impl std::error::Error for SentenceError {}

impl fmt::Display for SentenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.number, &self.kind) {
            (None, _) => write!(f, "sentence: ")?,
            (Some(n), SentenceErrorKind::Ended) => write!(f, "after word {n} \"{}\": ", self.word)?,
            (Some(n), _) => write!(f, "word {n} \"{}\": ", self.word)?,
        }
        if self.kind != SentenceErrorKind::Unexpected {
            write!(f, "{}; ", self.kind)?;
        }
        write!(f, "expected {}", self.expected)
    }
}

/// Text that somebody else wrote, in ASCII and short enough for a message.
pub(super) fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(SHOWN).flat_map(char::escape_default).collect();
    if chars.next().is_some() {
        short.push_str("...");
    }
    short
}

/// One column for one character.
const fn plain(c: char) -> char {
    match c {
        ' '..='~' => c,
        '\t' | '\n' | '\r' => ' ',
        _ => '?',
    }
}
