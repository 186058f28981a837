//! Fetches column chunks over the network, ahead of the threads that read them.
//!
//! A few threads stay ahead of the readers within a memory budget. A row group that fits is fetched whole; in a larger
//! one, each column has a window that moves with its readers. With so many columns that the windows would be tiny, the
//! row group goes through a spill file.

mod column_buffer;
mod plan;
mod schedule;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use crate::buffer::reserve;
use crate::error::{Code, Error, Result};
use crate::footer::ChunkRange;
use crate::panics;
use crate::source::Source;
use crate::spill_file::SpillFile;
use column_buffer::Lookup;
use plan::{ColumnRange, FetchSizes, RangeRequest};
use schedule::Schedule;

pub use plan::RowGroupRequest;

/// Concurrent requests. One connection to S3 transfers about 80 MB/s.
const THREADS: usize = 6;

/// Bytes of memory for prefetched data.
pub const BUDGET: usize = 40 << 20;

const SIZES: FetchSizes = FetchSizes {
    budget: BUDGET as u64,
    window: 4 << 20,
    min_window: 256 << 10,
    request: 4 << 20,
    gap: 64 << 10,
    slack: 64 << 10,
};

pub struct Fetcher {
    inner: Arc<FetcherInner>,
    row_groups: Arc<[RowGroupRequest]>,
    /// Position in reading order, by index in the file.
    sequences: HashMap<usize, usize>,
    threads: Vec<JoinHandle<()>>,
}

impl Fetcher {
    /// `row_groups`: what will be read, in reading order.
    pub fn new(source: Arc<dyn Source>, row_groups: Vec<RowGroupRequest>) -> Result<Self> {
        Self::with_sizes(source, row_groups, SIZES)
    }

    fn with_sizes(
        source: Arc<dyn Source>,
        row_groups: Vec<RowGroupRequest>,
        sizes: FetchSizes,
    ) -> Result<Self> {
        let sequences =
            row_groups.iter().enumerate().map(|(sequence, request)| (request.group, sequence)).collect();
        let chunks: usize = row_groups.iter().map(|request| request.ranges.len()).sum();
        let row_groups: Arc<[RowGroupRequest]> = row_groups.into();
        let inner = Arc::new(FetcherInner {
            source,
            schedule: Mutex::new(Schedule::new(row_groups.clone(), sizes)),
            work: Condvar::new(),
            arrived: Condvar::new(),
        });
        let mut fetcher = Self { inner, row_groups, sequences, threads: Vec::new() };
        for number in 0..chunks.min(THREADS) {
            let inner = fetcher.inner.clone();
            let spawned =
                std::thread::Builder::new().name(format!("fetch-{number}")).spawn(move || inner.run());
            match spawned {
                Ok(thread) => fetcher.threads.push(thread),
                Err(error) if number == 0 => {
                    return Err(Error::new(Code::Internal, format!("starting a thread failed: {error}")));
                }
                Err(_) => break,
            }
        }
        Ok(fetcher)
    }

    /// The column chunks of a row group, in the order of its ranges. Threads that open the same row group share its bytes,
    /// which are freed when the last of them drops its chunks.
    pub fn open(&self, group: usize) -> Result<Vec<FetchedChunk>> {
        let Some(&sequence) = self.sequences.get(&group) else {
            return Err(Error::new(Code::Internal, format!("row group {group} was not planned")));
        };
        self.inner.open(sequence);
        let reader = Arc::new(GroupReader { inner: self.inner.clone(), sequence });
        let chunk = |(column, &range)| FetchedChunk { range, column, reader: reader.clone() };
        Ok(self.row_groups[sequence].ranges.iter().enumerate().map(chunk).collect())
    }

    /// Stops fetching; waiting readers get [`Error::Cancelled`].
    pub fn stop(&self) {
        self.inner.stop();
    }
}

/// Joins the threads. They call Python, so the caller must not hold the GIL.
impl Drop for Fetcher {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // The thread has caught and reported its panics.
            drop(thread.join());
        }
    }
}

/// Keeps a row group's bytes in memory while any of its chunks is in use.
struct GroupReader {
    inner: Arc<FetcherInner>,
    sequence: usize,
}

