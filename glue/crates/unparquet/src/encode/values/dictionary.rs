//! Dictionary-encoded values.

use std::ops::Range;
use std::sync::Arc;

use super::bytes::LENGTH;
use crate::buffer::{PADDING, reserve};
use crate::encode::encoded_values::{EncodedDictionary, EncodedValues, beyond_dictionary};
use crate::error::{Error, Result};
use crate::read::{
    ColumnChunk, DictionaryPage, Page, PageSlice, Reservation, RleDecoder, SpillWindow, ends_early,
};

/// The values of a dictionary.
pub trait Entries: Sized {
    /// Decodes a dictionary page in memory.
    fn decode(count: usize, slice: PageSlice, width: Option<usize>) -> Result<Self>;

    /// Values at `spans` of a buffer that ends with [`PADDING`].
    fn of(buffer: Vec<u8>, spans: Vec<Range<u32>>) -> Self;

    /// Bytes of each value, if fixed.
    fn width(width: Option<usize>) -> Option<usize>;

    fn len(&self) -> usize;

    /// Bytes of memory.
    fn size(&self) -> usize;
}

/// The entries of a dictionary, and their text if it is worth encoding them all.
pub struct Dictionary<V> {
    values: StoredEntries<V>,
    encoded: Option<Arc<EncodedDictionary>>,
}

enum StoredEntries<V> {
    InMemory(V),
    Spilled(SpilledEntries),
}

impl<V: Entries> Dictionary<V> {
    /// Also returns its bytes of memory. `encode` encodes all entries into a sibling of `like`. It may fail on an invalid
    /// entry that no value references, so its errors are ignored.
    pub fn new(
        page: DictionaryPage,
        width: Option<usize>,
        chunk: &ColumnChunk,
        like: &EncodedValues,
        encode: impl FnOnce(&V, &mut EncodedValues) -> Result<()>,
    ) -> Result<(Self, usize)> {
        let count = page.values;
        if page.slice.is_spilled() {
            let entries = SpilledEntries::new(page.slice, count, V::width(width))?;
            return Ok((Self { values: StoredEntries::Spilled(entries), encoded: None }, 0));
        }
        let values = V::decode(count, page.slice, width)?;
        // Otherwise most entries would be used at most once.
        let pays =
            2 * count as u64 <= chunk.entries && count * (like.prefix_len() + 4) <= chunk.dictionary_text;
        if pays {
            let mut all = like.sibling();
            all.set_limit(chunk.dictionary_text);
            if encode(&values, &mut all).is_ok()
                && all.len() == count
                && all.text_len() <= chunk.dictionary_text
            {
                let encoded = all.into_dictionary();
                let size = encoded.size();
                // Only the text is needed.
                let values = StoredEntries::InMemory(V::of(vec![0; PADDING], Vec::new()));
                return Ok((Self { values, encoded: Some(Arc::new(encoded)) }, size));
            }
        }
        let size = values.size();
        Ok((Self { values: StoredEntries::InMemory(values), encoded: None }, size))
    }

    fn len(&self) -> usize {
        match &self.values {
            StoredEntries::InMemory(values) => values.len(),
            StoredEntries::Spilled(entries) => entries.count,
        }
    }
}

/// Decodes a page of dictionary indices: their width, then runs.
pub fn dictionary_indices(page: &Page) -> Result<RleDecoder> {
    let [width] = page.values.head()?.ok_or_else(ends_early)?;
    let (_, runs) = page.values.split_at(1).ok_or_else(ends_early)?;
    match u32::from(width) {
        width @ 0..=32 => Ok(RleDecoder::new(runs, width)),
        width => Err(Error::corrupt(format!("dictionary indices have {width} bits, over the limit of 32"))),
    }
}

/// The dictionary indices of a page.
pub struct Indices<V> {
    dictionary: Arc<Dictionary<V>>,
    decoder: RleDecoder,
    /// Indices from `next` on have no text yet.
    indices: Vec<u32>,
    next: usize,
    /// The values at the next indices, if the dictionary is spilled.
    gathered: Option<Gathered<V>>,
}

struct Gathered<V> {
    values: V,
    /// Positions in `values` that have not been used.
    positions: Range<u32>,
}

