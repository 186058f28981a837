//! Limits on the size of the output.

use crate::error::{Code, Error, Result};
use crate::sink::Sink;

/// Longest text of a row, in bytes: a longer buffer could exhaust the memory.
pub const MAX_ROW: usize = u32::MAX as usize;

/// Writes to another sink, up to a number of bytes.
pub struct LimitedSink<'a> {
    sink: &'a mut dyn Sink,
    max: u64,
    written: u64,
}

impl<'a> LimitedSink<'a> {
    pub fn new(sink: &'a mut dyn Sink, max: u64) -> Self {
        Self { sink, max, written: 0 }
    }
}

impl Sink for LimitedSink<'_> {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.written += data.len() as u64;
        if self.written > self.max {
            return Err(too_large(self.max));
        }
        self.sink.write(data)
    }
}

pub fn too_large(max: u64) -> Error {
    let message = format!("the output would exceed the limit of {max} bytes");
    Error::new(Code::LimitExceeded, message)
}

pub fn too_many_rows(rows: u64, max: u64) -> Error {
    let message = format!("the output would have {rows} rows, over the limit of {max}");
    Error::new(Code::LimitExceeded, message)
}

/// The maximum length of a row's text, in bytes.
#[derive(Clone, Copy, Debug)]
pub struct RowLimit {
    /// In the output.
    pub output: usize,
    /// In memory.
    pub memory: usize,
}

impl RowLimit {
    /// Errors: `limit_exceeded` for text in memory that is longer.
    #[inline]
    pub fn check(self, length: usize) -> Result<()> {
        if length > self.output.min(self.memory) { Err(self.exceeded(length)) } else { Ok(()) }
    }

    #[cold]
    fn exceeded(self, length: usize) -> Error {
        if length > self.output { row_too_long(self.output) } else { too_little_memory(self.memory) }
    }
}

/// Errors: `limit_exceeded` if the text of a row has over `max` bytes.
#[inline]
pub fn check_length(length: usize, max: usize) -> Result<()> {
    if length > max { Err(row_too_long(max)) } else { Ok(()) }
}

#[cold]
pub fn row_too_long(max: usize) -> Error {
    if max < MAX_ROW {
        return too_large(max as u64);
    }
    Error::new(Code::LimitExceeded, format!("a row has over {MAX_ROW} bytes of JSON"))
}

/// The error for a column of one row that exceeds the memory.
#[cold]
pub fn too_little_memory(max: usize) -> Error {
    let message = format!("one row needs more than the {} MiB of memory available for it", max >> 20);
    Error::new(Code::LimitExceeded, message)
}
