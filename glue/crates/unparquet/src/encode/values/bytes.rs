//! Byte arrays of fixed or variable length.

use std::ops::Range;

use super::byte_array_decoder::ByteArrayDecoder;
use super::dictionary::{Dictionary, Entries, Indices};
use super::{Encode, Values};
use crate::buffer::PADDING;
use crate::encode::encoded_values::EncodedValues;
use crate::error::Result;
use crate::read::{ColumnChunk, Page, PageSlice, SpillWindow, ends_early};
use crate::types::Encoding;

/// A value in a buffer, followed by [`PADDING`].
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
    /// Length of the values, if fixed.
    width: Option<usize>,
    source: BytesDecoder,
    spans: Vec<Range<u32>>,
}

enum BytesDecoder {
    Plain { slice: PageSlice, window: SpillWindow, at: usize },
    Dictionary(Indices<ByteEntries>),
    Other(Box<ByteArrayDecoder>),
}

struct ByteEntries {
    slice: PageSlice,
    spans: Vec<Range<u32>>,
}

impl<E> ByteArrays<E> {
    pub fn new(encode: E, width: Option<usize>) -> Self {
        let source =
            BytesDecoder::Plain { slice: PageSlice::default(), window: SpillWindow::default(), at: 0 };
        let spans = Vec::new();
        Self { encode, width, source, spans }
    }
}

/// Bytes of a length prefix.
pub const LENGTH: usize = 4;

/// The range of the value at `at`; it ends where the next value starts.
fn next_plain(buffer: &[u8], at: usize, end: usize, width: Option<usize>) -> Option<Range<usize>> {
    let (start, length) = match width {
        Some(width) => (at, width),
        None => (at + 4, u32::from_le_bytes(*buffer.get(at..)?.first_chunk()?) as usize),
    };
    // On 32 bits a length can overflow.
    let next = start.checked_add(length).filter(|&next| next <= end)?;
    Some(start..next)
}

/// Finds up to `count` values of `buffer[at..end]`.
fn find_plain(
    buffer: &[u8],
    mut at: usize,
    end: usize,
    count: usize,
    width: Option<usize>,
    mut found: impl FnMut(Range<u32>),
) -> (usize, usize) {
    for index in 0..count {
        let Some(value) = next_plain(buffer, at, end, width) else { return (index, at) };
        at = value.end;
        found(value.start as u32..value.end as u32);
    }
    (count, at)
}

/// Bytes of a page: their position in the page, the start of the next value, and the end of the values.
struct View<'a> {
    bytes: &'a [u8],
    base: usize,
    at: usize,
    end: usize,
}

/// Loads the value at `at`, or only its length if it is skipped, with as many of the next values as are in memory or
/// fit the window. None if a value of a spilled page has over `max` bytes.
fn view<'a>(
    slice: &'a PageSlice,
    window: &'a mut SpillWindow,
    at: usize,
    width: Option<usize>,
    skip: bool,
    max: usize,
) -> Result<Option<View<'a>>> {
    let end = slice.end();
    let fits = |length: usize| at.checked_add(length).is_some_and(|next| next <= end);
    let length = match width {
        Some(_) if skip => 0,
        Some(width) => width,
        None => LENGTH,
    };
    if !fits(length) {
        return Err(ends_early());
    }
    if skip || !slice.is_spilled() {
        let (bytes, base) = slice.view(window, at, length)?;
        return Ok(Some(View { bytes, base, at: at - base, end: end - base }));
    }
    let length = match width {
        Some(width) => width,
        None => {
            let (bytes, base) = slice.view(window, at, length)?;
            let length = bytes[at - base..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
            LENGTH + length as usize
        }
    };
    if !fits(length) {
        return Err(ends_early());
    }
    if length > max {
        return Ok(None);
    }
    let (bytes, base) = slice.view(window, at, length)?;
    Ok(Some(View { bytes, base, at: at - base, end: (end - base).min(bytes.len() - PADDING) }))
}

impl Entries for ByteEntries {
    fn decode(count: usize, slice: PageSlice, width: Option<usize>) -> Result<Self> {
        let mut spans = Vec::with_capacity(count);
        let (buffer, start, end) = (slice.buffer(), slice.start(), slice.end());
        let (found, _) = find_plain(buffer, start, end, count, width, |span| spans.push(span));
        if found < count { Err(ends_early()) } else { Ok(Self { slice, spans }) }
    }

    fn len(&self) -> usize {
        self.spans.len()
    }

