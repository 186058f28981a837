//! Decodes DELTA_BINARY_PACKED: integers as deltas, including the lengths of byte arrays.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md>

use super::page::Page;
use super::page_slice::PageSlice;
use super::rle::{FromBits, unpack};
use super::slice_reader::{SliceReader, ends_early};
use crate::error::{Error, Result};

const MAX_BLOCK: u64 = 1 << 20;

/// Decodes one sequence block by block.
#[derive(Clone)]
pub struct DeltaDecoder {
    reader: SliceReader,
    /// Values per miniblock.
    miniblock: usize,
    /// Bits per delta in each miniblock of the block.
    widths: Vec<u8>,
    next_miniblock: usize,
    min_delta: i64,
    /// The last value, modulo 2^64.
    value: i64,
    /// `value` is the first value and has not been read.
    is_first: bool,
    /// Deltas left in the current miniblock, and the bit position of the next.
    unread: usize,
    bit: usize,
    width: usize,
    /// Deltas after the current miniblock.
    deltas: usize,
}

/// An integer type whose sums wrap around, as the format requires.
pub trait Wrapping: FromBits + Into<i64> {
    fn plus(self, other: Self) -> Self;
}

impl Wrapping for i32 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl Wrapping for i64 {
    fn plus(self, other: Self) -> Self {
        self.wrapping_add(other)
    }
}

impl DeltaDecoder {
    pub fn of_page(page: &Page) -> Result<Self> {
        Self::new(page.values.clone(), page.entries, 1)
    }

    /// A sequence at the start of a slice, of at most `max` values. `readers`: see [`SliceReader::new`].
    pub fn new(slice: PageSlice, max: usize, readers: usize) -> Result<Self> {
        let mut reader = SliceReader::new(slice, readers);
        let block = reader.varint(64)?;
        let miniblocks = reader.varint(64)?;
        let count = reader.varint(64)?;
        let value = reader.zigzag()?;
        let miniblock = block.checked_div(miniblocks).unwrap_or(0);
        if block > MAX_BLOCK || miniblock == 0 || miniblock % 8 != 0 || miniblock * miniblocks != block {
            return Err(Error::corrupt(format!("delta blocks of {block} values in {miniblocks} miniblocks")));
        }
        if count > max as u64 {
            return Err(Error::corrupt(format!("{count} delta-encoded values in a page of {max}")));
        }
        let miniblocks = miniblocks as usize;
        Ok(Self {
            reader,
            miniblock: miniblock as usize,
            widths: vec![0; miniblocks],
            next_miniblock: miniblocks,
            min_delta: 0,
            value,
            is_first: count > 0,
            unread: 0,
            bit: 0,
            width: 0,
            deltas: (count as usize).saturating_sub(1),
        })
    }

    /// Number of values left.
    pub fn remaining(&self) -> usize {
        usize::from(self.is_first) + self.unread + self.deltas
    }

    /// The first value, if it has not been read.
    pub fn first(&self) -> Option<i64> {
        self.is_first.then_some(self.value)
    }

    /// Fills `out`. Errors: there are fewer values.
    pub fn read<T: Wrapping>(&mut self, out: &mut [T]) -> Result<()> {
        let first = usize::from(self.is_first && !out.is_empty());
        let (first, mut rest) = out.split_at_mut(first);
        if !first.is_empty() {
            first.fill(T::from_bits(self.value as u64));
            self.is_first = false;
        }
        while !rest.is_empty() {
            if self.unread == 0 {
                self.next_miniblock()?;
            }
            let count = rest.len().min(self.unread);
            let (values, others) = rest.split_at_mut(count);
            let bytes = self.reader.view(self.bit / 8, count * self.width / 8 + 2)?;
            unpack(bytes, self.bit % 8, self.width, values);
            let mut value = T::from_bits(self.value as u64);
            let min_delta = T::from_bits(self.min_delta as u64);
            for delta in values {
                value = value.plus(delta.plus(min_delta));
                *delta = value;
            }
            self.value = value.into();
            self.unread -= count;
            self.bit += count * self.width;
            rest = others;
        }
        Ok(())
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let mut values = [0i64; 256];
        let mut remaining = count;
        while remaining > 0 {
            let step = remaining.min(values.len());
            self.read(&mut values[..step])?;
            remaining -= step;
        }
        Ok(())
    }

    /// The position after the sequence in the page.
    pub fn end(&self) -> Result<usize> {
        let mut rest = self.clone();
        while rest.deltas > 0 {
            rest.next_miniblock()?;
        }
        Ok(rest.reader.position())
    }

