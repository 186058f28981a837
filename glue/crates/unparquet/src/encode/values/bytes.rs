//! Values of bytes, whether their number is fixed or not.

use std::ops::Range;

use parquet::basic::Encoding;
use parquet::data_type::{ByteArrayType, FixedLenByteArrayType};

use super::decoder::{Decoder, ends_early};
use super::dictionary::{Dictionary, Indices};
use super::primitive::wrong_encoding;
use super::{Encode, Values};
use crate::encode::cells::Cells;
use crate::encode::prefix::Prefix;
use crate::error::Result;
use crate::read::{ColumnChunk, DictionaryPage, Page, SLACK, Section, Window};

/// A value within a buffer that has [`SLACK`] more bytes behind it.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    pub source: &'a [u8],
    pub start: usize,
    pub end: usize,
}

impl<'a> Span<'a> {
    pub fn bytes(self) -> &'a [u8] {
        &self.source[self.start..self.end]
    }

    /// The first `N` bytes, of a value that its type gives so many.
    pub fn fixed<const N: usize>(self) -> [u8; N] {
        self.source[self.start..].first_chunk().copied().unwrap_or([0; N])
    }
}

pub struct Bytes<E> {
    encode: E,
    prefix: Prefix,
    /// Number of bytes where it is fixed.
    width: Option<usize>,
    source: Source,
    spans: Vec<Range<u32>>,
    /// Values that come one by one, put together.
    gathered: Vec<u8>,
}

enum Source {
    Plain {
        section: Section,
        at: usize,
    },
    /// The same where the page is in the store's file.
    InFile {
        section: Section,
        window: Window,
        at: usize,
    },
    Dictionary(Indices<Entries>),
    Other(Decoder<ByteArrayType>),
    OtherFixed(Decoder<FixedLenByteArrayType>),
}

struct Entries {
    section: Section,
    spans: Vec<Range<u32>>,
}

impl<E> Bytes<E> {
    pub fn new(encode: E, prefix: &Prefix, width: Option<usize>) -> Self {
        let source = Source::Plain { section: Section::default(), at: 0 };
        let (spans, gathered) = (Vec::new(), Vec::new());
        Self { encode, prefix: prefix.clone(), width, source, spans, gathered }
    }
}

/// Where the value at `at` is; the next one begins at its end.
fn next_plain(buffer: &[u8], at: usize, end: usize, width: Option<usize>) -> Option<Range<usize>> {
    let (start, length) = match width {
        Some(width) => (at, width),
        None => (at + 4, u32::from_le_bytes(*buffer.get(at..)?.first_chunk()?) as usize),
    };
    let next = start + length;
    (next <= end).then_some(start..next)
}

/// Finds `count` values from `at` on and gives the place behind them.
fn find_plain(
    section: &Section,
    mut at: usize,
    count: usize,
    width: Option<usize>,
    mut found: impl FnMut(Range<u32>),
) -> Result<usize> {
    let (buffer, end) = (section.buffer(), section.end());
    for _ in 0..count {
        let value = next_plain(buffer, at, end, width).ok_or_else(ends_early)?;
        at = value.end;
        found(value.start as u32..value.end as u32);
    }
    Ok(at)
}

/// The same through a window: gives each value itself.
fn find_in_file(
    section: &Section,
    window: &mut Window,
    mut at: usize,
    count: usize,
    width: Option<usize>,
    mut found: impl FnMut(&[u8]),
    wanted: bool,
) -> Result<usize> {
    for _ in 0..count {
        let length = match width {
            Some(width) => width,
            None => {
                let (bytes, base) = section.view(window, at, 4)?;
                at += 4;
                bytes[at - 4 - base..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length)) as usize
            }
        };
        let start = at;
        at += length;
        if at > section.end() {
            return Err(ends_early());
        }
        if wanted {
            let (bytes, base) = section.view(window, start, length)?;
            found(&bytes[start - base..at - base]);
        }
    }
    Ok(at)
}