impl Drop for GroupReader {
    fn drop(&mut self) {
        self.inner.close(self.sequence);
    }
}

/// A column chunk that is fetched over the network.
pub struct FetchedChunk {
    pub range: ChunkRange,
    column: usize,
    reader: Arc<GroupReader>,
}

impl FetchedChunk {
    /// At least `min` bytes of a page header from `offset`, or the rest of the chunk.
    pub fn peek(&self, offset: u64, min: usize) -> Result<Bytes> {
        self.wait(offset, self.clamp(offset, min), Schedule::peek)
    }

    /// `length` bytes of a page from `offset`. They count as read and may be freed.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        self.wait(offset, length, Schedule::read)
    }

    /// Whether `length` bytes from `offset`, or the rest of the chunk, are in memory.
    pub fn has(&self, offset: u64, length: usize) -> bool {
        let length = self.clamp(offset, length);
        length == 0 || self.reader.inner.schedule.lock().has(self.column_range(offset, length))
    }

    fn wait(&self, offset: u64, length: usize, look_up: LookUp) -> Result<Bytes> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.reader.inner.wait(self.column_range(offset, length), look_up)
    }

    fn clamp(&self, offset: u64, length: usize) -> usize {
        (self.range.end() - offset).min(length as u64) as usize
    }

    fn column_range(&self, offset: u64, length: usize) -> ColumnRange {
        let (sequence, column) = (self.reader.sequence, self.column);
        ColumnRange { sequence, column, start: offset, end: offset + length as u64 }
    }
}

/// [`Schedule::peek`] or [`Schedule::read`].
type LookUp = fn(&mut Schedule, ColumnRange, &mut Vec<Bytes>) -> Lookup;

/// The state that readers and fetching threads share.
struct FetcherInner {
    source: Arc<dyn Source>,
    schedule: Mutex<Schedule>,
    /// Signals that a request may be sent.
    work: Condvar,
    /// Signals that a response has arrived.
    arrived: Condvar,
}

impl FetcherInner {
    fn open(&self, sequence: usize) {
        self.schedule.lock().open(sequence);
        self.work.notify_one();
    }

    fn close(&self, sequence: usize) {
        let released = self.schedule.lock().close(sequence);
        self.work.notify_one();
        drop(released);
    }

    fn stop(&self) {
        let mut schedule = self.schedule.lock();
        let interrupt = schedule.in_flight > 0 && !schedule.stopped;
        schedule.stopped = true;
        drop(schedule);
        self.work.notify_all();
        self.arrived.notify_all();
        if interrupt {
            self.source.interrupt();
        }
    }

    /// Waits until a range is no longer pending.
    fn wait(&self, range: ColumnRange, look_up: LookUp) -> Result<Bytes> {
        let length = (range.end - range.start) as usize;
        // Declared before the lock, so that the bytes are freed after it is released.
        let mut released = Vec::new();
        let mut schedule = self.schedule.lock();
        let found = loop {
            if schedule.stopped {
                return Err(Error::Cancelled);
            }
            match look_up(&mut schedule, range, &mut released) {
                Lookup::Pending => {
                    self.work.notify_one();
                    self.arrived.wait(&mut schedule);
                }
                found => break found,
            }
        };
        let spill_file = schedule.spill_file(range.sequence);
        drop(schedule);
        if !released.is_empty() {
            self.work.notify_one();
        }
        match (found, spill_file) {
            (Lookup::Failed(error), _) => Err(error),
            (Lookup::Bytes(slices), _) => joined(slices, length),
            (Lookup::Spilled, Some(file)) => file.read(range.start, length),
            _ => self.source.read(range.start, length),
        }
    }

    /// The loop of a fetching thread.
    fn run(&self) {
        let mut schedule = self.schedule.lock();
        while !schedule.stopped {
            let Some(request) = schedule.next() else {
                self.work.wait(&mut schedule);
                continue;
            };
            let spill_file = schedule.spill_file(request.sequence());
            drop(schedule);
            // There may be work for another thread, too.
            self.work.notify_one();
            let fetched = panics::catch_panics(|| self.fetch(&request, spill_file.as_deref()));
            let unneeded = self.schedule.lock().arrive(&request, fetched);
            self.arrived.notify_all();
            drop(unneeded);
            schedule = self.schedule.lock();
        }
    }

