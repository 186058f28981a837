//! Reads a range of rows on the calling thread, with the converter's encoders.

use std::ops::Range;
use std::sync::Arc;

use crate::encode::Table;
use crate::error::{Error, Result};
use crate::footer::{self, FileMetadata};
use crate::json_string::write_text;
use crate::limit::{MAX_ROW, RowLimit};
use crate::memory::{Memory, MemoryPlan};
use crate::options::{Options, ValueOptions};
use crate::panics;
use crate::read::OpenRowGroup;
use crate::row_groups::RowGroups;
use crate::schema::{self, Field};
use crate::source::Source;

/// Rows of the first and of the largest batch: batches start small, because a sample may end after any row.
const FIRST_BATCH: usize = 8;
const MAX_BATCH: usize = 4096;

/// The first rows, each as the JSON object that [`convert()`](crate::convert()) writes.
///
/// Stops after `rows` rows, at the option `limit`, or once the rows have `bytes` bytes. Reads only the pages with these
/// rows.
///
/// ```no_run
/// use std::path::Path;
/// use std::sync::Arc;
///
/// use unparquet::{LocalFile, Options, sample};
///
/// let source = Arc::new(LocalFile::open(Path::new("taxi.parquet"))?);
/// for row in sample(source, &Options::default(), 10, 64 << 10)? {
///     println!("{row}");
/// }
/// # Ok::<(), unparquet::Error>(())
/// ```
pub fn sample(source: Arc<dyn Source>, options: &Options, rows: u64, bytes: u64) -> Result<Vec<String>> {
    panics::catch_panics(|| {
        let memory = Memory::of(options, &*source, 0)?;
        let metadata = footer::read(&*source, memory.for_footer())?;
        let fields = memory.fields(&metadata, options.columns.as_deref())?;
        let rows = rows.min(options.limit.unwrap_or(u64::MAX));
        let memory = memory.plan(1, &metadata, &fields)?;
        let values = options.values().within(&memory);
        let mut reader = RowReader::new(&source, &metadata, &[&fields], &values, 0, rows, &memory)?;
        let (mut sample, mut total) = (Vec::new(), 0);
        let mut range = 0;
        while range < reader.ranges.len() && (total < bytes || sample.is_empty()) {
            reader.open(range)?.read(0, |row| {
                total += row.len() as u64;
                sample.push(utf8(row)?);
                Ok(total < bytes)
            })?;
            range += 1;
        }
        Ok(sample)
    })
}

/// A part of the table of all rows.
#[derive(Clone, Copy, Debug)]
pub struct TableRange {
    pub first_row: u64,
    pub rows: u64,
    /// Index among the top-level columns.
    pub first_column: usize,
    pub columns: usize,
    /// Longest text of a cell, in characters.
    pub text: usize,
}

/// The cells of a part of the table, row by row. Each is JSON, truncated to `range.text` characters with a `…` at the end.
///
/// The columns are those of the file, regardless of `options.columns` and `options.limit`. Reads only columns of the
/// range, and of these only the pages with its rows; for columns in lists and maps, also earlier pages of the row group.
pub fn table(source: Arc<dyn Source>, options: &Options, range: &TableRange) -> Result<Vec<Vec<String>>> {
    panics::catch_panics(|| {
        let memory = Memory::of(options, &*source, 0)?;
        let metadata = footer::read(&*source, memory.for_footer())?;
        let end = range.first_column.saturating_add(range.columns);
        let fields = schema::fields_in(&metadata.schema, range.first_column..end);
        let tables: Vec<_> = fields.iter().map(std::slice::from_ref).collect();
        let memory = memory.plan(1, &metadata, &fields)?;
        let (values, first, rows) = (options.cells().within(&memory), range.first_row, range.rows);
        let mut reader = RowReader::new(&source, &metadata, &tables, &values, first, rows, &memory)?;
        let mut cells: Vec<Vec<String>> = Vec::new();
        for index in 0..reader.ranges.len() {
            let first = cells.len();
            cells.resize_with(first + reader.ranges[index].rows, Vec::new);
            let mut group = reader.open(index)?;
            for (column, field) in fields.iter().enumerate() {
                let key = key_length(field)?;
                let mut rows = cells[first..].iter_mut();
                group.read(column, |object| {
                    let cell = utf8(&object[key..object.len() - 1])?;
                    rows.next().into_iter().for_each(|row| row.push(truncated(&cell, range.text)));
                    Ok(true)
                })?;
            }
        }
        Ok(cells)
    })
}

