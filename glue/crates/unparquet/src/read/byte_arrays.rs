//! Decodes DELTA_LENGTH_BYTE_ARRAY and DELTA_BYTE_ARRAY, in which lengths precede the bytes.
//!
//! Lengths are decoded in blocks, along with the bytes: a page may have many more values than bytes.

use std::ops::Range;

use super::delta::DeltaDecoder;
use super::page::Page;
use super::page_slice::PageSlice;
use super::slice_reader::SliceReader;
use crate::error::{Code, Error, Result};

/// The lengths of byte arrays.
struct Lengths {
    decoder: DeltaDecoder,
    decoded: Box<[i64; 128]>,
    next: usize,
    end: usize,
}

impl Lengths {
    /// The lengths at the start of a slice, and the position after them.
    fn new(slice: PageSlice, max: usize, readers: usize) -> Result<(Self, usize)> {
        let decoder = DeltaDecoder::new(slice, max, readers)?;
        let end = decoder.end()?;
        Ok((Self { decoder, decoded: Box::new([0; 128]), next: 0, end: 0 }, end))
    }

    fn remaining(&self) -> usize {
        self.end - self.next + self.decoder.remaining()
    }

    /// The next length, without consuming it.
    #[inline]
    fn peek(&mut self) -> Result<usize> {
        if self.next == self.end {
            // At least one, so that reading past the end is an error.
            self.end = self.decoder.remaining().clamp(1, self.decoded.len());
            self.next = 0;
            self.decoder.read(&mut self.decoded[..self.end])?;
        }
        let length = self.decoded[self.next];
        usize::try_from(length).map_err(|_| Error::corrupt(format!("a value of {length} bytes")))
    }

    #[inline]
    fn next(&mut self) -> Result<usize> {
        let length = self.peek()?;
        self.next += 1;
        Ok(length)
    }
}

/// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
pub struct DeltaLengthDecoder {
    lengths: Lengths,
    bytes: SliceReader,
}

impl DeltaLengthDecoder {
    pub fn new(page: &Page) -> Result<Self> {
        Self::of_slice(&page.values, page.entries, 2)
    }

    fn of_slice(slice: &PageSlice, max: usize, readers: usize) -> Result<Self> {
        let (lengths, end) = Lengths::new(slice.clone(), max, readers)?;
        Ok(Self { lengths, bytes: SliceReader::new(slice.after(end), readers) })
    }

    /// The length of the next value.
    #[inline]
    pub fn next_length(&mut self) -> Result<usize> {
        self.lengths.peek()
    }

    /// The next value, followed by at least the padding of a page.
    #[inline]
    pub fn next(&mut self) -> Result<(&[u8], usize)> {
        let length = self.lengths.next()?;
        Ok((self.bytes.take(length)?, length))
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        (0..count).try_for_each(|_| self.next_range().map(|_| ()))
    }

    /// The range of the next value in the page.
    #[inline]
    pub fn next_range(&mut self) -> Result<Range<usize>> {
        let length = self.lengths.next()?;
        let start = self.bytes.position();
        self.bytes.skip(length)?;
        Ok(start..start + length)
    }
}

/// DELTA_BYTE_ARRAY: the lengths of the prefixes that values share with their predecessors, then the suffixes in
/// DELTA_LENGTH_BYTE_ARRAY.
pub struct DeltaByteArrayDecoder {
    prefixes: Lengths,
    suffixes: DeltaLengthDecoder,
    /// Maximum bytes of a value: it may be far longer than its page.
    max: usize,
}

impl DeltaByteArrayDecoder {
    pub fn new(page: &Page, max: usize) -> Result<Self> {
        let (prefixes, end) = Lengths::new(page.values.clone(), page.entries, 3)?;
        let suffixes = DeltaLengthDecoder::of_slice(&page.values.after(end), page.entries, 3)?;
        Ok(Self { prefixes, suffixes, max })
    }

    pub fn remaining(&self) -> usize {
        self.prefixes.remaining()
    }

    /// The length of the next value.
    #[inline]
    pub fn next_length(&mut self) -> Result<usize> {
        Ok(self.prefixes.peek()?.saturating_add(self.suffixes.next_length()?))
    }

    /// Appends the next value, of any length. `previous` is the range of the previous value in `values`.
    #[inline]
    pub fn append_next(&mut self, previous: Range<usize>, values: &mut Vec<u8>) -> Result<()> {
        let prefix = self.prefix(previous.len())?;
        let (suffix, length) = self.suffixes.next()?;
        values.extend_from_within(previous.start..previous.start + prefix);
        values.extend_from_slice(&suffix[..length]);
        Ok(())
    }

    /// Skips `count` values, turning `value`, their predecessor, into the last of them.
    pub fn skip(&mut self, count: usize, value: &mut Vec<u8>) -> Result<()> {
        for _ in 0..count {
            if self.next_length()? > self.max {
                return Err(Error::new(Code::LimitExceeded, format!("a value has over {} bytes", self.max)));
            }
            let prefix = self.prefix(value.len())?;
            let (suffix, length) = self.suffixes.next()?;
            value.truncate(prefix);
            // Doubling the capacity of a long value would take too much memory.
            if value.capacity() - prefix < length {
                value.reserve_exact(length + (prefix / 8).max(1 << 10));
            }
            value.extend_from_slice(&suffix[..length]);
        }
        Ok(())
    }

    #[inline]
    fn prefix(&mut self, previous: usize) -> Result<usize> {
        let prefix = self.prefixes.next()?;
        if prefix > previous {
            return Err(Error::corrupt(format!("a value shares {prefix} bytes with one of {previous}")));
        }
        Ok(prefix)
    }
}
