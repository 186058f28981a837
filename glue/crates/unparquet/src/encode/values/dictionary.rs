//! Dictionary encoded values.

use std::ops::Range;
use std::sync::Arc;

use super::parquet_decoder::ends_early;
use crate::encode::encoded_values::{EncodedDictionary, EncodedValues, beyond_dictionary};
use crate::encode::key_prefix::KeyPrefix;
use crate::error::{Error, Result};
use crate::read::{ColumnChunk, DictionaryPage, Page, PageSlice, Reservation, RleDecoder};

/// The values of a dictionary.
pub trait Entries: Sized {
    /// Decodes a dictionary page.
    fn decode(count: usize, slice: PageSlice, width: Option<usize>) -> Result<Self>;

    fn len(&self) -> usize;

    /// Bytes of memory.
    fn size(&self) -> usize;

    /// Copies the values at some indices: at least one, and as many as fit into `max` bytes. Returns how many.
    fn gather(&self, indices: &[u32], max: usize) -> Option<(Self, usize)>;
}

/// The entries of a dictionary, and their text if encoding them once pays.
pub struct Dictionary<V> {
    values: StoredEntries<V>,
    width: Option<usize>,
    encoded: Option<Arc<EncodedDictionary>>,
}

enum StoredEntries<V> {
    InMemory(V),
    Spilled { page: Arc<Reservation>, slice: PageSlice, count: usize },
}

impl<V: Entries> Dictionary<V> {
    /// Also returns its bytes of memory. `encode` encodes all entries. It may fail on an invalid entry that no value
    /// references, so failure is ignored here.
    pub fn new(
        page: DictionaryPage,
        width: Option<usize>,
        chunk: &ColumnChunk,
        prefix: &KeyPrefix,
        encode: impl FnOnce(&V, &mut EncodedValues) -> Result<()>,
    ) -> Result<(Self, usize)> {
        let DictionaryPage { values: count, mut slice, spilled } = page;
        let values = V::decode(count, slice.clone(), width)?;
        // Otherwise most entries would be encoded for at most one value.
        let pays =
            2 * count as u64 <= chunk.entries && count * (prefix.text.len() + 4) <= chunk.dictionary_text;
        if pays {
            let mut all = EncodedValues::new(prefix);
            all.clear(usize::MAX);
            all.set_limit(chunk.dictionary_text);
            if encode(&values, &mut all).is_ok() && all.len() == count && all.text_len() <= chunk.dictionary_text {
                let size = all.text_len() + count * size_of::<u64>();
                let encoded = Some(Arc::new(all.into_dictionary()));
                // The text is all that is needed.
                let values = StoredEntries::InMemory(V::decode(0, PageSlice::default(), width)?);
                return Ok((Self { values, width, encoded }, size));
            }
        }
        let size = values.size();
        Ok(match spilled {
            None => (Self { values: StoredEntries::InMemory(values), width, encoded: None }, size),
            Some(page) => {
                let buffer = slice.whole();
                drop(values);
                slice.spill(&buffer, &page);
                let values = StoredEntries::Spilled { page, slice, count };
                (Self { values, width, encoded: None }, 0)
            }
        })
    }

    fn len(&self) -> usize {
        match &self.values {
            StoredEntries::InMemory(values) => values.len(),
            StoredEntries::Spilled { count, .. } => *count,
        }
    }
}

/// Values of a spilled dictionary that are looked up together.
const GATHERED: usize = 4096;

/// The dictionary indices of a page.
pub struct Indices<V> {
    dictionary: Arc<Dictionary<V>>,
    decoder: RleDecoder,
    /// Those from `next` on have no text yet.
    indices: Vec<u32>,
    next: usize,
    /// The values of the next indices, if the dictionary is spilled.
    gathered: Option<Gathered<V>>,
}

struct Gathered<V> {
    values: V,
    /// Positions in `values` from the next one on.
    positions: Range<u32>,
}

impl<V: Entries> Indices<V> {
    pub fn new(page: &Page, dictionary: Arc<Dictionary<V>>) -> Result<Self> {
        let [width] = page.values.head()?.ok_or_else(ends_early)?;
        let (_, slice) = page.values.split_at(1).ok_or_else(ends_early)?;
        let width = u32::from(width);
        if width > 32 {
            return Err(Error::corrupt(format!("dictionary indices of {width} bits")));
        }
        let decoder = RleDecoder::new(slice, width);
        Ok(Self { dictionary, decoder, indices: Vec::new(), next: 0, gathered: None })
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let decoded = count.min(self.indices.len() - self.next);
        self.next += decoded;
        if let Some(gathered) = &mut self.gathered {
            gathered.positions.start = gathered.positions.end.min(gathered.positions.start + decoded as u32);
        }
        self.decoder.skip(count - decoded)
    }

    /// Adds the next `count` values: spans of the encoded dictionary, or what `encode` writes for some values at some
    /// indices. Returns how many it added.
    pub fn write(
        &mut self,
        count: usize,
        encoded: &mut EncodedValues,
        mut encode: impl FnMut(&V, &[u32], &mut EncodedValues) -> Result<()>,
    ) -> Result<usize> {
        self.decode(count)?;
        if let Some(known) = &self.dictionary.encoded {
            encoded.extend_from_dictionary(known, &self.indices[..count])?;
            self.next = count;
            return Ok(count);
        }
        let length = self.dictionary.len();
        if self.indices[..count].iter().copied().max().is_some_and(|max| max as usize >= length) {
            return Err(beyond_dictionary());
        }
        if let StoredEntries::InMemory(values) = &self.dictionary.values {
            let before = encoded.len();
            encode(values, &self.indices[..count], encoded)?;
            self.next = encoded.len() - before;
            return Ok(self.next);
        }
        while self.next < count {
            let Gathered { values, positions } = match &mut self.gathered {
                Some(gathered) if !gathered.positions.is_empty() => gathered,
                _ => self.gathered.insert(gather(&self.dictionary, &self.indices[self.next..])?),
            };
            let wanted: Vec<u32> = positions.clone().take(count - self.next).collect();
            let before = encoded.len();
            encode(values, &wanted, encoded)?;
            let added = encoded.len() - before;
            positions.start += added as u32;
            self.next += added;
            if added < wanted.len() {
                break;
            }
        }
        Ok(self.next)
    }

    /// Decodes at least `count` indices that have no text yet, from the first on.
    fn decode(&mut self, count: usize) -> Result<()> {
        self.indices.drain(..self.next);
        self.next = 0;
        let decoded = self.indices.len();
        if decoded < count {
            self.indices.resize(count, 0);
            self.decoder.read(&mut self.indices[decoded..])?;
        }
        Ok(())
    }

    /// Frees the values that have been looked up.
    pub fn release(&mut self) {
        self.gathered = None;
    }
}

/// Looks up the values of indices in a spilled dictionary, as many as fit the window.
fn gather<V: Entries>(dictionary: &Dictionary<V>, indices: &[u32]) -> Result<Gathered<V>> {
    let StoredEntries::Spilled { page, slice, count } = &dictionary.values else {
        return Err(beyond_dictionary());
    };
    let _exclusive = page.for_all()?;
    let entries = V::decode(*count, slice.loaded(page.read_whole()?), dictionary.width)?;
    let first = &indices[..indices.len().min(GATHERED)];
    let (values, count) = entries.gather(first, page.window()).ok_or_else(beyond_dictionary)?;
    Ok(Gathered { values, positions: 0..count as u32 })
}
