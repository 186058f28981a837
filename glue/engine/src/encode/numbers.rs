//! Booleans, integers and floating point numbers.

use half::f16;

use super::write::{Write, WriteBytes};
use crate::error::{Error, Result};
use crate::options::ValueOptions;

/// Up to here a 64-bit float, which is what JavaScript reads numbers as, holds every integer.
const SAFE: u64 = 1 << 53;

pub struct Bool;

impl Write<bool> for Bool {
    fn write(&mut self, value: &bool, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(if *value { b"true" } else { b"false" });
        Ok(())
    }
}

pub struct Signed;

impl<V: itoa::Integer + Copy + Send> Write<V> for Signed {
    fn write(&mut self, value: &V, out: &mut Vec<u8>) -> Result<()> {
        write_integer(*value, out);
        Ok(())
    }
}

/// Parquet stores unsigned integers in the bits of signed ones.
pub struct Unsigned;

impl Write<i32> for Unsigned {
    fn write(&mut self, value: &i32, out: &mut Vec<u8>) -> Result<()> {
        write_integer(*value as u32, out);
        Ok(())
    }
}

impl Write<i64> for Unsigned {
    fn write(&mut self, value: &i64, out: &mut Vec<u8>) -> Result<()> {
        write_integer(*value as u64, out);
        Ok(())
    }
}

/// Beyond 2^53 a string.
pub struct SafeSigned;

impl Write<i64> for SafeSigned {
    fn write(&mut self, value: &i64, out: &mut Vec<u8>) -> Result<()> {
        quoted_if(value.unsigned_abs() > SAFE, out, |out| write_integer(*value, out));
        Ok(())
    }
}

pub struct SafeUnsigned;

impl Write<i64> for SafeUnsigned {
    fn write(&mut self, value: &i64, out: &mut Vec<u8>) -> Result<()> {
        let value = *value as u64;
        quoted_if(value > SAFE, out, |out| write_integer(value, out));
        Ok(())
    }
}

pub fn write_integer(value: impl itoa::Integer, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
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

    fn non_finite(&self, value: f64, out: &mut Vec<u8>) {
        let text: &[u8] = match (self.non_finite_as_text, value.is_nan(), value > 0.0) {
            (false, _, _) => b"null",
            (true, true, _) => b"\"NaN\"",
            (true, false, true) => b"\"Infinity\"",
            (true, false, false) => b"\"-Infinity\"",
        };
        out.extend_from_slice(text);
    }
}

impl Write<f32> for Float {
    fn write(&mut self, value: &f32, out: &mut Vec<u8>) -> Result<()> {
        if value.is_finite() {
            out.extend_from_slice(zmij::Buffer::new().format_finite(*value).as_bytes());
        } else {
            self.non_finite(f64::from(*value), out);
        }
        Ok(())
    }
}

impl Write<f64> for Float {
    fn write(&mut self, value: &f64, out: &mut Vec<u8>) -> Result<()> {
        if value.is_finite() {
            out.extend_from_slice(zmij::Buffer::new().format_finite(*value).as_bytes());
        } else {
            self.non_finite(*value, out);
        }
        Ok(())
    }
}

/// FLOAT16: two bytes, little-endian.
impl WriteBytes for Float {
    fn write_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value.try_into().map_err(|_| Error::corrupt("a FLOAT16 that has not 2 bytes"))?;
        let value = f16::from_le_bytes(bytes);
        if value.is_finite() {
            out.extend_from_slice(zmij::Buffer::new().format_finite(shortest(value)).as_bytes());
        } else {
            self.non_finite(value.to_f64(), out);
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
