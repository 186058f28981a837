//! Booleans, integers and floating point numbers.

use half::f16;

use super::values::{AppendBytes, Write};
use crate::error::{Error, Result};
use crate::format::{Slot, float, integer};
use crate::options::ValueOptions;

/// Up to here a 64-bit float, which is what JavaScript reads numbers as, holds every integer.
const SAFE: u64 = 1 << 53;

pub struct Signed;

impl Write<i32> for Signed {
    const MOST: usize = 11;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        integer::i32(value, to)
    }
}

impl Write<i64> for Signed {
    const MOST: usize = 20;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        integer::i64(value, to)
    }
}

/// Parquet stores unsigned integers in the bits of signed ones.
pub struct Unsigned;

impl Write<i32> for Unsigned {
    const MOST: usize = 10;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        integer::u32(value as u32, to)
    }
}

impl Write<i64> for Unsigned {
    const MOST: usize = 20;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        integer::u64(value as u64, to)
    }
}

/// Beyond 2^53 a string.
pub struct SafeSigned;

impl Write<i64> for SafeSigned {
    const MOST: usize = 22;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        let length = integer::i64(value, to);
        if value.unsigned_abs() > SAFE { quote(length, to) } else { length }
    }
}

pub struct SafeUnsigned;

impl Write<i64> for SafeUnsigned {
    const MOST: usize = 22;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        let value = value as u64;
        let length = integer::u64(value, to);
        if value > SAFE { quote(length, to) } else { length }
    }
}

/// Puts the first `length` bytes in quotes.
pub fn quote(length: usize, to: &mut Slot) -> usize {
    to.copy_within(0..length, 1);
    to[0] = b'"';
    to[length + 1] = b'"';
    length + 2
}

pub fn quoted_if(quoted: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if quoted {
        out.push(b'"');
        write(out);
        out.push(b'"');
    } else {
        write(out);
    }
}

/// The shortest text that reads back as the same value of the value's own width.
pub struct Float {
    non_finite_as_text: bool,
}

impl Float {
    pub fn new(options: &ValueOptions) -> Self {
        Self { non_finite_as_text: options.non_finite_as_text }
    }

    #[cold]
    fn non_finite(&self, value: f64) -> &'static [u8] {
        match (self.non_finite_as_text, value.is_nan(), value > 0.0) {
            (false, _, _) => b"null",
            (true, true, _) => b"\"NaN\"",
            (true, false, true) => b"\"Infinity\"",
            (true, false, false) => b"\"-Infinity\"",
        }
    }
}

fn put(text: &[u8], to: &mut Slot) -> usize {
    to[..text.len()].copy_from_slice(text);
    text.len()
}

impl Write<f32> for Float {
    const MOST: usize = 24;

    fn write(&self, value: f32, to: &mut Slot) -> usize {
        if value.is_finite() { float::f32(value, to) } else { put(self.non_finite(value.into()), to) }
    }
}

impl Write<f64> for Float {
    const MOST: usize = 24;

    fn write(&self, value: f64, to: &mut Slot) -> usize {
        if value.is_finite() { float::f64(value, to) } else { put(self.non_finite(value), to) }
    }
}

/// FLOAT16: two bytes, little-endian.
impl AppendBytes for Float {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value.try_into().map_err(|_| Error::corrupt("a FLOAT16 that has not 2 bytes"))?;
        let value = f16::from_le_bytes(bytes);
        if value.is_finite() {
            out.extend_from_slice(zmij::Buffer::new().format_finite(shortest(value)).as_bytes());
        } else {
            out.extend_from_slice(self.non_finite(value.to_f64()));
        }
        Ok(())
    }
}

/// The 64-bit float whose own shortest text is the shortest one that reads back as `value`.
fn shortest(value: f16) -> f64 {
    let exact = value.to_f64();
    // Five significant digits tell any two 16-bit floats apart. The nearest decimal of some digits is not
    // the only candidate: next to a power of two the one on its other side may be the one that reads back.
    for digits in 0..5 {
        let text = format!("{exact:.digits$e}");
        let Some((mantissa, exponent)) = text.split_once('e') else { continue };
        let Ok(mantissa) = mantissa.replace('.', "").parse::<i64>() else { continue };
        let Ok(exponent) = exponent.parse::<i64>() else { continue };
        for neighbour in [mantissa, mantissa + 1, mantissa - 1] {
            // Negative zero has no neighbours, and its sign is not in its digits.
            let decimal = format!("{neighbour}e{}", exponent - digits as i64).parse().unwrap_or(exact);
            if f16::from_f64(decimal) == value && exact != 0.0 {
                return decimal;
            }
        }
    }
    exact
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float16_is_shortest_and_reads_back() {
        for (bits, text) in
            [(0x2e66u16, "0.1"), (0x7bff, "65500.0"), (0x0001, "6e-8"), (0x8000, "-0.0"), (0x2400, "0.01563")]
        {
            let shortest = shortest(f16::from_bits(bits));
            assert_eq!(zmij::Buffer::new().format_finite(shortest), text);
        }
        for bits in 0..=u16::MAX {
            let value = f16::from_bits(bits);
            if value.is_finite() {
                assert_eq!(f16::from_f64(shortest(value)), value);
            }
        }
    }
}
