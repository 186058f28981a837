//! The bytes of one column chunk, for all threads that read it.

use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::error::Result;
use crate::fetch::FetchedChunk;
use crate::footer::ChunkRange;
use crate::source::Source;

/// Bytes read after a page of a local file: the next page's header is rarely longer.
const HEADER: u64 = 256;
/// The longest header that is cached: there may be thousands of columns.
const MAX_CACHED: usize = 16 << 10;

/// Offsets are absolute file offsets.
pub enum ChunkBytes {
    Local(LocalChunk),
    Fetched(FetchedChunk),
}

/// Reads pages from the source on demand.
pub struct LocalChunk {
    range: ChunkRange,
    source: Arc<dyn Source>,
    /// Position and bytes of the data after the last page.
    header: Mutex<(u64, Bytes)>,
}

impl ChunkBytes {
    pub fn local(range: ChunkRange, source: Arc<dyn Source>) -> Self {
        ChunkBytes::Local(LocalChunk { range, source, header: Mutex::default() })
    }

    pub fn range(&self) -> ChunkRange {
        match self {
            ChunkBytes::Local(chunk) => chunk.range,
            ChunkBytes::Fetched(chunk) => chunk.range,
        }
    }

    /// At least `min` bytes of a page header from `offset`, or the rest of the chunk.
    pub fn peek(&self, offset: u64, min: usize) -> Result<Bytes> {
        match self {
            ChunkBytes::Local(chunk) => chunk.peek(offset, min),
            ChunkBytes::Fetched(chunk) => chunk.peek(offset, min),
        }
    }

    /// `length` bytes of a page from `offset`, within the chunk's range.
    ///
    /// Over a network, reading a page again may cost another request.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        match self {
            ChunkBytes::Local(chunk) => chunk.read(offset, length),
            ChunkBytes::Fetched(chunk) => chunk.read(offset, length),
        }
    }

    /// Whether `length` bytes from `offset` can be read without waiting for the network.
    pub fn has(&self, offset: u64, length: usize) -> bool {
        match self {
            ChunkBytes::Local(_) => true,
            ChunkBytes::Fetched(chunk) => chunk.has(offset, length),
        }
    }
}

impl LocalChunk {
    fn peek(&self, offset: u64, min: usize) -> Result<Bytes> {
        let remaining = self.range.end() - offset;
        let min = remaining.min(min as u64);
        let (start, bytes) = self.header.lock().clone();
        if offset >= start && offset + min <= start + bytes.len() as u64 {
            return Ok(bytes.slice((offset - start) as usize..));
        }
        let bytes = self.source.read(offset, remaining.min(HEADER.max(min)) as usize)?;
        if bytes.len() <= MAX_CACHED {
            *self.header.lock() = (offset, bytes.clone());
        }
        Ok(bytes)
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let end = offset + length as u64;
        let remaining = self.range.end() - end;
        let mut bytes = self.source.read(offset, length + remaining.min(HEADER) as usize)?;
        // A copy: a slice would keep the page in memory.
        *self.header.lock() = (end, Bytes::copy_from_slice(&bytes[length..]));
        bytes.truncate(length);
        Ok(bytes)
    }
}
