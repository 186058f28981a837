//! Loads the rows of a leaf: moves through pages, decodes levels, encodes values.

use std::sync::Arc;

use super::{BLOCK, Leaf};
use crate::encode::encoder::{Allowance, mismatched_levels};
use crate::encode::levels::{entries_of_rows, rows_started};
use crate::error::{Code, Error, Result};
use crate::limit::too_little_memory;
use crate::read::OpenRowGroup;

/// Maximum entries in a nested row: a few bytes of run lengths can claim 2^31.
const MAX_ENTRIES: usize = 8 << 20;
/// Bytes of one entry's levels.
const LEVELS: usize = 2;

impl Leaf {
    /// Moves to the next page and returns the index of its first entry; None after the last page.
    fn next_page(&mut self) -> Result<Option<u64>> {
        let Some(chunk) = &self.chunk else { return Ok(None) };
        let Some((page, first)) = chunk.page(self.next_page)? else { return Ok(None) };
        self.remaining = page.entries;
        self.repetition = page.repetition.as_ref().map(|levels| levels.reader());
        self.definition = page.definition.as_ref().map(|levels| levels.reader());
        self.values.open(chunk, &page, &self.encoded)?;
        self.page = Some(page);
        self.next_page += 1;
        Ok(Some(first))
    }

    /// Decodes the levels of the page's next `count` entries.
    fn read_levels(&mut self, count: usize) -> Result<()> {
        for (levels, decoder, max) in [
            (&mut self.definitions, &mut self.definition, self.max_definition),
            (&mut self.repetitions, &mut self.repetition, self.max_repetition),
        ] {
            if let Some(decoder) = decoder {
                let start = levels.len();
                levels.resize(start + count, 0);
                decoder.read(&mut levels[start..])?;
                if levels[start..].iter().copied().max().is_some_and(|level| level > max) {
                    return Err(mismatched_levels());
                }
            }
        }
        self.remaining -= count;
        Ok(())
    }

    /// Number of entries with a value.
    pub(super) fn present(&self, start: usize, end: usize) -> usize {
        if self.max_definition == 0 {
            return end - start;
        }
        self.definitions[start..end].iter().filter(|&&definition| definition == self.max_definition).count()
    }

    /// Removes written entries.
    pub(super) fn consume(&mut self, share: usize) {
        if self.next_span == self.encoded.len() {
            self.encoded.clear(share);
        } else {
            self.encoded.consume(self.next_span);
        }
        let rows = match self.is_flat() {
            true => self.next_entry,
            false => rows_started(&self.repetitions[..self.next_entry]),
        };
        self.started -= rows;
        self.complete = self.complete.saturating_sub(rows);
        self.definitions.drain(..self.next_entry.min(self.definitions.len()));
        self.repetitions.drain(..self.next_entry.min(self.repetitions.len()));
        self.end -= self.next_entry;
        self.expanded = self.expanded.saturating_sub(self.next_entry);
        (self.next_entry, self.next_span) = (0, 0);
    }

    /// Loads up to `rows` rows, as many as fit.
    fn load_flat(&mut self, rows: usize) -> Result<()> {
        while self.end < rows {
            if self.unwritten == 0 {
                if self.remaining == 0 && self.next_page()?.is_none() {
                    return Err(ends_early());
                }
                self.unwritten = self.remaining.min(rows - self.end);
                self.read_levels(self.unwritten)?;
            }
            let (start, end) = (self.end, self.end + self.unwritten.min(rows - self.end));
            let present = self.present(start, end);
            let written = self.values.write(present, &mut self.encoded)?;
            self.end = if written == present { end } else { self.entry_of_value(start, written) };
            self.unwritten -= self.end - start;
            if written < present {
                break;
            }
        }
        (self.started, self.complete) = (self.end, self.end);
        Ok(())
    }

    /// The entry of the value after `values` values from `start`.
    fn entry_of_value(&self, start: usize, values: usize) -> usize {
        if self.max_definition == 0 {
            return start + values;
        }
        let is_value = |&(_, definition): &(usize, &u8)| *definition == self.max_definition;
        let entries = self.definitions.iter().enumerate().skip(start);
        entries.filter(is_value).nth(values).map_or(self.end, |(entry, _)| entry)
    }

    /// Pages that are skipped entirely are not decompressed.
    fn skip_flat(&mut self, rows: usize) -> Result<()> {
        let mut rows = rows;
        if rows >= self.remaining {
            let Some(chunk) = &self.chunk else { return Err(ends_early()) };
            let entry = (self.row + rows) as u64;
            self.remaining = 0;
            if entry == chunk.entries {
                self.page = None;
                self.next_page = usize::MAX;
                return Ok(());
            }
            let Some(index) = chunk.page_of(entry)? else { return Err(ends_early()) };
            self.next_page = index;
            let Some(first) = self.next_page()? else { return Err(ends_early()) };
            rows = (entry - first) as usize;
        }
        let present = match &mut self.definition {
            Some(levels) => levels.count(rows, u32::from(self.max_definition))?,
            None => rows,
        };
        self.remaining -= rows;
        self.values.skip(present)
    }

