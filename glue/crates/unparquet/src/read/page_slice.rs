//! A part of a decompressed page.

use std::sync::Arc;

use bytes::Bytes;

use super::page_cache::{Reservation, SpillWindow};
use crate::buffer::{PADDING, allocate, share};
use crate::error::{Code, Error, Result};

/// Bytes of a page's buffer from `start` to `end`, followed by at least [`PADDING`] more.
#[derive(Clone, Default)]
pub struct PageSlice {
    /// Empty if the page is in the spill file.
    buffer: Bytes,
    spilled: Option<Arc<Reservation>>,
    start: usize,
    end: usize,
}

impl PageSlice {
    /// All of `buffer` except the padding at its end.
    pub fn new(buffer: Bytes) -> Self {
        let end = buffer.len().saturating_sub(PADDING);
        Self { buffer, spilled: None, start: 0, end }
    }

    /// A copy of `bytes`.
    pub fn copy(bytes: &[u8]) -> Result<Self> {
        let mut buffer = allocate(bytes.len() + PADDING)?;
        let (content, padding) = buffer.split_at_mut(bytes.len());
        content.copy_from_slice(bytes);
        padding.fill(0);
        Ok(Self::new(share(buffer)))
    }

    #[cfg(test)]
    pub fn of(bytes: &[u8]) -> Self {
        Self::copy(bytes).unwrap()
    }

    /// The whole buffer, indexed by [`PageSlice::start`] and [`PageSlice::end`]; empty if spilled.
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    pub fn is_spilled(&self) -> bool {
        self.spilled.is_some()
    }

    /// Bytes that contain `length` bytes from `at` and [`PADDING`], and the position of their first byte in the page. Each
    /// reader has its own `window`.
    #[inline]
    pub fn view<'a>(
        &'a self,
        window: &'a mut SpillWindow,
        at: usize,
        length: usize,
    ) -> Result<(&'a [u8], usize)> {
        match &self.spilled {
            None => Ok((&self.buffer, 0)),
            Some(page) => window.view(page, at, length),
        }
    }

    /// The first `N` bytes; None if there are fewer.
    pub fn head<const N: usize>(&self) -> Result<Option<[u8; N]>> {
        if self.len() < N {
            return Ok(None);
        }
        let mut window = SpillWindow::default();
        let (bytes, base) = self.view(&mut window, self.start, N)?;
        Ok(bytes[self.start - base..].first_chunk().copied())
    }

    /// Replaces `buffer` by `page`, its copy in the spill file.
    pub fn spill(&mut self, buffer: &Bytes, page: &Arc<Reservation>) {
        if std::ptr::eq(self.buffer.as_ptr(), buffer.as_ptr()) {
            self.buffer = Bytes::new();
            self.spilled = Some(page.clone());
        }
    }

    /// A whole page in the spill file, except the padding at its end.
    pub fn spilled(page: Arc<Reservation>, length: usize) -> Self {
        Self { buffer: Bytes::new(), spilled: Some(page), start: 0, end: length }
    }

    /// Reads bytes of a spilled page.
    pub fn read(&self, at: usize, length: usize) -> Result<Bytes> {
        self.spilled.as_ref().map_or(Ok(Bytes::new()), |page| page.read_exactly(at, length))
    }

    /// Bytes of a spilled page that a reader may hold in memory.
    pub fn window(&self) -> usize {
        self.spilled.as_ref().map_or(0, |page| page.window())
    }

    /// Reserves spill file space beside a spilled page.
    pub fn spill_space(&self, size: usize) -> Result<Reservation> {
        match &self.spilled {
            Some(page) => Ok(page.cache().spill_space(size)),
            None => Err(Error::new(Code::Internal, "the page is in memory")),
        }
    }

    /// The whole buffer, shared.
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

    /// The bytes of a slice in memory.
    pub fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The bytes of a slice, read if it is spilled.
    pub fn load(&self) -> Result<Bytes> {
        match &self.spilled {
            Some(page) => page.read_exactly(self.start, self.len()),
            None => Ok(self.buffer.slice(self.start..self.end)),
        }
    }

    /// The rest of the slice from a position in the page.
    pub fn after(&self, position: usize) -> Self {
        Self { start: position.clamp(self.start, self.end), ..self.clone() }
    }

    /// The first `length` bytes and the rest; None if there are fewer.
    pub fn split_at(&self, length: usize) -> Option<(PageSlice, PageSlice)> {
        let middle = self.start.checked_add(length).filter(|&middle| middle <= self.end)?;
        Some((PageSlice { end: middle, ..self.clone() }, PageSlice { start: middle, ..self.clone() }))
    }
}
