//! Buffers of a size that the file claims.

use std::ops::RangeInclusive;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::error::{Code, Error, Result};

/// Readable bytes after every page, so that values up to the last one are read by whole words.
pub const PADDING: usize = 64;

/// Sizes of buffers that are used again: the kernel takes longer to give new memory than most pages to decompress.
const KEPT: RangeInclusive<usize> = 64 << 10..=9 << 20;
/// Most bytes of buffers that are kept.
const MAX_KEPT: usize = 16 << 20;

static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer of any bytes, or `out_of_memory` where a plain allocation would abort the process.
pub fn allocate(length: usize) -> Result<Vec<u8>> {
    let mut buffer = match spare(length) {
        Some(buffer) => buffer,
        None => reserve(length)?,
    };
    buffer.resize(length, 0);
    Ok(buffer)
}

fn spare(length: usize) -> Option<Vec<u8>> {
    if !KEPT.contains(&length) {
        return None;
    }
    let mut spare = SPARE.lock();
    let fits = |buffer: &Vec<u8>| (length..=2 * length).contains(&buffer.capacity());
    spare.iter().position(fits).map(|index| spare.swap_remove(index))
}

/// Shares a buffer, which is kept for another use once nobody needs it.
pub fn share(buffer: Vec<u8>) -> Bytes {
    if KEPT.contains(&buffer.capacity()) { Bytes::from_owner(Shared(buffer)) } else { buffer.into() }
}

struct Shared(Vec<u8>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut spare = SPARE.lock();
        let kept: usize = spare.iter().map(Vec::capacity).sum();
        if kept + self.0.capacity() <= MAX_KEPT {
            spare.push(std::mem::take(&mut self.0));
        }
    }
}

/// An empty buffer with room for `length` bytes, or `out_of_memory`.
pub fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(length).map_err(|_| {
        Error::new(Code::OutOfMemory, format!("{length} bytes are more than there is memory for"))
    })?;
    Ok(buffer)
}
