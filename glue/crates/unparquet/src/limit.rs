//! Limits on the size of the output.

use crate::error::{Code, Error, Result};
use crate::sink::Sink;

/// Largest text of one row, in bytes: a longer buffer could exhaust the memory.
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
    let message = format!("the output would have over {max} bytes, which is the limit");
    Error::new(Code::LimitExceeded, message)
}

pub fn too_many_rows(rows: u64, max: u64) -> Error {
    let message = format!("the output would have {rows} rows, over the limit of {max}");
    Error::new(Code::LimitExceeded, message)
}

/// Fails if the text of a row has more than `max` bytes.
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
