//! Decodes the rarer encodings (DELTA_*, BYTE_STREAM_SPLIT, ALP) with the parquet crate.

use std::sync::Arc;

use parquet::basic::{Encoding, Repetition, Type as PhysicalType};
use parquet::column::page::{Page as CratePage, PageMetadata, PageReader};
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::DataType;
use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type};

use crate::error::{Error, Result};
use crate::read::Page;
use crate::schema::Column;

/// Values skipped at a time: the crate decodes skipped values, and those of DELTA_BYTE_ARRAY grow.
const SKIP_BATCH: usize = 128;

pub struct ParquetDecoder<T: DataType> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
}

impl<T: DataType> ParquetDecoder<T> {
    /// Presents a page's values as those of a required column, because its levels have been decoded already.
    pub fn new(column: &Column, page: &Page) -> Result<Self> {
        let physical = column.physical_type()?;
        let mut primitive = Type::primitive_type_builder("", physical).with_repetition(Repetition::REQUIRED);
        let mut count = page.entries;
        let length = match physical {
            PhysicalType::FIXED_LEN_BYTE_ARRAY => column.type_length(),
            PhysicalType::INT32 | PhysicalType::FLOAT => 4,
            _ => 8,
        };
        if physical == PhysicalType::FIXED_LEN_BYTE_ARRAY {
            primitive = primitive.with_length(length);
        }
        if page.encoding == Encoding::BYTE_STREAM_SPLIT {
            // The streams are as long as the number of values, which excludes nulls.
            count = page.values.len() / usize::try_from(length).unwrap_or(1).max(1);
        }
        let primitive = Arc::new(primitive.build()?);
        let column = Arc::new(ColumnDescriptor::new(primitive, 0, 0, ColumnPath::new(Vec::new())));
        let page = CratePage::DataPage {
            buf: page.values.shared(),
            num_values: count as u32,
            encoding: page.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let reader = ColumnReaderImpl::new(column, Box::new(OnePage(Some(page))));
        Ok(Self { reader, values: Vec::new() })
    }

    pub fn read(&mut self, count: usize) -> Result<&[T::T]> {
        self.values.clear();
        let (read, _, _) = self.reader.read_records(count, None, None, &mut self.values)?;
        if read != count { Err(ends_early()) } else { Ok(&self.values) }
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let mut remaining = count;
        while remaining > 0 {
            let skipped = self.reader.skip_records(remaining.min(SKIP_BATCH))?;
            if skipped == 0 {
                return Err(ends_early());
            }
            remaining -= skipped;
        }
        Ok(())
    }
}

pub fn ends_early() -> Error {
    Error::corrupt("a page has fewer values than its levels say")
}

struct OnePage(Option<CratePage>);

impl Iterator for OnePage {
    type Item = parquet::errors::Result<CratePage>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.take().map(Ok)
    }
}

impl PageReader for OnePage {
    fn get_next_page(&mut self) -> parquet::errors::Result<Option<CratePage>> {
        Ok(self.0.take())
    }

    fn peek_next_page(&mut self) -> parquet::errors::Result<Option<PageMetadata>> {
        Ok(self.0.as_ref().map(|page| PageMetadata {
            num_rows: None,
            num_levels: Some(page.num_values() as usize),
            is_dict: false,
        }))
    }

    fn skip_next_page(&mut self) -> parquet::errors::Result<()> {
        self.0 = None;
        Ok(())
    }
}
