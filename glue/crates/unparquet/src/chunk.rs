//! The bytes of one column chunk, for all threads that read it.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::error::Result;
use crate::fetch::{FetchedChunk, Purpose};
use crate::footer::ChunkRange;
use crate::source::Source;

/// Read along with a page of a local file: the next page's header, which rarely is longer.
const HEADER: u64 = 256;
/// The longest header that is kept: there may be thousands of columns.
const MAX_KEPT: usize = 16 << 10;

/// By absolute position in the file.
pub enum ChunkBytes {
    Local(LocalChunk),
    Fetched(FetchedChunk),
}

/// Read page by page, each when somebody needs it.
pub struct LocalChunk {
    range: ChunkRange,
    source: Arc<dyn Source>,
    /// Position and bytes of what follows the last page.
    after: Mutex<(u64, Bytes)>,
}

impl ChunkBytes {
    pub fn local(range: ChunkRange, source: Arc<dyn Source>) -> Self {
        ChunkBytes::Local(LocalChunk { range, source, after: Mutex::default() })
    }

    pub fn range(&self) -> ChunkRange {
        match self {
            ChunkBytes::Local(chunk) => chunk.range,
            ChunkBytes::Fetched(chunk) => chunk.range,
        }
    }

    /// The bytes from `offset` on, at least `least` of them or all there are in the chunk: a page's header.
    pub fn peek(&self, offset: u64, least: usize) -> Result<Bytes> {
        let range = self.range();
        let left = range.offset + range.length - offset;
        let least = left.min(least as u64) as usize;
        match self {
            ChunkBytes::Local(chunk) => chunk.peek(offset, least, left),
            ChunkBytes::Fetched(chunk) => chunk.read(offset, least, Purpose::Header),
        }
    }

    /// `length` bytes from `offset` on, which must lie in the chunk's range and will not be read again: a page.
    ///
    /// Reading them again may cost another request where the file is behind a network.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        match self {
            ChunkBytes::Local(chunk) => chunk.read(offset, length),
            ChunkBytes::Fetched(chunk) => chunk.read(offset, length, Purpose::Page),
        }
    }

    /// Whether reading `length` bytes from `offset` on needs no waiting for a network.
    pub fn has(&self, offset: u64, length: usize) -> bool {
        let range = self.range();
        let length = length.min((range.offset + range.length - offset) as usize);
        match self {
            ChunkBytes::Local(_) => true,
            ChunkBytes::Fetched(chunk) => length == 0 || chunk.has(offset, length),
        }
    }
}

impl LocalChunk {
    fn peek(&self, offset: u64, least: usize, left: u64) -> Result<Bytes> {
        let (start, bytes) = self.after.lock().clone();
        if offset >= start && offset + least as u64 <= start + bytes.len() as u64 {
            return Ok(bytes.slice((offset - start) as usize..));
        }
        let bytes = self.source.read(offset, left.min(HEADER.max(least as u64)) as usize)?;
        if bytes.len() <= MAX_KEPT {
            *self.after.lock() = (offset, bytes.clone());
        }
        Ok(bytes)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let end = offset + length as u64;
        let left = self.range.offset + self.range.length - end;
        let mut bytes = self.source.read(offset, length + left.min(HEADER) as usize)?;
        // A copy: a slice would keep the page in memory.
        *self.after.lock() = (end, Bytes::copy_from_slice(&bytes[length..]));
        bytes.truncate(length);
        Ok(bytes)
    }
}
