//! Reads the fields of TOML tables, each with its line: what is not asked for is an error.

use std::{borrow::Cow, cell::RefCell};

use alloy_primitives::{U256, uint};
use tenor_solver::stress::Part;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::error::{ScenarioError, ScenarioErrorKind as Kind};

/// The largest file read.
const MOST_BYTES: usize = 1 << 20;

/// The longest time: a century.
const MOST_DAYS: u64 = 36_525;

/// A file and its text, for lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) file: &'t str,
    pub(super) text: &'t str,
}

/// One table's fields.
#[derive(Debug)]
pub(super) struct Fields<'t> {
    source: Source<'t>,
    /// Where it is, such as `shock[2]`; empty for the file.
    at: String,
    /// Where it begins.
    begins: usize,
    table: &'t DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'t> Source<'t> {
    /// Text of a sensible size.
    pub(super) fn of(file: &'t str, bytes: &'t [u8]) -> Result<Self, ScenarioError> {
        let refused = |what| ScenarioError {
            file: file.to_owned(),
            line: None,
            key: String::new(),
            kind: Box::new(Kind::Unreadable(what)),
        };
        if bytes.len() > MOST_BYTES {
            return Err(refused("more than a MiB is too much"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| refused("not UTF-8 text"))?;
        Ok(Self { file, text })
    }

    pub(super) fn table(self) -> Result<Spanned<DeTable<'t>>, ScenarioError> {
        DeTable::parse(self.text).map_err(|error| {
            let at = error.span().map(|span| span.start);
            let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            let key = at.map_or_else(String::new, |at| self.key_at(at));
            ScenarioError {
                line: at.map(|at| self.line(at)),
                ..self.error(key, Kind::Syntax(what))
            }
        })
    }

    fn error(self, key: String, kind: Kind) -> ScenarioError {
        ScenarioError { file: self.file.to_owned(), line: None, key, kind: Box::new(kind) }
    }

    fn line(self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count()
    }

    /// What stands before the equals sign of the line.
    fn key_at(self, at: usize) -> String {
        let line = self.text.lines().nth(self.line(at).saturating_sub(1)).unwrap_or_default();
        let key = line.split_once('=').map_or("", |(key, _)| key.trim());
        key.chars().filter(|c| !c.is_control()).take(64).collect()
    }
}

impl<'t> Fields<'t> {
    pub(super) fn of(source: Source<'t>, at: String, table: &'t Spanned<DeTable<'t>>) -> Self {
        Self::at(source, at, table.span().start, table.get_ref())
    }

    const fn at(source: Source<'t>, at: String, begins: usize, table: &'t DeTable<'t>) -> Self {
        Self { source, at, begins, table, asked: RefCell::new(Vec::new()) }
    }

    /// Checks the file's own `schema`.
    pub(super) fn schema(&self, supported: &'static str) -> Result<(), ScenarioError> {
        let found = self.text("schema", "the file's schema")?;
        if found == supported {
            return Ok(());
        }
        Err(self.wrong("schema", Kind::Schema { found: found.to_owned(), supported }))
    }

    fn path(&self, name: &str) -> String {
        if self.at.is_empty() { name.to_owned() } else { format!("{}.{name}", self.at) }
    }

    fn find(&self, name: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(name);
        self.table.iter().find(|(key, _)| key.get_ref() == name).map(|(_, value)| value)
    }

    /// An error about a field, or about the table where the field is not there.
    pub(super) fn wrong(&self, name: &str, kind: Kind) -> ScenarioError {
        let key = self.table.iter().find(|(key, _)| key.get_ref() == name);
        let at = key.map_or(self.begins, |(_, value)| value.span().start);
        let line = Some(self.source.line(at));
        ScenarioError { line, ..self.source.error(self.path(name), kind) }
    }

    fn must<T>(
        &self,
        name: &'static str,
        what: &'static str,
        found: Option<T>,
    ) -> Result<T, ScenarioError> {
        found.ok_or_else(|| self.wrong(name, Kind::Missing(what)))
    }

    fn other(&self, name: &str, value: &DeValue<'_>, expected: &'static str) -> ScenarioError {
        let found = format!("a {}", value.type_str());
        self.wrong(name, Kind::Type { found, expected })
    }

    pub(super) fn maybe_text(&self, name: &'static str) -> Result<Option<&'t str>, ScenarioError> {
        let Some(value) = self.find(name) else { return Ok(None) };
        match value.get_ref() {
            DeValue::String(Cow::Borrowed(text)) => Ok(Some(text)),
            DeValue::String(Cow::Owned(text)) => Ok(Some(text.as_str())),
            other => Err(self.other(name, other, "text in quotes")),
        }
    }

    /// Text that must be there; `what` says for what.
    pub(super) fn text(
        &self,
        name: &'static str,
        what: &'static str,
    ) -> Result<&'t str, ScenarioError> {
        let text = self.must(name, what, self.maybe_text(name)?)?;
        if text.trim().is_empty() {
            return Err(self.wrong(name, Kind::Missing(what)));
        }
        Ok(text)
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<bool, ScenarioError> {
        match self.find(name).map(Spanned::get_ref) {
            None => Ok(false),
            Some(DeValue::Boolean(flag)) => Ok(*flag),
            Some(other) => Err(self.other(name, other, "true or false")),
        }
    }

    /// Lines of text; none where the field is not there.
    pub(super) fn lines(&self, name: &'static str) -> Result<Vec<String>, ScenarioError> {
        const EXPECTED: &str = "a list of texts";
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let DeValue::Array(all) = value.get_ref() else {
            return Err(self.other(name, value.get_ref(), EXPECTED));
        };
        let text = |line: &Spanned<DeValue<'_>>| {
            let text = line.get_ref().as_str().map(str::to_owned);
            text.ok_or_else(|| self.other(name, line.get_ref(), EXPECTED))
        };
        all.iter().map(text).collect()
    }

