//! Dictionary encoded values.

use std::sync::Arc;

use crate::encode::encoded_values::{EncodedDictionary, EncodedValues, beyond_dictionary};
use crate::encode::key_prefix::KeyPrefix;
use crate::error::{Error, Result};
use crate::read::{ColumnChunk, Page, RleDecoder, ends_early};

/// The entries of a dictionary, and their text if encoding them once pays.
pub struct DecodedDictionary<V> {
    pub values: V,
    encoded: Option<Arc<EncodedDictionary>>,
}

impl<V> DecodedDictionary<V> {
    /// `encode` encodes all entries. It may fail on an invalid entry that no value references, so failure is ignored
    /// here.
    pub fn new(
        values: V,
        count: usize,
        chunk: &ColumnChunk,
        prefix: &KeyPrefix,
        encode: impl FnOnce(&V, &mut EncodedValues) -> Result<()>,
    ) -> Self {
        let mut encoded = None;
        // Otherwise most entries would be encoded for at most one value.
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

/// Decodes a page of dictionary indices: their width, then runs.
pub fn dictionary_indices(page: &Page) -> Result<RleDecoder> {
    let [width] = page.values.head()?.ok_or_else(ends_early)?;
    let (_, runs) = page.values.split_at(1).ok_or_else(ends_early)?;
    match u32::from(width) {
        width @ 0..=32 => Ok(RleDecoder::new(runs, width)),
        width => Err(Error::corrupt(format!("dictionary indices of {width} bits"))),
    }
}

/// The dictionary indices of a page.
pub struct Indices<V> {
    dictionary: Arc<DecodedDictionary<V>>,
    decoder: RleDecoder,
    indices: Vec<u32>,
}

impl<V> Indices<V> {
    pub fn new(page: &Page, dictionary: Arc<DecodedDictionary<V>>) -> Result<Self> {
        Ok(Self { dictionary, decoder: dictionary_indices(page)?, indices: Vec::new() })
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.decoder.skip(count)
    }

    /// Adds the next `count` values: spans of the encoded dictionary, or what `encode` writes for their indices,
    /// which are below `length`.
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
