//! Booleans, integers and floating point numbers.

use half::f16;

use super::values::{PaddedSlice, Write};
use crate::format::{Slot, float, integer};
use crate::options::ValueOptions;

/// 64-bit floats, JavaScript's numbers, represent all integers up to this one.
pub const SAFE: u64 = 1 << 53;

pub struct Signed;

impl Write<i32> for Signed {
    const MAX: usize = 11;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        integer::i32(value, to)
    }
}

impl Write<i64> for Signed {
    const MAX: usize = 20;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        integer::i64(value, to)
    }
}

/// Unsigned integers, which Parquet stores in the bits of signed ones.
pub struct Unsigned;

impl Write<i32> for Unsigned {
    const MAX: usize = 10;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        integer::u32(value as u32, to)
    }
}

impl Write<i64> for Unsigned {
    const MAX: usize = 20;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        integer::u64(value as u64, to)
    }
}

/// Unsigned integers of 8 or 16 bits.
pub struct NarrowUnsigned {
    pub bits: u8,
}

impl Write<i32> for NarrowUnsigned {
    const MAX: usize = 10;

    fn write(&self, value: i32, to: &mut Slot) -> usize {
        integer::u32(narrow_unsigned(value, self.bits), to)
    }
}

/// Removes the sign extension that some writers apply to unsigned integers of 8 or 16 bits. Other values that are too
/// large for their width stay unchanged.
pub fn narrow_unsigned(value: i32, bits: u8) -> u32 {
    let is_extended = value < 0 && value >= -1 << (bits - 1);
    if is_extended { value as u32 & ((1 << bits) - 1) } else { value as u32 }
}

/// Signed integers, as strings beyond ±2^53.
pub struct SafeSigned;

impl Write<i64> for SafeSigned {
    const MAX: usize = 22;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        let length = integer::i64(value, to);
        if value.unsigned_abs() > SAFE { quote(length, to) } else { length }
    }
}

pub struct SafeUnsigned;

impl Write<i64> for SafeUnsigned {
    const MAX: usize = 22;

    fn write(&self, value: i64, to: &mut Slot) -> usize {
        let value = value as u64;
        let length = integer::u64(value, to);
        if value > SAFE { quote(length, to) } else { length }
    }
}

/// Adds quotes around the first `length` bytes.
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

/// The shortest decimal that reads back as the same value at its own width.
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
    const MAX: usize = 24;

    fn write(&self, value: f32, to: &mut Slot) -> usize {
        if value.is_finite() { float::f32(value, to) } else { put(self.non_finite(value.into()), to) }
    }
}

impl Write<f64> for Float {
    const MAX: usize = 24;

    fn write(&self, value: f64, to: &mut Slot) -> usize {
        if value.is_finite() { float::f64(value, to) } else { put(self.non_finite(value), to) }
    }
}

/// FLOAT16: two bytes, little-endian.
impl Write<PaddedSlice<'_>> for Float {
    const MAX: usize = 24;

    fn write(&self, value: PaddedSlice<'_>, to: &mut Slot) -> usize {
        let value = f16::from_le_bytes(value.fixed());
        if value.is_finite() { float::f16(value, to) } else { put(self.non_finite(value.to_f64()), to) }
    }
}
