//! The bytes of one row group's column chunks, shared by the threads that read them.

use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;

use crate::error::Result;
use crate::fetch::{FetchedChunk, Purpose};
use crate::footer::ChunkRange;
use crate::source::Source;

/// A row group whose selected chunks have at most this many bytes is read whole and at once.
pub const WHOLE: u64 = 64 << 20;
/// Chunks this close together are read by one request: fewer round trips for a few wasted bytes.
const GAP: u64 = 256 << 10;
const MAX_REQUEST: u64 = 16 << 20;
/// What a larger chunk is read by.
const WINDOW: u64 = 4 << 20;

/// Read along with a page of a local file: the next page's header, which rarely is longer.
const HEADER: u64 = 256;

/// One column chunk's bytes, by absolute position in the file.
pub enum ChunkBytes {
    /// `after`: position and bytes of what follows the last page.
    Local {
        range: ChunkRange,
        source: Arc<dyn Source>,
        after: Mutex<(u64, Bytes)>,
    },
    Fetched(FetchedChunk),
    Whole {
        range: ChunkRange,
        bytes: Bytes,
    },
    Windowed {
        range: ChunkRange,
        source: Arc<dyn Source>,
        window: Mutex<(u64, Bytes)>,
    },
}

impl ChunkBytes {
    pub fn local(range: ChunkRange, source: Arc<dyn Source>) -> Self {
        ChunkBytes::Local { range, source, after: Mutex::default() }
    }

    fn windowed(range: ChunkRange, source: Arc<dyn Source>) -> Self {
        ChunkBytes::Windowed { range, source, window: Mutex::new((0, Bytes::new())) }
    }

    pub fn range(&self) -> ChunkRange {
        match self {
            ChunkBytes::Local { range, .. }
            | ChunkBytes::Whole { range, .. }
            | ChunkBytes::Windowed { range, .. } => *range,
            ChunkBytes::Fetched(chunk) => chunk.range,
        }
    }

    #[allow(dead_code)]
    /// The bytes from `offset` on, at least `least` of them or all there are in the chunk: a page's header.
    pub fn peek(&self, offset: u64, least: usize) -> Result<Bytes> {
        let range = self.range();
        let left = range.offset + range.length - offset;
        let least = left.min(least as u64) as usize;
        match self {
            ChunkBytes::Local { source, after, .. } => {
                let (start, bytes) = lock(after).clone();
                if offset >= start && offset + least as u64 <= start + bytes.len() as u64 {
                    return Ok(bytes.slice((offset - start) as usize..));
                }
                let bytes = source.read(offset, left.min(HEADER.max(least as u64)) as usize)?;
                *lock(after) = (offset, bytes.clone());
                Ok(bytes)
            }
            ChunkBytes::Fetched(chunk) => chunk.read(offset, least, Purpose::Header),
            _ => self.read(offset, least),
        }
    }

    /// `length` bytes from `offset` on, which must lie in the chunk's range and will not be read again: a page.
    ///
    /// Reading them again costs another request where the file is behind a network.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        match self {
            ChunkBytes::Local { range, source, after } => {
                let end = offset + length as u64;
                let left = range.offset + range.length - end;
                let mut bytes = source.read(offset, length + left.min(HEADER) as usize)?;
                // A copy: a slice would keep the page in memory.
                *lock(after) = (end, Bytes::copy_from_slice(&bytes[length..]));
                bytes.truncate(length);
                Ok(bytes)
            }
            ChunkBytes::Fetched(chunk) => chunk.read(offset, length, Purpose::Page),
            ChunkBytes::Whole { range, bytes } => {
                let start = (offset - range.offset) as usize;
                Ok(bytes.slice(start..start + length))
            }
            ChunkBytes::Windowed { range, source, window } => {
                let mut window = window.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                let end = offset + length as u64;
                if offset < window.0 || end > window.0 + window.1.len() as u64 {
                    let ahead = WINDOW.max(length as u64).min(range.offset + range.length - offset);
                    *window = (offset, source.read(offset, ahead as usize)?);
                }
                let start = (offset - window.0) as usize;
                Ok(window.1.slice(start..start + length))
            }
        }
    }
}

fn lock(after: &Mutex<(u64, Bytes)>) -> MutexGuard<'_, (u64, Bytes)> {
    after.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Opens `ranges` of one row group: read now where they are small together, else page by page.
pub fn open(source: &Arc<dyn Source>, ranges: &[ChunkRange]) -> Result<Vec<ChunkBytes>> {
    let total: u64 = ranges.iter().map(|range| range.length).sum();
    if total > WHOLE {
        return Ok(ranges.iter().map(|&range| ChunkBytes::windowed(range, source.clone())).collect());
    }
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    order.sort_by_key(|&index| ranges[index].offset);
    let mut chunks: Vec<Option<ChunkBytes>> = ranges.iter().map(|_| None).collect();
    let mut rest = &order[..];
    while let Some((&first, _)) = rest.split_first() {
        let start = ranges[first].offset;
        let mut end = start + ranges[first].length;
        let mut taken = 1;
        for &index in &rest[1..] {
            let ChunkRange { offset, length } = ranges[index];
            if offset > end + GAP || end.max(offset + length) - start > MAX_REQUEST {
                break;
            }
            end = end.max(offset + length);
            taken += 1;
        }
        let bytes = source.read(start, (end - start) as usize)?;
        for &index in &rest[..taken] {
            let range = ranges[index];
            let from = (range.offset - start) as usize;
            let bytes = bytes.slice(from..from + range.length as usize);
            chunks[index] = Some(ChunkBytes::Whole { range, bytes });
        }
        rest = &rest[taken..];
    }
    Ok(chunks.into_iter().flatten().collect())
}
