//! Decodes ALP: floating-point numbers as decimal integers, in vectors with exceptions.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md#adaptive-lossless-floating-point-alp--10>

use super::page::Page;
use super::rle::unpack;
use super::slice_reader::{SliceReader, ends_early};
use crate::error::{Code, Error, Result};

/// Bytes of the page's header.
const HEADER: usize = 7;
/// Bytes of an exception's position in its vector.
const POSITION: usize = 2;

/// A floating point number, and the integer of the same width.
pub trait Alp: Copy + Send + 'static {
    const BYTES: usize;
    const MAX_EXPONENT: u8;

    /// Decodes a decimal integer: `integer * 10^factor * 10^-exponent`, rounded after each step.
    fn decode(integer: i64, factor: u8, exponent: u8) -> Self;

    fn from_bytes(bytes: &[u8]) -> Self;
}

macro_rules! alp {
    ($float:ty, $integer:ty, $powers:literal, [$($power:literal)*], [$($inverse:literal)*]) => {
        impl Alp for $float {
            const BYTES: usize = size_of::<$float>();
            const MAX_EXPONENT: u8 = $powers;

            #[inline]
            fn decode(integer: i64, factor: u8, exponent: u8) -> $float {
                const POWERS: [$float; $powers + 1] = [$($power),*];
                const INVERSE: [$float; $powers + 1] = [$($inverse),*];
                integer as $integer as $float * POWERS[usize::from(factor)] * INVERSE[usize::from(exponent)]
            }

            fn from_bytes(bytes: &[u8]) -> $float {
                bytes.first_chunk().map_or(0.0, |bytes| <$float>::from_le_bytes(*bytes))
            }
        }
    };
}

alp!(f32, i32, 10, [1e0 1e1 1e2 1e3 1e4 1e5 1e6 1e7 1e8 1e9 1e10],
    [1e0 1e-1 1e-2 1e-3 1e-4 1e-5 1e-6 1e-7 1e-8 1e-9 1e-10]);
alp!(f64, i64, 18, [1e0 1e1 1e2 1e3 1e4 1e5 1e6 1e7 1e8 1e9 1e10 1e11 1e12 1e13 1e14 1e15 1e16 1e17 1e18],
    [1e0 1e-1 1e-2 1e-3 1e-4 1e-5 1e-6 1e-7 1e-8 1e-9 1e-10 1e-11 1e-12 1e-13 1e-14 1e-15 1e-16 1e-17 1e-18]);

pub struct AlpDecoder<F> {
    /// The start of each vector, relative to the first offset.
    offsets: SliceReader,
    offsets_start: usize,
    vectors: SliceReader,
    /// Values per vector.
    vector: usize,
    /// Values in vectors that have not been decoded.
    undecoded: usize,
    decoded: Vec<F>,
    next: usize,
}

struct Vector {
    exponent: u8,
    factor: u8,
    values: usize,
    exceptions: usize,
    min: i64,
    bits: usize,
}

impl<F: Alp> AlpDecoder<F> {
    pub fn new(page: &Page) -> Result<Self> {
        let max = page.entries;
        let mut offsets = SliceReader::new(page.values.clone(), 2);
        let &[mode, integers, log, ref values @ ..] =
            offsets.take(HEADER)?.first_chunk::<HEADER>().ok_or_else(ends_early)?;
        if (mode, integers) != (0, 0) {
            let message = format!("ALP mode {mode} with integer encoding {integers} is not supported");
            return Err(Error::new(Code::UnsupportedFeature, message));
        }
        let values = u32::from_le_bytes(*values) as usize;
        if !(3..=15).contains(&log) || values > max {
            return Err(Error::corrupt(format!(
                "ALP vectors of 2^{log} values, with {values} values in a page of {max}"
            )));
        }
        let offsets_start = offsets.position();
        let mut vectors = offsets.clone();
        vectors.skip(4 * values.div_ceil(1 << log))?;
        Ok(Self {
            offsets,
            offsets_start,
            vectors,
            vector: 1 << log,
            undecoded: values,
            decoded: Vec::new(),
            next: 0,
        })
    }

    pub fn read(&mut self, count: usize, out: &mut Vec<F>) -> Result<()> {
        let mut remaining = count;
        while remaining > 0 {
            if self.next == self.decoded.len() {
                self.decode_vector()?;
            }
            let rest = &self.decoded[self.next..];
            let taken = &rest[..rest.len().min(remaining)];
            out.extend_from_slice(taken);
            self.next += taken.len();
            remaining -= taken.len();
        }
        Ok(())
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let decoded = count.min(self.decoded.len() - self.next);
        self.next += decoded;
        let mut remaining = count - decoded;
        while remaining > 0 {
            if remaining < self.vector.min(self.undecoded) {
                self.decode_vector()?;
                self.next = remaining;
                return Ok(());
            }
            let vector = self.next_vector()?;
            self.vectors.skip(vector.packed() + vector.exceptions * (POSITION + F::BYTES))?;
            remaining -= vector.values;
        }
        Ok(())
    }

