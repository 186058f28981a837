//! The bytes of one row group's column chunks, shared by the threads that read them.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::error::Result;
use crate::footer::ChunkRange;
use crate::source::Source;

/// A row group whose selected chunks have at most this many bytes is read whole and at once.
pub const WHOLE: u64 = 64 << 20;
/// Chunks this close together are read by one request: fewer round trips for a few wasted bytes.
const GAP: u64 = 256 << 10;
const MAX_REQUEST: u64 = 16 << 20;
/// What a larger chunk is read by.
const WINDOW: u64 = 4 << 20;

/// One column chunk's bytes, by absolute position in the file.
pub enum ChunkBytes {
    Whole { range: ChunkRange, bytes: Bytes },
    Windowed { range: ChunkRange, source: Arc<dyn Source>, window: Mutex<(u64, Bytes)> },
}

impl ChunkBytes {
    fn windowed(range: ChunkRange, source: Arc<dyn Source>) -> Self {
        ChunkBytes::Windowed { range, source, window: Mutex::new((0, Bytes::new())) }
    }

    pub fn range(&self) -> ChunkRange {
        match self {
            ChunkBytes::Whole { range, .. } | ChunkBytes::Windowed { range, .. } => *range,
        }
    }

    /// `length` bytes from `offset` on; both must lie in the chunk's range.
    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        match self {
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
