//! Booleans: two entries of a dictionary of their own.

use std::sync::Arc;

use parquet::basic::Encoding;

use super::Values;
use super::decoder::ends_early;
use super::primitive::wrong_encoding;
use crate::encode::cells::{Cells, EncodedDictionary};
use crate::encode::prefix::Prefix;
use crate::error::Result;
use crate::read::{ColumnChunk, Hybrid, Page, Section};

pub struct Booleans {
    hybrid: Hybrid,
    indices: Vec<u32>,
    cells: Arc<EncodedDictionary>,
}

impl Booleans {
    pub fn new(prefix: &Prefix) -> Result<Self> {
        let mut cells = Cells::new(prefix);
        cells.clear();
        for text in [&b"false"[..], b"true"] {
            cells.push_with(|out| {
                out.extend_from_slice(text);
                Ok(())
            })?;
        }
        let hybrid = Hybrid::new(Section::default(), 1);
        Ok(Self { hybrid, indices: Vec::new(), cells: Arc::new(cells.into_dictionary()) })
    }
}

impl Values for Booleans {
    fn open(&mut self, _: &ColumnChunk, page: &Page) -> Result<()> {
        self.hybrid = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::RLE => {
                let length = u32::from_le_bytes(page.values.head()?.ok_or_else(ends_early)?);
                let (_, runs) = page.values.split_at(4).ok_or_else(ends_early)?;
                let (runs, _) = runs.split_at(length as usize).ok_or_else(ends_early)?;
                Hybrid::new(runs, 1)
            }
            other => return Err(wrong_encoding(other)),
        };
        Ok(())
    }

    fn open_plain(&mut self, values: Section) {
        self.hybrid = Hybrid::packed(values, 1);
    }

    fn write(&mut self, count: usize, cells: &mut Cells) -> Result<()> {
        self.indices.resize(count, 0);
        self.hybrid.read(&mut self.indices)?;
        // A run's value is a whole byte.
        self.indices.iter_mut().for_each(|index| *index = u32::from(*index != 0));
        cells.refer(&self.cells, &self.indices)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.hybrid.skip(count)
    }
}
