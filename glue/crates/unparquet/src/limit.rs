//! The caller's limit on the size of the output.

use crate::error::{Code, Error, Result};
use crate::sink::Sink;

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
