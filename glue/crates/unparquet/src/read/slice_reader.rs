//! Reads a slice of a page sequentially.

use super::page_cache::SpillWindow;
use super::page_slice::PageSlice;
use crate::error::{Error, Result};

/// A position in a slice, which may be in memory or in the spill file.
#[derive(Clone)]
pub struct SliceReader {
    slice: PageSlice,
    window: SpillWindow,
    at: usize,
}

impl SliceReader {
    /// `readers`: number of readers of the page that share one window's memory.
    pub fn new(slice: PageSlice, readers: usize) -> Self {
        Self { at: slice.start(), slice, window: SpillWindow::shared(readers) }
    }

    /// A reader for [`SliceReader::view`] only.
    pub fn at_end(slice: PageSlice) -> Self {
        Self { at: slice.end(), slice, window: SpillWindow::default() }
    }

    /// Position in the page.
    pub fn position(&self) -> usize {
        self.at
    }

    pub fn remaining(&self) -> usize {
        self.slice.end() - self.at
    }

    /// Consumes `length` bytes and returns them, followed by at least the padding of a page.
    #[inline(always)]
    pub fn take(&mut self, length: usize) -> Result<&[u8]> {
        let start = self.at;
        self.skip(length)?;
        let (bytes, base) = self.slice.view(&mut self.window, start, length)?;
        Ok(&bytes[start - base..])
    }

    /// `length` bytes from a position, followed by at least the padding of a page.
    #[inline(always)]
    pub fn view(&mut self, position: usize, length: usize) -> Result<&[u8]> {
        let (bytes, base) = self.slice.view(&mut self.window, position, length)?;
        Ok(&bytes[position - base..])
    }

    pub fn skip(&mut self, length: usize) -> Result<()> {
        if length > self.remaining() {
            return Err(ends_early());
        }
        self.at += length;
        Ok(())
    }

    /// Reads an unsigned LEB128 number of at most `bits` bits.
    #[inline(always)]
    pub fn varint(&mut self, bits: u32) -> Result<u64> {
        let (at, remaining) = (self.at, self.remaining());
        let mut value = 0;
        let mut length = 0;
        // The padding makes ten bytes readable anywhere.
        let bytes = self.view(at, 10)?;
        while length < remaining && 7 * length < bits as usize {
            let byte = bytes[length];
            value |= u64::from(byte & 0x7f) << (7 * length);
            length += 1;
            if byte & 0x80 == 0 {
                self.at += length;
                return Ok(value);
            }
        }
        Err(if length == remaining { ends_early() } else { Error::corrupt("a number in a page is too long") })
    }

    pub fn zigzag(&mut self) -> Result<i64> {
        let value = self.varint(64)?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }
}

pub fn ends_early() -> Error {
    Error::corrupt("a page has fewer values than its levels say")
}
