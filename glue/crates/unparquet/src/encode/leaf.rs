//! The encoder of a leaf column: decodes its levels and encodes its values, batch by batch.

use std::sync::Arc;

use super::encoded_values::{EncodedValues, append};
use super::encoder::{Allowance, CHECK_INTERVAL, Columns, Encoder, mismatched_levels};
use super::key_prefix::KeyPrefix;
use super::levels::{entries_of_rows, rows_started};
use super::values::Values;
use crate::error::{Code, Error, Result};
use crate::limit::{RowLimit, too_little_memory};
use crate::read::{ColumnChunk, OpenRowGroup, Page, PageSlice, RleDecoder};
use crate::schema::Column;

/// Most entries of a nested row: a few bytes of run lengths can claim 2^31.
const MAX_ENTRIES: usize = 8 << 20;
/// Bytes of an entry's levels.
const LEVELS: usize = 2;
/// Levels of nested columns decoded at a time, ahead of the row they may belong to.
const BLOCK: usize = 1024;

pub struct Leaf {
    index: usize,
    descriptor: Column,
    max_definition: u8,
    max_repetition: u8,
    /// Lowest definition level at which all groups around the leaf are present: that of a value or of the leaf's own
    /// null.
    min_definition: u8,
    row_group: usize,
    chunk: Option<Arc<ColumnChunk>>,
    /// First row that has not been loaded.
    row: usize,
    next_page: usize,
    /// The current page, kept alive for other threads.
    page: Option<Arc<Page>>,
    /// Entries of the page whose levels have not been decoded.
    remaining: usize,
    definition: Option<RleDecoder>,
    repetition: Option<RleDecoder>,
    values: Box<dyn Values>,
    definitions: Vec<u8>,
    repetitions: Vec<u8>,
    /// Entries that have been loaded; later levels belong to later rows.
    end: usize,
    /// Rows that begin among these entries, and rows that are complete.
    started: usize,
    complete: usize,
    /// Values among these entries that have no text yet. In a flat column, entries after them.
    unwritten: usize,
    next_entry: usize,
    encoded: EncodedValues,
    /// Entries that have a span although they may be null. Of others, only values have one.
    expanded: usize,
    next_span: usize,
}

impl Leaf {
    pub fn new(index: usize, descriptor: Column, prefix: &KeyPrefix, values: Box<dyn Values>) -> Self {
        // The schema's maximum depth is far below 256.
        let level = |level: i16| u8::try_from(level).unwrap_or(u8::MAX);
        let max_definition = level(descriptor.max_def_level());
        Self {
            index,
            max_definition,
            max_repetition: level(descriptor.max_rep_level()),
            min_definition: max_definition - u8::from(descriptor.is_optional()),
            descriptor,
            row_group: 0,
            chunk: None,
            row: 0,
            next_page: 0,
            page: None,
            remaining: 0,
            definition: None,
            repetition: None,
            values,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            end: 0,
            started: 0,
            complete: 0,
            unwritten: 0,
            next_entry: 0,
            encoded: EncodedValues::new(prefix),
            expanded: 0,
            next_span: 0,
        }
    }

    /// The JSON of one value in the PLAIN encoding.
    pub fn json(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        self.encoded.clear(usize::MAX);
        self.values.open_plain(PageSlice::copy(plain)?);
        self.values.write(1, &mut self.encoded)?;
        Ok(self.encoded.value(0).unwrap_or_default().to_vec())
    }

    pub fn is_flat(&self) -> bool {
        self.max_repetition == 0
    }

    /// Advances by `rows` rows and returns one span for each. Fails unless each row has one entry, which is a value or
    /// the leaf's own null.
    pub fn rows(&mut self, rows: usize) -> Result<&EncodedValues> {
        let min = self.min_definition;
        if min > 0 && self.definitions().iter().any(|&definition| definition < min) {
            return Err(self.with_context(mismatched_levels()));
        }
        self.expand_nulls();
        self.advance_expanded(rows);
        Ok(&self.encoded)
    }

    /// Gives every entry of the complete rows a span, nulls included.
    pub fn expand_nulls(&mut self) {
        if self.expanded > 0 {
            return;
        }
        let entries = self.entries_of_rows(self.complete);
        let values = if entries == self.end { self.encoded.len() } else { self.present(0, entries) };
        if values < entries {
            self.encoded.expand_nulls(&self.definitions[..entries], self.max_definition, values);
        }
        self.expanded = entries;
    }

    /// Advances a flat column by `rows` rows, which have no spans for nulls.
    pub fn advance(&mut self, rows: usize) {
        self.next_entry = rows;
        self.next_span = if rows == self.end { self.encoded.len() } else { self.present(0, rows) };
    }

    /// Advances by entries that have spans for nulls.
    pub fn advance_expanded(&mut self, entries: usize) {
        (self.next_entry, self.next_span) = (entries, entries);
    }

    /// Number of entries of the first `rows` rows.
    pub fn entries_of_rows(&self, rows: usize) -> usize {
        if self.is_flat() {
            rows
        } else if rows == self.started {
            self.end
        } else {
            entries_of_rows(&self.repetitions[..self.end], rows).0
        }
    }

    pub fn encoded(&self) -> &EncodedValues {
        &self.encoded
    }

    pub fn max_definition(&self) -> u8 {
        self.max_definition
    }

    /// Number of entries that have been loaded.
    pub fn entries(&self) -> usize {
        self.end
    }

