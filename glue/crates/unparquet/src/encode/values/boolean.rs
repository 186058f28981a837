//! Booleans, encoded as a dictionary of two entries.
//!
//! The format does not allow dictionaries of booleans, but parquet-go can write them.

use std::sync::Arc;

use super::Values;
use super::dictionary::dictionary_indices;
use super::primitive::wrong_encoding;
use crate::encode::encoded_values::{EncodedDictionary, EncodedValues, beyond_dictionary};
use crate::encode::key_prefix::KeyPrefix;
use crate::error::Result;
use crate::read::{ColumnChunk, DictionaryPage, Page, PageSlice, RleDecoder, ends_early};
use crate::types::Encoding;

pub struct Booleans {
    decoder: RleDecoder,
    /// The dictionary, if the page is dictionary encoded.
    dictionary: Option<Arc<Vec<bool>>>,
    indices: Vec<u32>,
    encoded: Arc<EncodedDictionary>,
}

impl Booleans {
    pub fn new(prefix: &KeyPrefix) -> Result<Self> {
        let mut encoded = EncodedValues::new(prefix);
        encoded.clear(usize::MAX);
        for text in [&b"false"[..], b"true"] {
            encoded.push_with(text.len(), |out| {
                out.extend_from_slice(text);
                Ok(())
            })?;
        }
        let decoder = RleDecoder::new(PageSlice::default(), 1);
        let encoded = Arc::new(encoded.into_dictionary());
        Ok(Self { decoder, dictionary: None, indices: Vec::new(), encoded })
    }
}

/// The entries of a dictionary, and their bytes of memory.
fn entries(page: DictionaryPage) -> Result<(Vec<bool>, usize)> {
    let mut entries = vec![0u8; page.values];
    RleDecoder::packed(page.slice, 1).read(&mut entries)?;
    Ok((entries.iter().map(|&entry| entry != 0).collect(), page.values))
}

impl Values for Booleans {
    fn open(&mut self, chunk: &ColumnChunk, page: &Page, _: &EncodedValues) -> Result<()> {
        self.dictionary = None;
        self.decoder = match page.encoding {
            Encoding::PLAIN => RleDecoder::packed(page.values.clone(), 1),
            Encoding::RLE => {
                // The runs fill the page, so their length prefix is ignored: hyparquet-writer before 0.8 stored the number
                // of values in it.
                let (_, runs) = page.values.split_at(4).ok_or_else(ends_early)?;
                RleDecoder::new(runs, 1)
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                self.dictionary = Some(chunk.dictionary(entries)?);
                dictionary_indices(page)?
            }
            other => return Err(wrong_encoding(other)),
        };
        Ok(())
    }

    fn open_plain(&mut self, values: PageSlice) {
        self.dictionary = None;
        self.decoder = RleDecoder::packed(values, 1);
    }

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize> {
        self.indices.resize(count, 0);
        self.decoder.read(&mut self.indices)?;
        match &self.dictionary {
            // A run's value is a whole byte in which any bit may be set.
            None => self.indices.iter_mut().for_each(|index| *index = u32::from(*index != 0)),
            Some(entries) => {
                for index in &mut self.indices {
                    let entry = entries.get(*index as usize).ok_or_else(beyond_dictionary)?;
                    *index = u32::from(*entry);
                }
            }
        }
        encoded.extend_from_dictionary(&self.encoded, &self.indices)?;
        Ok(count)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.decoder.skip(count)
    }
}
