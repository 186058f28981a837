//! A part of a page.

use bytes::Bytes;

use crate::error::Result;
use crate::source::reserve;

/// Readable bytes behind every section, so that values are read by whole words up to the last one.
pub const SLACK: usize = 64;

/// Bytes of a page's buffer from `start` to `end`, with at least [`SLACK`] more of it behind.
#[derive(Clone, Default)]
pub struct Section {
    buffer: Bytes,
    start: usize,
    end: usize,
}

impl Section {
    /// All of `buffer` but the slack at its end.
    pub fn new(buffer: Bytes) -> Self {
        let end = buffer.len().saturating_sub(SLACK);
        Self { buffer, start: 0, end }
    }

    /// A copy of `bytes`.
    pub fn copy(bytes: &[u8]) -> Result<Self> {
        let mut buffer = reserve(bytes.len() + SLACK)?;
        buffer.extend_from_slice(bytes);
        buffer.resize(bytes.len() + SLACK, 0);
        Ok(Self::new(buffer.into()))
    }

    #[cfg(test)]
    pub fn of(bytes: &[u8]) -> Self {
        Self::copy(bytes).unwrap()
    }

    /// The whole buffer, to which [`Section::start`] and [`Section::end`] refer.
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    pub fn start(&self) -> usize {
        self.start
    }

    pub fn end(&self) -> usize {
        self.end
    }

    pub fn len(&self) -> usize {
        self.end - self.start
    }

    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The bytes themselves, shared.
    pub fn shared(&self) -> Bytes {
        self.buffer.slice(self.start..self.end)
    }

    /// The first `length` bytes and the rest; none where there are fewer.
    pub fn split_at(&self, length: usize) -> Option<(Section, Section)> {
        let middle = self.start.checked_add(length).filter(|&middle| middle <= self.end)?;
        let first = Section { buffer: self.buffer.clone(), start: self.start, end: middle };
        Some((first, Section { buffer: self.buffer.clone(), start: middle, end: self.end }))
    }
}
