//! The files that are read.

use bytes::Bytes;

use crate::error::Result;

/// A file, read in ranges by several threads.
pub trait Source: Send + Sync {
    /// Size of the file in bytes.
    fn size(&self) -> u64;

    /// Exactly `length` bytes from `offset`. Callers stay within [`Source::size`].
    fn read(&self, offset: u64, length: usize) -> Result<Bytes>;

    /// Whether small reads are cheap, as on a disk. Otherwise each read costs a round trip.
    fn is_local(&self) -> bool;

    /// Called when no more bytes are needed: reads in flight should end soon, with any error.
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
