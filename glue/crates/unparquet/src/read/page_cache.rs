//! Decompressed pages: in memory up to a budget, beyond it in the spill file.
//!
//! A row needs the current page of each of its columns. For twenty columns that is little; for a thousand it may exceed
//! the available memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::Mutex;

use crate::buffer::PADDING;
use crate::error::Result;
use crate::spill_file::SpillFile;

/// The smallest block of the spill file; the larger sizes are powers of two.
const MIN_BLOCK: usize = 64 << 10;

pub struct PageCache {
    /// Bytes of pages allowed in memory.
    budget: usize,
    /// Bytes that a reader of a spilled page loads at a time.
    pub window: usize,
    used: AtomicUsize,
    file: OnceLock<SpillFile>,
    blocks: Mutex<SpillBlocks>,
}

/// Allocates blocks of the spill file by size class.
#[derive(Default)]
struct SpillBlocks {
    /// End of the last block.
    end: u64,
    /// Offsets of free blocks, by the exponent of their size.
    free: BTreeMap<usize, Vec<u64>>,
}

/// Memory or spill file space that a page occupies until this is dropped.
pub struct Reservation {
    cache: Arc<PageCache>,
    storage: Storage,
    size: usize,
}

enum Storage {
    Memory,
    /// Offset of the block.
    SpillFile(u64),
}

impl PageCache {
    pub fn new(budget: usize, window: usize) -> Self {
        Self { budget, window, used: AtomicUsize::new(0), file: OnceLock::new(), blocks: Mutex::default() }
    }

    /// Counts bytes that stay in memory.
    pub fn reserve(self: &Arc<Self>, size: usize) -> Reservation {
        self.used.fetch_add(size, Ordering::Relaxed);
        Reservation { cache: self.clone(), storage: Storage::Memory, size }
    }

    pub fn has_room(&self, size: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(size) <= self.budget
    }

    /// Writes bytes to the spill file.
    pub fn spill(self: &Arc<Self>, bytes: &[u8]) -> Result<Reservation> {
        let class = size_class(bytes.len());
        let block = {
            let mut blocks = self.blocks.lock();
            blocks.free.get_mut(&class).and_then(Vec::pop).unwrap_or_else(|| {
                let block = blocks.end;
                blocks.end += 1 << class;
                block
            })
        };
        let reservation =
            Reservation { cache: self.clone(), storage: Storage::SpillFile(block), size: bytes.len() };
        self.file.get_or_init(SpillFile::new).write(block, bytes)?;
        Ok(reservation)
    }
}

fn size_class(size: usize) -> usize {
    size.max(MIN_BLOCK).next_power_of_two().trailing_zeros() as usize
}

impl Reservation {
    /// At least `min` bytes of a spilled page from `at`, and more for the reads that follow. `readers` share a window.
    pub fn read(&self, at: usize, min: usize, readers: usize) -> Result<Bytes> {
        let Storage::SpillFile(block) = self.storage else { return Ok(Bytes::new()) };
        let length = min.max(self.cache.window / readers.max(1)).min(self.size.saturating_sub(at));
        self.cache.file.get_or_init(SpillFile::new).read(block + at as u64, length)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match self.storage {
            Storage::Memory => {
                self.cache.used.fetch_sub(self.size, Ordering::Relaxed);
            }
            Storage::SpillFile(block) => {
                self.cache.blocks.lock().free.entry(size_class(self.size)).or_default().push(block);
            }
        }
    }
}

/// The part of a spilled page that a reader has in memory.
#[derive(Clone, Default)]
pub struct SpillWindow {
    start: usize,
    bytes: Bytes,
    readers: usize,
}

impl SpillWindow {
    /// One of several windows into a page, which together are as large as one.
    pub fn shared(readers: usize) -> Self {
        Self { readers, ..Self::default() }
    }

    /// A slice that contains `length` bytes from `at` and [`PADDING`] more, and the position of its first byte.
    pub fn view(&mut self, page: &Reservation, at: usize, length: usize) -> Result<(&[u8], usize)> {
        let end = at + length + PADDING;
        if at < self.start || end > self.start + self.bytes.len() {
            self.bytes = page.read(at, length + PADDING, self.readers)?;
            self.start = at;
        }
        Ok((&self.bytes, self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spilled_pages_read_back_and_their_blocks_are_reused() {
        let cache = Arc::new(PageCache::new(0, 8));
        let bytes: Vec<u8> = (0..200).collect();
        let first = cache.spill(&bytes).unwrap();
        let second = cache.spill(&bytes[1..]).unwrap();
        let mut window = SpillWindow::default();
        let (view, base) = window.view(&second, 50, 4).unwrap();
        assert_eq!(view[50 - base..54 - base], bytes[51..55]);
        let (view, base) = window.view(&first, 100, 36).unwrap();
        assert_eq!(view[100 - base..136 - base], bytes[100..136]);
        drop(first);
        let third = cache.spill(&bytes).unwrap();
        assert_eq!(cache.blocks.lock().end, 2 * MIN_BLOCK as u64);
        drop((second, third));
    }

    #[test]
    fn a_reservation_counts_until_it_is_dropped() {
        let cache = Arc::new(PageCache::new(100, 8));
        let reservation = cache.reserve(60);
        assert!(cache.has_room(40) && !cache.has_room(41));
        drop(reservation);
        assert!(cache.has_room(100));
    }
}