    fn size(&self) -> usize {
        self.slice.len() + size_of::<Range<u32>>() * self.spans.len()
    }

    fn of(buffer: Vec<u8>, spans: Vec<Range<u32>>) -> Self {
        Self { slice: PageSlice::new(buffer.into()), spans }
    }

    fn width(width: Option<usize>) -> Option<usize> {
        width
    }
}

fn spans<'a>(source: &'a [u8], spans: &'a [Range<u32>]) -> impl ExactSizeIterator<Item = PaddedSlice<'a>> {
    spans.iter().map(|span| PaddedSlice { source, start: span.start as usize, end: span.end as usize })
}

impl<E: for<'a> Encode<PaddedSlice<'a>>> Values for ByteArrays<E> {
    fn open(&mut self, chunk: &ColumnChunk, page: &Page, like: &EncodedValues) -> Result<()> {
        self.source = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                let dictionary = chunk.dictionary(|page| {
                    Dictionary::new(page, self.width, chunk, like, |values: &ByteEntries, encoded| {
                        self.encode.encode(spans(values.slice.buffer(), &values.spans), encoded)
                    })
                })?;
                BytesDecoder::Dictionary(Indices::new(page, dictionary)?)
            }
            _ => {
                let decoder = ByteArrayDecoder::new(page, self.width, chunk.max_value())?;
                BytesDecoder::Other(Box::new(decoder))
            }
        };
        Ok(())
    }

    fn open_plain(&mut self, slice: PageSlice) {
        let at = slice.start();
        self.source = BytesDecoder::Plain { slice, window: SpillWindow::default(), at };
    }

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize> {
        let before = encoded.len();
        match &mut self.source {
            BytesDecoder::Plain { slice, window, at } => {
                let mut remaining = count;
                while remaining > 0 {
                    let view = view(slice, window, *at, self.width, false, encoded.room())?;
                    let Some(View { bytes, base, at: first, end }) = view else { break };
                    self.spans.clear();
                    let (found, after) = find_plain(bytes, first, end, remaining, self.width, |span| {
                        self.spans.push(span);
                    });
                    if found == 0 {
                        return Err(ends_early());
                    }
                    let added = encoded.len();
                    self.encode.encode(spans(bytes, &self.spans), encoded)?;
                    let added = encoded.len() - added;
                    if added < found {
                        let header = if self.width.is_some() { 0 } else { LENGTH };
                        *at = base + self.spans[added].start as usize - header;
                        break;
                    }
                    *at = base + after;
                    remaining -= found;
                }
            }
            BytesDecoder::Dictionary(indices) => {
                return indices.write(count, encoded, |values, indices, encoded| {
                    let source = values.slice.buffer();
                    let span = |index: &u32| {
                        let span = &values.spans[*index as usize];
                        PaddedSlice { source, start: span.start as usize, end: span.end as usize }
                    };
                    self.encode.encode(indices.iter().map(span), encoded)
                });
            }
            BytesDecoder::Other(decoder) => {
                let mut remaining = count;
                while remaining > 0 {
                    let (source, ranges) = decoder.peek(remaining, encoded.room())?;
                    let (decoded, added) = (ranges.len(), encoded.len());
                    self.encode.encode(spans(source, ranges), encoded)?;
                    let added = encoded.len() - added;
                    decoder.consume(added);
                    if decoded == 0 || added < decoded {
                        break;
                    }
                    remaining -= decoded;
                }
            }
        }
        Ok(encoded.len() - before)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        match &mut self.source {
            BytesDecoder::Plain { slice, window, at } => {
                let mut remaining = count;
                while remaining > 0 {
                    let view = view(slice, window, *at, self.width, true, usize::MAX)?;
                    let Some(View { bytes, base, at: first, end }) = view else { break };
                    let (found, after) = find_plain(bytes, first, end, remaining, self.width, |_| {});
                    if found == 0 {
                        return Err(ends_early());
                    }
                    *at = base + after;
                    remaining -= found;
                }
                Ok(())
            }
            BytesDecoder::Dictionary(indices) => indices.skip(count),
            BytesDecoder::Other(decoder) => decoder.skip(count),
        }
    }

    fn release(&mut self) {
        match &mut self.source {
            BytesDecoder::Plain { window, .. } => *window = SpillWindow::default(),
            BytesDecoder::Dictionary(indices) => indices.release(),
            BytesDecoder::Other(decoder) => decoder.release(),
        }
    }
}