    /// Fetches the bytes of a request; None if they went to the spill file.
    fn fetch(&self, request: &RangeRequest, spill_file: Option<&SpillFile>) -> Result<Option<Bytes>> {
        let bytes = self.source.read(request.start, (request.end - request.start) as usize)?;
        match spill_file {
            Some(file) => file.write(request.start, &bytes).map(|()| None),
            None => Ok(Some(bytes)),
        }
    }
}

fn joined(mut slices: Vec<Bytes>, length: usize) -> Result<Bytes> {
    if slices.len() == 1 {
        return Ok(slices.remove(0));
    }
    let mut whole = reserve(length)?;
    slices.iter().for_each(|slice| whole.extend_from_slice(slice));
    Ok(whole.into())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    const SMALL: FetchSizes = FetchSizes {
        budget: 64 << 10,
        window: 4 << 10,
        min_window: 512,
        request: 4 << 10,
        gap: 64,
        slack: 256,
    };
    const PAGE: u64 = 700;

    /// A remote file whose bytes are a function of their positions.
    #[derive(Default)]
    struct Remote {
        fetched: AtomicU64,
        requests: AtomicU64,
        /// Reads that include this position fail.
        broken: u64,
        /// Reads block until interrupted.
        stuck: bool,
        interrupted: AtomicBool,
    }

    fn byte(position: u64) -> u8 {
        (position.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8
    }

    impl Source for Remote {
        fn size(&self) -> u64 {
            1 << 40
        }

        fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
            std::thread::sleep(Duration::from_micros(offset % 300));
            while self.stuck && !self.interrupted.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            self.requests.fetch_add(1, Ordering::SeqCst);
            self.fetched.fetch_add(length as u64, Ordering::SeqCst);
            if (offset..offset + length as u64).contains(&self.broken) {
                return Err(Error::new(Code::Internal, "broken"));
            }
            Ok((offset..offset + length as u64).map(byte).collect())
        }

        fn is_local(&self) -> bool {
            false
        }

        fn interrupt(&self) {
            self.interrupted.store(true, Ordering::SeqCst);
        }
    }

    /// Consecutive row groups with column chunks of these lengths.
    fn groups(lengths: &[Vec<u64>], share: f64) -> Vec<RowGroupRequest> {
        let mut offset = 4;
        let mut range = |&length: &u64| {
            offset += length;
            ChunkRange { offset: offset - length, length }
        };
        let mut request = |(group, lengths): (usize, &Vec<u64>)| RowGroupRequest {
            group,
            ranges: lengths.iter().map(&mut range).collect(),
            share,
        };
        lengths.iter().enumerate().map(&mut request).collect()
    }

    /// Reads the page at `index` of a chunk: its header, then its data.
    fn read_page(chunk: &FetchedChunk, index: u64) -> Result<()> {
        let range = chunk.range;
        let start = range.offset + index * PAGE;
        let end = (start + PAGE).min(range.end());
        let header = chunk.peek(start, 20)?;
        assert_eq!(header[0], byte(start));
        let data = start + 10.min(end - start);
        let bytes = chunk.read(data, (end - data) as usize)?;
        assert!(bytes.iter().copied().eq((data..end).map(byte)), "bytes {data} to {end}");
        Ok(())
    }

    /// Reads all pages on three threads, all columns at the same pace. As in `RowGroups`, a row group stays open until
    /// every step has opened it, so that a late thread does not reopen it.
    fn read_all(fetcher: &Fetcher, groups: usize) -> Result<()> {
        const STEPS: u64 = 200;
        let next = AtomicU64::new(0);
        let opened: Vec<_> = (0..groups).map(|_| Mutex::new((None, 0))).collect();
        let open = |group: usize| -> Result<Arc<Vec<FetchedChunk>>> {
            let (chunks, steps) = &mut *opened[group].lock();
            let found = match chunks.take() {
                Some(found) => found,
                None => Arc::new(fetcher.open(group)?),
            };
            *steps += 1;
            *chunks = (*steps < STEPS).then(|| found.clone());
            Ok(found)
        };
        let work = || -> Result<()> {
            let mut open_chunks = None;
            loop {
                let step = next.fetch_add(1, Ordering::SeqCst);
                let (group, step) = ((step / STEPS) as usize, step % STEPS);
                if group >= groups {
                    return Ok(());
                }
                let chunks = open_chunks.insert(open(group)?);
                for chunk in chunks.iter() {
                    let pages = chunk.range.length.div_ceil(PAGE);
                    for page in pages * step / STEPS..pages * (step + 1) / STEPS {
                        read_page(chunk, page)?;
                    }
                }
            }
        };
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..3).map(|_| scope.spawn(work)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().unwrap())
        })
    }

    fn fetcher(source: &Arc<Remote>, row_groups: Vec<RowGroupRequest>) -> Fetcher {
        Fetcher::with_sizes(source.clone(), row_groups, SMALL).unwrap()
    }

    #[test]
    fn every_byte_is_fetched_once() {
        let small = vec![300, 5, 0, 900];
        let large = vec![400_000, 90_000, 10, 1_000_000];
        let wide = vec![3000; 200];
        let lengths = [small.clone(), small.clone(), large.clone(), wide.clone(), wide, small, large];
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&lengths, 1.0));
        read_all(&fetcher, lengths.len()).unwrap();
        let total: u64 = lengths.iter().flatten().sum();
        let fetched = source.fetched.load(Ordering::SeqCst);
        assert!((total..total + total / 50).contains(&fetched), "{fetched} of {total}");
        assert_eq!(fetcher.inner.schedule.lock().used(), 0);
    }

    #[test]
    fn small_row_groups_share_requests() {
        let lengths = vec![vec![10, 20, 30]; 100];
        let source = Arc::new(Remote::default());
        read_all(&fetcher(&source, groups(&lengths, 1.0)), lengths.len()).unwrap();
        assert_eq!(source.requests.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_row_group_can_be_reopened() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![100_000], vec![100_000]], 1.0));
        for group in [1, 0, 1] {
            let chunks = fetcher.open(group).unwrap();
            (0..10).for_each(|page| read_page(&chunks[0], page).unwrap());
        }
    }

    #[test]
    fn a_page_can_be_read_again() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![1_000_000]], 1.0));
        let chunks = fetcher.open(0).unwrap();
        for page in [0, 1, 2, 3, 100, 101, 102, 0, 50, 1000, 3, 101] {
            read_page(&chunks[0], page).unwrap();
        }
    }

    #[test]
    fn a_row_limit_fetches_a_share_and_ranges_that_readers_wait_for() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![100_000, 300_000]], 0.01));
        let chunks = fetcher.open(0).unwrap();
        (0..2).for_each(|page| read_page(&chunks[0], page).unwrap());
        (0..5).for_each(|page| read_page(&chunks[1], page).unwrap());
        assert!(source.fetched.load(Ordering::SeqCst) <= 1000 + 3000 + 2 * 256 + 2 * PAGE);
    }

    #[test]
    fn a_failure_reaches_the_readers_of_the_range() {
        let source = Arc::new(Remote { broken: 150_000, ..Remote::default() });
        let fetcher = fetcher(&source, groups(&[vec![100_000], vec![100_000], vec![100_000]], 1.0));
        let chunks = fetcher.open(0).unwrap();
        (0..143).for_each(|page| read_page(&chunks[0], page).unwrap());
        let error = read_all(&fetcher, 3).unwrap_err();
        assert_eq!(error.to_string(), "internal: broken");
    }

    #[test]
    fn stopping_cancels_waiting_readers() {
        let source = Arc::new(Remote { stuck: true, ..Remote::default() });
        let fetcher = fetcher(&source, groups(&[vec![100_000; 4]], 1.0));
        let chunks = fetcher.open(0).unwrap();
        std::thread::scope(|scope| {
            let reader = scope.spawn(|| read_page(&chunks[2], 0).unwrap_err());
            std::thread::sleep(Duration::from_millis(20));
            fetcher.stop();
            assert!(matches!(reader.join().unwrap(), Error::Cancelled));
        });
        drop(fetcher);
        assert!(source.requests.load(Ordering::SeqCst) <= THREADS as u64);
    }
}
