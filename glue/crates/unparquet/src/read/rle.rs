//! Decodes the RLE/bit-packing hybrid: levels, dictionary indices and booleans.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE>.

use super::page_slice::PageSlice;
use super::slice_reader::SliceReader;
use crate::error::Result;

/// Decodes unsigned integers of `width` bits.
pub struct RleDecoder {
    reader: SliceReader,
    width: u32,
    run: Run,
}

enum Run {
    Repeated {
        value: u32,
        remaining: usize,
    },
    /// `bit` is relative to the start of the page.
    Packed {
        bit: usize,
        remaining: usize,
    },
}

/// An integer type that values are decoded into, truncated to its width.
pub trait FromBits: Copy {
    fn from_bits(bits: u64) -> Self;
}

impl FromBits for u8 {
    fn from_bits(bits: u64) -> Self {
        bits as u8
    }
}

impl FromBits for u32 {
    fn from_bits(bits: u64) -> Self {
        bits as u32
    }
}

impl FromBits for i32 {
    fn from_bits(bits: u64) -> Self {
        bits as i32
    }
}

impl FromBits for i64 {
    fn from_bits(bits: u64) -> Self {
        bits as i64
    }
}

impl RleDecoder {
    /// Integers of width 0 are all 0, in any number: some writers omit their runs.
    pub fn new(slice: PageSlice, width: u32) -> Self {
        let run = Run::Repeated { value: 0, remaining: if width == 0 { usize::MAX } else { 0 } };
        Self { reader: SliceReader::new(slice, 1), width, run }
    }

    /// Bit-packed integers without run headers: booleans in PLAIN encoding, levels in BIT_PACKED.
    pub fn packed(slice: PageSlice, width: u32) -> Self {
        let remaining = 8 * (slice.end() - slice.start()) / width.max(1) as usize;
        let run = Run::Packed { bit: 8 * slice.start(), remaining };
        Self { reader: SliceReader::at_end(slice), width, run }
    }

    /// Fills `out`. Errors: there are fewer values.
    pub fn read<T: FromBits>(&mut self, out: &mut [T]) -> Result<()> {
        let mut rest = out;
        while !rest.is_empty() {
            match &mut self.run {
                Run::Repeated { remaining: 0, .. } | Run::Packed { remaining: 0, .. } => self.next_run()?,
                Run::Repeated { value, remaining } => {
                    let count = rest.len().min(*remaining);
                    *remaining -= count;
                    let (filled, unfilled) = rest.split_at_mut(count);
                    filled.fill(T::from_bits(u64::from(*value)));
                    rest = unfilled;
                }
                Run::Packed { bit, remaining } => {
                    let count = rest.len().min(*remaining);
                    let (filled, unfilled) = rest.split_at_mut(count);
                    let (start, bits) = (*bit / 8, count * self.width as usize);
                    let bytes = self.reader.view(start, bits / 8 + 2)?;
                    unpack(bytes, *bit % 8, self.width as usize, filled);
                    *remaining -= count;
                    *bit += count * self.width as usize;
                    rest = unfilled;
                }
            }
        }
        Ok(())
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.skip_counting(count, None).map(|_| ())
    }

    /// Skips `count` values and returns how many of them equal `value`.
    pub fn count(&mut self, count: usize, value: u32) -> Result<usize> {
        self.skip_counting(count, Some(value))
    }

    fn skip_counting(&mut self, count: usize, target: Option<u32>) -> Result<usize> {
        let (mut total_remaining, mut found) = (count, 0);
        while total_remaining > 0 {
            match &mut self.run {
                Run::Repeated { remaining: 0, .. } | Run::Packed { remaining: 0, .. } => self.next_run()?,
                Run::Repeated { value, remaining } => {
                    let skipped = total_remaining.min(*remaining);
                    found += if target == Some(*value) { skipped } else { 0 };
                    *remaining -= skipped;
                    total_remaining -= skipped;
                }
                Run::Packed { bit, remaining } => {
                    let skipped = total_remaining.min(*remaining);
                    if let Some(target) = target {
                        let (start, bits) = (*bit / 8, skipped * self.width as usize);
                        let bytes = self.reader.view(start, bits / 8 + 2)?;
                        found += count_packed(bytes, *bit % 8, self.width as usize, skipped, target);
                    }
                    *remaining -= skipped;
                    *bit += skipped * self.width as usize;
                    total_remaining -= skipped;
                }
            }
        }
        Ok(found)
    }

    fn next_run(&mut self) -> Result<()> {
        let header = self.reader.varint(35)?;
        let count = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        self.run = if header & 1 == 0 {
            let length = self.width.div_ceil(8) as usize;
            let stored = &self.reader.take(length)?[..length];
            let value = stored.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            Run::Repeated { value, remaining: count }
        } else {
            // Some writers omit the padding at the end of the last run.
            let bytes = count.saturating_mul(self.width as usize).min(self.reader.remaining());
            let bit = 8 * self.reader.position();
            self.reader.skip(bytes)?;
            Run::Packed { bit, remaining: 8 * bytes / self.width as usize }
        };
        Ok(())
    }
}

