//! Buffers of a size that the file claims.

use crate::error::{Code, Error, Result};

/// Readable bytes after every page, so that values up to the last one are read by whole words.
pub const PADDING: usize = 64;

/// A zeroed buffer, or `out_of_memory` where a plain allocation would abort the process.
pub fn allocate(length: usize) -> Result<Vec<u8>> {
    let mut buffer = reserve(length)?;
    buffer.resize(length, 0);
    Ok(buffer)
}

/// An empty buffer with room for `length` bytes, or `out_of_memory`.
pub fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(length).map_err(|_| {
        Error::new(Code::OutOfMemory, format!("{length} bytes are more than there is memory for"))
    })?;
    Ok(buffer)
}
