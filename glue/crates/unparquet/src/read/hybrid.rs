//! The run length and bit packing hybrid: levels, dictionary indices, booleans.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE>.

use super::section::Section;
use super::store::Window;
use crate::error::{Error, Result};

/// A stream of unsigned integers of `width` bits.
pub struct Hybrid {
    section: Section,
    window: Window,
    at: usize,
    width: u32,
    run: Run,
}

enum Run {
    Repeated {
        value: u32,
        left: usize,
    },
    /// `bit` counts from the start of the section's buffer.
    Packed {
        bit: usize,
        left: usize,
    },
}

/// What a stream can be read into: the low bits of what it holds.
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

impl Hybrid {
    pub fn new(section: Section, width: u32) -> Self {
        let run = Run::Repeated { value: 0, left: 0 };
        Self { at: section.start(), section, window: Window::default(), width, run }
    }

    /// Nothing but bit packing, without any header: booleans in the PLAIN encoding.
    pub fn packed(section: Section, width: u32) -> Self {
        let left = 8 * (section.end() - section.start()) / width.max(1) as usize;
        let run = Run::Packed { bit: 8 * section.start(), left };
        Self { at: section.end(), section, window: Window::default(), width, run }
    }

    /// Fills `out`, or fails where the stream has fewer values.
    pub fn read<T: FromBits>(&mut self, out: &mut [T]) -> Result<()> {
        let mut rest = out;
        while !rest.is_empty() {
            match &mut self.run {
                Run::Repeated { left: 0, .. } | Run::Packed { left: 0, .. } => self.next_run()?,
                Run::Repeated { value, left } => {
                    let count = rest.len().min(*left);
                    *left -= count;
                    let (filled, unfilled) = rest.split_at_mut(count);
                    filled.fill(T::from_bits(u64::from(*value)));
                    rest = unfilled;
                }
                Run::Packed { bit, left } => {
                    let count = rest.len().min(*left);
                    let (filled, unfilled) = rest.split_at_mut(count);
                    let (start, bits) = (*bit / 8, count * self.width as usize);
                    let (bytes, base) = self.section.view(&mut self.window, start, bits / 8 + 2)?;
                    unpack(bytes, *bit - 8 * base, self.width as usize, filled);
                    *left -= count;
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

    /// Passes the next `count` values, and says how many of them are `value`.
    pub fn count(&mut self, count: usize, value: u32) -> Result<usize> {
        self.skip_counting(count, Some(value))
    }

    fn skip_counting(&mut self, count: usize, wanted: Option<u32>) -> Result<usize> {
        let (mut left_over, mut found) = (count, 0);
        while left_over > 0 {
            match &mut self.run {
                Run::Repeated { left: 0, .. } | Run::Packed { left: 0, .. } => self.next_run()?,
                Run::Repeated { value, left } => {
                    let passed = left_over.min(*left);
                    found += if wanted == Some(*value) { passed } else { 0 };
                    *left -= passed;
                    left_over -= passed;
                }
                Run::Packed { bit, left } => {
                    let passed = left_over.min(*left);
                    if let Some(wanted) = wanted {
                        let (start, bits) = (*bit / 8, passed * self.width as usize);
                        let (bytes, base) = self.section.view(&mut self.window, start, bits / 8 + 2)?;
                        found += count_packed(bytes, *bit - 8 * base, self.width as usize, passed, wanted);
                    }
                    *left -= passed;
                    *bit += passed * self.width as usize;
                    left_over -= passed;
                }
            }
        }
        Ok(found)
    }

    fn next_run(&mut self) -> Result<()> {
        let header = self.varint()?;
        let count = usize::try_from(header >> 1).unwrap_or(usize::MAX);
        self.run = if header & 1 == 0 {
            let bytes = self.width.div_ceil(8) as usize;
            let start = self.at;
            self.at = start + bytes;
            if self.at > self.section.end() {
                return Err(ends_early());
            }
            let (bytes, base) = self.section.view(&mut self.window, start, self.at - start)?;
            let stored = &bytes[start - base..self.at - base];
            let value = stored.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            Run::Repeated { value, left: count }
        } else {
            // Some writers leave out the end of the last run, which is only padding.
            let room = self.section.end() - self.at;
            let bytes = count.saturating_mul(self.width as usize).min(room);
            let bit = 8 * self.at;
            self.at += bytes;
            let left = match self.width {
                0 => count.saturating_mul(8),
                width => 8 * bytes / width as usize,
            };
            Run::Packed { bit, left }
        };
        Ok(())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            if self.at >= self.section.end() {
                return Err(ends_early());
            }
            let (bytes, base) = self.section.view(&mut self.window, self.at, 1)?;
            let byte = bytes[self.at - base];
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::corrupt("the length of a run is too long"))
    }
}

fn ends_early() -> Error {
    Error::corrupt("a page's levels or values end early")
}

/// The integers of `width` bits from `bit` on, the lowest bits first.
fn unpack<T: FromBits>(bytes: &[u8], bit: usize, width: usize, out: &mut [T]) {
    match width {
        0 => out.fill(T::from_bits(0)),
        1..8 => unpack_by::<8, T>(bytes, bit, width, out),
        8..15 => unpack_by::<4, T>(bytes, bit, width, out),
        15..29 => unpack_by::<2, T>(bytes, bit, width, out),
        _ => unpack_by::<1, T>(bytes, bit, width, out),
    }
}

/// `N` integers from each word: at whatever bit it begins, 57 bits of it can be used.
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

/// How many of `count` integers of `width` bits from `bit` on are `value`.
fn count_packed(bytes: &[u8], bit: usize, width: usize, count: usize, value: u32) -> usize {
    // As many as a word can be used for, at whatever bit it begins.
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

/// Eight bytes, shifted so that `bit` is the lowest. A section's buffer always has so many behind it.
fn word_at(bytes: &[u8], bit: usize) -> u64 {
    let word = bytes[bit / 8..].first_chunk().map_or(0, |word| u64::from_le_bytes(*word));
    word >> (bit % 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(bytes: &[u8], width: u32) -> Hybrid {
        Hybrid::new(Section::of(bytes), width)
    }

    fn pack(values: &[u32], width: usize) -> Vec<u8> {
        let mut bytes = vec![0; (values.len() * width).div_ceil(8)];
        for (index, value) in values.iter().enumerate() {
            for place in 0..width {
                let bit = index * width + place;
                bytes[bit / 8] |= ((value >> place & 1) as u8) << (bit % 8);
            }
        }
        bytes
    }

    #[test]
    fn unpacks_every_width_from_any_place() {
        for width in 1..=32usize {
            let mask = u32::MAX >> (32 - width);
            let values: Vec<u32> = (0..64u32).map(|i| i.wrapping_mul(0x9e37_79b9) & mask).collect();
            let mut bytes = vec![8 << 1 | 1];
            bytes.extend(pack(&values, width));
            for first in [0, 1, 7, 9, 30] {
                let mut hybrid = stream(&bytes, width as u32);
                hybrid.skip(first).unwrap();
                let mut out = vec![0u32; 64 - first];
                let (a, b) = out.split_at_mut(5);
                hybrid.read(a).unwrap();
                hybrid.read(b).unwrap();
                assert_eq!(out, &values[first..], "width {width}");

                let value = values[first];
                let mut hybrid = stream(&bytes, width as u32);
                let counted = [hybrid.count(first, value), hybrid.count(64 - first, value)];
                let of = |values: &[u32]| values.iter().filter(|&&other| other == value).count();
                assert_eq!(counted.map(Result::unwrap), [of(&values[..first]), of(&values[first..])]);
            }
        }
    }

    #[test]
    fn repeats_and_ends() {
        let mut hybrid = stream(&[10 << 1, 3, 1 << 1 | 1, 0b1110_0100, 0], 2);
        let mut out = [0u8; 12];
        hybrid.read(&mut out).unwrap();
        assert_eq!(out, [3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 1]);
        assert_eq!(stream(&[10 << 1, 3, 1 << 1 | 1, 0b1110_0100, 0], 2).count(14, 3).unwrap(), 11);
        hybrid.skip(6).unwrap();
        assert!(hybrid.read(&mut out).is_err());
        assert!(stream(&[], 1).read(&mut out).is_err());
        assert!(stream(&[0xff; 9], 1).read(&mut out).is_err());
    }

    #[test]
    fn needs_no_bytes_for_values_of_no_bits() {
        let mut hybrid = stream(&[0xfe, 0xff, 0xff, 0xff, 0x0f], 0);
        let mut out = [9u8; 3];
        hybrid.skip(1 << 30).unwrap();
        hybrid.read(&mut out).unwrap();
        assert_eq!(out, [0; 3]);
    }
}
