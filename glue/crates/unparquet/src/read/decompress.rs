//! Decompresses a page to exactly the size in its header, regardless of the stream's contents.

use std::cell::RefCell;
use std::io::Read;

use crate::buffer::{PADDING, allocate, reserve};
use crate::error::{Error, Result, no_memory};
use crate::types::Codec;

thread_local! {
    /// Reused: creating one takes longer than decompressing a small page.
    static ZSTD: RefCell<zstd::bulk::Decompressor<'static>> = RefCell::new(zstd::bulk::Decompressor::default());
}

/// Returns `head` (the levels of a version 2 page, which are never compressed), exactly `size` decompressed bytes, and
/// [`PADDING`].
pub fn decompress(codec: Codec, input: &[u8], size: usize, head: &[u8]) -> Result<Vec<u8>> {
    // The highest compression ratio of each format; larger claims are rejected before allocating.
    let max_ratio = match codec {
        Codec::SNAPPY => 64,
        Codec::LZ4 | Codec::LZ4_RAW => 256,
        Codec::GZIP => 1100,
        _ => usize::MAX,
    };
    if size / max_ratio > input.len() {
        return Err(Error::corrupt(format!("{} compressed bytes cannot expand to {size}", input.len())));
    }
    match codec {
        Codec::SNAPPY => into_slice(head, size, |output| {
            if snap::raw::decompress_len(input).map_err(broken)? != output.len() {
                return Err(wrong_size());
            }
            snap::raw::Decoder::new().decompress(input, output).map_err(broken)
        }),
        Codec::LZ4_RAW => {
            into_slice(head, size, |output| lz4_flex::block::decompress_into(input, output).map_err(broken))
        }
        Codec::LZ4 => into_slice(head, size, |output| lz4(input, output)),
        Codec::GZIP => from_reader(head, size, flate2::read::MultiGzDecoder::new(input)),
        Codec::BROTLI => from_reader(head, size, brotli_decompressor::Decompressor::new(input, 4096)),
        // A high ratio is possible but suspicious, so allocate only as output appears.
        Codec::ZSTD if size / 256 > input.len() => {
            let decoder = zstd::stream::read::Decoder::with_buffer(input).map_err(broken)?;
            from_reader(head, size, decoder)
        }
        Codec::ZSTD => into_slice(head, size, |output| {
            ZSTD.with_borrow_mut(|decoder| decoder.decompress_to_buffer(input, output)).map_err(broken)
        }),
        Codec::UNCOMPRESSED => into_slice(head, size, |output| {
            output.get_mut(..input.len()).ok_or_else(wrong_size)?.copy_from_slice(input);
            Ok(input.len())
        }),
    }
}

fn into_slice(head: &[u8], size: usize, fill: impl FnOnce(&mut [u8]) -> Result<usize>) -> Result<Vec<u8>> {
    let mut output = allocate(head.len() + size + PADDING)?;
    output[..head.len()].copy_from_slice(head);
    let (_, rest) = output.split_at_mut(head.len());
    let (content, padding) = rest.split_at_mut(size);
    padding.fill(0);
    match fill(content)? {
        filled if filled == size => Ok(output),
        _ => Err(wrong_size()),
    }
}

fn from_reader(head: &[u8], size: usize, reader: impl Read) -> Result<Vec<u8>> {
    let mut output = reserve(head.len() + size + PADDING)?;
    output.extend_from_slice(head);
    let filled = reader.take(size as u64 + 1).read_to_end(&mut output).map_err(broken)?;
    if filled != size {
        return Err(wrong_size());
    }
    output.resize(output.len() + PADDING, 0);
    Ok(output)
}

/// The deprecated LZ4 codec: Hadoop's framing (big-endian lengths: a block's uncompressed length, then each chunk's
/// compressed length) or, from other writers, an LZ4 frame or a bare block.
/// Source: <https://github.com/apache/parquet-format/blob/master/Compression.md#lz4>
fn lz4(input: &[u8], output: &mut [u8]) -> Result<usize> {
    if let Some(filled) = lz4_hadoop(input, output) {
        return Ok(filled);
    }
    let size = output.len();
    let mut frame = lz4_flex::frame::FrameDecoder::new(input);
    if frame.read_exact(output).is_ok() && matches!(frame.read(&mut [0]), Ok(0)) {
        return Ok(size);
    }
    lz4_flex::block::decompress_into(input, output).map_err(broken)
}

/// Decompresses blocks of one or more chunks, each after its length.
fn lz4_hadoop(mut input: &[u8], output: &mut [u8]) -> Option<usize> {
    let mut filled = 0;
    while !input.is_empty() {
        let block_end = filled + length(&mut input)?;
        while filled < block_end {
            let (chunk, rest) = length(&mut input).and_then(|length| input.split_at_checked(length))?;
            let target = output.get_mut(filled..block_end)?;
            filled += lz4_flex::block::decompress_into(chunk, target).ok().filter(|&written| written > 0)?;
            input = rest;
        }
    }
    (filled == output.len()).then_some(filled)
}

fn length(input: &mut &[u8]) -> Option<usize> {
    let (length, rest) = input.split_first_chunk()?;
    *input = rest;
    usize::try_from(u32::from_be_bytes(*length)).ok()
}

pub fn wrong_size() -> Error {
    Error::corrupt("its uncompressed size differs from its header")
}

pub fn broken(error: impl std::fmt::Display) -> Error {
    no_memory(&error).unwrap_or_else(|| Error::corrupt(format!("decompression failed: {error}")))
}
