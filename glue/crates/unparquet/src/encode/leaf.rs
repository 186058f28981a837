//! The encoder of a leaf column: decodes its levels and encodes its values, batch by batch.

use std::sync::Arc;

use super::encoded_values::{EncodedValues, append};
use super::encoder::{CHECK_INTERVAL, Columns, Encoder, mismatched_levels};
use super::key_prefix::KeyPrefix;
use super::levels::entries_of_rows;
use super::values::Values;
use crate::error::{Code, Error, Result};
use crate::limit::check_length;
use crate::read::{ColumnChunk, OpenRowGroup, Page, PageSlice, RleDecoder};
use crate::schema::Column;

/// Most entries of a batch of nested rows: a few bytes of run lengths can claim 2^31, and a whole row has to fit in
/// memory.
const MAX_ENTRIES: usize = 8 << 20;
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
    /// Entries of the batch; later levels belong to the next batch.
    end: usize,
    next_entry: usize,
    encoded: EncodedValues,
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
            next_entry: 0,
            encoded: EncodedValues::new(prefix),
            next_span: 0,
        }
    }

    /// The JSON of one value in the PLAIN encoding.
    pub fn json(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        self.encoded.clear();
        self.values.open_plain(PageSlice::copy(plain)?);
        self.values.write(1, &mut self.encoded)?;
        Ok(self.encoded.value(0).unwrap_or_default().to_vec())
    }

    pub fn is_flat(&self) -> bool {
        self.max_repetition == 0
    }

    /// One span per row of the batch. Fails unless each row has one entry, which is a value or the leaf's own null.
    pub fn rows(&mut self) -> Result<&EncodedValues> {
        if self.definitions().iter().any(|&definition| definition < self.min_definition) {
            return Err(self.with_context(mismatched_levels()));
        }
        self.expand_nulls();
        Ok(&self.encoded)
    }

    /// Gives every entry of the batch a span, nulls included, and advances to the end of the batch.
    pub fn expand_nulls(&mut self) {
        if self.encoded.len() < self.end {
            self.encoded.expand_nulls(&self.definitions[..self.end], self.max_definition);
        }
        self.advance();
    }

    /// Advances to the end of the batch.
    pub fn advance(&mut self) {
        self.next_entry = self.end;
        self.next_span = self.encoded.len();
    }

    pub fn encoded(&self) -> &EncodedValues {
        &self.encoded
    }

    pub fn max_definition(&self) -> u8 {
        self.max_definition
    }

    /// Number of entries of the batch.
    pub fn entries(&self) -> usize {
        self.end
    }

    /// Definition levels of the batch; empty if the column cannot be null.
    pub fn definitions(&self) -> &[u8] {
        self.definitions.get(..self.end).unwrap_or_default()
    }

    /// Repetition levels of the batch; empty if the column cannot repeat.
    pub fn repetitions(&self) -> &[u8] {
        self.repetitions.get(..self.end).unwrap_or_default()
    }

    /// Writes the entries up to the next one that does not repeat at `level`, as an array. Returns false, without
    /// writing, if one of them is null. Fails if `out` exceeds `max` bytes.
    pub fn write_elements(&mut self, level: i16, max: usize, out: &mut Vec<u8>) -> Result<bool> {
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
            check_length(out.len(), max)?;
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
        self.values.open(chunk, &page)?;
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

    fn load_flat(&mut self, rows: usize) -> Result<()> {
        self.definitions.clear();
        let mut loaded = 0;
        while loaded < rows {
            if self.remaining == 0 && self.next_page()?.is_none() {
                return Err(ends_early());
            }
            let count = self.remaining.min(rows - loaded);
            self.read_levels(count)?;
            self.values.write(self.present(loaded, loaded + count), &mut self.encoded)?;
            loaded += count;
        }
        self.end = rows;
        Ok(())
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

    /// Advances to the end of the `rows`-th row from here, and passes the number of values in each step to `each`.
    fn advance_rows(
        &mut self,
        rows: usize,
        mut each: impl FnMut(&mut Box<dyn Values>, &mut EncodedValues, usize) -> Result<()>,
    ) -> Result<()> {
        self.definitions.drain(..self.end.min(self.definitions.len()));
        self.repetitions.drain(..self.end.min(self.repetitions.len()));
        self.end = 0;
        let mut started = 0;
        loop {
            let start = self.end;
            let (entries, rows_started) = entries_of_rows(&self.repetitions[start..], rows - started);
            self.end += entries;
            started += rows_started;
            let complete = self.end < self.repetitions.len();
            let present = self.present(start, self.end);
            each(&mut self.values, &mut self.encoded, present)?;
            if complete {
                break;
            }
            if self.end > MAX_ENTRIES {
                let message = format!("rows have over {MAX_ENTRIES} values");
                return Err(Error::new(Code::LimitExceeded, message));
            }
            if self.remaining == 0 && self.next_page()?.is_none() {
                break;
            }
            self.read_levels(self.remaining.min(BLOCK))?;
        }
        if started < rows {
            return Err(ends_early());
        }
        // A row cannot start with a repetition.
        if self.end > 0 && self.repetitions[0] != 0 {
            return Err(mismatched_levels());
        }
        Ok(())
    }

    fn load_rows(&mut self, rows: usize) -> Result<()> {
        self.encoded.clear();
        self.next_entry = 0;
        self.next_span = 0;
        if self.is_flat() {
            self.load_flat(rows)?;
        } else {
            self.advance_rows(rows, |values, encoded, count| values.write(count, encoded))?;
        }
        self.row += rows;
        self.encoded.finish()
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
                self.advance_rows(count, |values, _, count| values.skip(count))?;
                remaining -= count;
            }
            self.next_entry = self.end;
        }
        self.row += rows;
        Ok(())
    }

    fn start(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        let chunk = group.columns[self.index].clone().ok_or_else(mismatched_levels)?;
        let same = self.chunk.as_ref().is_some_and(|open| Arc::ptr_eq(open, &chunk));
        if !same || first_row < self.row {
            self.chunk = Some(chunk);
            self.row = 0;
            self.next_page = 0;
            self.page = None;
            self.remaining = 0;
            self.definitions.clear();
            self.repetitions.clear();
            (self.end, self.next_entry) = (0, 0);
        }
        Ok(())
    }

    /// Checks that the row group ends with the last row read.
    fn check_end(&mut self) -> Result<()> {
        if self.is_flat() {
            return Ok(());
        }
        self.advance_rows(0, |_, _, _| Ok(()))?;
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

    fn load(&mut self, rows: usize) -> Result<()> {
        if self.next_entry != self.end {
            return Err(self.with_context(mismatched_levels()));
        }
        self.load_rows(rows).map_err(|error| self.with_context(error))
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