impl<V: Entries> Indices<V> {
    pub fn new(page: &Page, dictionary: Arc<Dictionary<V>>) -> Result<Self> {
        let decoder = dictionary_indices(page)?;
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

    /// Adds the next `count` values: spans of the encoded dictionary, or what `encode` writes for values at indices.
    /// Returns how many were added.
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
            if self.gathered.as_ref().is_none_or(|gathered| gathered.positions.is_empty()) {
                self.gathered = self.dictionary.gather(&self.indices[self.next..], encoded.room())?;
            }
            let Some(Gathered { values, positions }) = &mut self.gathered else { break };
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

    /// Decodes indices until at least `count` are without text.
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

impl<V: Entries> Dictionary<V> {
    /// Looks up some of the indices. None if the first value has more than `max` bytes.
    fn gather(&self, indices: &[u32], max: usize) -> Result<Option<Gathered<V>>> {
        let StoredEntries::Spilled(entries) = &self.values else { return Err(beyond_dictionary()) };
        let Some((buffer, spans)) = entries.look_up(indices, max)? else { return Ok(None) };
        let positions = 0..spans.len() as u32;
        Ok(Some(Gathered { values: V::of(buffer, spans), positions }))
    }
}

/// A dictionary in the spill file.
struct SpilledEntries {
    slice: PageSlice,
    count: usize,
    positions: EntryPositions,
}

/// Positions of the entries in the page.
enum EntryPositions {
    /// Each entry has this many bytes.
    Fixed(usize),
    /// The position of each entry's length prefix and the end of the last entry, stored in the spill file.
    Stored(Reservation),
}

/// Copied values, followed by [`PADDING`], and their ranges.
type Copied = (Vec<u8>, Vec<Range<u32>>);

/// Maximum entries per lookup.
const MAX_LOOKUP: usize = 1024;
/// Reading this many extra bytes takes about as long as another read.
const GAP: usize = 4 << 10;
/// Largest read that covers several entries.
const MAX_READ: usize = 1 << 20;

impl SpilledEntries {
    fn new(slice: PageSlice, count: usize, width: Option<usize>) -> Result<Self> {
        let positions = match width {
            Some(width) => {
                if count.checked_mul(width).is_none_or(|length| length > slice.len()) {
                    return Err(ends_early());
                }
                EntryPositions::Fixed(width)
            }
            None => EntryPositions::Stored(store_positions(&slice, count)?),
        };
        Ok(Self { slice, count, positions })
    }

    /// Copies the values at the first indices, as many as fit the window. None if the first has more than `max` bytes.
    fn look_up(&self, indices: &[u32], max: usize) -> Result<Option<Copied>> {
        let window = self.slice.window();
        let mut indices = &indices[..indices.len().min(MAX_LOOKUP)];
        if let EntryPositions::Fixed(width) = self.positions {
            indices = &indices[..indices.len().min((window / width.max(1)).max(1))];
        }
        let mut ranges = self.ranges(indices)?;
        let mut total = 0;
        let mut fits = |range: &Range<usize>| {
            total += range.len();
            total <= window
        };
        ranges.truncate(ranges.iter().take_while(|range| fits(range)).count().max(1));
        if ranges.first().is_some_and(|first| first.len() > max) {
            return Ok(None);
        }
        if let [range] = &ranges[..] {
            let buffer = self.slice.read(range.start, range.len() + PADDING)?;
            let span = 0..range.len() as u32;
            return Ok(Some((buffer.into(), Vec::from([span]))));
        }
        let size: usize = ranges.iter().map(Range::len).sum();
        let mut buffer = reserve(size + PADDING)?;
        let mut spans = Vec::with_capacity(ranges.len());
        let mut add = |bytes: &[u8]| {
            let start = buffer.len() as u32;
            buffer.extend_from_slice(bytes);
            spans.push(start..buffer.len() as u32);
        };
        match covering_range(&ranges) {
            Some(all) => {
                let bytes = self.slice.read(all.start, all.len())?;
                ranges.iter().for_each(|range| add(&bytes[range.start - all.start..range.end - all.start]));
            }
            None => {
                for range in &ranges {
                    add(&self.slice.read(range.start, range.len())?);
                }
            }
        }
        buffer.resize(size + PADDING, 0);
        Ok(Some((buffer, spans)))
    }

    /// Ranges of entries in the page.
    fn ranges(&self, indices: &[u32]) -> Result<Vec<Range<usize>>> {
        let start = self.slice.start();
        let stored = match &self.positions {
            EntryPositions::Fixed(width) => {
                let range =
                    |&index: &u32| start + index as usize * width..start + (index as usize + 1) * width;
                return Ok(indices.iter().map(range).collect());
            }
            EntryPositions::Stored(stored) => stored,
        };
        let parts: Vec<_> = indices.iter().map(|&index| 4 * index as usize..4 * index as usize + 8).collect();
        let entry = |bytes: &[u8]| {
            let position =
                |at: usize| bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            position(0) as usize + LENGTH..position(4) as usize
        };
        match covering_range(&parts) {
            Some(all) => {
                let bytes = stored.read_exactly(all.start, all.len())?;
                Ok(parts.iter().map(|part| entry(&bytes[part.start - all.start..])).collect())
            }
            None => {
                parts.iter().map(|part| Ok(entry(&stored.read_exactly(part.start, part.len())?))).collect()
            }
        }
    }
}

/// The range that covers all `ranges`, if reading it takes less time than reading each.
fn covering_range(ranges: &[Range<usize>]) -> Option<Range<usize>> {
    let start = ranges.iter().map(|range| range.start).min()?;
    let end = ranges.iter().map(|range| range.end).max()?;
    let size: usize = ranges.iter().map(Range::len).sum();
    let fits = end - start <= MAX_READ.min(size + GAP * ranges.len());
    (ranges.len() == 1 || fits).then_some(start..end)
}

/// Finds the entries of a dictionary page in the spill file and stores their positions there.
fn store_positions(slice: &PageSlice, count: usize) -> Result<Reservation> {
    const BLOCK: usize = 64 << 10;
    let mut window = SpillWindow::default();
    let space = slice.spill_space(4 * (count + 1))?;
    let (mut stored, mut block) = (0, Vec::with_capacity(BLOCK));
    let mut at = slice.start();
    for index in 0..=count {
        block.extend_from_slice(&(at as u32).to_le_bytes());
        if block.len() == BLOCK || index == count {
            space.write(stored, &block)?;
            stored += block.len();
            block.clear();
        }
        if index < count {
            if at + LENGTH > slice.end() {
                return Err(ends_early());
            }
            let (bytes, base) = slice.view(&mut window, at, LENGTH)?;
            let length = bytes[at - base..].first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
            at = (at + LENGTH)
                .checked_add(length as usize)
                .filter(|&next| next <= slice.end())
                .ok_or_else(ends_early)?;
        }
    }
    Ok(space)
}
