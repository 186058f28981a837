//! How the memory of a conversion is divided.

use crate::error::{Code, Error, Result};
use crate::fetch;
use crate::footer::FileMetadata;
use crate::options::Options;
use crate::schema::Field;
use crate::source::Source;

const MIB: usize = 1 << 20;
/// 256 MB with two threads.
const BESIDE_THREADS: usize = 256_000_000 - 2 * THREAD;
/// The interpreter, the code, and what the allocator keeps.
const PROCESS: usize = 28 * MIB;
/// A batch of text, a chunk of output and the compressor's state.
const PER_THREAD: usize = 12 * MIB;
/// Chunks that wait to be written, per thread.
const WAITING: usize = 4 * MIB;
/// Windows of spilled pages and dictionaries, per thread.
const WINDOWS: usize = 8 * MIB;
/// All of these.
const THREAD: usize = PER_THREAD + WAITING + WINDOWS;
/// The encoder of a column and its buffers, per thread, and its chunk, shared.
const COLUMN: usize = 1536;
const CHUNK: usize = 512;
/// Least memory for pages and long rows.
const LEAST: usize = 32 * MIB;

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, Default)]
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

/// What a process may take, and what of it is taken.
#[derive(Clone, Copy)]
pub struct Memory {
    total: usize,
    taken: usize,
}

impl Memory {
    /// `sink`: bytes that the sink takes.
    pub fn of(options: &Options, source: &dyn Source, sink: usize) -> Self {
        let default = (BESIDE_THREADS + options.threads.saturating_mul(THREAD)) as u64;
        let total = options.memory.unwrap_or(default).min(of_machine());
        let fetched = if source.is_local() { 0 } else { fetch::BUDGET };
        Self { total: usize::try_from(total).unwrap_or(usize::MAX), taken: PROCESS + fetched + sink }
    }

    /// What a footer may take.
    pub fn for_footer(self) -> u64 {
        self.total.saturating_sub(self.taken + THREAD + LEAST) as u64
    }

    /// Divides what the footer has left. `columns` to read. Takes fewer threads if there is little memory. Errors:
    /// `limit_exceeded` if there is too little for one.
    pub fn plan(self, threads: usize, footer: &FileMetadata, fields: &[Field]) -> Result<MemoryPlan> {
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.node.columns(&mut columns));
        // Only the names of the columns of a row can be both long and many.
        let names = fields.iter().map(|field| field.name.len()).sum();
        self.divide(threads, footer.memory, columns.len(), names)
    }

    fn divide(self, threads: usize, footer: u64, columns: usize, names: usize) -> Result<MemoryPlan> {
        // WebAssembly has no files to spill to, and one thread.
        if cfg!(target_family = "wasm") {
            let most = usize::MAX;
            let (pages, dictionaries, waiting) = (most, most, most);
            let (long_row, exclusive, windows) = (1 << 30, 1 << 30, WINDOWS);
            return Ok(MemoryPlan { threads, pages, dictionaries, long_row, exclusive, windows, waiting });
        }
        let footer = usize::try_from(footer).unwrap_or(usize::MAX);
        // A thread has a column's name in front of its values, its nulls and the batch, and in the row.
        let per_thread = columns.saturating_mul(COLUMN).saturating_add(names.saturating_mul(8) + THREAD);
        let shared = columns.saturating_mul(CHUNK).saturating_add(2 * names);
        let shared = self.taken.saturating_add(footer).saturating_add(shared);
        let left = |threads: usize| {
            let taken = threads.checked_mul(per_thread)?.checked_add(shared)?;
            self.total.checked_sub(taken).filter(|&left| left >= LEAST)
        };
        let found = (1..=threads).rev().find_map(|threads| Some((threads, left(threads)?)));
        let Some((threads, left)) = found else {
            let least = (shared.saturating_add(per_thread).saturating_add(LEAST)).div_ceil(MIB);
            let message = format!(
                "{columns} columns need at least {least} MiB of memory, and there are {}",
                self.total / MIB
            );
            return Err(Error::new(Code::LimitExceeded, message));
        };
        Ok(MemoryPlan {
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

    fn plan(mib: usize, threads: usize, footer: u64, columns: usize) -> Result<MemoryPlan> {
        Memory { total: mib * MIB, taken: PROCESS }.divide(threads, footer, columns, 10 * columns)
    }

    #[test]
    fn little_memory_means_fewer_threads() {
        let threads = |mib, columns| plan(mib, 64, 0, columns).map(|plan| plan.threads);
        assert_eq!([256, 100, 4096].map(|mib| threads(mib, 10).unwrap()), [8, 1, 64]);
        assert_eq!(threads(256, 50_000).unwrap(), 1);
        let error = threads(64, 10).unwrap_err().to_string();
        assert_eq!(error, "limit_exceeded: 10 columns need at least 85 MiB of memory, and there are 64");
        assert!(threads(256, 1_000_000).is_err());
    }

    #[test]
    fn nothing_is_given_away_twice() {
        for (mib, threads) in [(84, 1), (256, 2), (1 << 14, 16)] {
            let plan = plan(mib, threads, 0, 0).unwrap();
            let threads = plan.threads * (PER_THREAD + plan.windows) + plan.waiting;
            let pages = plan.pages + plan.dictionaries + plan.exclusive;
            assert!(PROCESS + threads + pages <= mib * MIB);
        }
    }
}
