//! One page: its parts, found and checked.

use std::sync::Arc;

use parquet::basic::{Compression, Encoding, Type};
use parquet::schema::types::ColumnDescriptor;

use super::decompress::decompress;
use super::delta;
use super::hybrid::Hybrid;
use super::page_header::{Data, DataV2, Dictionary};
use super::section::{SLACK, Section};
use super::store::{Kept, Store};
use crate::error::{Error, Result};

/// A data page, decompressed.
pub struct Page {
    /// Number of its entries: values, nulls and empty lists.
    pub entries: usize,
    pub repetition: Option<Levels>,
    pub definition: Option<Levels>,
    pub encoding: Encoding,
    pub values: Section,
    /// Its bytes' place in the store.
    kept: Option<Arc<Kept>>,
}

impl Page {
    /// Finds the page's bytes a place: in memory, or in the file those of whose encodings readers can look at
    /// through a window.
    pub fn keep(mut self, store: &Arc<Store>) -> Result<Self> {
        let buffer = self.values.whole();
        let is_sequential = matches!(
            self.encoding,
            Encoding::PLAIN | Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY | Encoding::RLE
        );
        let kept = if store.has_room(buffer.len()) || !is_sequential {
            Arc::new(store.count(buffer.len()))
        } else {
            let kept = Arc::new(store.put_away(&buffer)?);
            self.values.put_away(&buffer, &kept);
            for levels in self.repetition.iter_mut().chain(&mut self.definition) {
                levels.section.put_away(&buffer, &kept);
            }
            kept
        };
        self.kept = Some(kept);
        Ok(self)
    }
}

/// Repetition or definition levels; each reader has its own place in them.
pub struct Levels {
    section: Section,
    width: u32,
    /// Without the headers of runs.
    packed: bool,
}

impl Levels {
    pub fn reader(&self) -> Hybrid {
        let section = self.section.clone();
        if self.packed { Hybrid::packed(section, self.width) } else { Hybrid::new(section, self.width) }
    }
}

/// What pages of one column chunk have in common.
#[derive(Clone, Copy)]
pub struct PageReader<'a> {
    pub descriptor: &'a ColumnDescriptor,
    pub codec: Compression,
}

impl PageReader<'_> {
    pub fn data(self, header: &Data, stored: &[u8], size: usize) -> Result<Page> {
        let section = self.uncompressed(stored, size)?;
        let entries = header.values;
        let (repetition, section) =
            levels_v1(section, self.descriptor.max_rep_level(), header.repetition_encoding, entries)?;
        let (definition, values) =
            levels_v1(section, self.descriptor.max_def_level(), header.definition_encoding, entries)?;
        page(entries, repetition, definition, header.encoding, values)
    }

    /// In version 2 the levels come first and are never compressed. The number of nulls in the header is not
    /// looked at: Arrow C++ up to 21 counts them wrongly in lists.
    pub fn data_v2(self, header: &DataV2, stored: &[u8], size: usize) -> Result<Page> {
        let (repetition, definition) = (header.repetition_bytes as usize, header.definition_bytes as usize);
        let levels = repetition + definition;
        let (Some((levels, values)), Some(size)) =
            (stored.split_at_checked(levels), size.checked_sub(levels))
        else {
            return Err(long_levels());
        };
        // Of nulls only there may be no stream at all, and for most codecs nothing is no valid one.
        let buffer = if header.is_compressed && self.codec != Compression::UNCOMPRESSED && size > 0 {
            Section::new(decompress(self.codec, values, size, levels)?.into())
        } else {
            Section::copy(if size > 0 { stored } else { levels })?
        };
        let split = |section: Section, length| section.split_at(length).ok_or_else(long_levels);
        let (repetition, rest) = split(buffer, repetition)?;
        let (definition, values) = split(rest, definition)?;
        let levels =
            |section, max: i16| (max > 0).then(|| Levels { section, width: bits(max), packed: false });
        let repetition = levels(repetition, self.descriptor.max_rep_level());
        let definition = levels(definition, self.descriptor.max_def_level());
        page(header.values, repetition, definition, header.encoding, values)
    }

    /// The values of a dictionary. It is decoded whole, so its number of values must fit its bytes.
    pub fn dictionary(self, header: &Dictionary, stored: &[u8], size: usize) -> Result<Section> {
        let section = self.uncompressed(stored, size)?;
        let least_bits = match self.descriptor.physical_type() {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 32,
            Type::INT64 | Type::DOUBLE => 64,
            Type::INT96 => 96,
            Type::FIXED_LEN_BYTE_ARRAY => 8 * self.descriptor.type_length().max(1) as u64,
        };
        let (values, size) = (header.values, section.len());
        if u64::from(values) * least_bits > 8 * size as u64 {
            return Err(Error::corrupt(format!("{size} bytes cannot hold a dictionary of {values} values")));
        }
        Ok(section)
    }

    fn uncompressed(self, stored: &[u8], size: usize) -> Result<Section> {
        match self.codec {
            // A few writers leave a wrong uncompressed size in the header of what is not compressed.
            Compression::UNCOMPRESSED => Section::copy(stored),
            _ if size == 0 => Section::copy(&[]),
            codec => Ok(Section::new(decompress(codec, stored, size, &[])?.into())),
        }
    }
}

