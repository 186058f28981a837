//! Values that refer to a dictionary.

use std::sync::Arc;

use super::parquet_decoder::ends_early;
use crate::encode::encoded_values::{EncodedDictionary, EncodedValues, beyond_dictionary};
use crate::encode::key_prefix::KeyPrefix;
use crate::error::{Error, Result};
use crate::read::{ColumnChunk, Page, RleDecoder};

/// A dictionary's entries, and their text where it pays to have it.
pub struct DecodedDictionary<V> {
    pub values: V,
    encoded: Option<Arc<EncodedDictionary>>,
}

impl<V> DecodedDictionary<V> {
    /// `encode` adds the cells of all entries. An entry that has no text, not being UTF-8, may be one that no
    /// value refers to.
    pub fn new(
        values: V,
        count: usize,
        chunk: &ColumnChunk,
        prefix: &KeyPrefix,
        encode: impl FnOnce(&V, &mut EncodedValues) -> Result<()>,
    ) -> Self {
        let mut encoded = None;
        // Otherwise most entries would be encoded for one value or none.
        let pays =
            2 * count as u64 <= chunk.entries && count * (prefix.text.len() + 4) <= chunk.dictionary_text;
        if pays {
            let mut all = EncodedValues::new(prefix);
            all.clear();
            if encode(&values, &mut all).is_ok() && all.text_len() <= chunk.dictionary_text {
                encoded = Some(Arc::new(all.into_dictionary()));
            }
        }
        Self { values, encoded }
    }
}

/// A page's references.
pub struct Indices<V> {
    dictionary: Arc<DecodedDictionary<V>>,
    decoder: RleDecoder,
    indices: Vec<u32>,
}

impl<V> Indices<V> {
    pub fn new(page: &Page, dictionary: Arc<DecodedDictionary<V>>) -> Result<Self> {
        let [width] = page.values.head()?.ok_or_else(ends_early)?;
        let (_, slice) = page.values.split_at(1).ok_or_else(ends_early)?;
        let width = u32::from(width);
        if width > 32 {
            return Err(Error::corrupt(format!("dictionary indices of {width} bits")));
        }
        Ok(Self { dictionary, decoder: RleDecoder::new(slice, width), indices: Vec::new() })
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.decoder.skip(count)
    }

    /// Adds the cells of the next `count` values: those of the dictionary, or what `encode` makes of its values at
    /// some indices, of which none is `length` or more.
    pub fn write(
        &mut self,
        count: usize,
        length: usize,
        encoded: &mut EncodedValues,
        encode: impl FnOnce(&V, &[u32], &mut EncodedValues) -> Result<()>,
    ) -> Result<()> {
        self.indices.resize(count, 0);
        self.decoder.read(&mut self.indices)?;
        if let Some(known) = &self.dictionary.encoded {
            return encoded.extend_from_dictionary(known, &self.indices);
        }
        if self.indices.iter().copied().max().is_some_and(|max| max as usize >= length) {
            return Err(beyond_dictionary());
        }
        encode(&self.dictionary.values, &self.indices, encoded)
    }

    pub fn values(&self) -> &V {
        &self.dictionary.values
    }
}
