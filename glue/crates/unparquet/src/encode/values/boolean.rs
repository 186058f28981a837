//! Booleans, encoded as a dictionary of two entries.

use std::sync::Arc;

use parquet::basic::Encoding;

use super::Values;
use super::parquet_decoder::ends_early;
use super::primitive::wrong_encoding;
use crate::encode::encoded_values::{EncodedDictionary, EncodedValues};
use crate::encode::key_prefix::KeyPrefix;
use crate::error::Result;
use crate::read::{ColumnChunk, Page, PageSlice, RleDecoder};

pub struct Booleans {
    decoder: RleDecoder,
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
        Ok(Self { decoder, indices: Vec::new(), encoded: Arc::new(encoded.into_dictionary()) })
    }
}

impl Values for Booleans {
    fn open(&mut self, _: &ColumnChunk, page: &Page) -> Result<()> {
        self.decoder = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::RLE => {
                let length = u32::from_le_bytes(page.values.head()?.ok_or_else(ends_early)?);
                let (_, runs) = page.values.split_at(4).ok_or_else(ends_early)?;
                let (runs, _) = runs.split_at(length as usize).ok_or_else(ends_early)?;
                RleDecoder::new(runs, 1)
            }
            other => return Err(wrong_encoding(other)),
        };
        Ok(())
    }

    fn open_plain(&mut self, values: PageSlice) {
        self.decoder = RleDecoder::packed(values, 1);
    }

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize> {
        self.indices.resize(count, 0);
        self.decoder.read(&mut self.indices)?;
        // A repeated value has a whole byte, of which any bit may be set.
        self.indices.iter_mut().for_each(|index| *index = u32::from(*index != 0));
        encoded.extend_from_dictionary(&self.encoded, &self.indices)?;
        Ok(count)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.decoder.skip(count)
    }
}
