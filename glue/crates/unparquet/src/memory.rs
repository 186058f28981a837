//! How the memory of a conversion is divided.

use crate::error::{Code, Error, Result};
use crate::fetch;
use crate::options::Options;
use crate::source::Source;

const MIB: usize = 1 << 20;
/// 256 MiB with two threads.
const BESIDE_THREADS: usize = 256 * MIB - 2 * MemoryPlan::PER_THREAD;
/// The interpreter, the code, and what the allocator keeps.
const PROCESS: usize = 28 * MIB;
/// A batch of text, a chunk of output and the compressor's state.
const PER_THREAD: usize = 12 * MIB;
/// Chunks that wait to be written, per thread.
const WAITING: usize = 4 * MIB;
/// Windows of spilled pages and dictionaries, per thread.
const WINDOWS: usize = 8 * MIB;
/// Least memory for pages and long rows.
const LEAST: usize = 32 * MIB;

/// Sizes in bytes.
#[derive(Clone, Copy, Debug)]
pub struct MemoryPlan {
    pub threads: usize,
    /// Pages that stay in memory; more goes to the spill file.
    pub pages: usize,
    /// Dictionaries, likewise.
    pub dictionaries: usize,
    /// The text of one column of a long row. The bytes of a value need memory, too.
    pub long_row: usize,
    /// One column of a long row, or a page whose codec has to decompress it as a whole. Only one thread at a time has
    /// either.
    pub exclusive: usize,
    /// Windows of one thread.
    pub windows: usize,
    /// Chunks that wait to be written.
    pub waiting: usize,
}

impl MemoryPlan {
    /// For a conversion, or with one thread for a part of it.
    pub fn of(options: &Options, threads: usize, source: &dyn Source) -> Result<Self> {
        let fetched = if source.is_local() { 0 } else { fetch::BUDGET };
        let default = (BESIDE_THREADS + threads.saturating_mul(Self::PER_THREAD)) as u64;
        Self::new(options.memory.unwrap_or(default).min(of_machine()), threads, fetched)
    }

    const PER_THREAD: usize = PER_THREAD + WAITING + WINDOWS;

    /// `fetched`: bytes that are fetched ahead of a remote file. Takes fewer threads if there is little memory. Errors:
    /// `limit_exceeded` if there is too little for one.
    pub fn new(memory: u64, threads: usize, fetched: usize) -> Result<Self> {
        // WebAssembly has no files to spill to, and one thread.
        if cfg!(target_family = "wasm") {
            let most = usize::MAX;
            let (pages, dictionaries, waiting) = (most, most, most);
            return Ok(Self {
                threads,
                pages,
                dictionaries,
                long_row: 1 << 30,
                exclusive: 1 << 30,
                windows: WINDOWS,
                waiting,
            });
        }
        let memory = usize::try_from(memory).unwrap_or(usize::MAX);
        let per_thread = Self::PER_THREAD;
        let left = |threads: usize| {
            let taken = threads.checked_mul(per_thread)?.checked_add(PROCESS + fetched)?;
            memory.checked_sub(taken).filter(|&left| left >= LEAST)
        };
        let found = (1..=threads).rev().find_map(|threads| Some((threads, left(threads)?)));
        let Some((threads, left)) = found else {
            let least = (PROCESS + fetched + per_thread + LEAST).div_ceil(MIB);
            let message = format!("a conversion needs at least {least} MiB of memory");
            return Err(Error::new(Code::LimitExceeded, message));
        };
        Ok(Self {
            threads,
            pages: left / 5,
            dictionaries: left / 5,
            long_row: left / 5 * 3 / 4 * 3,
            exclusive: left / 5 * 3,
            windows: WINDOWS,
            waiting: threads * WAITING,
        })
    }
}

/// What a process may take of the machine's memory, or of its container's.
fn of_machine() -> u64 {
    let number = |path: &str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
    let kilobytes = |text: String| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    };
    let limits = [
        number("/sys/fs/cgroup/memory.max"),
        number("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        std::fs::read_to_string("/proc/meminfo").ok().and_then(kilobytes).map(|size| size << 10),
    ];
    limits.into_iter().flatten().min().map_or(u64::MAX, |limit| limit / 4 * 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn little_memory_means_fewer_threads() {
        let threads = |mib: u64| MemoryPlan::new(mib << 20, 64, 0).map(|plan| plan.threads);
        assert_eq!(threads(256).unwrap(), 8);
        assert_eq!(threads(100).unwrap(), 1);
        assert_eq!(threads(4096).unwrap(), 64);
        let error = threads(64).unwrap_err().to_string();
        assert_eq!(error, "limit_exceeded: a conversion needs at least 84 MiB of memory");
    }

    #[test]
    fn nothing_is_given_away_twice() {
        for (mib, threads) in [(84, 1), (256, 2), (1 << 14, 16)] {
            let plan = MemoryPlan::new(mib << 20, threads, 0).unwrap();
            let threads = plan.threads * (PER_THREAD + plan.windows) + plan.waiting;
            assert!(
                PROCESS + threads + plan.pages + plan.dictionaries + plan.exclusive <= (mib as usize) << 20
            );
        }
    }
}
