//! Brings the selected column chunks of a file's row groups, ahead of those who read them.
//!
//! A file on this machine is simply read. One behind a network is fetched by a few threads that stay ahead of
//! the readers within a budget of memory: the chunks of a row group that fits are fetched whole, of a
//! larger one each column has a window that moves with its readers. Only a row group of so many columns that their
//! windows would be tiny goes through a temporary file.

mod column;
mod plan;
mod schedule;
mod spool;

pub use spool::Spool;

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use parking_lot::{Condvar, Mutex};

use crate::chunk::ChunkBytes;
use crate::error::{Code, Error, Result};
use crate::footer::ChunkRange;
use crate::panics;
use crate::source::{Source, reserve};
use column::Found;
use plan::{Part, Request};
use schedule::Schedule;

/// Requests under way at a time. One connection to S3 brings some 80 MB/s.
const THREADS: usize = 6;

/// In bytes.
pub(crate) struct Sizes {
    /// What may be in memory or on its way. Readers that wait get theirs beyond it.
    pub budget: u64,
    /// The largest and the smallest window of a column.
    pub window: u64,
    pub least_window: u64,
    /// The largest request.
    pub request: u64,
    /// Parts this close together share a request: a few wasted bytes for a round trip.
    pub gap: u64,
    /// Fetched beyond the share of a chunk that a limit needs: rows are not spread evenly.
    pub slack: u64,
}

const SIZES: Sizes = Sizes {
    budget: 40 << 20,
    window: 4 << 20,
    least_window: 256 << 10,
    request: 4 << 20,
    gap: 64 << 10,
    slack: 64 << 10,
};

/// A row group that will be read.
pub struct Needs {
    /// Its index in the file.
    pub group: usize,
    /// The ranges of its selected column chunks.
    pub ranges: Vec<ChunkRange>,
    /// The share of its rows that is needed, at most 1.
    pub share: f64,
}

pub struct Fetcher {
    shared: Arc<Shared>,
    groups: Arc<[Needs]>,
    /// At which turn a row group is read, by its index in the file.
    turns: HashMap<usize, usize>,
    threads: Vec<JoinHandle<()>>,
}

impl Fetcher {
    /// `groups`: what will be read, in that order.
    pub fn new(source: Arc<dyn Source>, groups: Vec<Needs>) -> Result<Self> {
        Self::with_sizes(source, groups, SIZES)
    }

    fn with_sizes(source: Arc<dyn Source>, groups: Vec<Needs>, sizes: Sizes) -> Result<Self> {
        let turns = groups.iter().enumerate().map(|(turn, needs)| (needs.group, turn)).collect();
        let chunks: usize = groups.iter().map(|needs| needs.ranges.len()).sum();
        let local = source.is_local();
        let groups: Arc<[Needs]> = groups.into();
        let shared = Arc::new(Shared {
            source,
            schedule: Mutex::new(Schedule::new(groups.clone(), sizes)),
            work: Condvar::new(),
            arrived: Condvar::new(),
        });
        let mut fetcher = Self { shared, groups, turns, threads: Vec::new() };
        for number in 0..if local { 0 } else { chunks.min(THREADS) } {
            let shared = fetcher.shared.clone();
            let spawned =
                std::thread::Builder::new().name(format!("fetch-{number}")).spawn(move || shared.run());
            match spawned {
                Ok(thread) => fetcher.threads.push(thread),
                Err(error) if number == 0 => {
                    return Err(Error::new(Code::Internal, format!("no thread could be started: {error}")));
                }
                Err(_) => break,
            }
        }
        Ok(fetcher)
    }

    /// The chunks of a row group, in the order of its ranges. Several threads may open it, and share what is
    /// fetched; when the last of them lets go of it, its bytes leave the memory.
    pub fn open(&self, group: usize) -> Result<Vec<ChunkBytes>> {
        let Some(&turn) = self.turns.get(&group) else {
            return Err(Error::new(Code::Internal, format!("row group {group} was not to be read")));
        };
        let ranges = self.groups[turn].ranges.iter();
        let shared = &self.shared;
        if shared.source.is_local() {
            return Ok(ranges.map(|&range| ChunkBytes::local(range, shared.source.clone())).collect());
        }
        shared.open(turn);
        let group = Arc::new(OpenGroup { shared: shared.clone(), turn });
        let chunk =
            |(column, &range)| ChunkBytes::Fetched(FetchedChunk { range, column, group: group.clone() });
        Ok(ranges.enumerate().map(chunk).collect())
    }

    /// Ends everything soon; readers that wait get [`Error::Cancelled`].
    pub fn stop(&self) {
        self.shared.stop();
    }
}