    /// The tables of an array of tables; none where there is none.
    pub(super) fn tables(&self, name: &'static str) -> Result<Vec<Self>, ScenarioError> {
        const EXPECTED: &str = "a list of tables";
        let Some(value) = self.find(name) else { return Ok(Vec::new()) };
        let DeValue::Array(all) = value.get_ref() else {
            return Err(self.other(name, value.get_ref(), EXPECTED));
        };
        let table = |(at, row): (usize, &'t Spanned<DeValue<'t>>)| match row.get_ref() {
            DeValue::Table(table) => {
                let path = self.path(&format!("{name}[{at}]"));
                Ok(Fields::at(self.source, path, row.span().start, table))
            }
            other => Err(self.other(name, other, EXPECTED)),
        };
        all.iter().enumerate().map(table).collect()
    }

    /// A plain decimal number, exactly, in units of `10^-decimals`.
    pub(super) fn maybe_number(
        &self,
        name: &'static str,
        decimals: usize,
    ) -> Result<Option<U256>, ScenarioError> {
        const EXPECTED: &str = "a number such as 0.05, or the same in quotes";
        let Some(value) = self.find(name) else { return Ok(None) };
        let text = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::String(text) => text.as_ref(),
            other => return Err(self.other(name, other, EXPECTED)),
        };
        if text.starts_with('-') {
            return Err(self.wrong(name, Kind::Negative(text.to_owned())));
        }
        let found = scaled(text.strip_prefix('+').unwrap_or(text), decimals);
        let range = || Kind::Range {
            found: text.chars().take(64).collect(),
            expected: "a plain decimal number without exponent, of no more places than fit",
        };
        found.map(Some).ok_or_else(|| self.wrong(name, range()))
    }

    pub(super) fn number(
        &self,
        name: &'static str,
        decimals: usize,
        what: &'static str,
    ) -> Result<U256, ScenarioError> {
        self.must(name, what, self.maybe_number(name, decimals)?)
    }

    /// A part of a whole: 0.05 is five percent.
    pub(super) fn part(
        &self,
        name: &'static str,
        what: &'static str,
    ) -> Result<Part, ScenarioError> {
        let part = self.number(name, 18, what)?;
        let found = || tenor_solver::amount::decimal(part, 18);
        let expected = "a part of a whole, from 0 to 1";
        Part::wad(part).ok_or_else(|| self.wrong(name, Kind::Range { found: found(), expected }))
    }

    /// Days as seconds.
    pub(super) fn maybe_days(&self, name: &'static str) -> Result<Option<u64>, ScenarioError> {
        const DAY: U256 = uint!(86_400_U256);
        const PLACES: U256 = uint!(1_000_000_U256);
        let Some(days) = self.maybe_number(name, 6)? else { return Ok(None) };
        let expected = "days, of at most a century";
        let found = || Kind::Range { found: tenor_solver::amount::decimal(days, 6), expected };
        let most = U256::from(MOST_DAYS) * PLACES;
        let seconds = (days <= most).then(|| u64::try_from(days * DAY / PLACES).ok()).flatten();
        seconds.map(Some).ok_or_else(|| self.wrong(name, found()))
    }

    /// Refuses fields that nobody asked for.
    pub(super) fn end(&self) -> Result<(), ScenarioError> {
        let asked = self.asked.borrow();
        match self.table.iter().find(|(key, _)| !asked.contains(&key.get_ref().as_ref())) {
            None => Ok(()),
            Some((key, _)) => {
                let name: &str = key.get_ref();
                let kind = Kind::unknown("field", name, asked.iter().copied());
                let line = Some(self.source.line(key.span().start));
                Err(ScenarioError { line, ..self.source.error(self.path(name), kind) })
            }
        }
    }
}

/// Digits with at most one point, as an integer of `10^-decimals`; `None` where they do not fit.
fn scaled(text: &str, decimals: usize) -> Option<U256> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let digits = format!("{whole}{part}");
    let plain =
        !whole.is_empty() && digits.len() <= 77 && digits.bytes().all(|b| b.is_ascii_digit());
    let zeros = decimals.checked_sub(part.len()).filter(|_| plain)?;
    let units = U256::from_str_radix(&digits, 10).ok()?;
    units.checked_mul(U256::from(10).checked_pow(U256::from(zeros))?)
}
