//! Hands units to threads and their text back in order.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::error::{Error, Result};

/// Buffers kept for later, and how large they may be.
const SPARE: usize = 8;
const MAX_SPARE: usize = 4 << 20;

/// Text of consecutive rows, ready to be written.
pub struct Piece {
    pub data: Vec<u8>,
    pub rows: u64,
    /// The last piece of its unit.
    pub last: bool,
}

pub struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    units: usize,
    /// Bytes that may wait for their turn; the unit whose turn it is may always add more.
    budget: usize,
}

#[derive(Default)]
struct State {
    /// The next unit to hand out.
    next: usize,
    /// The unit being written.
    writing: usize,
    waiting: BTreeMap<usize, VecDeque<Piece>>,
    bytes: usize,
    /// What went wrong in the earliest unit; units from there on are not written.
    failed: Option<(usize, Error)>,
    stopped: bool,
    /// Emptied buffers: to get memory anew takes longer than to fill it.
    spare: Vec<Vec<u8>>,
}

/// What the writing thread gets.
pub enum Next {
    Piece(Piece),
    /// Nothing yet: a chance to look at signals.
    Wait,
    End,
}

impl Queue {
    pub fn new(units: usize, budget: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), units, budget }
    }

    /// The next unit for a thread to work on.
    pub fn take(&self) -> Option<usize> {
        let mut state = self.lock();
        if state.stopped || state.failed.is_some() || state.next == self.units {
            return None;
        }
        state.next += 1;
        Some(state.next - 1)
    }

    /// Adds a piece of `unit`; blocks while too much waits already.
    pub fn put(&self, unit: usize, piece: Piece) -> Result<()> {
        let mut state = self.lock();
        while !state.stopped && state.writing != unit && state.bytes + piece.data.len() > self.budget {
            state = self.changed.wait(state).unwrap_or_else(|poisoned| poisoned.into_inner());
        }
        if state.stopped || state.failed.as_ref().is_some_and(|(failed, _)| *failed < unit) {
            return Err(Error::Cancelled);
        }
        state.bytes += piece.data.len();
        state.waiting.entry(unit).or_default().push_back(piece);
        self.changed.notify_all();
        Ok(())
    }

    /// A buffer for text, empty.
    pub fn buffer(&self) -> Vec<u8> {
        self.lock().spare.pop().unwrap_or_default()
    }

    /// Takes back what has been written.
    pub fn reuse(&self, mut data: Vec<u8>) {
        data.clear();
        let mut state = self.lock();
        if state.spare.len() < SPARE && data.capacity() <= MAX_SPARE {
            state.spare.push(data);
        }
    }

    /// Records what went wrong; of several failures the one earliest in the file counts, so that the
    /// outcome does not depend on which thread was faster.
    pub fn fail(&self, unit: usize, error: Error) {
        let mut state = self.lock();
        if state.failed.as_ref().is_none_or(|(earliest, _)| unit < *earliest) {
            state.failed = Some((unit, error));
        }
        self.changed.notify_all();
    }

    /// Ends all threads.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.changed.notify_all();
    }

    /// The next piece to write, in the order of the rows.
    pub fn next(&self, patience: Duration) -> Result<Next> {
        let mut state = self.lock();
        if state.writing == self.units {
            return Ok(Next::End);
        }
        let unit = state.writing;
        if let Some(piece) = state.waiting.get_mut(&unit).and_then(VecDeque::pop_front) {
            state.bytes -= piece.data.len();
            if piece.last {
                state.waiting.remove(&unit);
                state.writing += 1;
            }
            self.changed.notify_all();
            return Ok(Next::Piece(piece));
        }
        if state.failed.as_ref().is_some_and(|(failed, _)| *failed == unit)
            && let Some((_, error)) = state.failed.take()
        {
            return Err(error);
        }
        drop(self.changed.wait_timeout(state, patience));
        Ok(Next::Wait)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
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

    fn text(next: Next) -> String {
        match next {
            Next::Piece(piece) => String::from_utf8(piece.data).unwrap(),
            Next::Wait => "wait".into(),
            Next::End => "end".into(),
        }
    }

    #[test]
    fn gives_pieces_in_order_whatever_order_they_came_in() {
        let queue = Queue::new(2, 100);
        queue.put(1, piece("c", true)).unwrap();
        assert_eq!(text(queue.next(PATIENCE).unwrap()), "wait");
        queue.put(0, piece("a", false)).unwrap();
        queue.put(0, piece("b", true)).unwrap();
        let got: String = (0..4).map(|_| text(queue.next(PATIENCE).unwrap())).collect();
        assert_eq!(got, "abcend");
    }

    #[test]
    fn reports_the_failure_that_is_earliest_in_the_file() {
        let queue = Queue::new(3, 100);
        queue.fail(2, Error::new(Code::Internal, "later"));
        queue.fail(1, Error::new(Code::Internal, "earlier"));
        assert!(queue.put(2, piece("x", true)).is_err());
        queue.put(0, piece("a", true)).unwrap();
        assert_eq!(text(queue.next(PATIENCE).unwrap()), "a");
        let error = queue.next(PATIENCE).map(text).unwrap_err();
        assert_eq!(error.to_string(), "internal: earlier");
    }
}
