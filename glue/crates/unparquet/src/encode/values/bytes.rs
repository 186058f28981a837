//! Byte arrays of fixed or variable length.

use std::ops::Range;

use parquet::basic::Encoding;

use super::byte_array_decoder::ByteArrayDecoder;
use super::dictionary::{DecodedDictionary, Indices};
use super::{Encode, Values};
use crate::buffer::PADDING;
use crate::encode::encoded_values::EncodedValues;
use crate::encode::key_prefix::KeyPrefix;
use crate::error::Result;
use crate::read::{ColumnChunk, DictionaryPage, Page, PageSlice, SpillWindow, ends_early};

/// A value in a buffer that has [`PADDING`] more bytes after it.
#[derive(Clone, Copy)]
pub struct PaddedSlice<'a> {
    pub source: &'a [u8],
    pub start: usize,
    pub end: usize,
}

impl<'a> PaddedSlice<'a> {
    pub fn bytes(self) -> &'a [u8] {
        &self.source[self.start..self.end]
    }

    /// The first `N` bytes; the type guarantees that many.
    pub fn fixed<const N: usize>(self) -> [u8; N] {
        self.source[self.start..].first_chunk().copied().unwrap_or([0; N])
    }
}

pub struct ByteArrays<E> {
    encode: E,
    prefix: KeyPrefix,
    /// Length of the values, if fixed.
    width: Option<usize>,
    source: BytesDecoder,
    spans: Vec<Range<u32>>,
    /// Values that are not adjacent in a page, copied together.
    gathered: Vec<u8>,
}

enum BytesDecoder {
    Plain {
        slice: PageSlice,
        at: usize,
    },
    /// Like `Plain`, but the page is in the spill file.
    Spilled {
        slice: PageSlice,
        window: SpillWindow,
        at: usize,
    },
    Dictionary(Indices<Entries>),
    Other(ByteArrayDecoder),
}

struct Entries {
    slice: PageSlice,
    spans: Vec<Range<u32>>,
}

impl<E> ByteArrays<E> {
    pub fn new(encode: E, prefix: &KeyPrefix, width: Option<usize>) -> Self {
        let source = BytesDecoder::Plain { slice: PageSlice::default(), at: 0 };
        let (spans, gathered) = (Vec::new(), Vec::new());
        Self { encode, prefix: prefix.clone(), width, source, spans, gathered }
    }
}

/// The range of the value at `at`; its end is the position of the next value.
fn next_plain(buffer: &[u8], at: usize, end: usize, width: Option<usize>) -> Option<Range<usize>> {
    let (start, length) = match width {
        Some(width) => (at, width),
        None => (at + 4, u32::from_le_bytes(*buffer.get(at..)?.first_chunk()?) as usize),
    };
    // On 32 bits a length can overflow.
    let next = start.checked_add(length).filter(|&next| next <= end)?;
    Some(start..next)
}

/// Finds `count` values from `at` and returns the position after them.
fn find_plain(
    slice: &PageSlice,
    mut at: usize,
    count: usize,
    width: Option<usize>,
    mut found: impl FnMut(Range<u32>),
) -> Result<usize> {
    let (buffer, end) = (slice.buffer(), slice.end());
    for _ in 0..count {
        let value = next_plain(buffer, at, end, width).ok_or_else(ends_early)?;
        at = value.end;
        found(value.start as u32..value.end as u32);
    }
    Ok(at)
}

/// Like `find_plain`, through a window. Passes each value to `found` if `needed`.
fn find_spilled(
    slice: &PageSlice,
    window: &mut SpillWindow,
    mut at: usize,
    count: usize,
    width: Option<usize>,
    mut found: impl FnMut(&[u8]),
    needed: bool,
) -> Result<usize> {
    for _ in 0..count {
        let length = match width {
            Some(width) => width,
            None => {
                let (bytes, base) = slice.view(window, at, 4)?;
                at += 4;
                bytes[at - 4 - base..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length)) as usize
            }
        };
        let start = at;
        at = at.checked_add(length).filter(|&next| next <= slice.end()).ok_or_else(ends_early)?;
        if needed {
            let (bytes, base) = slice.view(window, start, length)?;
            found(&bytes[start - base..at - base]);
        }
    }
    Ok(at)
}

