//! Byte arrays in an encoding other than PLAIN or a dictionary.

use std::ops::Range;

use super::primitive::wrong_encoding;
use crate::buffer::PADDING;
use crate::error::{Code, Error, Result};
use crate::read::{DeltaByteArrayDecoder, DeltaLengthDecoder, Page, PageSlice, StreamSplitDecoder};
use crate::types::Encoding;

/// Bytes decoded at a time; a longer value is decoded alone.
const BATCH: usize = 64 << 10;

/// Decodes values in batches, and keeps those that have not been consumed.
pub struct ByteArrayDecoder {
    source: BytesSource,
    /// Length of the values, if fixed.
    width: Option<usize>,
    /// Ranges of decoded values, in the page or in `bytes`.
    spans: Vec<Range<u32>>,
    /// Spans before this one have been consumed.
    next: usize,
    /// Copied values, followed by [`PADDING`].
    bytes: Vec<u8>,
}

enum BytesSource {
    InPage { slice: PageSlice, decoder: DeltaLengthDecoder },
    DeltaLength(DeltaLengthDecoder),
    DeltaByteArray(DeltaByteArrayDecoder),
    StreamSplit(StreamSplitDecoder),
}

impl ByteArrayDecoder {
    /// `max`: longest value with a shared prefix, in bytes.
    pub fn new(page: &Page, width: Option<usize>, max: usize) -> Result<Self> {
        let source = match (page.encoding, width) {
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, None) => {
                let decoder = DeltaLengthDecoder::new(page)?;
                if page.values.is_spilled() {
                    BytesSource::DeltaLength(decoder)
                } else {
                    BytesSource::InPage { slice: page.values.clone(), decoder }
                }
            }
            (Encoding::DELTA_BYTE_ARRAY, _) => {
                BytesSource::DeltaByteArray(DeltaByteArrayDecoder::new(page, max)?)
            }
            (Encoding::BYTE_STREAM_SPLIT, Some(width)) => {
                BytesSource::StreamSplit(StreamSplitDecoder::new(&page.values, width)?)
            }
            (other, _) => return Err(wrong_encoding(other)),
        };
        // The value before the first, as if it had been consumed.
        let previous = 0..page.previous.len() as u32;
        Ok(Self { source, width, spans: vec![previous], next: 1, bytes: page.previous.clone() })
    }

    /// Some of the next `max` values, as ranges of a buffer that ends with [`PADDING`]. No ranges if the first value has
    /// over `room` bytes and would have to be copied.
    pub fn peek(&mut self, max: usize, room: usize) -> Result<(&[u8], &[Range<u32>])> {
        if self.next == self.spans.len() {
            self.decode(max, room)?;
        }
        let end = self.spans.len().min(self.next.saturating_add(max));
        let buffer = match &self.source {
            BytesSource::InPage { slice, .. } => slice.buffer(),
            _ => &self.bytes,
        };
        Ok((buffer, &self.spans[self.next..end]))
    }

    pub fn consume(&mut self, count: usize) {
        self.next += count;
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let decoded = count.min(self.spans.len() - self.next);
        self.next += decoded;
        let count = count - decoded;
        if count == 0 {
            return Ok(());
        }
        match &mut self.source {
            BytesSource::InPage { decoder, .. } | BytesSource::DeltaLength(decoder) => decoder.skip(count),
            BytesSource::StreamSplit(decoder) => decoder.skip(count),
            BytesSource::DeltaByteArray(decoder) => {
                keep_last(&mut self.spans, &mut self.bytes);
                decoder.skip(count, &mut self.bytes)?;
                self.spans[0].end = position(&self.bytes)?;
                self.next = 1;
                Ok(())
            }
        }
    }

    /// Frees the buffer of consumed values.
    pub fn release(&mut self) {
        if self.next < self.spans.len() {
            return;
        }
        if let BytesSource::DeltaByteArray(_) = self.source {
            keep_last(&mut self.spans, &mut self.bytes);
            self.bytes.shrink_to_fit();
            self.next = 1;
        } else {
            self.bytes = Vec::new();
        }
    }

    /// Decodes at most `max` values.
    fn decode(&mut self, max: usize, room: usize) -> Result<()> {
        let Self { source, width, spans, next, bytes } = self;
        match source {
            BytesSource::DeltaByteArray(decoder) => {
                keep_last(spans, bytes);
                *next = 1;
                let full = bytes.len() + BATCH;
                while spans.len() <= max && bytes.len() < full && decoder.next_length()? <= room.min(BATCH) {
                    let previous = spans.last().map_or(0..0, |span| span.start as usize..span.end as usize);
                    let start = position(bytes)?;
                    decoder.append_next(previous, bytes)?;
                    spans.push(start..position(bytes)?);
                }
                // A long value replaces its predecessor.
                if spans.len() == 1 && max > 0 && decoder.next_length()? <= room {
                    decoder.skip(1, bytes)?;
                    spans[0] = 0..0;
                    spans.push(0..position(bytes)?);
                }
                let length = |span: &Range<u32>| (span.end - span.start) as usize;
                if let Some(width) = *width
                    && let Some(other) = spans[1..].iter().map(length).find(|&length| length != width)
                {
                    return Err(Error::corrupt(format!(
                        "a value of {other} bytes in a column of {width}-byte values"
                    )));
                }
            }
            BytesSource::InPage { decoder, .. } => {
                spans.clear();
                for _ in 0..max.min(BATCH) {
                    let range = decoder.next_range()?;
                    spans.push(range.start as u32..range.end as u32);
                }
                *next = 0;
            }
            BytesSource::DeltaLength(decoder) => {
                spans.clear();
                bytes.clear();
                while spans.len() < max && bytes.len() < BATCH && decoder.next_length()? <= room {
                    let start = position(bytes)?;
                    let (value, length) = decoder.next()?;
                    bytes.extend_from_slice(&value[..length]);
                    spans.push(start..position(bytes)?);
                }
                *next = 0;
            }
            BytesSource::StreamSplit(decoder) => {
                let width = width.unwrap_or(1);
                let count = if width > room { 0 } else { max.min(1 + BATCH / width) };
                spans.clear();
                bytes.clear();
                decoder.read(count, bytes)?;
                spans.extend((0..count).map(|index| (index * width) as u32..((index + 1) * width) as u32));
                *next = 0;
            }
        }
        bytes.resize(bytes.len() + PADDING, 0);
        Ok(())
    }
}

/// Removes all values but the last.
fn keep_last(spans: &mut Vec<Range<u32>>, bytes: &mut Vec<u8>) {
    let last = spans.last().map_or(0..0, |span| span.start as usize..span.end as usize);
    bytes.truncate(last.end);
    bytes.drain(..last.start);
    spans.clear();
    spans.push(0..last.len() as u32);
}

fn position(bytes: &[u8]) -> Result<u32> {
    let too_long = |_| Error::new(Code::LimitExceeded, "a value has over 2 GiB");
    u32::try_from(bytes.len()).map_err(too_long)
}
