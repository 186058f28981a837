//! Decodes BYTE_STREAM_SPLIT: the first byte of every value, then the second bytes, and so on.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md>

use super::page_slice::PageSlice;
use super::slice_reader::{SliceReader, ends_early};
use crate::error::{Error, Result};

pub struct StreamSplitDecoder {
    /// One reader for all streams of a page in memory, one for each of a spilled page.
    readers: Vec<SliceReader>,
    /// Position of the first stream.
    start: usize,
    width: usize,
    /// Number of values in the page, and index of the next.
    values: usize,
    next: usize,
}

impl StreamSplitDecoder {
    pub fn new(slice: &PageSlice, width: usize) -> Result<Self> {
        if width == 0 || !slice.len().is_multiple_of(width) {
            return Err(Error::corrupt(format!(
                "{} bytes cannot be split into {width} streams",
                slice.len()
            )));
        }
        let readers = if slice.is_spilled() { width } else { 1 };
        Ok(Self {
            readers: vec![SliceReader::new(slice.clone(), readers); readers],
            start: slice.start(),
            width,
            values: slice.len() / width,
            next: 0,
        })
    }

    /// Appends the bytes of the next `count` values.
    pub fn read(&mut self, count: usize, out: &mut Vec<u8>) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        let first = self.next;
        self.skip(count)?;
        let start = out.len();
        out.resize(start + count * self.width, 0);
        let last_reader = self.readers.len() - 1;
        for stream in 0..self.width {
            let position = self.start + stream * self.values + first;
            let bytes = &self.readers[stream.min(last_reader)].view(position, count)?[..count];
            let values = out[start + stream..].iter_mut().step_by(self.width);
            values.zip(bytes).for_each(|(value, byte)| *value = *byte);
        }
        Ok(())
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        if count > self.values - self.next {
            return Err(ends_early());
        }
        self.next += count;
        Ok(())
    }
}
