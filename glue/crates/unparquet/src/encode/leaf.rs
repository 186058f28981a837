//! A leaf column: its levels and the texts of its values, batch by batch.

use std::sync::Arc;

use parquet::schema::types::ColumnDescPtr;

use super::cells::{Cells, append};
use super::levels::entries_of_rows;
use super::prefix::Prefix;
use super::values::Values;
use super::{CHECKED, Columns, Encoder, OpenGroup, check_length, levels_disagree};
use crate::error::{Code, Error, Result};
use crate::read::{ColumnChunk, Hybrid, Page, Section};

/// Most entries that a batch of nested rows may have: a few bytes of run lengths can claim 2^31, and all of a
/// row's are in memory at once.
const MAX_ENTRIES: usize = 8 << 20;
/// Levels of nested columns read at a time, ahead of the row they may belong to.
const BLOCK: usize = 1024;

pub struct Leaf {
    index: usize,
    descriptor: ColumnDescPtr,
    max_definition: u8,
    max_repetition: u8,
    /// Least definition level where all above the leaf are present: of a value or of the leaf's own null.
    least: u8,
    row_group: usize,
    chunk: Option<Arc<ColumnChunk>>,
    /// First row that has not been loaded.
    row: usize,
    next_page: usize,
    /// Kept so that other threads find it.
    page: Option<Arc<Page>>,
    /// Entries of the page whose levels have not been read.
    left: usize,
    definition: Option<Hybrid>,
    repetition: Option<Hybrid>,
    values: Box<dyn Values>,
    definitions: Vec<u8>,
    repetitions: Vec<u8>,
    /// Entries of the batch; levels behind them are the next one's.
    end: usize,
    next_entry: usize,
    cells: Cells,
    next_cell: usize,
}

impl Leaf {
    pub fn new(index: usize, descriptor: ColumnDescPtr, prefix: &Prefix, values: Box<dyn Values>) -> Self {
        // The schema's depth is limited far below what a byte holds.
        let level = |level: i16| u8::try_from(level).unwrap_or(u8::MAX);
        let max_definition = level(descriptor.max_def_level());
        Self {
            index,
            max_definition,
            max_repetition: level(descriptor.max_rep_level()),
            least: max_definition - u8::from(descriptor.self_type().is_optional()),
            descriptor,
            row_group: 0,
            chunk: None,
            row: 0,
            next_page: 0,
            page: None,
            left: 0,
            definition: None,
            repetition: None,
            values,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            end: 0,
            next_entry: 0,
            cells: Cells::new(prefix),
            next_cell: 0,
        }
    }

    /// The JSON of one value in the PLAIN encoding.
    pub fn json(&mut self, plain: &[u8]) -> Result<Vec<u8>> {
        self.cells.clear();
        self.values.open_plain(Section::copy(plain)?);
        self.values.write(1, &mut self.cells)?;
        Ok(self.cells.value(0).unwrap_or_default().to_vec())
    }

    pub fn is_flat(&self) -> bool {
        self.max_repetition == 0
    }

    /// The batch's rows as cells, if each is one entry that is a value or the leaf's own null.
    pub fn rows(&mut self) -> Result<&Cells> {
        if self.definitions().iter().any(|&definition| definition < self.least) {
            return Err(self.placed(levels_disagree()));
        }
        self.spread();
        Ok(&self.cells)
    }

    /// Gives each entry of the batch a cell, whether it has a value or not, and passes them all.
    pub fn spread(&mut self) {
        if self.cells.len() < self.end {
            self.cells.spread(&self.definitions[..self.end], self.max_definition);
        }
        self.pass();
    }

    /// Passes all entries of the batch.
    pub fn pass(&mut self) {
        self.next_entry = self.end;
        self.next_cell = self.cells.len();
    }

    pub fn cells(&self) -> &Cells {
        &self.cells
    }

    pub fn max_definition(&self) -> u8 {
        self.max_definition
    }

    /// Number of entries of the batch.
    pub fn entries(&self) -> usize {
        self.end
    }

    /// Their definition levels; none where nothing can be absent.
    pub fn definitions(&self) -> &[u8] {
        self.definitions.get(..self.end).unwrap_or_default()
    }

    /// Their repetition levels; none where nothing can be repeated.
    pub fn repetitions(&self) -> &[u8] {
        self.repetitions.get(..self.end).unwrap_or_default()
    }

