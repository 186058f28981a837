//! One page, decompressed and split into levels and values.

use std::sync::Arc;

use super::byte_arrays::DeltaByteArrayDecoder;
use super::decompress::decompress;
use super::delta::DeltaDecoder;
use super::page_cache::{PageCache, Reservation};
use super::page_header::{
    self, DataPageHeader, DataPageHeaderV2, DictionaryPageHeader, PageHeader, PageKind,
};
use super::page_slice::PageSlice;
use super::rle::RleDecoder;
use crate::buffer::{PADDING, share};
use crate::error::{Error, Result};
use crate::schema::Column;
use crate::types::{Codec, Encoding, Type};

/// A data page, decompressed.
pub struct Page {
    /// Values, nulls and empty lists.
    pub entries: usize,
    pub repetition: Option<PageLevels>,
    pub definition: Option<PageLevels>,
    pub encoding: Encoding,
    pub values: PageSlice,
    /// The value before the first, if the page continues from it.
    pub previous: Vec<u8>,
    /// Frees the page's memory or spill file space when dropped.
    reservation: Option<Arc<Reservation>>,
}

impl Page {
    #[cfg(test)]
    pub fn of_values(encoding: Encoding, entries: usize, values: PageSlice) -> Self {
        let (repetition, definition) = (None, None);
        Self { entries, repetition, definition, encoding, values, previous: Vec::new(), reservation: None }
    }

    /// Whether the first value shares a prefix with the previous page's last value. The format makes pages independent, but parquet-mr
    /// before 1.8 continued from page to page (PARQUET-246).
    pub fn needs_previous(&self) -> bool {
        self.encoding == Encoding::DELTA_BYTE_ARRAY
            && DeltaDecoder::of_page(self).is_ok_and(|prefixes| prefixes.first() > Some(0))
    }

    /// Turns the last value of the previous page into the last value of this page, of at most `max` bytes.
    pub fn last_value(&self, value: &mut Vec<u8>, max: usize) -> Result<()> {
        if self.values.len() == 0 {
            return Ok(());
        }
        if self.encoding != Encoding::DELTA_BYTE_ARRAY {
            value.clear();
            return Ok(());
        }
        let mut decoder = DeltaByteArrayDecoder::new(self, max)?;
        decoder.skip(decoder.remaining(), value)
    }

    /// Counts the page's memory, or moves the page to the spill file if the budget is used up.
    pub fn store_in(mut self, cache: &Arc<PageCache>) -> Result<Self> {
        if self.values.is_spilled() {
            return Ok(self);
        }
        let buffer = self.values.whole();
        let reservation = if cache.has_room(buffer.len()) {
            Arc::new(cache.reserve(buffer.len()))
        } else {
            let reservation = Arc::new(cache.spill(&buffer)?);
            self.values.spill(&buffer, &reservation);
            for levels in self.repetition.iter_mut().chain(&mut self.definition) {
                levels.slice.spill(&buffer, &reservation);
            }
            reservation
        };
        self.reservation = Some(reservation);
        Ok(self)
    }
}

/// Encoded repetition or definition levels.
pub struct PageLevels {
    slice: PageSlice,
    width: u32,
    /// Bit-packed without run headers.
    packed: bool,
}

impl PageLevels {
    pub fn reader(&self) -> RleDecoder {
        let slice = self.slice.clone();
        if self.packed { RleDecoder::packed(slice, self.width) } else { RleDecoder::new(slice, self.width) }
    }
}

/// Decodes the pages of one column chunk.
#[derive(Clone, Copy)]
pub struct PageDecoder<'a> {
    pub descriptor: &'a Column,
}

impl PageDecoder<'_> {
    pub fn data(self, header: &DataPageHeader, slice: PageSlice) -> Result<Page> {
        let entries = header.values;
        let (repetition, slice) =
            levels_v1(slice, self.descriptor.max_rep_level(), header.repetition_encoding, entries)?;
        let (definition, values) =
            levels_v1(slice, self.descriptor.max_def_level(), header.definition_encoding, entries)?;
        page(entries, repetition, definition, header.encoding, values)
    }

    /// A version 2 page, which starts with the levels. The header's number of nulls is ignored: Arrow C++ up to 21
    /// miscounts nulls in lists.
    pub fn data_v2(self, header: &DataPageHeaderV2, slice: PageSlice) -> Result<Page> {
        let (repetition, definition) = (header.repetition_bytes as usize, header.definition_bytes as usize);
        let split = |slice: PageSlice, length| slice.split_at(length).ok_or_else(long_levels);
        let (repetition, rest) = split(slice, repetition)?;
        let (definition, values) = split(rest, definition)?;
        let levels =
            |slice, max: i16| (max > 0).then(|| PageLevels { slice, width: bits(max), packed: false });
        let repetition = levels(repetition, self.descriptor.max_rep_level());
        let definition = levels(definition, self.descriptor.max_def_level());
        page(header.values, repetition, definition, header.encoding, values)
    }

    /// The values of a dictionary page. Their number must fit the bytes, because all are decoded at once.
    pub fn dictionary(self, header: &DictionaryPageHeader, slice: PageSlice) -> Result<PageSlice> {
        let min_bits = match self.descriptor.physical_type()? {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 32,
            Type::INT64 | Type::DOUBLE => 64,
            Type::INT96 => 96,
            Type::FIXED_LEN_BYTE_ARRAY => 8 * self.descriptor.type_length().max(1) as u64,
        };
        let (values, size) = (header.values, slice.len());
        if u64::from(values) * min_bits > 8 * size as u64 {
            return Err(Error::corrupt(format!("{size} bytes cannot hold a dictionary of {values} values")));
        }
        Ok(slice)
    }
}

