//! The encoder of a leaf column: decodes its levels and encodes its values, batch by batch.

mod load;

use std::sync::Arc;

use super::encoded_values::{EncodedValues, append};
use super::encoder::{Allowance, CHECK_INTERVAL, Columns, Encoder, mismatched_levels};
use super::key_prefix::KeyPrefix;
use super::levels::entries_of_rows;
use super::values::Values;
use crate::error::{Error, Result};
use crate::limit::RowLimit;
use crate::read::{ColumnChunk, OpenRowGroup, Page, PageSlice, RleDecoder};
use crate::schema::Column;

/// Levels of a nested column decoded at a time, before it is known where rows end.
const BLOCK: usize = 1024;

pub struct Leaf {
    index: usize,
    descriptor: Column,
    max_definition: u8,
    max_repetition: u8,
    /// Lowest definition level at which all enclosing groups are present: that of a value or of the leaf's own null.
    min_definition: u8,
    row_group: usize,
    chunk: Option<Arc<ColumnChunk>>,
    /// The next row to load.
    row: usize,
    next_page: usize,
    /// The current page, kept alive for other threads.
    page: Option<Arc<Page>>,
    /// Entries left in the page, levels not decoded.
    remaining: usize,
    definition: Option<RleDecoder>,
    repetition: Option<RleDecoder>,
    values: Box<dyn Values>,
    definitions: Vec<u8>,
    repetitions: Vec<u8>,
    /// Number of loaded entries; later levels belong to later rows.
    end: usize,
    /// Rows that start, and rows that end, among these entries.
    started: usize,
    complete: usize,
    /// Loaded values without text yet. In a flat column: entries with decoded levels after `end`.
    unwritten: usize,
    next_entry: usize,
    encoded: EncodedValues,
    /// The first entries, in which nulls have spans too; after them only values do.
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

    /// Advances by `rows` rows and returns one span for each. Errors: a row is not a value or the leaf's own null.
    pub fn rows(&mut self, rows: usize) -> Result<&EncodedValues> {
        let min = self.min_definition;
        if min > 0 && self.definitions().iter().any(|&definition| definition < min) {
            return Err(self.with_context(mismatched_levels()));
        }
        self.expand_nulls();
        self.advance_expanded(rows);
        Ok(&self.encoded)
    }

    /// Gives every entry of the complete rows a span, including nulls.
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

    /// Advances a flat column by `rows` rows in which nulls have no spans.
    pub fn advance(&mut self, rows: usize) {
        self.next_entry = rows;
        self.next_span = if rows == self.end { self.encoded.len() } else { self.present(0, rows) };
    }

    /// Advances by entries in which nulls have spans.
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

    /// Number of loaded entries.
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

    /// Writes the next entry and those that repeat at `level` or deeper as an array. Returns false, without writing, if
    /// one of them is null. Errors: `limit_exceeded` if `out` exceeds `max`.
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
