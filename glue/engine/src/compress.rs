//! Output compression: each piece of text becomes a gzip member or a zstd frame of its own, so that
//! threads compress independently. Decoders read concatenated ones as one stream
//! (RFC 1952, section 2.2; RFC 8878, section 3).

use std::io::Write;

use flate2::write::GzEncoder;

use crate::error::{Code, Error, Result};
use crate::options::Compression;

const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 3;

impl Compression {
    /// How much text to put into one piece, in bytes: enough for good compression, little enough to be
    /// held by each thread.
    pub fn piece(self) -> usize {
        match self {
            Compression::None | Compression::Gzip => 1 << 20,
            Compression::Zstd => 4 << 20,
        }
    }

    pub fn compress(self, text: Vec<u8>) -> Result<Vec<u8>> {
        let failed = |error: std::io::Error| Error::new(Code::Internal, format!("compressing: {error}"));
        match self {
            Compression::None => Ok(text),
            Compression::Gzip => {
                let output = Vec::with_capacity(text.len() / 4);
                let mut encoder = GzEncoder::new(output, flate2::Compression::new(GZIP_LEVEL));
                encoder.write_all(&text).map_err(failed)?;
                encoder.finish().map_err(failed)
            }
            Compression::Zstd => zstd::bulk::compress(&text, ZSTD_LEVEL).map_err(failed),
        }
    }
}
