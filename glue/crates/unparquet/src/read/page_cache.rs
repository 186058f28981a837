//! Decompressed pages, in memory up to a budget and beyond it in the spill file.
//!
//! A row needs the current page of each of its columns, which for a thousand columns may exceed the available memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};

use crate::buffer::PADDING;
use crate::error::{Code, Error, Result};
use crate::memory::MemoryPlan;
use crate::spill_file::SpillFile;

/// The smallest block of the spill file; larger sizes are powers of two.
const MIN_BLOCK: usize = 64 << 10;

pub struct PageCache {
    pages: Pool,
    dictionaries: Pool,
    /// Bytes that a reader of a spilled page loads at a time.
    pub window: usize,
    /// Maximum bytes of text of one column of a long row.
    pub long_row: usize,
    /// Maximum bytes that decompressing a page may take beside `pages`.
    exclusive: usize,
    /// Held by the thread that handles a long row or such a page.
    exclusive_lock: ReentrantMutex<()>,
    file: OnceLock<SpillFile>,
    blocks: Mutex<SpillBlocks>,
}

/// Bytes of memory: the budget, and those in use.
struct Pool {
    budget: usize,
    used: AtomicUsize,
}

impl Pool {
    fn new(budget: usize) -> Self {
        Self { budget, used: AtomicUsize::new(0) }
    }

    fn has_room(&self, size: usize) -> bool {
        self.used.load(Ordering::Relaxed).saturating_add(size) <= self.budget
    }

    fn release(&self, size: usize) {
        self.used.fetch_sub(size, Ordering::Relaxed);
    }
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
    storage: Reserved,
    size: usize,
}

enum Reserved {
    Page,
    Dictionary,
    /// Offset of the block.
    SpillFile(u64),
}

/// Larger pages are decompressed into the spill file piece by piece, if their codec allows it.
pub const LARGE_PAGE: usize = 8 << 20;

impl PageCache {
    pub fn new(plan: &MemoryPlan, window: usize) -> Self {
        Self {
            pages: Pool::new(plan.pages),
            dictionaries: Pool::new(plan.dictionaries),
            window,
            long_row: plan.long_row,
            exclusive: plan.exclusive,
            exclusive_lock: ReentrantMutex::new(()),
            file: OnceLock::new(),
            blocks: Mutex::default(),
        }
    }

    /// Guards long rows and the decompression of pages that take much memory: one thread at a time. Must be taken before
    /// the locks of a column chunk.
    pub fn exclusive(&self) -> ReentrantMutexGuard<'_, ()> {
        self.exclusive_lock.lock()
    }

    /// The same guard for a page that takes `bytes` to decompress; None if it is small.
    pub fn for_large_page(&self, bytes: u64) -> Result<Option<ReentrantMutexGuard<'_, ()>>> {
        if bytes > self.exclusive as u64 {
            let (needed, max) = (bytes.div_ceil(1 << 20), self.exclusive >> 20);
            let message = format!("a page needs {needed} MiB of memory; the limit is {max} MiB");
            return Err(Error::new(Code::LimitExceeded, message));
        }
        Ok((bytes > LARGE_PAGE as u64).then(|| self.exclusive()))
    }

    /// Counts the bytes of a page that stays in memory.
    pub fn reserve(self: &Arc<Self>, size: usize) -> Reservation {
        self.pages.used.fetch_add(size, Ordering::Relaxed);
        Reservation { cache: self.clone(), storage: Reserved::Page, size }
    }

    /// Counts the bytes of a dictionary.
    pub fn reserve_dictionary(self: &Arc<Self>, size: usize) -> Reservation {
        self.dictionaries.used.fetch_add(size, Ordering::Relaxed);
        Reservation { cache: self.clone(), storage: Reserved::Dictionary, size }
    }

    pub fn has_room(&self, size: usize) -> bool {
        self.pages.has_room(size)
    }

    pub fn has_room_for_dictionary(&self, size: usize) -> bool {
        self.dictionaries.has_room(size)
    }

    /// Reserves space for a page in the spill file.
    pub fn spill_space(self: &Arc<Self>, size: usize) -> Reservation {
        let class = size_class(size);
        let mut blocks = self.blocks.lock();
        let block = blocks.free.get_mut(&class).and_then(Vec::pop).unwrap_or_else(|| {
            let block = blocks.end;
            blocks.end += 1 << class;
            block
        });
        Reservation { cache: self.clone(), storage: Reserved::SpillFile(block), size }
    }

    /// Writes bytes to the spill file.
    pub fn spill(self: &Arc<Self>, bytes: &[u8]) -> Result<Reservation> {
        let reservation = self.spill_space(bytes.len());
        reservation.write(0, bytes)?;
        Ok(reservation)
    }
}

fn size_class(size: usize) -> usize {
    size.max(MIN_BLOCK).next_power_of_two().trailing_zeros() as usize
}

impl Reservation {
    /// Reads at least `min` bytes of a spilled page from `at`, and more for later reads. `readers` share a window.
    pub fn read(&self, at: usize, min: usize, readers: usize) -> Result<Bytes> {
        let length = min.max(self.cache.window / readers.max(1)).min(self.size.saturating_sub(at));
        self.read_exactly(at, length)
    }

    pub fn read_exactly(&self, at: usize, length: usize) -> Result<Bytes> {
        let Reserved::SpillFile(block) = self.storage else { return Ok(Bytes::new()) };
        self.cache.file.get_or_init(SpillFile::new).read(block + at as u64, length)
    }

    pub fn write(&self, at: usize, bytes: &[u8]) -> Result<()> {
        let Reserved::SpillFile(block) = self.storage else { return Ok(()) };
        self.cache.file.get_or_init(SpillFile::new).write(block + at as u64, bytes)
    }

    /// Bytes that a reader of this page may hold in memory.
    pub fn window(&self) -> usize {
        self.cache.window
    }

    pub fn cache(&self) -> &Arc<PageCache> {
        &self.cache
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        match self.storage {
            Reserved::Page => self.cache.pages.release(self.size),
            Reserved::Dictionary => self.cache.dictionaries.release(self.size),
            Reserved::SpillFile(block) => {
                self.cache.blocks.lock().free.entry(size_class(self.size)).or_default().push(block);
            }
        }
    }
}

/// The part of a spilled page that a reader holds in memory.
#[derive(Clone, Default)]
pub struct SpillWindow {
    start: usize,
    bytes: Bytes,
    readers: usize,
}

impl SpillWindow {
    /// One of several windows into a page that together are as large as one.
    pub fn shared(readers: usize) -> Self {
        Self { readers, ..Self::default() }
    }

    /// Bytes that contain `length` bytes from `at` and [`PADDING`], and the position of their first byte.
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

    fn cache(pages: usize) -> Arc<PageCache> {
        Arc::new(PageCache::new(&MemoryPlan { pages, ..MemoryPlan::default() }, 8))
    }

    #[test]
    fn spilled_pages_read_back_and_their_blocks_are_reused() {
        let cache = cache(0);
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
        let cache = cache(100);
        let reservation = cache.reserve(60);
        assert!(cache.has_room(40) && !cache.has_room(41));
        drop(reservation);
        assert!(cache.has_room(100));
    }
}
