//! Values that refer to a dictionary.

use std::sync::Arc;

use super::decoder::ends_early;
use crate::encode::cells::{Cells, EncodedDictionary, beyond_dictionary};
use crate::encode::prefix::Prefix;
use crate::error::{Error, Result};
use crate::read::{ColumnChunk, Hybrid, Page};

/// A dictionary's entries, and their text where it pays to have it.
pub struct Dictionary<V> {
    pub values: V,
    cells: Option<Arc<EncodedDictionary>>,
}

impl<V> Dictionary<V> {
    /// `encode` adds the cells of all entries. An entry that has no text, not being UTF-8, may be one that no
    /// value refers to.
    pub fn new(
        values: V,
        count: usize,
        chunk: &ColumnChunk,
        prefix: &Prefix,
        encode: impl FnOnce(&V, &mut Cells) -> Result<()>,
    ) -> Self {
        let mut cells = None;
        // Otherwise most entries would be encoded for one value or none.
        let pays =
            2 * count as u64 <= chunk.entries && count * (prefix.text.len() + 4) <= chunk.dictionary_text;
        if pays {
            let mut all = Cells::new(prefix);
            all.clear();
            if encode(&values, &mut all).is_ok() && all.text_len() <= chunk.dictionary_text {
                cells = Some(Arc::new(all.into_dictionary()));
            }
        }
        Self { values, cells }
    }
}

/// A page's references.
pub struct Indices<V> {
    dictionary: Arc<Dictionary<V>>,
    hybrid: Hybrid,
    indices: Vec<u32>,
}

impl<V> Indices<V> {
    pub fn new(page: &Page, dictionary: Arc<Dictionary<V>>) -> Result<Self> {
        let [width] = page.values.head()?.ok_or_else(ends_early)?;
        let (_, section) = page.values.split_at(1).ok_or_else(ends_early)?;
        let width = u32::from(width);
        if width > 32 {
            return Err(Error::corrupt(format!("dictionary indices of {width} bits")));
        }
        Ok(Self { dictionary, hybrid: Hybrid::new(section, width), indices: Vec::new() })
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.hybrid.skip(count)
    }

    /// Adds the cells of the next `count` values: those of the dictionary, or what `encode` makes of its values at
    /// some indices, of which none is `length` or more.
    pub fn write(
        &mut self,
        count: usize,
        length: usize,
        cells: &mut Cells,
        encode: impl FnOnce(&V, &[u32], &mut Cells) -> Result<()>,
    ) -> Result<()> {
        self.indices.resize(count, 0);
        self.hybrid.read(&mut self.indices)?;
        if let Some(known) = &self.dictionary.cells {
            return cells.refer(known, &self.indices);
        }
        if self.indices.iter().copied().max().is_some_and(|most| most as usize >= length) {
            return Err(beyond_dictionary());
        }
        encode(&self.dictionary.values, &self.indices, cells)
    }

    pub fn values(&self) -> &V {
        &self.dictionary.values
    }
}
