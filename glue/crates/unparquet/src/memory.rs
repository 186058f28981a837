//! How the memory of a conversion is divided.

use crate::error::{Code, Error, Result};

/// Memory of the process with two threads, in bytes.
pub const DEFAULT_MEMORY: u64 = 256 << 20;

const MIB: usize = 1 << 20;
/// The interpreter, the code, and what the allocator keeps.
const PROCESS: usize = 36 * MIB;
/// A batch of text, a chunk of output and the compressor's state.
const PER_THREAD: usize = 12 * MIB;
/// Chunks that wait to be written, per thread.
const WAITING: usize = 4 * MIB;
/// Windows of spilled pages and dictionaries, per thread.
const WINDOWS: usize = 8 * MIB;
/// Least memory for pages: one of a usual size, decompressed.
const MIN_PAGES: usize = 16 * MIB;
/// Larger pages are decompressed one at a time.
const LARGE_PAGE: usize = 4 * MIB;

/// Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub struct MemoryPlan {
    pub threads: usize,
    /// Pages and dictionaries that stay in memory; more goes to the spill file.
    pub cache: usize,
    /// One large page while it is decompressed, or one column of a long row. Only one thread at a time has either.
    pub exclusive: usize,
    pub large_page: usize,
    /// Windows of one thread.
    pub windows: usize,
    /// Chunks that wait to be written.
    pub waiting: usize,
}

impl MemoryPlan {
    /// `fetched`: bytes that are fetched ahead of a remote file. Takes fewer threads if there is little memory. Errors:
    /// `limit_exceeded` if there is too little for one.
    pub fn new(memory: u64, threads: usize, fetched: usize) -> Result<Self> {
        // WebAssembly has no files to spill to, and one thread.
        if cfg!(target_family = "wasm") {
            let most = usize::MAX;
            return Ok(Self { threads, cache: most, exclusive: 1 << 30, large_page: most, windows: WINDOWS, waiting: most });
        }
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let per_thread = PER_THREAD + WAITING + WINDOWS;
        let pages = |threads: usize| memory.checked_sub(PROCESS + fetched + threads * per_thread);
        let threads = (1..=threads).rev().find(|&threads| pages(threads).is_some_and(|pages| pages >= MIN_PAGES));
        let (Some(threads), Some(pages)) = (threads, threads.and_then(pages)) else {
            let least = (PROCESS + fetched + per_thread + MIN_PAGES).div_ceil(MIB);
            let message = format!("a conversion needs at least {least} MiB of memory");
            return Err(Error::new(Code::LimitExceeded, message));
        };
        Ok(Self {
            threads,
            cache: pages / 4,
            exclusive: pages - pages / 4,
            large_page: LARGE_PAGE.min(pages / 4),
            windows: WINDOWS,
            waiting: threads * WAITING,
        })
    }
}
