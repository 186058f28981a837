//! A leaf column's values and levels, batch by batch.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::schema::types::ColumnDescPtr;

use super::{Columns, OpenGroup, levels_disagree};
use crate::error::{Error, Result};
use crate::pages::Pages;

pub struct Column<T: DataType> {
    index: usize,
    descriptor: ColumnDescPtr,
    reader: Option<ColumnReaderImpl<T>>,
    /// Levels handed out for the current batch, which the pages bound.
    batch_levels: Arc<AtomicU64>,
    row_group: usize,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    values: Vec<T::T>,
    next_level: usize,
    next_value: usize,
}

impl<T: DataType> Column<T> {
    pub fn new(index: usize, descriptor: ColumnDescPtr) -> Self {
        Self {
            index,
            descriptor,
            reader: None,
            batch_levels: Arc::default(),
            row_group: 0,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            values: Vec::new(),
            next_level: 0,
            next_value: 0,
        }
    }

    fn read(&mut self, rows: usize) -> Result<usize> {
        let Some(reader) = &mut self.reader else { return Err(levels_disagree()) };
        self.batch_levels.store(0, Ordering::Relaxed);
        let result = reader.read_records(
            rows,
            Some(&mut self.definitions),
            Some(&mut self.repetitions),
            &mut self.values,
        );
        let (read, _, _) = result.map_err(|error| self.placed(error.into()))?;
        Ok(read)
    }

    fn clear(&mut self) {
        self.definitions.clear();
        self.repetitions.clear();
        self.values.clear();
        self.next_level = 0;
        self.next_value = 0;
    }

    /// Passes the level of the next entry.
    pub fn pass_level(&mut self) {
        if self.descriptor.max_def_level() > 0 {
            self.next_level += 1;
        }
    }

    pub fn pass_value(&mut self) -> Result<&T::T> {
        let value = self.values.get(self.next_value).ok_or_else(levels_disagree)?;
        self.next_value += 1;
        Ok(value)
    }

    pub fn max_definition(&self) -> i16 {
        self.descriptor.max_def_level()
    }

    pub fn is_optional(&self) -> bool {
        self.descriptor.self_type().is_optional()
    }

    pub fn placed(&self, error: Error) -> Error {
        error.at(format!("column {} in row group {}", self.descriptor.path(), self.row_group))
    }
}

impl<T: DataType> Columns for Column<T> {
    fn open(&mut self, group: &OpenGroup<'_>, first_row: usize) -> Result<()> {
        self.row_group = group.index;
        self.clear();
        let metadata = group.metadata.column(self.index);
        let chunk = group.chunks[self.index].clone().ok_or_else(levels_disagree)?;
        let pages = Pages::new(
            chunk,
            self.descriptor.clone(),
            metadata.compression(),
            metadata.num_values() as u64,
            self.batch_levels.clone(),
        );
        let mut reader = ColumnReaderImpl::new(self.descriptor.clone(), Box::new(pages));
        let skipped = reader.skip_records(first_row).map_err(|error| self.placed(error.into()))?;
        if skipped != first_row {
            return Err(self.placed(Error::corrupt("the column ends before the row group does")));
        }
        self.reader = Some(reader);
        Ok(())
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        if self.next_level != self.definitions.len() || self.next_value != self.values.len() {
            return Err(self.placed(levels_disagree()));
        }
        self.clear();
        let read = self.read(rows)?;
        if read != rows {
            return Err(self.placed(Error::corrupt("the column ends before the row group does")));
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.load(0)?;
        if self.read(1)? != 0 {
            return Err(self.placed(Error::corrupt("the column has more rows than the row group")));
        }
        self.reader = None;
        Ok(())
    }

    /// Below all levels where there is none left.
    fn definition(&self) -> i16 {
        if self.descriptor.max_def_level() == 0 {
            return 0;
        }
        self.definitions.get(self.next_level).copied().unwrap_or(-1)
    }

    fn repetition(&self) -> i16 {
        self.repetitions.get(self.next_level).copied().unwrap_or(0)
    }

    fn agrees(&self, _level: i16) -> bool {
        true
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        let definition = self.definition();
        if definition < 0 || definition >= present {
            return Err(self.placed(levels_disagree()));
        }
        self.pass_level();
        Ok(())
    }
}
