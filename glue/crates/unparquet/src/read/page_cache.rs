//! Decompressed pages: in memory up to a budget, beyond it in the spill file.
//!
//! A row needs the current page of each of its columns. For twenty columns that is little; for a thousand it may exceed
//! the available memory.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use parking_lot::{Mutex, ReentrantMutex, ReentrantMutexGuard};

use crate::buffer::PADDING;
use crate::error::{Code, Error, Result};
use crate::memory::MemoryPlan;
use crate::spill_file::SpillFile;

/// The smallest block of the spill file; the larger sizes are powers of two.
const MIN_BLOCK: usize = 64 << 10;

pub struct PageCache {
    /// Bytes of pages allowed in memory.
    budget: usize,
    /// Bytes that a reader of a spilled page loads at a time.
    pub window: usize,
    /// Most bytes of one large page, stored and decompressed, or of one column of a long row.
    pub exclusive: usize,
    /// Pages of more bytes are large.
    large_page: usize,
    /// Held while a thread has one of these.
    turn: ReentrantMutex<()>,
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
    pub fn new(plan: &MemoryPlan, window: usize) -> Self {
        Self {
            budget: plan.cache,
            window,
            exclusive: plan.exclusive,
            large_page: plan.large_page,
            turn: ReentrantMutex::new(()),
            used: AtomicUsize::new(0),
            file: OnceLock::new(),
            blocks: Mutex::default(),
        }
    }

    /// For as long as a thread holds this, no other one has a large page or a long row. Take it before a lock of a column
    /// chunk.
    pub fn exclusive(&self) -> ReentrantMutexGuard<'_, ()> {
        self.turn.lock()
    }

    /// The same for a page of that many bytes, stored and decompressed; nothing if the page is not large.
    pub fn for_page(&self, bytes: u64) -> Result<Option<ReentrantMutexGuard<'_, ()>>> {
        if bytes > self.exclusive as u64 {
            let (has, most) = (bytes.div_ceil(1 << 20), self.exclusive >> 20);
            let message = format!("a page takes {has} MiB of memory, and may take {most}");
            return Err(Error::new(Code::LimitExceeded, message));
        }
        Ok((bytes > self.large_page as u64).then(|| self.exclusive()))
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
    /// At least `min` bytes of a spilled page from `at`, and more for the reads that follow.
    pub fn read(&self, at: usize, min: usize) -> Result<Bytes> {
        self.read_exactly(at, min.max(self.cache.window).min(self.size.saturating_sub(at)))
    }

    /// All of the page, with [`PADDING`].
    pub fn read_whole(&self) -> Result<Bytes> {
        self.read_exactly(0, self.size)
    }

    fn read_exactly(&self, at: usize, length: usize) -> Result<Bytes> {
        let Storage::SpillFile(block) = self.storage else { return Ok(Bytes::new()) };
        self.cache.file.get_or_init(SpillFile::new).read(block + at as u64, length)
    }

    /// Bytes that a reader of this page may have in memory.
    pub fn window(&self) -> usize {
        self.cache.window
    }

    /// See [`PageCache::for_page`].
    pub fn for_all(&self) -> Result<Option<ReentrantMutexGuard<'_, ()>>> {
        self.cache.for_page(self.size as u64)
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
#[derive(Default)]
pub struct SpillWindow {
    start: usize,
    bytes: Bytes,
}

impl SpillWindow {
    /// A slice that contains `length` bytes from `at` and [`PADDING`] more, and the position of its first byte.
    pub fn view(&mut self, page: &Reservation, at: usize, length: usize) -> Result<(&[u8], usize)> {
        let end = at + length + PADDING;
        if at < self.start || end > self.start + self.bytes.len() {
            self.bytes = page.read(at, length + PADDING)?;
            self.start = at;
        }
        Ok((&self.bytes, self.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache(budget: usize) -> Arc<PageCache> {
        let plan = MemoryPlan {
            threads: 1,
            cache: budget,
            exclusive: budget,
            large_page: budget,
            windows: 8,
            waiting: 0,
        };
        Arc::new(PageCache::new(&plan, 8))
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
