//! Where the bytes of a file come from.

use bytes::Bytes;

use crate::error::Result;

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
