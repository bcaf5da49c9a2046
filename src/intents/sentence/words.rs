//! A sentence as words that know where they stand.

use std::ops::Range;

use super::error::{SentenceError, SentenceErrorKind as Kind, shorten};

/// No intent needs more; refused before anything is read.
const MAX_BYTES: usize = 1_000;

/// A word, or a part of one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    start: usize,
    number: usize,
}

impl<'a> Word<'a> {
    /// Whether this is `keyword`, in any case.
    pub(super) const fn is(&self, keyword: &str) -> bool {
        self.text.eq_ignore_ascii_case(keyword)
    }

    /// Whether this is one of `keywords`, in any case.
    pub(super) fn is_any(&self, keywords: &[&str]) -> bool {
        keywords.iter().any(|k| self.is(k))
    }

    /// The part in `range`, a range of this word's bytes.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        let start = self.start + range.start;
        Self { text: &self.text[range], start, number: self.number }
    }

    /// The parts between separators, without those that are empty.
    pub(super) fn split(self, separator: char) -> impl Iterator<Item = Self> {
        let mut start = 0;
        self.text.split(separator).filter_map(move |piece| {
            let part = self.part(start..start + piece.len());
            start += piece.len() + separator.len_utf8();
            (!piece.is_empty()).then_some(part)
        })
    }

    /// Refuses the sentence because of this word.
    pub(super) fn error(&self, kind: Kind, expected: impl Into<String>) -> SentenceError {
        SentenceError {
            at: self.start..self.start + self.text.len(),
            number: Some(self.number),
            word: shorten(self.text),
            kind,
            expected: expected.into(),
        }
    }

    fn check(&self) -> Result<(), SentenceError> {
        if let Some(c) = self.text.chars().find(|c| c.is_control()) {
            return Err(self.error(Kind::Control(c), "letters, digits and punctuation"));
        }
        if let Some(c) = self.text.chars().find(|c| !c.is_ascii()) {
            let expected = "ASCII letters, digits and punctuation, such as \"<=\" for at most";
            return Err(self.error(Kind::NotAscii(c), expected));
        }
        Ok(())
    }
}

/// The words of a sentence, read from left to right.
#[derive(Debug)]
pub(super) struct Words<'a> {
    words: Vec<Word<'a>>,
    next: usize,
}

impl<'a> Words<'a> {
    /// Splits a sentence at ASCII whitespace. `example` is shown when there is nothing to split.
    pub(super) fn split(sentence: &'a str, example: &str) -> Result<Self, SentenceError> {
        let whole = |kind, expected| {
            let at = 0..sentence.len();
            SentenceError { at, number: None, word: String::new(), kind, expected }
        };
        let bytes = sentence.len();
        if bytes > MAX_BYTES {
            let error = whole(Kind::TooLong { bytes }, "at most 1,000 bytes".to_owned());
            return Err(SentenceError { at: MAX_BYTES..bytes, word: shorten(sentence), ..error });
        }
        let mut words: Vec<Word<'a>> = Vec::new();
        let mut start = 0;
        for text in sentence.split(|c: char| c.is_ascii_whitespace()) {
            if !text.is_empty() {
                let word = Word { text, start, number: words.len() + 1 };
                word.check()?;
                words.push(word);
            }
            start += text.len() + 1;
        }
        if words.is_empty() {
            return Err(whole(Kind::Empty, format!("one such as: {example}")));
        }
        Ok(Self { words, next: 0 })
    }

    /// The next word, left where it is.
    pub(super) fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.next).copied()
    }

    /// The next word.
    pub(super) fn take(&mut self, expected: &str) -> Result<Word<'a>, SentenceError> {
        let word = self.peek().ok_or_else(|| self.ended(expected))?;
        self.next += 1;
        Ok(word)
    }

    /// The next word when it is `keyword`.
    pub(super) fn eat(&mut self, keyword: &str) -> Option<Word<'a>> {
        let word = self.peek().filter(|word| word.is(keyword))?;
        self.next += 1;
        Some(word)
    }

    /// The next word, which must be one of `keywords`.
    pub(super) fn keyword(
        &mut self,
        keywords: &[&str],
        expected: &str,
    ) -> Result<Word<'a>, SentenceError> {
        let word = self.take(expected)?;
        if word.is_any(keywords) { Ok(word) } else { Err(word.error(Kind::Unexpected, expected)) }
    }

    /// The value of a limit, after an optional `<=` that may touch it.
    pub(super) fn limit(&mut self, expected: &str) -> Result<Word<'a>, SentenceError> {
        let word = self.take(expected)?;
        match word.text.strip_prefix("<=") {
            Some("") => self.take(expected),
            Some(rest) => Ok(word.part(word.text.len() - rest.len()..word.text.len())),
            None => Ok(word),
        }
    }

    fn ended(&self, expected: &str) -> SentenceError {
        // There is a last word: a sentence without any is refused when it is split.
        let last = self.words.last().copied().unwrap_or(Word { text: "", start: 0, number: 0 });
        let end = last.start + last.text.len();
        SentenceError { at: end..end, ..last.error(Kind::Ended, expected) }
    }
}