    fn next_miniblock(&mut self) -> Result<()> {
        if self.deltas == 0 {
            return Err(ends_early());
        }
        if self.next_miniblock == self.widths.len() {
            self.min_delta = self.reader.zigzag()?;
            let count = self.widths.len();
            self.widths.copy_from_slice(&self.reader.take(count)?[..count]);
            self.next_miniblock = 0;
        }
        self.width = usize::from(self.widths[self.next_miniblock]);
        if self.width > 64 {
            return Err(Error::corrupt(format!("delta-encoded values of {} bits", self.width)));
        }
        self.next_miniblock += 1;
        self.unread = self.deltas.min(self.miniblock);
        self.deltas -= self.unread;
        self.bit = 8 * self.reader.position();
        // Some writers omit the padding at the end of the last miniblock.
        let needed = (self.unread * self.width).div_ceil(8);
        self.reader.skip(needed.max((self.miniblock * self.width / 8).min(self.reader.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoder(bytes: &[u8], max: usize) -> Result<DeltaDecoder> {
        DeltaDecoder::new(PageSlice::of(bytes), max, 1)
    }

    #[test]
    fn more_values_than_the_page_has_are_rejected() {
        // Blocks of 128 in 4 miniblocks, then the count and the first value.
        assert!(decoder(&[0x80, 1, 4, 5, 0], 5).is_ok());
        assert!(decoder(&[0x80, 1, 4, 6, 0], 5).is_err());
        assert!(decoder(&[0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], 1 << 30).is_err());
    }

    #[test]
    fn blocks_that_do_not_divide_into_miniblocks_are_rejected() {
        for header in
            [&[0x80, 1, 0][..], &[0, 4], &[0x80, 1, 3], &[0x80, 1, 0x80, 1], &[0x80, 0x80, 0x80, 1, 4]]
        {
            assert!(decoder(&[header, &[5, 0]].concat(), 5).is_err(), "{header:?}");
        }
    }

    #[test]
    fn sums_wrap_around_at_both_widths() {
        // The first value is the type's maximum, each delta is 1, in 0 bits.
        let mut narrow = [0i32; 3];
        let bytes = [0x80, 1, 4, 3, 0xfe, 0xff, 0xff, 0xff, 0x0f, 2, 0, 0, 0, 0];
        decoder(&bytes, 3).unwrap().read(&mut narrow).unwrap();
        assert_eq!(narrow, [i32::MAX, i32::MIN, i32::MIN + 1]);
        let mut wide = [0i64; 2];
        let first = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        let bytes = [&[0x80, 1, 4, 2], &first[..], &[2, 0, 0, 0, 0]].concat();
        decoder(&bytes, 2).unwrap().read(&mut wide).unwrap();
        assert_eq!(wide, [i64::MAX, i64::MIN]);
    }

    #[test]
    fn the_sequence_ends_after_the_last_miniblock_with_values() {
        // 34 values of a bit each: two of four miniblocks are stored, and the widths of the others are arbitrary.
        let bytes = [&[0x80, 1, 4, 34, 0, 0, 1, 1, 255, 7][..], &[0xff; 8], b"rest"].concat();
        let mut decoder = decoder(&bytes, 34).unwrap();
        assert_eq!(decoder.end().unwrap(), bytes.len() - 4);
        let mut values = [0i32; 34];
        decoder.read(&mut values).unwrap();
        assert_eq!(values, std::array::from_fn::<i32, 34, _>(|index| index as i32));
        assert!(decoder.read(&mut [0i32]).is_err());
    }

    #[test]
    fn every_width_is_decoded_in_any_steps() {
        for width in 0..=64usize {
            let mask = if width == 64 { u64::MAX } else { (1 << width) - 1 };
            let deltas: Vec<u64> =
                (1..=96u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31) & mask).collect();
            let mut packed = vec![0u8; 96 * width / 8];
            for bit in 0..96 * width {
                packed[bit / 8] |= ((deltas[bit / width] >> (bit % width) & 1) as u8) << (bit % 8);
            }
            // One miniblock of 96 values; the minimum delta is -3.
            let bytes = [&[96, 1, 97, 10, 5, width as u8][..], &packed].concat();
            let mut expected = vec![5i64];
            for delta in deltas {
                expected.push(expected[expected.len() - 1].wrapping_sub(3).wrapping_add(delta as i64));
            }
            for first in [0, 1, 2, 38, 96] {
                let mut decoder = decoder(&bytes, 97).unwrap();
                decoder.skip(first).unwrap();
                let mut values = vec![0i64; 97 - first];
                let (some, others) = values.split_at_mut(1);
                decoder.read(some).unwrap();
                decoder.read(others).unwrap();
                assert_eq!(values, &expected[first..], "width {width}");
            }
        }
    }
}
