//! Hands out work units to threads and writes their output in order.
//!
//! The thread holding the next chunk writes it while it is still in cache; other chunks wait.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::index::{IndexEntry, SparseIndex};
use crate::sink::Sink;

/// Number and largest size of buffers kept for reuse.
const SPARE: usize = 4;
const MAX_SPARE: usize = 4 << 20;

/// Compressed text of consecutive rows, ready to be written.
pub struct OutputChunk {
    pub data: Vec<u8>,
    pub rows: u64,
    /// Starts in the middle of a row.
    pub continues: bool,
    /// The last chunk of its work unit.
    pub last: bool,
}

/// Output written so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
}

pub struct OrderedWriter<'a> {
    state: Mutex<WriterState>,
    /// Signals that more chunks may wait.
    room: Condvar,
    /// Signals that everything is written or that a unit failed.
    done: Condvar,
    units: usize,
    /// Maximum bytes of waiting chunks; the next unit to write may exceed it.
    budget: usize,
    sink: Mutex<&'a mut dyn Sink>,
}

#[derive(Default)]
struct WriterState {
    /// The next unit to hand out.
    next_to_start: usize,
    /// The next unit to write.
    next_to_write: usize,
    /// Chunks by sequence number of their unit.
    waiting: BTreeMap<usize, VecDeque<OutputChunk>>,
    bytes: usize,
    /// A thread is writing.
    is_writing: bool,
    written: Written,
    index: SparseIndex,
    /// The failed unit with the lowest sequence number; it and later units are not written.
    failed: Option<(usize, Error)>,
    stopped: bool,
    /// Empty buffers: reallocating costs more than encoding.
    spare: Vec<Vec<u8>>,
}

impl<'a> OrderedWriter<'a> {
    pub fn new(units: usize, budget: usize, index: SparseIndex, sink: &'a mut dyn Sink) -> Self {
        let (room, done) = (Condvar::new(), Condvar::new());
        let state = Mutex::new(WriterState { index, ..WriterState::default() });
        Self { state, room, done, units, budget, sink: Mutex::new(sink) }
    }

    /// Sequence number of the next work unit; None if there is none left, or after a failure.
    pub fn next_unit(&self) -> Option<usize> {
        let mut state = self.state.lock();
        if state.stopped || state.failed.is_some() || state.next_to_start == self.units {
            return None;
        }
        state.next_to_start += 1;
        Some(state.next_to_start - 1)
    }

    /// Adds a chunk of a unit, and writes all chunks that are next in order. Blocks while too many bytes wait.
    pub fn put(&self, sequence: usize, chunk: OutputChunk) -> Result<()> {
        let mut state = self.state.lock();
        // The next unit never waits, unless another thread is writing and can write its chunks, too.
        while !state.stopped
            && (state.next_to_write != sequence || state.is_writing)
            && state.bytes + chunk.data.len() > self.budget
        {
            self.room.wait(&mut state);
        }
        if state.stopped || state.failed.as_ref().is_some_and(|(failed, _)| *failed < sequence) {
            return Err(Error::Cancelled);
        }
        state.bytes += chunk.data.len();
        state.waiting.entry(sequence).or_default().push_back(chunk);
        if state.is_writing { Ok(()) } else { self.write(state) }
    }

    /// Waits until a unit is the next to write.
    pub fn wait_for_turn(&self, sequence: usize) -> Result<()> {
        let mut state = self.state.lock();
        while !state.stopped && state.failed.is_none() && state.next_to_write < sequence {
            self.room.wait(&mut state);
        }
        if state.next_to_write == sequence && !state.stopped { Ok(()) } else { Err(Error::Cancelled) }
    }

