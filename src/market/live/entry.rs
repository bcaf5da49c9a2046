//! One place as it was opened, with the answers that it was opened from.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use alloy_primitives::{B256, Keccak256};
use tenor_solver::venues::{Answer, At, OpenError, Opened, Place, Read, open as open_venues};

use super::{Change, LiveError, ask};
use crate::market::places::{Places, Row};

/// One place as it was opened.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    opened: Result<Opened, OpenError>,
    /// What it was opened from: answers that may change, then those that never do.
    answers: Vec<(Read, Answer)>,
    /// Names the place and its answers.
    digest: B256,
}

impl Entry {
    fn new(row: &Row, opened: Result<Opened, OpenError>, known: &HashMap<Read, Answer>) -> Self {
        let mut digest = Keccak256::new();
        place_into(&mut digest, &row.place, &row.protocol);
        let mut answers = Vec::new();
        let asked: Vec<&Read> = match &opened {
            Ok(opened) => opened.reads.iter().chain(&opened.fixed).collect(),
            Err(error) => {
                text_into(&mut digest, &error.to_string());
                asked(error).iter().collect()
            }
        };
        for read in asked {
            if let Some(answer) = known.get(read) {
                answer_into(&mut digest, answer);
                answers.push((read.clone(), answer.clone()));
            }
        }
        Self { opened, answers, digest: digest.finalize() }
    }

    /// The venue and what it depends on.
    pub(super) fn opened(&self) -> Option<&Opened> {
        self.opened.as_ref().ok()
    }

    /// Why it did not open.
    pub(super) fn refused(&self) -> Option<&OpenError> {
        self.opened.as_ref().err()
    }

    pub(super) const fn digest(&self) -> B256 {
        self.digest
    }

    pub(super) fn answers(&self) -> impl Iterator<Item = (&Read, &Answer)> {
        self.answers.iter().map(|(read, answer)| (read, answer))
    }

    /// Whether such a change may have changed it. What did not open is tried at each block.
    pub(super) fn is_stale(&self, change: Change<'_>) -> bool {
        self.opened().is_none_or(|opened| match change {
            Change::Touched(all) => opened.is_stale(|account| all.contains(account)),
            Change::Logged(all) => opened.is_stale_by_logs(|account| all.contains(account)),
        })
    }

    /// Whether it is what it would be if opened with these answers.
    pub(super) fn stays(&self, known: &HashMap<Read, Answer>) -> bool {
        let same = |(read, answer): &(Read, Answer)| known.get(read) == Some(answer);
        self.opened().is_some_and(|opened| !opened.each_block) && self.answers.iter().all(same)
    }
}

fn asked(error: &OpenError) -> &[Read] {
    match error {
        OpenError::Unread { asked, .. } => asked,
        OpenError::Code(other) => &other.asked,
        OpenError::NoSuchKind { .. } | OpenError::Endless(_) => &[],
    }
}

/// What these entries asked, answered anew where an answer may change.
pub(super) fn ask_again<E>(
    entries: &[&Arc<Entry>],
    fetch: &mut impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<HashMap<Read, Answer>, LiveError<E>> {
    let (mut known, mut seen, mut reads) = (HashMap::new(), HashSet::new(), Vec::new());
    for entry in entries {
        let (again, fixed) = match &entry.opened {
            Ok(opened) => entry.answers.split_at_checked(opened.reads.len()),
            Err(_) => Some((entry.answers.as_slice(), &[][..])),
        }
        .unwrap_or_default();
        known.extend(fixed.iter().cloned());
        let new = again.iter().map(|(read, _)| read).filter(|read| seen.insert(*read));
        reads.extend(new.cloned());
    }
    let answers = ask(fetch, &reads)?;
    known.extend(reads.into_iter().zip(answers));
    Ok(known)
}

/// Opens some rows of a registry, given what is known already.
pub(super) fn open<E>(
    places: &Places,
    rows: &[usize],
    at: At,
    mut known: HashMap<Read, Answer>,
    fetch: &mut impl FnMut(&[Read]) -> Result<Vec<Answer>, E>,
) -> Result<Vec<Arc<Entry>>, LiveError<E>> {
    let rows: Vec<&Row> = rows.iter().filter_map(|row| places.rows.get(*row)).collect();
    let wanted: Vec<Place> = rows.iter().map(|row| row.place.clone()).collect();
    let opened = open_venues(&wanted, at, &mut known, |reads: &[Read]| ask(fetch, reads))?;
    let entry = |(row, opened): (&Row, _)| Arc::new(Entry::new(row, opened, &known));
    Ok(rows.into_iter().zip(opened).map(entry).collect())
}

fn place_into(digest: &mut Keccak256, place: &Place, protocol: &str) {
    for text in [place.id.as_str(), &place.kind, protocol] {
        text_into(digest, text);
    }
    for (role, contract) in &place.contracts {
        text_into(digest, role);
        digest.update(contract);
    }
    for (name, constant) in &place.constants {
        text_into(digest, name);
        digest.update(constant.to_be_bytes());
    }
}

/// Preceded by its length, so that no two sequences of texts read the same.
pub(super) fn text_into(digest: &mut Keccak256, text: &str) {
    digest.update(text.len().to_be_bytes());
    digest.update(text);
}

/// The questions need not be named: they follow from the place and the answers before.
pub(super) fn answer_into(digest: &mut Keccak256, answer: &Answer) {
    match answer {
        Answer::Word(word) => {
            digest.update([0]);
            digest.update(word.to_be_bytes::<32>());
        }
        Answer::Returned(data) => {
            digest.update([1]);
            digest.update(data.len().to_be_bytes());
            digest.update(data);
        }
        Answer::Reverted => digest.update([2]),
    }
}
