//! A part of a page.

use std::sync::Arc;

use bytes::Bytes;

use super::store::{Kept, Window};
use crate::error::Result;
use crate::source::reserve;

/// Readable bytes behind every section, so that values are read by whole words up to the last one.
pub const SLACK: usize = 64;

/// Bytes of a page's buffer from `start` to `end`, with at least [`SLACK`] more of it behind.
#[derive(Clone, Default)]
pub struct Section {
    /// Empty where the page is in the store's file.
    buffer: Bytes,
    file: Option<Arc<Kept>>,
    start: usize,
    end: usize,
}

impl Section {
    /// All of `buffer` but the slack at its end.
    pub fn new(buffer: Bytes) -> Self {
        let end = buffer.len().saturating_sub(SLACK);
        Self { buffer, file: None, start: 0, end }
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

    /// The whole buffer, to which [`Section::start`] and [`Section::end`] refer; empty where it is in the file.
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    pub fn is_in_file(&self) -> bool {
        self.file.is_some()
    }

    /// `length` bytes from `at` on with [`SLACK`] more, within a slice whose first byte has the place that is
    /// given with it. `window` is the reader's own.
    #[inline]
    pub fn view<'a>(&'a self, window: &'a mut Window, at: usize, length: usize) -> Result<(&'a [u8], usize)> {
        match &self.file {
            None => Ok((&self.buffer, 0)),
            Some(file) => window.view(file, at, length),
        }
    }

    /// Its first bytes.
    pub fn head<const N: usize>(&self) -> Result<Option<[u8; N]>> {
        if self.len() < N {
            return Ok(None);
        }
        let mut window = Window::default();
        let (bytes, base) = self.view(&mut window, self.start, N)?;
        Ok(bytes[self.start - base..].first_chunk().copied())
    }

    /// Lets go of the buffer if it is the one that has been put away.
    pub fn put_away(&mut self, buffer: &Bytes, file: &Arc<Kept>) {
        if std::ptr::eq(self.buffer.as_ptr(), buffer.as_ptr()) {
            self.buffer = Bytes::new();
            self.file = Some(file.clone());
        }
    }

    /// The buffer itself, shared.
    pub fn whole(&self) -> Bytes {
        self.buffer.clone()
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

    /// Of a section in memory.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The bytes themselves, shared. Of a section in memory.
    pub fn shared(&self) -> Bytes {
        self.buffer.slice(self.start..self.end)
    }

    /// The first `length` bytes and the rest; none where there are fewer.
    pub fn split_at(&self, length: usize) -> Option<(Section, Section)> {
        let middle = self.start.checked_add(length).filter(|&middle| middle <= self.end)?;
        Some((Section { end: middle, ..self.clone() }, Section { start: middle, ..self.clone() }))
    }
}