    fn next_vector(&mut self) -> Result<Vector> {
        let values = self.vector.min(self.undecoded);
        if values == 0 {
            return Err(ends_early());
        }
        let offset = self.offsets.take(4)?.first_chunk().map_or(0, |offset| u32::from_le_bytes(*offset));
        if offset as usize != self.vectors.position() - self.offsets_start {
            return Err(Error::corrupt("an ALP vector does not start where the one before ends"));
        }
        let header = self.vectors.take(4 + F::BYTES + 1)?;
        let exceptions = usize::from(u16::from_le_bytes([header[2], header[3]]));
        let min = header[4..4 + F::BYTES].iter().rev().fold(0, |min, &byte| min << 8 | i64::from(byte));
        let bits = usize::from(header[4 + F::BYTES]);
        let vector = Vector { exponent: header[0], factor: header[1], values, exceptions, min, bits };
        if vector.exponent > F::MAX_EXPONENT
            || vector.factor > vector.exponent
            || exceptions > values
            || bits > 8 * F::BYTES
        {
            return Err(Error::corrupt("an ALP vector has invalid parameters"));
        }
        self.undecoded -= values;
        Ok(vector)
    }

    fn decode_vector(&mut self) -> Result<()> {
        let vector = self.next_vector()?;
        let mut integers = vec![0i64; vector.values];
        unpack(self.vectors.take(vector.packed())?, 0, vector.bits, &mut integers);
        let decode =
            |&integer: &i64| F::decode(integer.wrapping_add(vector.min), vector.factor, vector.exponent);
        self.decoded.clear();
        self.decoded.extend(integers.iter().map(decode));
        self.next = 0;
        let exceptions = self.vectors.take(vector.exceptions * (POSITION + F::BYTES))?;
        let (positions, values) = exceptions.split_at(vector.exceptions * POSITION);
        for (position, value) in positions.as_chunks::<POSITION>().0.iter().zip(values.chunks_exact(F::BYTES))
        {
            let position = usize::from(u16::from_le_bytes(*position));
            *self.decoded.get_mut(position).ok_or_else(|| {
                Error::corrupt(format!("an ALP exception at value {position} of {}", vector.values))
            })? = F::from_bytes(value);
        }
        Ok(())
    }
}

impl Vector {
    /// Bytes of the packed integers.
    fn packed(&self) -> usize {
        (self.values * self.bits).div_ceil(8)
    }
}

#[cfg(test)]
mod tests {
    use parquet::data_type::{DataType, DoubleType, FloatType};

    use super::*;
    use crate::read::{PageSlice, written_page};
    use crate::types::Encoding;

    fn check<T: DataType<T = F>, F: Alp + PartialEq + std::fmt::Debug>(values: &[F], bits: fn(F) -> u64) {
        let bits = |values: &[F]| values.iter().map(|&value| bits(value)).collect::<Vec<_>>();
        let page = written_page::<T>(Encoding::ALP, values);
        for first in [0, 1, 1000, 1024, 1025, 2048, values.len()] {
            let first = first.min(values.len());
            let mut decoder = AlpDecoder::<F>::new(&page).unwrap();
            let mut decoded = Vec::new();
            decoder.skip(first).unwrap();
            let some = (values.len() - first).min(700);
            decoder.read(some, &mut decoded).unwrap();
            decoder.read(values.len() - first - some, &mut decoded).unwrap();
            assert_eq!(bits(&decoded), bits(&values[first..]));
            assert!(decoder.read(1, &mut decoded).is_err());
            assert!(decoder.skip(1).is_err());
        }
    }

    #[test]
    fn prices_exceptions_and_numbers_of_all_digits_are_decoded() {
        let random = |index: u64| index.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let doubles: Vec<f64> = (0..2500)
            .map(|index| match index % 50 {
                7 => f64::NAN,
                8 => -0.0,
                9 => f64::NEG_INFINITY,
                10 => f64::from_bits(random(index)),
                _ => (random(index) % 1_000_000) as f64 / 100.0 - 3000.0,
            })
            .collect();
        check::<DoubleType, f64>(&doubles, f64::to_bits);
        check::<DoubleType, f64>(&doubles[..1], f64::to_bits);
        check::<DoubleType, f64>(&[0.5; 3000], f64::to_bits);
        let raw: Vec<f64> = (0..1100).map(|index| f64::from_bits(random(index))).collect();
        check::<DoubleType, f64>(&raw, f64::to_bits);
        let singles: Vec<f32> = doubles.iter().map(|&double| double as f32).collect();
        check::<FloatType, f32>(&singles, |single| u64::from(single.to_bits()));
        let wide: Vec<f32> = (0..1100).map(|index| f32::from_bits(random(index) as u32)).collect();
        check::<FloatType, f32>(&wide, |single| u64::from(single.to_bits()));
    }

    #[test]
    fn damaged_pages_are_rejected() {
        let stored = written_page::<DoubleType>(Encoding::ALP, &[1.25, 2.5, f64::MAX, 4.75]);
        let bytes = stored.values.bytes().to_vec();
        let decode = |bytes: &[u8], max: usize| {
            let page = Page::of_values(Encoding::ALP, max, PageSlice::of(bytes));
            AlpDecoder::<f64>::new(&page)?.read(4, &mut Vec::new())
        };
        assert!(decode(&bytes, 4).is_ok());
        assert!(decode(&bytes, 3).is_err());
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length], 4).is_err(), "{length} bytes");
        }
        // The mode, the integer encoding, the vector size, an offset, the exponent, the factor, the number of exceptions.
        for at in [0, 1, 2, 7, 11, 12, 14] {
            let mut damaged = bytes.clone();
            damaged[at] = 200;
            assert!(decode(&damaged, 4).is_err(), "byte {at}");
        }
    }
}