    /// Writes the entries up to the next that does not repeat at `level`, as an array, if each is a value. Fails once
    /// `out` has over `most` bytes.
    pub fn write_elements(&mut self, level: i16, most: usize, out: &mut Vec<u8>) -> Result<bool> {
        let is_element = |&&repetition: &&u8| i16::from(repetition) >= level;
        let more = self.repetitions[..self.end].get(self.next_entry + 1..).unwrap_or_default();
        let count = 1 + more.iter().take_while(is_element).count();
        let entries = self.next_entry..self.next_entry + count;
        let Some(cells) = self.cells.cells().get(self.next_cell..self.next_cell + count) else {
            return Ok(false);
        };
        if self.definitions[entries].iter().any(|&definition| definition < self.max_definition) {
            return Ok(false);
        }
        let mut separator = b'[';
        for cells in cells.chunks(CHECKED) {
            for &cell in cells {
                out.push(separator);
                append(self.cells.text(), cell, out);
                separator = b',';
            }
            check_length(out.len(), most)?;
        }
        out.push(b']');
        self.next_entry += count;
        self.next_cell += count;
        Ok(true)
    }

    /// Passes the next entry: the index of its cell, or none where it is null.
    pub fn take(&mut self) -> Result<Option<usize>> {
        if self.next_entry >= self.end {
            return Err(levels_disagree());
        }
        let is_null = self.max_definition > 0 && self.definitions[self.next_entry] < self.max_definition;
        self.next_entry += 1;
        if is_null {
            return Ok(None);
        }
        self.next_cell += 1;
        Ok(Some(self.next_cell - 1))
    }

    /// The text of a cell without the prefix.
    pub fn value(&self, cell: usize) -> Option<&[u8]> {
        self.cells.value(cell)
    }

    pub fn placed(&self, error: Error) -> Error {
        error.at(format!("column {} in row group {}", self.descriptor.path(), self.row_group))
    }

    /// Goes on to the next page and gives the index of its first entry; none behind the last.
    fn next_page(&mut self) -> Result<Option<u64>> {
        let Some(chunk) = &self.chunk else { return Ok(None) };
        let Some((page, first)) = chunk.page(self.next_page)? else { return Ok(None) };
        self.left = page.entries;
        self.repetition = page.repetition.as_ref().map(|levels| levels.reader());
        self.definition = page.definition.as_ref().map(|levels| levels.reader());
        self.values.open(chunk, &page)?;
        self.page = Some(page);
        self.next_page += 1;
        Ok(Some(first))
    }

    /// Reads the levels of the page's next `count` entries.
    fn read_levels(&mut self, count: usize) -> Result<()> {
        for (levels, hybrid, max) in [
            (&mut self.definitions, &mut self.definition, self.max_definition),
            (&mut self.repetitions, &mut self.repetition, self.max_repetition),
        ] {
            if let Some(hybrid) = hybrid {
                let start = levels.len();
                levels.resize(start + count, 0);
                hybrid.read(&mut levels[start..])?;
                if levels[start..].iter().copied().max().is_some_and(|most| most > max) {
                    return Err(levels_disagree());
                }
            }
        }
        self.left -= count;
        Ok(())
    }

