//! Output compression: each chunk of text becomes its own gzip member or zstd frame, so that threads compress
//! independently. Decoders read concatenated members or frames as one stream (RFC 1952, section 2.2; RFC 8878, section 3).

use std::cell::RefCell;
use std::fmt::Display;

use libdeflater::{CompressionLvl, Compressor};
use zstd::zstd_safe::{self, CCtx};

use crate::error::{Code, Error, Result, no_memory};
use crate::options::Compression;

/// Costs about twice as much as encoding. Level 4 makes JSON 3 to 15 % smaller in 1.3 to 2.8 times the time;
/// zstd makes it smaller still in less time.
const GZIP_LEVEL: CompressionLvl = match CompressionLvl::new(1) {
    Ok(level) => level,
    Err(_) => panic!("no such level"),
};
/// On most tables the default level, 3, makes JSON larger and takes up to twice the time; long text gets 6 % smaller.
const ZSTD_LEVEL: i32 = 1;
/// Text per member, in bytes. Four times as much would make the output less than one percent smaller.
const CHUNK: usize = 1 << 20;
/// Longer chunks, which only long rows produce, become several members.
pub const MAX_MEMBER: usize = 2 * CHUNK;

thread_local! {
    // Reused for every chunk, because they own large tables.
    static GZIP: RefCell<Compressor> = RefCell::new(Compressor::new(GZIP_LEVEL));
    static ZSTD: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    /// Scratch space for a member, whose length is unknown until it is complete.
    static MEMBER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Compression {
    /// Bytes of text to compress at a time: enough for a good ratio, small enough for a buffer per thread.
    pub fn chunk_size(self) -> usize {
        CHUNK
    }

    /// Compresses `text` into one or more members; returns it unchanged without compression.
    pub fn compress(self, text: Vec<u8>) -> Result<Vec<u8>> {
        match self {
            Compression::None => Ok(text),
            Compression::Gzip => GZIP.with_borrow_mut(|gzip| {
                let room = gzip.gzip_compress_bound(MAX_MEMBER);
                members(&text, room, |part, member| gzip.gzip_compress(part, member).map_err(failed))
            }),
            Compression::Zstd => ZSTD.with_borrow_mut(|zstd| {
                let room = zstd_safe::compress_bound(MAX_MEMBER);
                members(&text, room, |part, member| {
                    zstd.compress(member, part, ZSTD_LEVEL)
                        .map_err(|code| failed(zstd_safe::get_error_name(code)))
                })
            }),
        }
    }
}

/// Compresses `text` in parts. `compress` writes a member into a buffer of `room` bytes and returns its length.
fn members(
    text: &[u8],
    room: usize,
    mut compress: impl FnMut(&[u8], &mut [u8]) -> Result<usize>,
) -> Result<Vec<u8>> {
    MEMBER.with_borrow_mut(|member| {
        if member.len() < room {
            *member = vec![0; room];
        }
        let mut output = Vec::new();
        let mut rest = text;
        loop {
            let (part, after) = rest.split_at(rest.len().min(MAX_MEMBER));
            let length = compress(part, member)?;
            output.extend_from_slice(&member[..length]);
            if after.is_empty() {
                return Ok(output);
            }
            rest = after;
        }
    })
}

fn failed(error: impl Display) -> Error {
    no_memory(&error).unwrap_or_else(|| Error::new(Code::Internal, format!("compressing: {error}")))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::MultiGzDecoder;

    use super::*;

    /// Lengths around one chunk, one member and several members.
    #[test]
    fn every_length_round_trips() {
        for length in [0, 1, CHUNK, MAX_MEMBER, MAX_MEMBER + 1, 5 * CHUNK] {
            let text: Vec<u8> = (0..length).map(|index| (index % 251) as u8).collect();
            let gzip = Compression::Gzip.compress(text.clone()).unwrap();
            let mut back = Vec::new();
            MultiGzDecoder::new(&gzip[..]).read_to_end(&mut back).unwrap();
            assert!(back == text, "gzip of {length} bytes");

            let frames = Compression::Zstd.compress(text.clone()).unwrap();
            assert!(zstd::decode_all(&frames[..]).unwrap() == text, "zstd of {length} bytes");
            assert!(!gzip.is_empty() && !frames.is_empty());
        }
    }
}
