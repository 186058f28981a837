//! Divides the memory of a conversion.

use crate::error::{Code, Error, Result};
use crate::fetch;
use crate::footer::FileMetadata;
use crate::options::Options;
use crate::schema::{self, Field};
use crate::source::Source;

const MIB: usize = 1 << 20;
const MB: u64 = 1_000_000;
/// Default memory without the threads: 256 MB in total with two threads.
const BESIDE_THREADS: usize = 256_000_000 - 2 * THREAD;
/// The Python interpreter, the code, and memory that the allocator retains.
const PROCESS: usize = 28 * MIB;
/// A batch of text, a chunk of output and the compressor's state.
const PER_THREAD: usize = 12 * MIB;
/// Chunks waiting to be written, per thread.
const WAITING: usize = 4 * MIB;
/// Windows of spilled pages and dictionaries, per thread.
const WINDOWS: usize = 8 * MIB;
/// Memory of one thread.
const THREAD: usize = PER_THREAD + WAITING + WINDOWS;
/// Bytes per column: its encoder and buffers in each thread, and its chunk.
const COLUMN: u64 = 1550;
const CHUNK: u64 = 1100;
/// Copies of a name, per thread and shared: in keys, nulls and prefixes.
const NAMES: u64 = 5;
const SHARED_NAMES: u64 = 2;
/// Minimum for pages and long rows.
const MIN_SHARED: usize = 20 * MIB;

/// Sizes in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryPlan {
    pub threads: usize,
    /// Pages that stay in memory; more go to the spill file.
    pub pages: usize,
    /// Dictionaries, likewise.
    pub dictionaries: usize,
    /// Text of one column of a long row; its bytes need memory, too.
    pub long_row: usize,
    /// One column of a long row, or a page that takes much memory to decompress; only one thread at a time handles
    /// either.
    pub exclusive: usize,
    /// Windows of spilled pages, per thread.
    pub windows: usize,
    /// Chunks waiting to be written.
    pub waiting: usize,
}

/// The memory that the process may take, and how much of it is in use.
#[derive(Clone, Copy)]
pub struct Memory {
    total: usize,
    taken: usize,
    /// The part of `taken` that source and sink use for transfers, rarely all of it while a long row is written.
    transfers: usize,
}

impl Memory {
    /// `sink`: bytes that the sink takes. Errors: `limit_exceeded` if the memory is too little for any file.
    pub fn of(options: &Options, source: &dyn Source, sink: usize) -> Result<Self> {
        let default = (BESIDE_THREADS + options.threads.saturating_mul(THREAD)) as u64;
        let total = options.memory.unwrap_or(default).min(of_machine());
        let total = usize::try_from(total).unwrap_or(usize::MAX);
        let transfers = sink + if source.is_local() { 0 } else { fetch::BUDGET };
        let memory = Self { total, taken: PROCESS + transfers, transfers };
        let min = memory.taken + THREAD + MIN_SHARED;
        if total < min {
            let (min, total) = (min as u64 / MB + 1, total as u64 / MB);
            let message = format!("a conversion needs at least {min} MB of memory; the limit is {total} MB");
            return Err(Error::new(Code::LimitExceeded, message));
        }
        Ok(memory)
    }

    /// Bytes that a footer may take.
    pub fn for_footer(self) -> u64 {
        self.total.saturating_sub(self.taken + THREAD + MIN_SHARED) as u64
    }

    /// The fields to read: all, or those of `selection`. Errors: `unknown_column`; `limit_exceeded` if there are too many.
    pub fn fields(self, footer: &FileMetadata, selection: Option<&[String]>) -> Result<Vec<Field>> {
        let schema = &footer.schema;
        if selection.is_none() {
            // Checked before the fields are built.
            self.divide(1, footer.memory, schema.num_columns() as u64, schema.name_bytes())?;
        }
        schema::fields(schema, selection)
    }

    /// Divides the memory that the footer leaves, with fewer threads if it is little. Errors: `limit_exceeded` if it is
    /// too little for one thread.
    pub fn plan(self, threads: usize, footer: &FileMetadata, fields: &[Field]) -> Result<MemoryPlan> {
        let (mut columns, mut names) = (0, 0);
        fields.iter().for_each(|field| field.count(&mut columns, &mut names));
        self.divide(threads, footer.memory, columns, names)
    }

    fn divide(self, threads: usize, footer: u64, columns: u64, names: u64) -> Result<MemoryPlan> {
        let total = self.total as u64;
        let per_thread = columns * COLUMN + names * NAMES + THREAD as u64;
        let shared = self.taken as u64 + footer + columns * CHUNK + names * SHARED_NAMES;
        let remaining = |threads: usize| {
            let taken = (threads as u64).checked_mul(per_thread)?.checked_add(shared)?;
            total.checked_sub(taken).filter(|&remaining| remaining >= MIN_SHARED as u64)
        };
        let found = (1..=threads).rev().find_map(|threads| Some((threads, remaining(threads)?)));
        let Some((threads, remaining)) = found else {
            let min = (shared + per_thread + MIN_SHARED as u64).div_ceil(MB);
            let message = format!(
                "{columns} columns with {names} bytes of names need at least {min} MB of memory; the limit is {} MB",
                total / MB
            );
            return Err(Error::new(Code::LimitExceeded, message));
        };
        if cfg!(target_family = "wasm") {
            // Without files there is no spilling.
            let max = usize::MAX;
            let (pages, dictionaries, waiting) = (max, max, max);
            let (long_row, exclusive, windows) = (1 << 30, 1 << 30, WINDOWS);
            return Ok(MemoryPlan { threads, pages, dictionaries, long_row, exclusive, windows, waiting });
        }
        let remaining = usize::try_from(remaining).unwrap_or(usize::MAX);
        let exclusive = remaining / 5 * 3 + self.transfers / 3;
        Ok(MemoryPlan {
            threads,
            pages: remaining / 4,
            dictionaries: remaining / 20 * 3,
            long_row: exclusive / 4 * 3,
            exclusive,
            windows: WINDOWS,
            waiting: threads * WAITING,
        })
    }
}

/// The share of the machine's or container's memory that the process may take.
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

    fn plan(mb: usize, threads: usize, columns: u64) -> Result<MemoryPlan> {
        Memory { total: mb * 1_000_000, taken: PROCESS, transfers: 0 }.divide(
            threads,
            0,
            columns,
            10 * columns,
        )
    }

    #[test]
    fn less_memory_means_fewer_threads() {
        let threads = |mb, columns| plan(mb, 64, columns).map(|plan| plan.threads);
        assert_eq!([256, 100, 4096].map(|mb| threads(mb, 10).unwrap()), [8, 1, 64]);
        assert_eq!(threads(256, 50_000).unwrap(), 1);
        let error = threads(64, 10).unwrap_err().to_string();
        assert_eq!(
            error,
            "limit_exceeded: 10 columns with 100 bytes of names need at least 76 MB of memory; the limit is 64 MB"
        );
        assert!(threads(256, 1_000_000).is_err());
    }

    #[test]
    fn the_parts_add_up_to_at_most_the_memory() {
        for (mb, threads) in [(90, 1), (256, 2), (10_000, 16)] {
            let plan = plan(mb, threads, 0).unwrap();
            let threads = plan.threads * (PER_THREAD + plan.windows) + plan.waiting;
            let pages = plan.pages + plan.dictionaries + plan.exclusive;
            assert!(PROCESS + threads + pages <= mb * 1_000_000);
        }
    }
}