fn page(
    entries: u32,
    repetition: Option<Levels>,
    definition: Option<Levels>,
    encoding: Encoding,
    values: Section,
) -> Result<Page> {
    // A page of nothing but nulls may lack even what every page of its encoding begins with.
    let encoding = if values.len() == 0 { Encoding::PLAIN } else { encoding };
    match encoding {
        Encoding::DELTA_BINARY_PACKED | Encoding::DELTA_LENGTH_BYTE_ARRAY => {
            delta::check(values.bytes(), entries, 1)?;
        }
        Encoding::DELTA_BYTE_ARRAY => delta::check(values.bytes(), entries, 2)?,
        _ => {}
    }
    Ok(Page { entries: entries as usize, repetition, definition, encoding, values, kept: None })
}

/// The levels of a version 1 page, behind their length, and what follows them.
#[expect(deprecated, reason = "files of parquet-mr 1.x have levels in the BIT_PACKED encoding")]
fn levels_v1(
    section: Section,
    max_level: i16,
    encoding: Encoding,
    entries: u32,
) -> Result<(Option<Levels>, Section)> {
    if max_level == 0 {
        return Ok((None, section));
    }
    let width = bits(max_level);
    if encoding == Encoding::BIT_PACKED {
        let length = (u64::from(entries) * u64::from(width)).div_ceil(8);
        let (levels, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| section.split_at(length))
            .ok_or_else(long_levels)?;
        let levels = Levels { section: lowest_bit_first(levels.bytes(), width)?, width, packed: true };
        return Ok((Some(levels), rest));
    }
    let (length, rest) = section.split_at(4).ok_or_else(long_levels)?;
    let length = length.bytes().iter().rev().fold(0, |length, &byte| length << 8 | usize::from(byte));
    let (section, rest) = rest.split_at(length).ok_or_else(long_levels)?;
    Ok((Some(Levels { section, width, packed: false }), rest))
}

/// Bits of the levels from 0 to `max`.
fn bits(max: i16) -> u32 {
    16 - (max as u16).leading_zeros()
}

/// Repacks integers of `width` bits that begin with the highest bit of a byte.
fn lowest_bit_first(bytes: &[u8], width: u32) -> Result<Section> {
    let width = width as usize;
    let mut packed = vec![0u8; bytes.len() + SLACK];
    for bit in 0..8 * bytes.len() / width * width {
        let (first, place) = (bit / width * width, bit % width);
        let to = first + width - 1 - place;
        packed[to / 8] |= (bytes[bit / 8] >> (7 - bit % 8) & 1) << (to % 8);
    }
    Ok(Section::new(packed.into()))
}

fn long_levels() -> Error {
    Error::corrupt("its levels are longer than itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_levels_begin_with_the_highest_bit() {
        // The example of the format: 0 to 7 in three bits each.
        let bytes = [0b0000_0101, 0b0011_1001, 0b0111_0111];
        let section = lowest_bit_first(&bytes, 3).unwrap();
        let mut levels = [0u8; 8];
        Hybrid::packed(section, 3).read(&mut levels).unwrap();
        assert_eq!(levels, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