/// How a page's stored bytes are decompressed.
pub struct PageLayout {
    pub codec: Codec,
    /// Bytes at the start that are never compressed: the levels of a version 2 page.
    pub head: usize,
    /// Decompressed bytes after the head.
    pub size: usize,
}

impl PageLayout {
    pub fn new(header: &PageHeader, codec: Codec) -> Result<Self> {
        let (stored, size) = (header.compressed_size as usize, header.uncompressed_size as usize);
        let (head, is_compressed) = match &header.kind {
            PageKind::DataV2(page) => {
                (page.repetition_bytes as usize + page.definition_bytes as usize, page.is_compressed)
            }
            _ => (0, true),
        };
        let Some(size) = size.checked_sub(head).filter(|_| head <= stored) else { return Err(long_levels()) };
        // A page with only nulls may have no compressed stream, and most codecs reject an empty one.
        if !is_compressed || codec == Codec::UNCOMPRESSED || size == 0 {
            // Some writers store a wrong uncompressed size for uncompressed pages.
            let is_version_2 = matches!(header.kind, PageKind::DataV2(_));
            let is_empty = size == 0 && (is_version_2 || codec != Codec::UNCOMPRESSED);
            let size = if is_empty { 0 } else { stored - head };
            return Ok(Self { codec: Codec::UNCOMPRESSED, head, size });
        }
        Ok(Self { codec, head, size })
    }

    /// The content of a page in memory.
    pub fn content(&self, stored: &[u8]) -> Result<PageSlice> {
        match self.codec {
            Codec::UNCOMPRESSED => PageSlice::copy(&stored[..self.head + self.size]),
            codec => {
                let (head, values) = stored.split_at(self.head);
                Ok(PageSlice::new(share(decompress(codec, values, self.size, head)?)))
            }
        }
    }
}

fn page(
    entries: u32,
    repetition: Option<PageLevels>,
    definition: Option<PageLevels>,
    encoding: Encoding,
    values: PageSlice,
) -> Result<Page> {
    // A page of nulls only may lack the encoding's header.
    let encoding = if values.len() == 0 { Encoding::PLAIN } else { encoding };
    let (entries, previous) = (entries as usize, Vec::new());
    Ok(Page { entries, repetition, definition, encoding, values, previous, reservation: None })
}

/// The levels of a version 1 page, after their length, and the rest of the page.
fn levels_v1(
    slice: PageSlice,
    max_level: i16,
    encoding: Option<i32>,
    entries: u32,
) -> Result<(Option<PageLevels>, PageSlice)> {
    if max_level == 0 {
        return Ok((None, slice));
    }
    let width = bits(max_level);
    if page_header::encoding(encoding)? == Encoding::BIT_PACKED {
        let length = (u64::from(entries) * u64::from(width)).div_ceil(8);
        let (levels, rest) =
            usize::try_from(length).ok().and_then(|length| slice.split_at(length)).ok_or_else(long_levels)?;
        let levels = PageLevels { slice: lowest_bit_first(&levels.load()?, width)?, width, packed: true };
        return Ok((Some(levels), rest));
    }
    let length = u32::from_le_bytes(slice.head()?.ok_or_else(long_levels)?) as usize;
    let (_, rest) = slice.split_at(4).ok_or_else(long_levels)?;
    let (slice, rest) = rest.split_at(length).ok_or_else(long_levels)?;
    Ok((Some(PageLevels { slice, width, packed: false }), rest))
}

/// Bits per level.
fn bits(max: i16) -> u32 {
    16 - (max as u16).leading_zeros()
}

/// Repacks BIT_PACKED levels, which start with the highest bit, in the bit order of the RLE/bit-packing hybrid.
fn lowest_bit_first(bytes: &[u8], width: u32) -> Result<PageSlice> {
    let width = width as usize;
    let mut packed = vec![0u8; bytes.len() + PADDING];
    for bit in 0..8 * bytes.len() / width * width {
        let (first, offset) = (bit / width * width, bit % width);
        let to = first + width - 1 - offset;
        packed[to / 8] |= (bytes[bit / 8] >> (7 - bit % 8) & 1) << (to % 8);
    }
    Ok(PageSlice::new(packed.into()))
}

fn long_levels() -> Error {
    Error::corrupt("its levels are longer than the page")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bit_packed_levels_start_with_the_highest_bit() {
        // The format's example: 0 to 7 in three bits each.
        let bytes = [0b0000_0101, 0b0011_1001, 0b0111_0111];
        let slice = lowest_bit_first(&bytes, 3).unwrap();
        let mut levels = [0u8; 8];
        RleDecoder::packed(slice, 3).read(&mut levels).unwrap();
        assert_eq!(levels, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
