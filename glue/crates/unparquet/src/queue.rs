//! Hands units to threads and writes their text in order.
//!
//! Whoever has the text whose turn it is writes it, from the cache it was encoded into; text that comes too early
//! waits.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::error::{Error, Result};
use crate::index::{IndexEntry, SparseIndex};
use crate::sink::Sink;

/// Buffers kept for later, and how large they may be.
const SPARE: usize = 4;
const MAX_SPARE: usize = 4 << 20;

/// Text of whole consecutive rows, ready to be written.
pub struct Piece {
    pub data: Vec<u8>,
    pub rows: u64,
    /// The last piece of its unit.
    pub last: bool,
}

/// What has been written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub rows: u64,
    pub bytes: u64,
}

pub struct Queue<'a> {
    state: Mutex<State>,
    /// There is more room for text that waits.
    room: Condvar,
    /// All is written, or something went wrong.
    over: Condvar,
    units: usize,
    /// Bytes that may wait for their turn; the unit whose turn it is may always add more.
    budget: usize,
    sink: Mutex<&'a mut dyn Sink>,
}

#[derive(Default)]
struct State {
    /// The next unit to hand out.
    next: usize,
    /// The unit whose turn it is.
    turn: usize,
    waiting: BTreeMap<usize, VecDeque<Piece>>,
    bytes: usize,
    /// A thread is writing.
    is_writing: bool,
    written: Written,
    index: SparseIndex,
    /// What went wrong in the earliest unit; units from there on are not written.
    failed: Option<(usize, Error)>,
    stopped: bool,
    /// Emptied buffers: to get memory anew takes longer than to fill it.
    spare: Vec<Vec<u8>>,
}

impl<'a> Queue<'a> {
    pub fn new(units: usize, budget: usize, sink: &'a mut dyn Sink) -> Self {
        let (room, over) = (Condvar::new(), Condvar::new());
        Self { state: Mutex::default(), room, over, units, budget, sink: Mutex::new(sink) }
    }

