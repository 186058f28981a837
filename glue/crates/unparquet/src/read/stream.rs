//! Decompresses a large page into the spill file, piece by piece.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::decompress::{broken, wrong_size};
use super::page_cache::{PageCache, Reservation};
use super::page_slice::PageSlice;
use crate::buffer::{PADDING, reserve};
use crate::error::{Error, Result};
use crate::types::Codec;

/// Bytes written to the spill file at a time.
const PIECE: usize = 1 << 20;
/// Output that stays in memory for references to it. Snappy's own encoder never refers to more.
const HISTORY: usize = 64 << 10;

/// Whether pages of this codec can be decompressed in pieces. Frames of zstd can, but the ones in Parquet files need as
/// much memory as the whole page.
pub fn can_stream(codec: Codec) -> bool {
    matches!(codec, Codec::UNCOMPRESSED | Codec::SNAPPY | Codec::GZIP | Codec::BROTLI)
}

/// Decompresses exactly `size` bytes from `input`. Its first `head` bytes are never compressed.
pub fn decompress(
    codec: Codec,
    input: &mut impl BufRead,
    head: usize,
    size: usize,
    cache: &Arc<PageCache>,
) -> Result<PageSlice> {
    let mut output = Output::new(head + size, cache)?;
    output.copy_from(&mut input.take(head as u64))?;
    match codec {
        Codec::SNAPPY => snappy(input, size, &mut output)?,
        Codec::GZIP => output.copy_from(&mut flate2::bufread::MultiGzDecoder::new(input))?,
        Codec::BROTLI => {
            output.copy_from(&mut brotli_decompressor::Decompressor::new(input, 4096))?;
        }
        _ => output.copy_from(input)?,
    }
    output.finish()
}

/// A page that grows in the spill file.
struct Output {
    page: Reservation,
    size: usize,
    /// Bytes from `base` on; those before `base + unwritten` are in the spill file.
    buffer: Vec<u8>,
    base: usize,
    unwritten: usize,
}

impl Output {
    fn new(size: usize, cache: &Arc<PageCache>) -> Result<Self> {
        let buffer = reserve(PIECE + 2 * HISTORY)?;
        Ok(Self { page: cache.spill_space(size + PADDING), size, buffer, base: 0, unwritten: 0 })
    }

    /// Adds all that a reader has.
    fn copy_from(&mut self, reader: &mut impl Read) -> Result<()> {
        let mut piece = [0; 16 << 10];
        loop {
            match reader.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(length) => self.push(&piece[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error)),
            }
        }
    }

    fn push(&mut self, bytes: &[u8]) -> Result<()> {
        self.buffer.extend_from_slice(bytes);
        self.check()
    }

    /// Repeats `length` bytes from `offset` bytes back.
    fn repeat(&mut self, offset: usize, length: usize) -> Result<()> {
        let end = self.base + self.buffer.len();
        let from = end.checked_sub(offset).filter(|_| offset > 0);
        let from = from.ok_or_else(|| broken("it refers to bytes before its start"))?;
        if from < self.base {
            // Only an unusual encoder refers that far back, and then to less than the distance.
            let length = length.min(offset);
            self.flush()?;
            let bytes = self.page.read_exactly(from, length)?;
            return self.push(&bytes);
        }
        let start = from - self.base;
        for index in start..start + length {
            self.buffer.push(self.buffer[index]);
        }
        self.check()
    }

    fn check(&mut self) -> Result<()> {
        if self.base + self.buffer.len() > self.size {
            return Err(wrong_size());
        }
        if self.buffer.len() < PIECE + HISTORY {
            return Ok(());
        }
        self.flush()?;
        let old = self.buffer.len() - HISTORY;
        self.buffer.drain(..old);
        self.base += old;
        self.unwritten -= old;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.page.write(self.base + self.unwritten, &self.buffer[self.unwritten..])?;
        self.unwritten = self.buffer.len();
        Ok(())
    }

    fn finish(mut self) -> Result<PageSlice> {
        if self.base + self.buffer.len() != self.size {
            return Err(wrong_size());
        }
        self.buffer.extend_from_slice(&[0; PADDING]);
        self.flush()?;
        Ok(PageSlice::spilled(Arc::new(self.page), self.size))
    }
}