fn entries(page: DictionaryPage, width: Option<usize>) -> Result<Entries> {
    let mut spans = Vec::with_capacity(page.values);
    find_plain(&page.section, page.section.start(), page.values, width, |span| spans.push(span))?;
    Ok(Entries { section: page.section, spans })
}

fn spans<'a>(source: &'a [u8], spans: &'a [Range<u32>]) -> impl ExactSizeIterator<Item = Span<'a>> {
    spans.iter().map(|span| Span { source, start: span.start as usize, end: span.end as usize })
}

impl<E: for<'a> Encode<Span<'a>>> Values for Bytes<E> {
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
                    Ok(Dictionary::new(values, count, chunk, &self.prefix, |values, cells| {
                        self.encode.encode(spans(values.section.buffer(), &values.spans), cells)
                    }))
                })?;
                Source::Dictionary(Indices::new(page, dictionary)?)
            }
            Encoding::DELTA_BYTE_ARRAY | Encoding::BYTE_STREAM_SPLIT if self.width.is_some() => {
                Source::OtherFixed(Decoder::new(&chunk.descriptor, page)?)
            }
            Encoding::DELTA_BYTE_ARRAY | Encoding::DELTA_LENGTH_BYTE_ARRAY => {
                Source::Other(Decoder::new(&chunk.descriptor, page)?)
            }
            other => return Err(wrong_encoding(other)),
        };
        Ok(())
    }

    fn open_plain(&mut self, section: Section) {
        let at = section.start();
        self.source = if section.is_in_file() {
            Source::InFile { section, window: Window::default(), at }
        } else {
            Source::Plain { section, at }
        };
    }

    fn write(&mut self, count: usize, cells: &mut Cells) -> Result<()> {
        self.spans.clear();
        let gather = |spans: &mut Vec<Range<u32>>, gathered: &mut Vec<u8>, value: &[u8]| {
            let start = gathered.len() as u32;
            gathered.extend_from_slice(value);
            spans.push(start..gathered.len() as u32);
        };
        match &mut self.source {
            Source::Plain { section, at } => {
                *at = find_plain(section, *at, count, self.width, |span| self.spans.push(span))?;
                return self.encode.encode(spans(section.buffer(), &self.spans), cells);
            }
            Source::Dictionary(indices) => {
                let length = indices.values().spans.len();
                return indices.write(count, length, cells, |values, indices, cells| {
                    let source = values.section.buffer();
                    let span = |index: &u32| {
                        let span = &values.spans[*index as usize];
                        Span { source, start: span.start as usize, end: span.end as usize }
                    };
                    self.encode.encode(indices.iter().map(span), cells)
                });
            }
            Source::InFile { section, window, at } => {
                self.gathered.clear();
                let found = |value: &[u8]| gather(&mut self.spans, &mut self.gathered, value);
                *at = find_in_file(section, window, *at, count, self.width, found, true)?;
            }
            Source::Other(decoder) => {
                self.gathered.clear();
                for value in decoder.read(count)? {
                    gather(&mut self.spans, &mut self.gathered, value.data());
                }
            }
            Source::OtherFixed(decoder) => {
                self.gathered.clear();
                for value in decoder.read(count)? {
                    gather(&mut self.spans, &mut self.gathered, value.data());
                }
            }
        }
        self.gathered.resize(self.gathered.len() + SLACK, 0);
        self.encode.encode(spans(&self.gathered, &self.spans), cells)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        match &mut self.source {
            Source::Plain { section, at } => {
                *at = find_plain(section, *at, count, self.width, |_| {})?;
                Ok(())
            }
            Source::InFile { section, window, at } => {
                *at = find_in_file(section, window, *at, count, self.width, |_| {}, false)?;
                Ok(())
            }
            Source::Dictionary(indices) => indices.skip(count),
            Source::Other(decoder) => decoder.skip(count),
            Source::OtherFixed(decoder) => decoder.skip(count),
        }
    }
}
