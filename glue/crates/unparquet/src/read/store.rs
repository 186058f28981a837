//! Where decompressed pages are kept: in memory up to a budget, beyond it in a temporary file.
//!
//! A row needs the current page of each of its columns. Of twenty columns that is nothing, of a thousand it may
//! be more memory than there is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;

use super::section::SLACK;
use crate::error::Result;
use crate::fetch::Spool;

/// The smallest place in the file; larger ones are powers of two.
const LEAST_PLACE: usize = 64 << 10;

pub struct Store {
    /// Bytes of pages that may be in memory.
    budget: usize,
    /// How much of a page in the file its readers look at at once.
    pub window: usize,
    used: AtomicUsize,
    file: OnceLock<Spool>,
    places: Mutex<Places>,
}

/// The file's places: all that were made end where the next begins.
#[derive(Default)]
struct Places {
    end: u64,
    /// By the exponent of their size.
    free: BTreeMap<usize, Vec<u64>>,
}

/// A page's bytes as long as it is in use.
pub struct Kept {
    store: Arc<Store>,
    place: Place,
    size: usize,
}

enum Place {
    Memory,
    File(u64),
}

impl Store {
    pub fn new(budget: usize, window: usize) -> Self {
        Self { budget, window, used: AtomicUsize::new(0), file: OnceLock::new(), places: Mutex::default() }
    }

    /// Counts bytes that stay in memory.
    pub fn count(self: &Arc<Self>, size: usize) -> Kept {
        self.used.fetch_add(size, Ordering::Relaxed);
        Kept { store: self.clone(), place: Place::Memory, size }
    }

    pub fn has_room(&self, size: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(size) <= self.budget
    }

    /// Writes bytes to the file.
    pub fn put_away(self: &Arc<Self>, bytes: &[u8]) -> Result<Kept> {
        let class = class(bytes.len());
        let free = {
            let mut places = self.places.lock();
            places.free.get_mut(&class).and_then(Vec::pop).unwrap_or_else(|| {
                let place = places.end;
                places.end += 1 << class;
                place
            })
        };
        let kept = Kept { store: self.clone(), place: Place::File(free), size: bytes.len() };
        self.file.get_or_init(Spool::new).write(free, bytes)?;
        Ok(kept)
    }
}

fn class(size: usize) -> usize {
    size.max(LEAST_PLACE).next_power_of_two().trailing_zeros() as usize
}

impl Kept {
    /// At least `least` bytes of those in the file from `at` on, and more where they will be wanted soon.
    pub fn read(&self, at: usize, least: usize) -> Result<Bytes> {
        let Place::File(start) = self.place else { return Ok(Bytes::new()) };
        let length = least.max(self.store.window).min(self.size.saturating_sub(at));
        self.store.file.get_or_init(Spool::new).read(start + at as u64, length)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        match self.place {
            Place::Memory => {
                self.store.used.fetch_sub(self.size, Ordering::Relaxed);
            }
            Place::File(start) => {
                self.store.places.lock().free.entry(class(self.size)).or_default().push(start);
            }
        }
    }
}

/// What a reader of a page in the file has in memory of it.
#[derive(Default)]
pub struct Window {
    start: usize,
    bytes: Bytes,
}

impl Window {
    /// `length` bytes from `at` on with [`SLACK`] more, and the place of the first byte there is.
    pub fn view(&mut self, kept: &Kept, at: usize, length: usize) -> Result<(&[u8], usize)> {
        let end = at + length + SLACK;
        if at < self.start || end > self.start + self.bytes.len() {
            self.bytes = kept.read(at, length + SLACK)?;
            self.start = at;
        }
        Ok((&self.bytes, self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_back_what_was_put_away_and_uses_places_again() {
        let store = Arc::new(Store::new(0, 8));
        let bytes: Vec<u8> = (0..200).collect();
        let first = store.put_away(&bytes).unwrap();
        let second = store.put_away(&bytes[1..]).unwrap();
        let mut window = Window::default();
        let (view, base) = window.view(&second, 50, 4).unwrap();
        assert_eq!(view[50 - base..54 - base], bytes[51..55]);
        let (view, base) = window.view(&first, 100, 36).unwrap();
        assert_eq!(view[100 - base..136 - base], bytes[100..136]);
        drop(first);
        let third = store.put_away(&bytes).unwrap();
        assert_eq!(store.places.lock().end, 2 * LEAST_PLACE as u64);
        drop((second, third));
    }

    #[test]
    fn counts_what_is_in_memory() {
        let store = Arc::new(Store::new(100, 8));
        let kept = store.count(60);
        assert!(store.has_room(40) && !store.has_room(41));
        drop(kept);
        assert!(store.has_room(100));
    }
}