/// Length of the text before the value in an object with one member.
pub fn key_length(field: &Field) -> Result<usize> {
    let mut key = Vec::new();
    write_text(&field.name, &mut key)?;
    Ok(key.len() + "{:".len())
}

fn utf8(json: &[u8]) -> Result<String> {
    String::from_utf8(json.to_vec()).map_err(|error| Error::corrupt(error.to_string()))
}

fn truncated(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// Consecutive rows of one row group.
pub struct RowRange {
    pub row_group: usize,
    first: usize,
    pub rows: usize,
    ends_group: bool,
}

/// Splits a range of rows by row group.
fn ranges(metadata: &FileMetadata, rows: Range<u64>) -> Vec<RowRange> {
    let mut ranges = Vec::new();
    let mut start = 0u64;
    for (row_group, rows_of_group) in metadata.row_groups().iter().enumerate() {
        let end = start + rows_of_group;
        let (from, to) = (rows.start.max(start), rows.end.min(end));
        if from < to {
            let (first, rows) = ((from - start) as usize, (to - from) as usize);
            ranges.push(RowRange { row_group, first, rows, ends_group: to == end });
        }
        start = end;
    }
    ranges
}

/// Reads a range of rows for one or more sets of fields.
pub struct RowReader<'a> {
    groups: RowGroups<'a>,
    tables: Vec<Table>,
    pub ranges: Vec<RowRange>,
}

impl<'a> RowReader<'a> {
    /// Errors: those that a conversion reports before it reads the first page.
    pub fn new(
        source: &Arc<dyn Source>,
        metadata: &'a FileMetadata,
        tables: &[&[Field]],
        values: &ValueOptions,
        first_row: u64,
        rows: u64,
        memory: &MemoryPlan,
    ) -> Result<Self> {
        let schema = &metadata.schema;
        let mut columns = Vec::new();
        tables.iter().copied().flatten().for_each(|field| field.node.columns(&mut columns));
        columns.sort_unstable();
        let tables = tables.iter().map(|fields| Table::new(fields, schema, values)).collect::<Result<_>>()?;
        let ranges = ranges(metadata, first_row..first_row.saturating_add(rows));
        let groups = ranges.iter().map(|range| {
            let last = (range.first + range.rows) as f64;
            (range.row_group, last / metadata.row_groups()[range.row_group] as f64)
        });
        let groups = RowGroups::new(source, metadata, columns, groups, memory)?;
        Ok(Self { groups, tables, ranges })
    }

    pub fn open(&mut self, range: usize) -> Result<OpenRange<'_>> {
        let range = &self.ranges[range];
        Ok(OpenRange { group: self.groups.open(range.row_group, 1)?, tables: &mut self.tables, range })
    }
}

pub struct OpenRange<'a> {
    group: Arc<OpenRowGroup>,
    tables: &'a mut [Table],
    range: &'a RowRange,
}

impl OpenRange<'_> {
    /// Passes the JSON object of each row to `take` until it returns false.
    pub fn read(&mut self, table: usize, take: impl FnMut(&[u8]) -> Result<bool>) -> Result<()> {
        self.read_rows(table, take).map_err(|error| error.in_row_group(self.range.row_group))
    }

    fn read_rows(&mut self, table: usize, mut take: impl FnMut(&[u8]) -> Result<bool>) -> Result<()> {
        let table = &mut self.tables[table];
        table.open(&self.group, self.range.first, 0)?;
        let mut text = Vec::new();
        let (mut remaining, mut batch) = (self.range.rows, FIRST_BATCH);
        while remaining > 0 {
            let rows = table.load(batch.min(remaining), 0)?;
            let mut has_more = true;
            let mut each = |row: &mut Vec<u8>| {
                has_more = take(row)?;
                row.clear();
                if has_more { Ok(()) } else { Err(Error::Cancelled) }
            };
            let written = if rows > 0 {
                table.write(rows, b"", &mut text, each)
            } else {
                let max = RowLimit { output: MAX_ROW, memory: self.group.cache.long_row };
                let check = &mut |row: &mut Vec<u8>| max.check(row.len());
                table.write_long_row(&self.group, b"", &mut text, check).and_then(|()| each(&mut text))
            };
            if !has_more {
                return Ok(());
            }
            written?;
            remaining -= rows.max(1);
            batch = MAX_BATCH.min(4 * batch);
        }
        if self.range.ends_group { table.finish() } else { Ok(()) }
    }
}
