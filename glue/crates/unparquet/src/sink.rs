//! The destination of the JSON.

use std::io::Write;

use crate::error::{Code, Error, Result};

/// Receives the output in order.
pub trait Sink: Send {
    /// Writes all of `data`. May block.
    fn write(&mut self, data: &[u8]) -> Result<()>;

    /// Bytes of memory that the sink takes.
    fn memory(&self) -> usize {
        0
    }
}

impl Sink for Vec<u8> {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.try_reserve(data.len()).map_err(|_| {
            Error::new(
                Code::OutOfMemory,
                format!("not enough memory for over {} bytes of output", self.len()),
            )
        })?;
        self.extend_from_slice(data);
        Ok(())
    }
}

impl Sink for std::fs::File {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        self.write_all(data)
            .map_err(|error| Error::new(Code::Internal, format!("writing the output failed: {error}")))
    }
}
