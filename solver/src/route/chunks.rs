//! A list in chunks: copies share every chunk until one of them changes it.

use std::{ops::Index, sync::Arc};

/// Items in a chunk: few enough to copy for one change, enough that a copy of the list is small.
const SIZE: usize = 64;

/// A list that is cheap to copy and to change in a few places.
#[derive(Debug, Clone)]
pub struct Chunks<T> {
    /// All full but the last.
    chunks: Vec<Arc<[T]>>,
    len: usize,
}

impl<T> Chunks<T> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The item at a position.
    pub fn get(&self, at: usize) -> Option<&T> {
        self.chunks.get(at / SIZE)?.get(at % SIZE)
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }
}

impl<T: Clone> Chunks<T> {
    /// Puts an item in place of another; copies its chunk where others share it.
    pub(super) fn set(&mut self, at: usize, item: T) {
        Arc::make_mut(&mut self.chunks[at / SIZE])[at % SIZE] = item;
    }
}

impl<T> Default for Chunks<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), len: 0 }
    }
}

impl<T> FromIterator<T> for Chunks<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items = items.into_iter();
        let chunk =
            || Some(items.by_ref().take(SIZE).collect()).filter(|c: &Arc<[T]>| !c.is_empty());
        let chunks: Vec<Arc<[T]>> = std::iter::from_fn(chunk).collect();
        Self { len: chunks.iter().map(|chunk| chunk.len()).sum(), chunks }
    }
}

impl<T> Index<usize> for Chunks<T> {
    type Output = T;

    #[inline]
    fn index(&self, at: usize) -> &T {
        &self.chunks[at / SIZE][at % SIZE]
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, Chunks, SIZE};

    #[test]
    fn a_change_copies_one_chunk() {
        let before: Chunks<usize> = (0..3 * SIZE + 1).collect();
        let mut after = before.clone();
        after.set(SIZE, 7);
        assert_eq!((before[SIZE], after[SIZE], after.len()), (SIZE, 7, before.len()));
        let shared = before.chunks.iter().zip(&after.chunks).map(|(a, b)| Arc::ptr_eq(a, b));
        assert_eq!(shared.collect::<Vec<_>>(), [true, false, true, true]);
    }

    #[test]
    fn items_keep_their_places() {
        let all: Chunks<usize> = (0..2 * SIZE + 3).collect();
        assert!(all.iter().copied().eq(0..2 * SIZE + 3));
        assert_eq!((all[SIZE + 1], all.get(2 * SIZE + 3)), (SIZE + 1, None));
    }
}
