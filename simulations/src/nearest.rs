//! The name that somebody may have meant.

/// Letters of a name that are looked at: no name is longer.
const LOOKED_AT: usize = 64;

/// The nearest of `names` by edits, ignoring case; the first of those that are equally near.
pub fn nearest<'n>(typed: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    names.min_by_key(|name| edits(typed, name))
}

/// Letters to insert, delete or replace, ignoring case. Looks no further than any name is long.
pub fn edits(a: &str, b: &str) -> usize {
    let lower = |s: &str| s.bytes().take(LOOKED_AT).map(|c| c.to_ascii_lowercase()).collect();
    let (a, b): (Vec<u8>, Vec<u8>) = (lower(a), lower(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