/// Waits for the threads. They call Python, so the interpreter's lock must not be held.
impl Drop for Fetcher {
    fn drop(&mut self) {
        self.stop();
        for thread in self.threads.drain(..) {
            // A panic in it has been caught and reported already.
            drop(thread.join());
        }
    }
}

/// A row group's place in memory, while somebody reads it.
struct OpenGroup {
    shared: Arc<Shared>,
    turn: usize,
}

impl Drop for OpenGroup {
    fn drop(&mut self) {
        self.shared.close(self.turn);
    }
}

/// A column chunk that comes over a network.
pub struct FetchedChunk {
    pub range: ChunkRange,
    column: usize,
    group: Arc<OpenGroup>,
}

/// What bytes are read for.
#[derive(Clone, Copy)]
pub enum Purpose {
    Header,
    /// Nobody will read them again.
    Page,
}

impl FetchedChunk {
    pub fn read(&self, offset: u64, length: usize, purpose: Purpose) -> Result<Bytes> {
        if length == 0 {
            return Ok(Bytes::new());
        }
        self.group.shared.read(self.part(offset, length), purpose)
    }

    /// Whether reading them would not have to wait.
    pub fn has(&self, offset: u64, length: usize) -> bool {
        self.group.shared.schedule.lock().has(self.part(offset, length))
    }

    fn part(&self, offset: u64, length: usize) -> Part {
        Part { turn: self.group.turn, column: self.column, start: offset, end: offset + length as u64 }
    }
}

/// What readers and fetching threads share.
struct Shared {
    source: Arc<dyn Source>,
    schedule: Mutex<Schedule>,
    /// Something may be fetched now.
    work: Condvar,
    /// Something is there now.
    arrived: Condvar,
}

impl Shared {
    fn open(&self, turn: usize) {
        self.schedule.lock().open(turn);
        self.work.notify_one();
    }

    fn close(&self, turn: usize) {
        let unneeded = self.schedule.lock().close(turn);
        self.work.notify_one();
        drop(unneeded);
    }

    fn stop(&self) {
        let mut schedule = self.schedule.lock();
        let interrupt = schedule.under_way > 0 && !schedule.stopped;
        schedule.stopped = true;
        drop(schedule);
        self.work.notify_all();
        self.arrived.notify_all();
        if interrupt {
            self.source.interrupt();
        }
    }

    fn read(&self, part: Part, purpose: Purpose) -> Result<Bytes> {
        let length = (part.end - part.start) as usize;
        // Dropped after the lock is.
        let mut passed = Vec::new();
        let mut schedule = self.schedule.lock();
        let found = loop {
            if schedule.stopped {
                return Err(Error::Cancelled);
            }
            match schedule.find(part, purpose, &mut passed) {
                Found::NotYet => {
                    self.work.notify_one();
                    self.arrived.wait(&mut schedule);
                }
                found => break found,
            }
        };
        let spool = schedule.spool(part.turn);
        drop(schedule);
        if !passed.is_empty() {
            self.work.notify_one();
        }
        match (found, spool) {
            (Found::Failed(error), _) => Err(error),
            (Found::Bytes(slices), _) => joined(slices, length),
            (Found::Spooled, Some(spool)) => spool.read(part.start, length),
            _ => self.source.read(part.start, length),
        }
    }

    /// What a fetching thread does.
    fn run(&self) {
        let mut schedule = self.schedule.lock();
        while !schedule.stopped {
            let Some(request) = schedule.next() else {
                self.work.wait(&mut schedule);
                continue;
            };
            let spool = schedule.spool(request.turn());
            drop(schedule);
            // There may be something for another thread, too.
            self.work.notify_one();
            let fetched = panics::caught(|| self.fetch(&request, spool.as_deref()));
            let unneeded = self.schedule.lock().arrive(&request, fetched);
            self.arrived.notify_all();
            drop(unneeded);
            schedule = self.schedule.lock();
        }
    }

