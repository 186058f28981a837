//! Where the bytes of a file come from.

use bytes::Bytes;

use crate::error::{Code, Error, Result};

/// A file whose bytes are read by ranges, by several threads at once.
pub trait Source: Send + Sync {
    /// Size of the file in bytes.
    fn size(&self) -> u64;

    /// Exactly `length` bytes from `offset` on. Callers stay within [`Source::size`].
    fn read(&self, offset: u64, length: usize) -> Result<Bytes>;

    /// Whether many small reads are as good as few large ones (a disk), or each one costs a round trip.
    fn is_local(&self) -> bool;

    /// Called once no more bytes are needed: reads under way should end soon, with any error.
    fn interrupt(&self) {}
}

/// A file in memory.
impl Source for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let start = offset as usize;
        Ok(self.slice(start..start + length))
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// A zeroed buffer, or `out_of_memory` where a plain allocation would abort the process.
pub fn allocate(length: usize) -> Result<Vec<u8>> {
    let mut buffer = reserve(length)?;
    buffer.resize(length, 0);
    Ok(buffer)
}

/// An empty buffer with room for `length` bytes, or `out_of_memory`.
pub fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(length).map_err(|_| {
        Error::new(Code::OutOfMemory, format!("{length} bytes are more than there is memory for"))
    })?;
    Ok(buffer)
}