/// Unpacks integers of `width` bits, lowest bits first, starting at `bit`.
pub fn unpack<T: FromBits>(bytes: &[u8], bit: usize, width: usize, out: &mut [T]) {
    match width {
        0 => out.fill(T::from_bits(0)),
        1..8 => unpack_by::<8, T>(bytes, bit, width, out),
        8..15 => unpack_by::<4, T>(bytes, bit, width, out),
        15..29 => unpack_by::<2, T>(bytes, bit, width, out),
        29..57 => unpack_by::<1, T>(bytes, bit, width, out),
        _ => {
            for (index, value) in out.iter_mut().enumerate() {
                let first = bit + index * width;
                let word = word_at(bytes, first) | word_at(bytes, first + 32) << 32;
                *value = T::from_bits(word & u64::MAX >> (64 - width));
            }
        }
    }
}

/// `N` integers from each word: at least 57 bits of a word are usable at any bit offset.
fn unpack_by<const N: usize, T: FromBits>(bytes: &[u8], mut bit: usize, width: usize, out: &mut [T]) {
    let mask = (1u64 << width) - 1;
    let (groups, rest) = out.as_chunks_mut::<N>();
    for group in groups {
        let word = word_at(bytes, bit);
        for (index, value) in group.iter_mut().enumerate() {
            *value = T::from_bits(word >> (index * width) & mask);
        }
        bit += N * width;
    }
    for value in rest {
        *value = T::from_bits(word_at(bytes, bit) & mask);
        bit += width;
    }
}

/// Counts how many of the next `count` integers of `width` bits equal `value`.
fn count_packed(bytes: &[u8], bit: usize, width: usize, count: usize, value: u32) -> usize {
    // Bits of a word that are usable at any bit offset.
    const WORD: usize = 56;
    let mut found = 0;
    if width == 1 && value <= 1 {
        for first in (0..count).step_by(WORD) {
            let bits = (count - first).min(WORD);
            let word = word_at(bytes, bit + first) & ((1 << bits) - 1);
            let ones = word.count_ones() as usize;
            found += if value == 1 { ones } else { bits - ones };
        }
        return found;
    }
    let mut block = [0u32; 256];
    for first in (0..count).step_by(block.len()) {
        let block = &mut block[..(count - first).min(256)];
        unpack(bytes, bit + first * width, width, block);
        found += block.iter().filter(|&&unpacked| unpacked == value).count();
    }
    found
}

/// Eight bytes, shifted so that `bit` is the lowest. The page's padding makes them readable.
fn word_at(bytes: &[u8], bit: usize) -> u64 {
    let word = bytes[bit / 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    word >> (bit % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(bytes: &[u8], width: u32) -> RleDecoder {
        RleDecoder::new(PageSlice::of(bytes), width)
    }

    fn pack(values: &[u32], width: usize) -> Vec<u8> {
        let mut bytes = vec![0; (values.len() * width).div_ceil(8)];
        for (index, value) in values.iter().enumerate() {
            for offset in 0..width {
                let bit = index * width + offset;
                bytes[bit / 8] |= ((value >> offset & 1) as u8) << (bit % 8);
            }
        }
        bytes
    }

    #[test]
    fn every_width_is_unpacked_from_any_bit() {
        for width in 1..=32usize {
            let mask = u32::MAX >> (32 - width);
            let values: Vec<u32> = (0..64u32).map(|i| i.wrapping_mul(0x9e37_79b9) & mask).collect();
            let mut bytes = vec![8 << 1 | 1];
            bytes.extend(pack(&values, width));
            for first in [0, 1, 7, 9, 30] {
                let mut decoder = stream(&bytes, width as u32);
                decoder.skip(first).unwrap();
                let mut out = vec![0u32; 64 - first];
                let (a, b) = out.split_at_mut(5);
                decoder.read(a).unwrap();
                decoder.read(b).unwrap();
                assert_eq!(out, &values[first..], "width {width}");

                let value = values[first];
                let mut decoder = stream(&bytes, width as u32);
                let counted = [decoder.count(first, value), decoder.count(64 - first, value)];
                let of = |values: &[u32]| values.iter().filter(|&&other| other == value).count();
                assert_eq!(counted.map(Result::unwrap), [of(&values[..first]), of(&values[first..])]);
            }
        }
    }

    #[test]
    fn repeated_and_packed_runs_are_read_to_the_end() {
        let mut decoder = stream(&[10 << 1, 3, 1 << 1 | 1, 0b1110_0100, 0], 2);
        let mut out = [0u8; 12];
        decoder.read(&mut out).unwrap();
        assert_eq!(out, [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 1]);
        assert_eq!(stream(&[10 << 1, 3, 1 << 1 | 1, 0b1110_0100, 0], 2).count(14, 3).unwrap(), 11);
        decoder.skip(6).unwrap();
        assert!(decoder.read(&mut out).is_err());
        assert!(stream(&[], 1).read(&mut out).is_err());
        assert!(stream(&[0xff; 9], 1).read(&mut out).is_err());
    }

    #[test]
    fn values_of_width_zero_need_no_bytes() {
        let mut decoder = stream(&[], 0);
        let mut out = [9u8; 3];
        decoder.skip(1 << 30).unwrap();
        decoder.read(&mut out).unwrap();
        assert_eq!(out, [0; 3]);
    }
}