    /// Their definition levels; empty if the column cannot be null.
    pub fn definitions(&self) -> &[u8] {
        self.definitions.get(..self.end).unwrap_or_default()
    }

    /// Their repetition levels; empty if the column cannot repeat.
    pub fn repetitions(&self) -> &[u8] {
        self.repetitions.get(..self.end).unwrap_or_default()
    }

    /// Writes the entries up to the next one that does not repeat at `level`, as an array. Returns false, without
    /// writing, if one of them is null. Fails if `out` exceeds `max`.
    pub fn write_elements(&mut self, level: i16, max: RowLimit, out: &mut Vec<u8>) -> Result<bool> {
        let is_element = |&&repetition: &&u8| i16::from(repetition) >= level;
        let more = self.repetitions[..self.end].get(self.next_entry + 1..).unwrap_or_default();
        let count = 1 + more.iter().take_while(is_element).count();
        let entries = self.next_entry..self.next_entry + count;
        let Some(encoded) = self.encoded.spans().get(self.next_span..self.next_span + count) else {
            return Ok(false);
        };
        if self.definitions[entries].iter().any(|&definition| definition < self.max_definition) {
            return Ok(false);
        }
        let mut separator = b'[';
        for encoded in encoded.chunks(CHECK_INTERVAL) {
            for &span in encoded {
                out.push(separator);
                append(self.encoded.text(), span, out);
                separator = b',';
            }
            max.check(out.len())?;
        }
        out.push(b']');
        self.next_entry += count;
        self.next_span += count;
        Ok(true)
    }

    /// Takes the next entry and returns the index of its span; None if it is null.
    pub fn take(&mut self) -> Result<Option<usize>> {
        if self.next_entry >= self.end {
            return Err(mismatched_levels());
        }
        let is_null = self.max_definition > 0 && self.definitions[self.next_entry] < self.max_definition;
        self.next_entry += 1;
        if is_null {
            self.next_span += usize::from(self.next_entry <= self.expanded);
            return Ok(None);
        }
        self.next_span += 1;
        Ok(Some(self.next_span - 1))
    }

    /// The text of a span without the prefix.
    pub fn value(&self, span: usize) -> Option<&[u8]> {
        self.encoded.value(span)
    }

    pub fn with_context(&self, error: Error) -> Error {
        error.context(format!("column {} in row group {}", self.descriptor, self.row_group))
    }

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
    fn present(&self, start: usize, end: usize) -> usize {
        if self.max_definition == 0 {
            return end - start;
        }
        self.definitions[start..end].iter().filter(|&&definition| definition == self.max_definition).count()
    }

    /// Removes the entries that have been written.
    fn consume(&mut self, share: usize) {
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

    /// Advances to the end of the `rows`-th row from here, as long as `each` returns true; it gets the number of values
    /// in each step. Returns whether the rows are complete.
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

    fn load_rows(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
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

    fn skip_rows(&mut self, rows: usize) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        if self.is_flat() {
            self.skip_flat(rows)?;
        } else {
            // In blocks, because the levels of skipped rows need not be in memory at once.
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

    fn start(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
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
    fn check_end(&mut self) -> Result<()> {
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
    Error::corrupt("the column ends before the row group does")
}

impl Columns for Leaf {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        self.row_group = group.index;
        let mut open = || {
            self.start(group, first_row)?;
            self.skip_rows(first_row - self.row)
        };
        open().map_err(|error| self.with_context(error))
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        self.load_rows(rows, allowance).map_err(|error| self.with_context(error))
    }

    fn release(&mut self) {
        self.consume(0);
        for levels in [&mut self.definitions, &mut self.repetitions] {
            levels.shrink_to(BLOCK);
        }
        self.values.release();
    }

    fn finish(&mut self) -> Result<()> {
        self.check_end().map_err(|error| self.with_context(error))
    }

    /// -1, below all levels, at the end of the batch.
    fn definition(&self) -> i16 {
        if self.next_entry >= self.end {
            return -1;
        }
        self.definitions.get(self.next_entry).map_or(0, |&definition| i16::from(definition))
    }

    fn repetition(&self) -> i16 {
        if self.next_entry >= self.end {
            return 0;
        }
        self.repetitions.get(self.next_entry).map_or(0, |&repetition| i16::from(repetition))
    }

    fn levels_match(&self, _level: i16) -> bool {
        true
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        let definition = self.definition();
        if definition < 0 || definition >= present {
            return Err(self.with_context(mismatched_levels()));
        }
        self.next_entry += 1;
        self.next_span += usize::from(self.next_entry <= self.expanded);
        Ok(())
    }
}

impl Encoder for Leaf {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.next_entry >= self.end {
            return Err(self.with_context(mismatched_levels()));
        }
        if self.max_definition > 0 {
            let definition = self.definitions[self.next_entry];
            if definition < self.max_definition {
                if definition < self.min_definition {
                    return Err(self.with_context(mismatched_levels()));
                }
                self.next_entry += 1;
                self.next_span += usize::from(self.next_entry <= self.expanded);
                self.encoded.append_null(definition, out);
                return Ok(());
            }
        }
        self.next_entry += 1;
        let Some(&span) = self.encoded.spans().get(self.next_span) else {
            return Err(self.with_context(mismatched_levels()));
        };
        self.next_span += 1;
        append(self.encoded.text(), span, out);
        Ok(())
    }
}
