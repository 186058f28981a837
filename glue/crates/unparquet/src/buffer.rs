//! Page-sized buffers: allocation that can fail, and reuse.

use std::ops::RangeInclusive;

use bytes::Bytes;
use parking_lot::Mutex;

use crate::error::{Code, Error, Result};

/// Readable bytes after every page, so that decoders can load whole words up to the last value.
pub const PADDING: usize = 64;

/// Sizes of buffers that are pooled: mapping new memory takes longer than decompressing most pages.
const POOLED: RangeInclusive<usize> = 64 << 10..=9 << 20;
/// Maximum bytes in the pool.
const MAX_POOLED: usize = 16 << 20;

static SPARE: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());

/// A buffer with arbitrary contents. Errors: `out_of_memory`, where a plain allocation would abort the process.
pub fn allocate(length: usize) -> Result<Vec<u8>> {
    let mut buffer = match spare(length) {
        Some(buffer) => buffer,
        None => reserve(length)?,
    };
    buffer.resize(length, 0);
    Ok(buffer)
}

fn spare(length: usize) -> Option<Vec<u8>> {
    if !POOLED.contains(&length) {
        return None;
    }
    let mut spare = SPARE.lock();
    let fits = |buffer: &Vec<u8>| (length..=2 * length).contains(&buffer.capacity());
    spare.iter().position(fits).map(|index| spare.swap_remove(index))
}

/// Shares a buffer, which returns to the pool when its last reference is dropped.
pub fn share(buffer: Vec<u8>) -> Bytes {
    if POOLED.contains(&buffer.capacity()) { Bytes::from_owner(Shared(buffer)) } else { buffer.into() }
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
        let pooled: usize = spare.iter().map(Vec::capacity).sum();
        if pooled + self.0.capacity() <= MAX_POOLED {
            spare.push(std::mem::take(&mut self.0));
        }
    }
}

/// An empty buffer with capacity for `length` bytes. Errors: `out_of_memory`.
pub fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(length)
        .map_err(|_| Error::new(Code::OutOfMemory, format!("not enough memory for {length} bytes")))?;
    Ok(buffer)
}