    /// The next unit for a thread to work on.
    pub fn take(&self) -> Option<usize> {
        let mut state = self.state.lock();
        if state.stopped || state.failed.is_some() || state.next == self.units {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// Adds a piece of `unit`, and writes what can be written; blocks while too much waits already.
    pub fn put(&self, unit: usize, piece: Piece) -> Result<()> {
        let mut state = self.state.lock();
        while !state.stopped && state.turn != unit && state.bytes + piece.data.len() > self.budget {
            self.room.wait(&mut state);
        }
        if state.stopped || state.failed.as_ref().is_some_and(|(failed, _)| *failed < unit) {
            return Err(Error::Cancelled);
        }
        state.bytes += piece.data.len();
        state.waiting.entry(unit).or_default().push_back(piece);
        if state.is_writing { Ok(()) } else { self.write(state) }
    }

    fn write<'s>(&'s self, mut state: MutexGuard<'s, State>) -> Result<()> {
        state.is_writing = true;
        while !state.stopped
            && let Some(mut piece) = state.next_piece()
        {
            drop(state);
            let result = self.sink.lock().write(&piece.data);
            state = self.state.lock();
            if let Err(error) = result {
                state.is_writing = false;
                state.failed = Some((0, error));
                self.wake();
                return Err(Error::Cancelled);
            }
            let Written { rows: row, bytes: byte } = state.written;
            if piece.rows > 0 {
                state.index.push(IndexEntry { row, byte });
            }
            state.written.rows += piece.rows;
            state.written.bytes += piece.data.len() as u64;
            if state.spare.len() < SPARE && piece.data.capacity() <= MAX_SPARE {
                piece.data.clear();
                state.spare.push(piece.data);
            }
        }
        state.is_writing = false;
        self.room.notify_all();
        if state.turn == self.units || state.failed.is_some() {
            self.over.notify_all();
        }
        Ok(())
    }

    /// A buffer for text, empty.
    pub fn buffer(&self) -> Vec<u8> {
        self.state.lock().spare.pop().unwrap_or_default()
    }

    /// Records what went wrong; of several failures the one earliest in the file counts, so that the
    /// outcome does not depend on which thread was faster.
    pub fn fail(&self, unit: usize, error: Error) {
        let mut state = self.state.lock();
        if state.failed.as_ref().is_none_or(|(earliest, _)| unit < *earliest) {
            state.failed = Some((unit, error));
        }
        self.wake();
    }

    pub fn written(&self) -> Written {
        self.state.lock().written
    }

    /// What has been written in the end, when nothing works on it any more. [`Error::Cancelled`] if that is not all.
    pub fn outcome(&self) -> Result<Written> {
        let mut state = self.state.lock();
        match state.failed.take() {
            Some((_, error)) => Err(error),
            None if state.turn < self.units => Err(Error::Cancelled),
            None => Ok(state.written),
        }
    }

    /// The index of what has been written; afterwards there is none.
    pub fn take_index(&self) -> Vec<IndexEntry> {
        std::mem::take(&mut self.state.lock().index).into_entries()
    }

    /// Ends all threads.
    pub fn stop(&self) {
        self.state.lock().stopped = true;
        self.wake();
    }

    /// Waits for the end, but not longer than `patience`: what has been written, and whether that is all.
    pub fn wait(&self, patience: Duration) -> Result<(Written, bool)> {
        let mut state = self.state.lock();
        let is_over = |state: &State| {
            let is_all = state.turn == self.units;
            let is_failed = state.failed.as_ref().is_some_and(|(failed, _)| *failed <= state.turn);
            !state.is_writing && (is_all || is_failed)
        };
        if !is_over(&state) {
            self.over.wait_while_for(&mut state, |state| !is_over(state), patience);
        }
        if is_over(&state)
            && let Some((_, error)) = state.failed.take()
        {
            return Err(error);
        }
        Ok((state.written, is_over(&state)))
    }

    fn wake(&self) {
        self.room.notify_all();
        self.over.notify_all();
    }
}

impl State {
    /// The next piece to write, in the order of the rows.
    fn next_piece(&mut self) -> Option<Piece> {
        let piece = self.waiting.get_mut(&self.turn)?.pop_front()?;
        self.bytes -= piece.data.len();
        if piece.last {
            self.waiting.remove(&self.turn);
            self.turn += 1;
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    const PATIENCE: Duration = Duration::from_millis(1);

    fn piece(data: &str, last: bool) -> Piece {
        Piece { data: data.into(), rows: 1, last }
    }

    #[test]
    fn writes_pieces_in_order_whatever_order_they_came_in() {
        let mut out = Vec::new();
        let queue = Queue::new(2, 100, &mut out);
        queue.put(1, piece("c", true)).unwrap();
        assert_eq!(queue.wait(PATIENCE).unwrap(), (Written::default(), false));
        queue.put(0, piece("a", false)).unwrap();
        queue.put(0, piece("b", true)).unwrap();
        assert_eq!(queue.wait(PATIENCE).unwrap(), (Written { rows: 3, bytes: 3 }, true));
        assert_eq!(out, b"abc");
    }

    #[test]
    fn reports_the_failure_that_is_earliest_in_the_file() {
        let mut out = Vec::new();
        let queue = Queue::new(3, 100, &mut out);
        queue.fail(2, Error::new(Code::Internal, "later"));
        queue.fail(1, Error::new(Code::Internal, "earlier"));
        assert!(queue.put(2, piece("x", true)).is_err());
        assert!(!queue.wait(PATIENCE).unwrap().1);
        queue.put(0, piece("a", true)).unwrap();
        assert_eq!(queue.wait(PATIENCE).unwrap_err().to_string(), "internal: earlier");
        assert_eq!(out, b"a");
    }

    #[test]
    fn is_cancelled_when_the_work_ends_early() {
        let mut out = Vec::new();
        let queue = Queue::new(2, 100, &mut out);
        queue.put(0, piece("a", true)).unwrap();
        assert!(matches!(queue.outcome(), Err(Error::Cancelled)));
        queue.put(1, piece("b", true)).unwrap();
        assert_eq!(queue.outcome().unwrap(), Written { rows: 2, bytes: 2 });
        queue.fail(1, Error::new(Code::Internal, "broken"));
        assert_eq!(queue.outcome().unwrap_err().to_string(), "internal: broken");
    }

    #[test]
    fn ends_when_nothing_can_be_written() {
        struct Full;
        impl Sink for Full {
            fn write(&mut self, _: &[u8]) -> Result<()> {
                Err(Error::new(Code::Internal, "full"))
            }
        }
        let mut full = Full;
        let queue = Queue::new(3, 100, &mut full);
        assert!(queue.put(0, piece("a", true)).is_err());
        assert_eq!(queue.wait(PATIENCE).unwrap_err().to_string(), "internal: full");
    }
}
