//! Decompresses a large page into the spill file, piece by piece.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use bytes::Bytes;

use super::decompress::{broken, wrong_size};
use super::page::PageLayout;
use super::page_cache::{PageCache, Reservation};
use super::page_slice::PageSlice;
use crate::buffer::{PADDING, reserve};
use crate::error::{Error, Result};
use crate::types::Codec;

/// Bytes written to the spill file at a time.
const PIECE: usize = 1 << 20;
/// Output that stays in memory for back-references. Snappy's own encoder never refers further back.
const HISTORY: usize = 64 << 10;

/// Longest header of a zstd frame.
pub const ZSTD_HEADER: usize = 18;
/// Memory of a zstd decoder in addition to its window.
const ZSTD_DECODER: u64 = 1 << 20;

/// Bytes of memory for decompressing a page in pieces, without the pieces; None if the codec needs the whole page. `start`
/// returns the first [`ZSTD_HEADER`] bytes of the compressed page.
pub fn memory(codec: Codec, start: impl FnOnce() -> Result<Bytes>) -> Result<Option<u64>> {
    Ok(match codec {
        Codec::UNCOMPRESSED | Codec::SNAPPY | Codec::GZIP | Codec::BROTLI | Codec::LZ4_RAW => Some(0),
        Codec::ZSTD => zstd_window_log(&start()?).map(|log| ZSTD_DECODER + (1 << log)),
        // Distinguishing its three formats means trying them on the whole page.
        Codec::LZ4 => None,
    })
}

/// The binary logarithm of a frame's window size, rounded up; None if the header does not have it.
/// Source: <https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1>
fn zstd_window_log(frame: &[u8]) -> Option<u32> {
    const IS_SINGLE_SEGMENT: u8 = 1 << 5;
    let (magic, rest) = frame.split_first_chunk()?;
    let &[descriptor, window, ..] = rest else { return None };
    // A single-segment frame takes as much memory as its content.
    if u32::from_le_bytes(*magic) != 0xfd2f_b528 || descriptor & IS_SINGLE_SEGMENT != 0 {
        return None;
    }
    let (exponent, mantissa) = (u32::from(window >> 3), window & 7);
    Some(10 + exponent + u32::from(mantissa > 0))
}

/// Decompresses a page from `input` in `memory` bytes (see [`memory`]).
pub fn decompress(
    PageLayout { codec, head, size }: PageLayout,
    input: &mut impl BufRead,
    memory: u64,
    cache: &Arc<PageCache>,
) -> Result<PageSlice> {
    let mut output = Output::new(head + size, cache)?;
    output.copy_from(&mut input.take(head as u64))?;
    match codec {
        Codec::SNAPPY => snappy(input, size, &mut output)?,
        Codec::LZ4_RAW => lz4(input, &mut output)?,
        Codec::GZIP => output.copy_from(&mut flate2::bufread::MultiGzDecoder::new(input))?,
        Codec::BROTLI => {
            output.copy_from(&mut brotli_decompressor::Decompressor::new(input, 4096))?;
        }
        Codec::ZSTD => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input).map_err(broken)?;
            // A later frame may need a larger window than the first.
            decoder.window_log_max(memory.ilog2()).map_err(broken)?;
            output.copy_from(&mut decoder)?;
        }
        Codec::UNCOMPRESSED => output.copy_from(input)?,
        Codec::LZ4 => unreachable!("memory() is None for it"),
    }
    output.finish()
}

/// A page that is being written to the spill file.
struct Output {
    page: Reservation,
    size: usize,
    /// Bytes from `base` on; the first `unwritten` of them are already in the spill file.
    buffer: Vec<u8>,
    base: usize,
    unwritten: usize,
}

impl Output {
    fn new(size: usize, cache: &Arc<PageCache>) -> Result<Self> {
        let buffer = reserve(PIECE + 2 * HISTORY)?;
        Ok(Self { page: cache.spill_space(size + PADDING), size, buffer, base: 0, unwritten: 0 })
    }

    /// Copies a reader to its end.
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

    /// Resolves a back-reference: repeats `length` bytes from `offset` bytes back.
    fn repeat(&mut self, offset: usize, length: usize) -> Result<()> {
        let end = self.base + self.buffer.len();
        let from = end.checked_sub(offset).filter(|_| offset > 0);
        let from = from.ok_or_else(|| broken("it refers to bytes before its start"))?;
        if from < self.base {
            // Only unusual encoders refer that far back, and then to fewer bytes than the distance.
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

/// Source: <https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md>
fn lz4(input: &mut impl BufRead, output: &mut Output) -> Result<()> {
    loop {
        let [token] = next(input)?;
        let literals = lz4_length(token >> 4, input)?;
        literal(input, literals, output)?;
        // The last sequence has only literals.
        if input.fill_buf().map_err(failed)?.is_empty() {
            return Ok(());
        }
        let offset = usize::from(u16::from_le_bytes(next(input)?));
        let mut remaining = 4 + lz4_length(token & 15, input)?;
        while remaining > 0 {
            let length = remaining.min(HISTORY);
            output.repeat(offset, length)?;
            remaining -= length;
        }
    }
}

/// A length from four bits; if they are all ones, more bytes add to it.
fn lz4_length(bits: u8, input: &mut impl BufRead) -> Result<usize> {
    let mut length = usize::from(bits);
    let mut continues = bits == 15;
    while continues {
        let [byte] = next(input)?;
        length += usize::from(byte);
        continues = byte == 255;
    }
    Ok(length)
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
            return Err(broken("it ends too early"));
        }
        output.push(&bytes[..count])?;
        input.consume(count);
        remaining -= count;
    }
    Ok(())
}

/// The error of a read: the source's own, which the decoder passes through, or the decoder's.
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