    /// How many of the entries have a value.
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
            if self.left == 0 && self.next_page()?.is_none() {
                return Err(ends_early());
            }
            let count = self.left.min(rows - loaded);
            self.read_levels(count)?;
            self.values.write(self.present(loaded, loaded + count), &mut self.cells)?;
            loaded += count;
        }
        self.end = rows;
        Ok(())
    }

    /// Pages that are passed whole are not even decompressed.
    fn skip_flat(&mut self, rows: usize) -> Result<()> {
        let mut rows = rows;
        if rows >= self.left {
            let Some(chunk) = &self.chunk else { return Err(ends_early()) };
            let entry = (self.row + rows) as u64;
            self.left = 0;
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
        self.left -= rows;
        self.values.skip(present)
    }

    /// Reads on to the end of the row that is the `rows`-th from here, telling `each` how many values there are.
    fn pass_rows(
        &mut self,
        rows: usize,
        mut each: impl FnMut(&mut Box<dyn Values>, &mut Cells, usize) -> Result<()>,
    ) -> Result<()> {
        self.definitions.drain(..self.end.min(self.definitions.len()));
        self.repetitions.drain(..self.end.min(self.repetitions.len()));
        self.end = 0;
        let mut begun = 0;
        loop {
            let start = self.end;
            let (entries, rows_begun) = entries_of_rows(&self.repetitions[start..], rows - begun);
            self.end += entries;
            begun += rows_begun;
            let complete = self.end < self.repetitions.len();
            let present = self.present(start, self.end);
            each(&mut self.values, &mut self.cells, present)?;
            if complete {
                break;
            }
            if self.end > MAX_ENTRIES {
                let message = format!("rows have over {MAX_ENTRIES} values");
                return Err(Error::new(Code::LimitExceeded, message));
            }
            if self.left == 0 && self.next_page()?.is_none() {
                break;
            }
            self.read_levels(self.left.min(BLOCK))?;
        }
        if begun < rows {
            return Err(ends_early());
        }
        // A row cannot begin as a repetition.
        if self.end > 0 && self.repetitions[0] != 0 {
            return Err(levels_disagree());
        }
        Ok(())
    }

    fn load_rows(&mut self, rows: usize) -> Result<()> {
        self.cells.clear();
        self.next_entry = 0;
        self.next_cell = 0;
        if self.is_flat() {
            self.load_flat(rows)?;
        } else {
            self.pass_rows(rows, |values, cells, count| values.write(count, cells))?;
        }
        self.row += rows;
        self.cells.finish()
    }

    fn skip_rows(&mut self, rows: usize) -> Result<()> {
        if rows == 0 {
            return Ok(());
        }
        if self.is_flat() {
            self.skip_flat(rows)?;
        } else {
            // Few at a time: their levels are not kept.
            let mut left = rows;
            while left > 0 {
                let count = left.min(BLOCK);
                self.pass_rows(count, |values, _, count| values.skip(count))?;
                left -= count;
            }
            self.next_entry = self.end;
        }
        self.row += rows;
        Ok(())
    }

    fn begin(&mut self, group: &OpenGroup, first_row: usize) -> Result<()> {
        let chunk = group.columns[self.index].clone().ok_or_else(levels_disagree)?;
        let same = self.chunk.as_ref().is_some_and(|open| Arc::ptr_eq(open, &chunk));
        if !same || first_row < self.row {
            self.chunk = Some(chunk);
            self.row = 0;
            self.next_page = 0;
            self.page = None;
            self.left = 0;
            self.definitions.clear();
            self.repetitions.clear();
            (self.end, self.next_entry) = (0, 0);
        }
        Ok(())
    }

    /// Whether what has been read of the row group is all there is.
    fn check_end(&mut self) -> Result<()> {
        if self.is_flat() {
            return Ok(());
        }
        self.pass_rows(0, |_, _, _| Ok(()))?;
        if self.definitions.is_empty() && self.left == 0 {
            return Ok(());
        }
        Err(Error::corrupt("the column has more rows than the row group"))
    }
}

fn ends_early() -> Error {
    Error::corrupt("the column ends before the row group does")
}

impl Columns for Leaf {
    fn open(&mut self, group: &OpenGroup, first_row: usize) -> Result<()> {
        self.row_group = group.index;
        let mut open = || {
            self.begin(group, first_row)?;
            self.skip_rows(first_row - self.row)
        };
        open().map_err(|error| self.placed(error))
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        if self.next_entry != self.end {
            return Err(self.placed(levels_disagree()));
        }
        self.load_rows(rows).map_err(|error| self.placed(error))
    }

    fn finish(&mut self) -> Result<()> {
        self.check_end().map_err(|error| self.placed(error))
    }

    /// Below all levels where there is none left.
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

    fn agrees(&self, _level: i16) -> bool {
        true
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        let definition = self.definition();
        if definition < 0 || definition >= present {
            return Err(self.placed(levels_disagree()));
        }
        self.next_entry += 1;
        Ok(())
    }
}

impl Encoder for Leaf {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.next_entry >= self.end {
            return Err(self.placed(levels_disagree()));
        }
        if self.max_definition > 0 {
            let definition = self.definitions[self.next_entry];
            if definition < self.max_definition {
                if definition < self.least {
                    return Err(self.placed(levels_disagree()));
                }
                self.next_entry += 1;
                self.cells.append_absent(definition, out);
                return Ok(());
            }
        }
        self.next_entry += 1;
        let Some(&cell) = self.cells.cells().get(self.next_cell) else {
            return Err(self.placed(levels_disagree()));
        };
        self.next_cell += 1;
        append(self.cells.text(), cell, out);
        Ok(())
    }
}