    /// Loads up to `rows` rows, as many as fit. The last one may be incomplete.
    fn load_nested(&mut self, rows: usize) -> Result<()> {
        let is_all = self.advance_rows(rows, |leaf, present| {
            leaf.unwritten += present;
            leaf.unwritten -= leaf.values.write(leaf.unwritten, &mut leaf.encoded)?;
            Ok(leaf.unwritten == 0 && !leaf.encoded.is_full(LEVELS * leaf.end))
        })?;
        self.complete = match is_all {
            true => self.started,
            false if self.unwritten == 0 => self.started - 1,
            false => {
                let entry = self.entry_of_value(0, self.encoded.len());
                rows_started(&self.repetitions[..self.end.min(entry + 1)]).saturating_sub(1)
            }
        };
        Ok(())
    }

    /// Advances step by step to the end of `rows` rows while `each`, called with the number of values in a step, returns
    /// true. Returns whether the rows are complete.
    fn advance_rows(
        &mut self,
        rows: usize,
        mut each: impl FnMut(&mut Self, usize) -> Result<bool>,
    ) -> Result<bool> {
        if self.unwritten > 0 && !each(self, 0)? {
            return Ok(false);
        }
        loop {
            let start = self.end;
            let (entries, started) =
                entries_of_rows(&self.repetitions[start..], rows.saturating_sub(self.started));
            self.end += entries;
            self.started += started;
            let is_last = self.end < self.repetitions.len();
            let present = self.present(start, self.end);
            let more = each(self, present)?;
            if is_last && self.unwritten == 0 {
                break;
            }
            if self.end > MAX_ENTRIES {
                let message = format!("a row has over {MAX_ENTRIES} values");
                return Err(Error::new(Code::LimitExceeded, message));
            }
            if !more {
                return Ok(false);
            }
            if self.remaining == 0 && self.next_page()?.is_none() {
                break;
            }
            self.read_levels(self.remaining.min(BLOCK))?;
        }
        if self.started < rows {
            return Err(ends_early());
        }
        // A row cannot start with a repetition.
        if self.end > 0 && self.repetitions[0] != 0 {
            return Err(mismatched_levels());
        }
        Ok(true)
    }

    pub(super) fn load_rows(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        self.consume(allowance.share());
        if self.complete == 0 && rows > 0 {
            let limit = allowance.of_column();
            self.encoded.set_limit(limit);
            if self.is_flat() {
                self.load_flat(rows)?;
            } else {
                self.load_nested(rows)?;
            }
            if self.complete == 0 && allowance.is_last_resort {
                return Err(too_little_memory(limit));
            }
            self.row += self.complete;
            self.encoded.finish()?;
        }
        allowance.take(self.encoded.text_len());
        Ok(self.complete.min(rows))
    }

    pub(super) fn skip_rows(&mut self, rows: usize) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        if self.is_flat() {
            self.skip_flat(rows)?;
        } else {
            // In blocks, so that the levels of all skipped rows are never in memory at once.
            let mut remaining = rows;
            while remaining > 0 {
                let count = remaining.min(BLOCK);
                self.skip_nested(count)?;
                remaining -= count;
            }
        }
        self.row += rows;
        Ok(())
    }

    fn skip_nested(&mut self, rows: usize) -> Result<()> {
        self.advance_rows(rows, |leaf, present| leaf.values.skip(present).map(|()| true))?;
        self.next_entry = self.end;
        self.consume(usize::MAX);
        Ok(())
    }

    pub(super) fn start(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        let chunk = group.columns[self.index].clone().ok_or_else(mismatched_levels)?;
        let same = self.chunk.as_ref().is_some_and(|open| Arc::ptr_eq(open, &chunk));
        self.consume(usize::MAX);
        if !same || first_row < self.row || self.end > 0 || self.unwritten > 0 {
            self.chunk = Some(chunk);
            self.row = 0;
            self.next_page = 0;
            self.page = None;
            self.remaining = 0;
            self.definitions.clear();
            self.repetitions.clear();
            self.encoded.clear(usize::MAX);
            (self.end, self.started, self.complete, self.unwritten, self.expanded) = (0, 0, 0, 0, 0);
        }
        Ok(())
    }

    /// Checks that the row group ends with the last row read.
    pub(super) fn check_end(&mut self) -> Result<()> {
        if self.is_flat() {
            return Ok(());
        }
        self.consume(usize::MAX);
        self.advance_rows(0, |_, _| Ok(true))?;
        if self.definitions.is_empty() && self.remaining == 0 {
            return Ok(());
        }
        Err(Error::corrupt("the column has more rows than the row group"))
    }
}

fn ends_early() -> Error {
    Error::corrupt("the column has fewer rows than the row group")
}