    fn decompressed(codec: Codec, input: &[u8], head: usize, size: usize) -> Result<PageSlice> {
        let start = || Ok(Bytes::copy_from_slice(&input[head..]));
        let Some(memory) = memory(codec, start)? else { return Err(broken("it needs the whole page")) };
        decompress(PageLayout { codec, head, size }, &mut &*input, memory, &cache())
    }

    /// Text that repeats itself over short and long distances.
    fn text() -> Vec<u8> {
        let word = |index: u64| format!("{} ", index.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (index % 60));
        let part: String = (0..100_000).map(word).collect();
        [part.as_bytes(), &[b'a'; 100_000], part.as_bytes()].concat()
    }

    #[test]
    fn pages_of_several_pieces_read_back_unchanged() {
        let text = text();
        let compressed = snap::raw::Encoder::new().compress_vec(&text[7..]).unwrap();
        let input = [&text[..7], &compressed].concat();
        let page = decompressed(Codec::SNAPPY, &input, 7, text.len() - 7).unwrap();
        assert!(stored(&page) == text);
        let lz4 = lz4_flex::block::compress(&text);
        // Level 1 has the window size of other writers' pages.
        let mut zstd = zstd::bulk::compress(&text, 1).unwrap();
        zstd.extend(zstd::bulk::compress(b"more", 1).unwrap());
        let more = [&text[..], b"more"].concat();
        for (codec, input, content) in
            [(Codec::UNCOMPRESSED, &text, &text), (Codec::LZ4_RAW, &lz4, &text), (Codec::ZSTD, &zstd, &more)]
        {
            let page = decompressed(codec, input, 0, content.len()).unwrap();
            assert!(stored(&page) == *content, "{codec:?}");
        }
    }

    #[test]
    fn distant_back_references_are_read_from_the_spill_file() {
        // A literal of 3 MiB, then four bytes from its start and ten of the last five.
        let literal = vec![b'x'; 3 << 20];
        let length = (literal.len() as u32 - 1).to_le_bytes();
        let mut input =
            vec![0x8e, 0x80, 0xc0, 0x01, 62 << 2, length[0], length[1], length[2], b'a', b'b', b'c'];
        input.extend_from_slice(&literal[3..]);
        input.push(3 << 2 | 3);
        input.extend_from_slice(&(3u32 << 20).to_le_bytes());
        input.extend_from_slice(&[9 << 2 | 2, 5, 0]);
        let page = decompressed(Codec::SNAPPY, &input, 0, (3 << 20) + 14).unwrap();
        assert!(stored(&page).ends_with(b"xxxabcxxabcxxabcx"));
    }

    #[test]
    fn broken_streams_are_rejected() {
        let whole = snap::raw::Encoder::new().compress_vec(&text()).unwrap();
        let size = text().len();
        for (input, size) in [(&whole[..], size + 1), (&whole[..whole.len() / 2], size), (&[][..], size)] {
            assert!(decompressed(Codec::SNAPPY, input, 0, size).is_err());
        }
        let lz4 = lz4_flex::block::compress(&text());
        let zstd = zstd::bulk::compress(&text(), 1).unwrap();
        for (codec, input) in [(Codec::LZ4_RAW, &lz4), (Codec::ZSTD, &zstd)] {
            for (input, size) in
                [(&input[..], size + 1), (&input[..], size - 1), (&input[..input.len() / 2], size)]
            {
                assert!(decompressed(codec, input, 0, size).is_err(), "{codec:?}");
            }
        }
        // The second frame has a window of 8 MiB, the first one much less.
        let larger = [
            zstd::bulk::compress(&[0; 3 << 20], 1).unwrap(),
            zstd::bulk::compress(&[0; 9 << 20], 19).unwrap(),
        ];
        let refused = decompressed(Codec::ZSTD, &larger.concat(), 0, 12 << 20).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains("too much memory"), "{refused}");
        let before_start = [5, 1 << 2, b'a', b'b', 2 << 2 | 2, 3, 0];
        assert!(decompressed(Codec::SNAPPY, &before_start, 0, 5).is_err());
    }
}