    /// The bytes of a request, unless they went into a file.
    fn fetch(&self, request: &Request, spool: Option<&Spool>) -> Result<Option<Bytes>> {
        let bytes = self.source.read(request.start, (request.end - request.start) as usize)?;
        match spool {
            Some(spool) => spool.write(request.start, &bytes).map(|()| None),
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

    const SMALL: Sizes =
        Sizes { budget: 64 << 10, window: 4 << 10, least_window: 512, request: 4 << 10, gap: 64, slack: 256 };
    const PAGE: u64 = 700;

    /// A file of known bytes behind a network.
    #[derive(Default)]
    struct Remote {
        fetched: AtomicU64,
        requests: AtomicU64,
        /// Reads across this position fail.
        broken: u64,
        /// Reads take as long as nobody interrupts.
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

    /// Row groups one after the other, by the lengths of their chunks.
    fn groups(lengths: &[Vec<u64>], share: f64) -> Vec<Needs> {
        let mut offset = 4;
        let mut range = |&length: &u64| {
            offset += length;
            ChunkRange { offset: offset - length, length }
        };
        let mut needs = |(group, lengths): (usize, &Vec<u64>)| Needs {
            group,
            ranges: lengths.iter().map(&mut range).collect(),
            share,
        };
        lengths.iter().enumerate().map(&mut needs).collect()
    }

    /// Reads the page at `index` of a chunk as its readers do: its header, then its data.
    fn read_page(chunk: &ChunkBytes, index: u64) -> Result<()> {
        let range = chunk.range();
        let start = range.offset + index * PAGE;
        let end = (start + PAGE).min(range.offset + range.length);
        let header = chunk.peek(start, 20)?;
        assert_eq!(header[0], byte(start));
        let data = start + 10.min(end - start);
        let bytes = chunk.read(data, (end - data) as usize)?;
        assert!(bytes.iter().copied().eq((data..end).map(byte)), "bytes {data} to {end}");
        Ok(())
    }

    /// Three threads share the pages, all columns at the same pace. A row group stays open until each step has it, as
    /// `RowGroups` does: a thread that is late must not open it anew.
    fn read_all(fetcher: &Fetcher, groups: usize) -> Result<()> {
        const STEPS: u64 = 200;
        let next = AtomicU64::new(0);
        let opened: Vec<_> = (0..groups).map(|_| Mutex::new((None, 0))).collect();
        let open = |group: usize| -> Result<Arc<Vec<ChunkBytes>>> {
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
            let mut kept = None;
            loop {
                let step = next.fetch_add(1, Ordering::SeqCst);
                let (group, step) = ((step / STEPS) as usize, step % STEPS);
                if group >= groups {
                    return Ok(());
                }
                let chunks = kept.insert(open(group)?);
                for chunk in chunks.iter() {
                    let pages = chunk.range().length.div_ceil(PAGE);
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

    fn fetcher(source: &Arc<Remote>, needs: Vec<Needs>) -> Fetcher {
        Fetcher::with_sizes(source.clone(), needs, SMALL).unwrap()
    }

    #[test]
    fn brings_every_byte_once() {
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
        assert_eq!(fetcher.shared.schedule.lock().used(), 0);
    }

    #[test]
    fn small_row_groups_share_requests() {
        let lengths = vec![vec![10, 20, 30]; 100];
        let source = Arc::new(Remote::default());
        read_all(&fetcher(&source, groups(&lengths, 1.0)), lengths.len()).unwrap();
        assert_eq!(source.requests.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn a_row_group_may_be_opened_again() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![100_000], vec![100_000]], 1.0));
        for group in [1, 0, 1] {
            let chunks = fetcher.open(group).unwrap();
            (0..10).for_each(|page| read_page(&chunks[0], page).unwrap());
        }
    }

    #[test]
    fn a_page_may_be_read_again() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![1_000_000]], 1.0));
        let chunks = fetcher.open(0).unwrap();
        for page in [0, 1, 2, 3, 100, 101, 102, 0, 50, 1000, 3, 101] {
            read_page(&chunks[0], page).unwrap();
        }
    }

    #[test]
    fn a_limit_takes_a_share_and_what_readers_ask_for() {
        let source = Arc::new(Remote::default());
        let fetcher = fetcher(&source, groups(&[vec![100_000, 300_000]], 0.01));
        let chunks = fetcher.open(0).unwrap();
        (0..2).for_each(|page| read_page(&chunks[0], page).unwrap());
        (0..5).for_each(|page| read_page(&chunks[1], page).unwrap());
        assert!(source.fetched.load(Ordering::SeqCst) <= 1000 + 3000 + 2 * 256 + 2 * PAGE);
    }

    #[test]
    fn a_failure_reaches_those_who_need_the_bytes() {
        let source = Arc::new(Remote { broken: 150_000, ..Remote::default() });
        let fetcher = fetcher(&source, groups(&[vec![100_000], vec![100_000], vec![100_000]], 1.0));
        let chunks = fetcher.open(0).unwrap();
        (0..143).for_each(|page| read_page(&chunks[0], page).unwrap());
        let error = read_all(&fetcher, 3).unwrap_err();
        assert_eq!(error.to_string(), "internal: broken");
    }

    #[test]
    fn stops_while_readers_wait() {
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