fn entries(page: DictionaryPage, width: Option<usize>) -> Result<Entries> {
    let mut spans = Vec::with_capacity(page.values);
    find_plain(&page.slice, page.slice.start(), page.values, width, |span| spans.push(span))?;
    Ok(Entries { slice: page.slice, spans })
}

fn spans<'a>(source: &'a [u8], spans: &'a [Range<u32>]) -> impl ExactSizeIterator<Item = PaddedSlice<'a>> {
    spans.iter().map(|span| PaddedSlice { source, start: span.start as usize, end: span.end as usize })
}

impl<E: for<'a> Encode<PaddedSlice<'a>>> Values for ByteArrays<E> {
    fn open(&mut self, chunk: &ColumnChunk, page: &Page) -> Result<()> {
        self.source = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                let dictionary = chunk.dictionary(|page| {
                    let values = entries(page, self.width)?;
                    let count = values.spans.len();
                    Ok(DecodedDictionary::new(values, count, chunk, &self.prefix, |values, encoded| {
                        self.encode.encode(spans(values.slice.buffer(), &values.spans), encoded)
                    }))
                })?;
                BytesDecoder::Dictionary(Indices::new(page, dictionary)?)
            }
            _ => BytesDecoder::Other(ByteArrayDecoder::new(page, self.width)?),
        };
        Ok(())
    }

    fn open_plain(&mut self, slice: PageSlice) {
        let at = slice.start();
        self.source = if slice.is_spilled() {
            BytesDecoder::Spilled { slice, window: SpillWindow::default(), at }
        } else {
            BytesDecoder::Plain { slice, at }
        };
    }

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<()> {
        self.spans.clear();
        let gather = |spans: &mut Vec<Range<u32>>, gathered: &mut Vec<u8>, value: &[u8]| {
            let start = gathered.len() as u32;
            gathered.extend_from_slice(value);
            spans.push(start..gathered.len() as u32);
        };
        match &mut self.source {
            BytesDecoder::Plain { slice, at } => {
                *at = find_plain(slice, *at, count, self.width, |span| self.spans.push(span))?;
                return self.encode.encode(spans(slice.buffer(), &self.spans), encoded);
            }
            BytesDecoder::Dictionary(indices) => {
                let length = indices.values().spans.len();
                return indices.write(count, length, encoded, |values, indices, encoded| {
                    let source = values.slice.buffer();
                    let span = |index: &u32| {
                        let span = &values.spans[*index as usize];
                        PaddedSlice { source, start: span.start as usize, end: span.end as usize }
                    };
                    self.encode.encode(indices.iter().map(span), encoded)
                });
            }
            BytesDecoder::Spilled { slice, window, at } => {
                self.gathered.clear();
                let found = |value: &[u8]| gather(&mut self.spans, &mut self.gathered, value);
                *at = find_spilled(slice, window, *at, count, self.width, found, true)?;
            }
            BytesDecoder::Other(decoder) => {
                let mut remaining = count;
                while remaining > 0 {
                    let (source, ranges) = decoder.peek(remaining)?;
                    let decoded = ranges.len();
                    self.encode.encode(spans(source, ranges), encoded)?;
                    decoder.consume(decoded);
                    remaining -= decoded;
                }
                return Ok(());
            }
        }
        self.gathered.resize(self.gathered.len() + PADDING, 0);
        self.encode.encode(spans(&self.gathered, &self.spans), encoded)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        match &mut self.source {
            BytesDecoder::Plain { slice, at } => {
                *at = find_plain(slice, *at, count, self.width, |_| {})?;
                Ok(())
            }
            BytesDecoder::Spilled { slice, window, at } => {
                *at = find_spilled(slice, window, *at, count, self.width, |_| {}, false)?;
                Ok(())
            }
            BytesDecoder::Dictionary(indices) => indices.skip(count),
            BytesDecoder::Other(decoder) => decoder.skip(count),
        }
    }
}