    fn write<'s>(&'s self, mut state: MutexGuard<'s, WriterState>) -> Result<()> {
        state.is_writing = true;
        while !state.stopped
            && let Some(mut chunk) = state.next_chunk()
        {
            drop(state);
            let result = self.sink.lock().write(&chunk.data);
            state = self.state.lock();
            if let Err(error) = result {
                state.is_writing = false;
                state.failed = Some((0, error));
                self.wake();
                return Err(Error::Cancelled);
            }
            let Written { rows: row, bytes: byte } = state.written;
            if !chunk.continues && !chunk.data.is_empty() {
                state.index.push(IndexEntry { row, byte });
            }
            state.written.rows += chunk.rows;
            state.written.bytes += chunk.data.len() as u64;
            if state.spare.len() < SPARE && chunk.data.capacity() <= MAX_SPARE {
                chunk.data.clear();
                state.spare.push(chunk.data);
            }
        }
        state.is_writing = false;
        self.room.notify_all();
        if state.next_to_write == self.units || state.failed.is_some() {
            self.done.notify_all();
        }
        Ok(())
    }

    /// An empty buffer for text.
    pub fn buffer(&self) -> Vec<u8> {
        self.state.lock().spare.pop().unwrap_or_default()
    }

    /// Records a failure. The failure earliest in the file wins, so that the outcome does not depend on timing.
    pub fn fail(&self, sequence: usize, error: Error) {
        let mut state = self.state.lock();
        if state.failed.as_ref().is_none_or(|(earliest, _)| sequence < *earliest) {
            state.failed = Some((sequence, error));
        }
        self.wake();
    }

    pub fn written(&self) -> Written {
        self.state.lock().written
    }

    /// The total once all threads have ended; [`Error::Cancelled`] if units are missing.
    pub fn outcome(&self) -> Result<Written> {
        let mut state = self.state.lock();
        match state.failed.take() {
            Some((_, error)) => Err(error),
            None if state.next_to_write < self.units => Err(Error::Cancelled),
            None => Ok(state.written),
        }
    }

    /// Takes the index of the written output.
    pub fn take_index(&self) -> Vec<IndexEntry> {
        std::mem::take(&mut self.state.lock().index).into_entries()
    }

    /// Cancels all threads.
    pub fn stop(&self) {
        self.state.lock().stopped = true;
        self.wake();
    }

    /// Waits up to `timeout` for the end. Returns the total written, and whether the output is complete.
    pub fn wait(&self, timeout: Duration) -> Result<(Written, bool)> {
        let mut state = self.state.lock();
        let is_done = |state: &WriterState| {
            let is_all = state.next_to_write == self.units;
            let is_failed = state.failed.as_ref().is_some_and(|(failed, _)| *failed <= state.next_to_write);
            !state.is_writing && (is_all || is_failed)
        };
        if !is_done(&state) {
            self.done.wait_while_for(&mut state, |state| !is_done(state), timeout);
        }
        if is_done(&state)
            && let Some((_, error)) = state.failed.take()
        {
            return Err(error);
        }
        Ok((state.written, is_done(&state)))
    }

    fn wake(&self) {
        self.room.notify_all();
        self.done.notify_all();
    }
}

impl WriterState {
    /// Removes the next chunk to write, if it is waiting.
    fn next_chunk(&mut self) -> Option<OutputChunk> {
        let chunk = self.waiting.get_mut(&self.next_to_write)?.pop_front()?;
        self.bytes -= chunk.data.len();
        if chunk.last {
            self.waiting.remove(&self.next_to_write);
            self.next_to_write += 1;
        }
        Some(chunk)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const POLL_INTERVAL: Duration = Duration::from_millis(1);

    fn chunk(data: &str, last: bool) -> OutputChunk {
        OutputChunk { data: data.into(), rows: 1, continues: false, last }
    }

    #[test]
    fn chunks_are_written_in_order_however_they_arrive() {
        let mut out = Vec::new();
        let writer = OrderedWriter::new(2, 100, SparseIndex::default(), &mut out);
        writer.put(1, chunk("c", true)).unwrap();
        assert_eq!(writer.wait(POLL_INTERVAL).unwrap(), (Written::default(), false));
        writer.put(0, chunk("a", false)).unwrap();
        writer.put(0, chunk("b", true)).unwrap();
        assert_eq!(writer.wait(POLL_INTERVAL).unwrap(), (Written { rows: 3, bytes: 3 }, true));
        assert_eq!(out, b"abc");
    }

    #[test]
    fn the_failure_earliest_in_the_file_is_reported() {
        let mut out = Vec::new();
        let writer = OrderedWriter::new(3, 100, SparseIndex::default(), &mut out);
        writer.fail(2, Error::new(Code::Internal, "later"));
        writer.fail(1, Error::new(Code::Internal, "earlier"));
        assert!(writer.put(2, chunk("x", true)).is_err());
        assert!(!writer.wait(POLL_INTERVAL).unwrap().1);
        writer.put(0, chunk("a", true)).unwrap();
        assert_eq!(writer.wait(POLL_INTERVAL).unwrap_err().to_string(), "internal: earlier");
        assert_eq!(out, b"a");
    }

    #[test]
    fn missing_units_are_reported_as_cancelled() {
        let mut out = Vec::new();
        let writer = OrderedWriter::new(2, 100, SparseIndex::default(), &mut out);
        writer.put(0, chunk("a", true)).unwrap();
        assert!(matches!(writer.outcome(), Err(Error::Cancelled)));
        writer.put(1, chunk("b", true)).unwrap();
        assert_eq!(writer.outcome().unwrap(), Written { rows: 2, bytes: 2 });
        writer.fail(1, Error::new(Code::Internal, "broken"));
        assert_eq!(writer.outcome().unwrap_err().to_string(), "internal: broken");
    }

    #[test]
    fn a_failing_sink_ends_the_conversion() {
        struct Full;
        impl Sink for Full {
            fn write(&mut self, _: &[u8]) -> Result<()> {
                Err(Error::new(Code::Internal, "full"))
            }
        }
        let mut full = Full;
        let writer = OrderedWriter::new(3, 100, SparseIndex::default(), &mut full);
        assert!(writer.put(0, chunk("a", true)).is_err());
        assert_eq!(writer.wait(POLL_INTERVAL).unwrap_err().to_string(), "internal: full");
    }
}