/// Source: <https://github.com/google/snappy/blob/main/format_description.txt>
fn snappy(input: &mut impl BufRead, size: usize, output: &mut Output) -> Result<()> {
    let mut length = 0;
    for shift in (0..35).step_by(7) {
        let [byte] = next(input)?;
        length |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    if length != size as u64 {
        return Err(wrong_size());
    }
    while !input.fill_buf().map_err(failed)?.is_empty() {
        let [tag] = next(input)?;
        let upper = usize::from(tag >> 2);
        match tag & 3 {
            0 => {
                let length = match upper {
                    60 => usize::from(next::<1>(input)?[0]),
                    61 => usize::from(u16::from_le_bytes(next(input)?)),
                    62 => {
                        let [low, middle, high] = next(input)?;
                        u32::from_le_bytes([low, middle, high, 0]) as usize
                    }
                    63 => u32::from_le_bytes(next(input)?) as usize,
                    short => short,
                };
                literal(input, length + 1, output)?;
            }
            1 => {
                let [low] = next(input)?;
                output.repeat(usize::from(tag >> 5) << 8 | usize::from(low), (upper & 7) + 4)?;
            }
            2 => output.repeat(usize::from(u16::from_le_bytes(next(input)?)), upper + 1)?,
            _ => output.repeat(u32::from_le_bytes(next(input)?) as usize, upper + 1)?,
        }
    }
    Ok(())
}

fn next<const N: usize>(input: &mut impl BufRead) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

fn literal(input: &mut impl BufRead, length: usize, output: &mut Output) -> Result<()> {
    let mut remaining = length;
    while remaining > 0 {
        let bytes = input.fill_buf().map_err(failed)?;
        let count = bytes.len().min(remaining).min(PIECE);
        if count == 0 {
            return Err(broken("it ends early"));
        }
        output.push(&bytes[..count])?;
        input.consume(count);
        remaining -= count;
    }
    Ok(())
}

/// Errors of the source pass through the decoders.
pub fn failed(error: io::Error) -> Error {
    match error.downcast::<Error>() {
        Ok(own) => own,
        Err(other) => broken(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryPlan;

    fn cache() -> Arc<PageCache> {
        Arc::new(PageCache::new(&MemoryPlan::default(), 1 << 16))
    }

    fn stored(slice: &PageSlice) -> Vec<u8> {
        slice.read(slice.start(), slice.len()).unwrap().into()
    }

    /// Repeats itself over short and long distances.
    fn text() -> Vec<u8> {
        let word = |index: u64| format!("{} ", index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (index % 60));
        let part: String = (0..100_000).map(word).collect();
        [part.as_bytes(), &[b'a'; 100_000], part.as_bytes()].concat()
    }

    #[test]
    fn pages_of_several_pieces_read_back() {
        let text = text();
        let compressed = snap::raw::Encoder::new().compress_vec(&text[7..]).unwrap();
        let input = [&text[..7], &compressed].concat();
        let page = decompress(Codec::SNAPPY, &mut &input[..], 7, text.len() - 7, &cache()).unwrap();
        assert!(stored(&page) == text);
        let page = decompress(Codec::UNCOMPRESSED, &mut &text[..], 0, text.len(), &cache()).unwrap();
        assert!(stored(&page) == text);
    }

    #[test]
    fn references_far_back_are_read_from_the_spill_file() {
        // A literal of 3 MiB, then four bytes from its start and ten of the last five.
        let literal = vec![b'x'; 3 << 20];
        let length = (literal.len() as u32 - 1).to_le_bytes();
        let mut input =
            vec![0x8e, 0x80, 0xc0, 0x01, 62 << 2, length[0], length[1], length[2], b'a', b'b', b'c'];
        input.extend_from_slice(&literal[3..]);
        input.push(3 << 2 | 3);
        input.extend_from_slice(&(3u32 << 20).to_le_bytes());
        input.extend_from_slice(&[9 << 2 | 2, 5, 0]);
        let page = decompress(Codec::SNAPPY, &mut &input[..], 0, (3 << 20) + 14, &cache()).unwrap();
        assert!(stored(&page).ends_with(b"xxxabcxxabcxxabcx"));
    }

    #[test]
    fn what_is_broken_is_refused() {
        let whole = snap::raw::Encoder::new().compress_vec(&text()).unwrap();
        let size = text().len();
        for (input, size) in [(&whole[..], size + 1), (&whole[..whole.len() / 2], size), (&[][..], size)] {
            assert!(decompress(Codec::SNAPPY, &mut &*input, 0, size, &cache()).is_err());
        }
        let before_start = [5, 1 << 2, b'a', b'b', 2 << 2 | 2, 3, 0];
        assert!(decompress(Codec::SNAPPY, &mut &before_start[..], 0, 5, &cache()).is_err());
    }
}
