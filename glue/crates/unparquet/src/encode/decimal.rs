//! DECIMAL of any precision, with exactly `scale` digits after the point.

use super::numbers::{quote, quoted_if};
use super::values::{Append, AppendBytes, PaddedSlice, Write};
use crate::error::{Code, Error, Result};
use crate::format::{SLOT, Slot, decimal, integer};
use crate::options::ValueOptions;

/// Longest unscaled value, in bytes: formatting it takes quadratic time.
const MAX_BYTES: usize = 16 << 10;
/// Largest scale: even the smallest value has this many digits.
const MAX_SCALE: usize = 64 << 10;
const LIMB: u64 = 1_000_000_000;

/// Decimals of at most 128 bits whose text fits a slot.
pub struct ShortDecimal {
    scale: usize,
    quoted: bool,
}

impl ShortDecimal {
    /// None if the text may not fit a slot.
    pub fn new(scale: i32, options: &ValueOptions) -> Option<Self> {
        let scale = usize::try_from(scale).ok()?;
        (scale <= Self::MAX_SCALE).then_some(Self { scale, quoted: options.decimals_as_text })
    }

    /// Leaves room for quotes.
    const MAX_SCALE: usize = decimal::MAX_SCALE - 2;

    fn quoted(&self, length: usize, to: &mut Slot) -> usize {
        if self.quoted { quote(length, to) } else { length }
    }
}

impl<V: Into<i64>> Write<V> for ShortDecimal {
    const MAX: usize = SLOT;

    fn write(&self, value: V, to: &mut Slot) -> usize {
        let length = decimal::decimal64(value.into(), self.scale, to);
        self.quoted(length, to)
    }
}

/// Big-endian two's complement of at most 16 bytes.
impl Write<PaddedSlice<'_>> for ShortDecimal {
    const MAX: usize = SLOT;

    fn write(&self, value: PaddedSlice<'_>, to: &mut Slot) -> usize {
        let bits = 8 * (value.end - value.start) as u32;
        // Shifts out the bytes after the value and extends its sign.
        let value = i128::from_be_bytes(value.fixed()).checked_shr(128 - bits).unwrap_or(0);
        let length = decimal::decimal128(value, self.scale, to);
        self.quoted(length, to)
    }
}

pub struct Decimal {
    scale: usize,
    quoted: bool,
    digits: Vec<u8>,
    limbs: Vec<u32>,
}

impl Decimal {
    /// Errors: `limit_exceeded` for a scale that is too large.
    pub fn new(scale: i32, options: &ValueOptions) -> Result<Self> {
        let scale = usize::try_from(scale).unwrap_or(usize::MAX);
        if scale > MAX_SCALE {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("decimal scale {scale} exceeds the limit of {MAX_SCALE}"),
            ));
        }
        Ok(Self { scale, quoted: options.decimals_as_text, digits: Vec::new(), limbs: Vec::new() })
    }

    /// Maximum length of the text of an unscaled value of `bytes` bytes.
    fn length(&self, bytes: usize) -> usize {
        // Each byte adds less than three digits; 5 for the sign, a leading zero, the point and the quotes.
        3 * bytes + self.scale + 5
    }

    fn write_number(&mut self, value: i128, out: &mut Vec<u8>) {
        let mut slot = [0; SLOT];
        let length = integer::u128(value.unsigned_abs(), &mut slot);
        // Zero has no digits.
        let digits = if value == 0 { &[] } else { &slot[..length] };
        quoted_if(self.quoted, out, |out| place_point(value < 0, digits, self.scale, out));
    }

    /// Writes a big-endian two's complement value of over 128 bits.
    fn write_long(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let negative = bytes[0] & 0x80 != 0;
        self.limbs.clear();
        // Base 2^32, most significant first; the magnitude of a negative number is its complement plus one.
        let flip = if negative { 0xff } else { 0 };
        let head = bytes.len() % 4;
        let widen = |part: &[u8]| part.iter().fold(0u32, |limb, byte| limb << 8 | u32::from(byte ^ flip));
        if head > 0 {
            self.limbs.push(widen(&bytes[..head]));
        }
        self.limbs.extend(bytes[head..].chunks_exact(4).map(widen));
        if negative {
            for limb in self.limbs.iter_mut().rev() {
                let (sum, carry) = limb.overflowing_add(1);
                *limb = sum;
                if !carry {
                    break;
                }
            }
        }
        self.digits.clear();
        let mut limbs = &mut self.limbs[..];
        while let Some((first, _)) = limbs.split_first() {
            if *first == 0 {
                limbs = &mut limbs[1..];
                continue;
            }
            let mut remainder = 0u64;
            for limb in limbs.iter_mut() {
                let dividend = remainder << 32 | u64::from(*limb);
                *limb = (dividend / LIMB) as u32;
                remainder = dividend % LIMB;
            }
            for _ in 0..9 {
                self.digits.push(b'0' + (remainder % 10) as u8);
                remainder /= 10;
            }
        }
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
        self.digits.reverse();
        quoted_if(self.quoted, out, |out| place_point(negative, &self.digits, self.scale, out));
    }
}

impl<V: Into<i64>> Append<V> for Decimal {
    fn max_length(&self) -> usize {
        self.length(size_of::<i64>())
    }

    fn append(&mut self, value: V, out: &mut Vec<u8>) -> Result<()> {
        self.write_number(i128::from(value.into()), out);
        Ok(())
    }
}

impl AppendBytes for Decimal {
    fn max_length(&self, bytes: usize) -> usize {
        self.length(bytes)
    }

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        if bytes.len() > MAX_BYTES {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("a decimal has {} bytes, over the limit of {MAX_BYTES}", bytes.len()),
            ));
        }
        if bytes.len() > 16 {
            self.write_long(bytes, out);
        } else {
            let sign = if bytes.first().is_some_and(|first| first & 0x80 != 0) { -1i128 } else { 0 };
            let value = bytes.iter().fold(sign, |value, &byte| value << 8 | i128::from(byte));
            self.write_number(value, out);
        }
        Ok(())
    }
}

/// Writes `digits` (without leading zeros; empty for 0) with the point `scale` digits from the right.
fn place_point(negative: bool, digits: &[u8], scale: usize, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let whole = digits.len().saturating_sub(scale);
    if whole == 0 {
        out.push(b'0');
    } else {
        out.extend_from_slice(&digits[..whole]);
    }
    if scale > 0 {
        out.push(b'.');
        out.resize(out.len() + scale - (digits.len() - whole), b'0');
        out.extend_from_slice(&digits[whole..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn text(bytes: &[u8], scale: i32) -> String {
        let mut out = Vec::new();
        Decimal::new(scale, &Options::default().values()).unwrap().append_bytes(bytes, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn keeps_every_digit_of_the_scale() {
        assert_eq!(text(&[1, 0], 2), "2.56");
        assert_eq!(text(&[0xff], 2), "-0.01");
        assert_eq!(text(&[0], 3), "0.000");
        assert_eq!(text(&[], 1), "0.0");
        assert_eq!(text(&[0x80], 0), "-128");
    }

    #[test]
    fn is_exact_beyond_128_bits() {
        let mut two_to_136 = [0; 18];
        two_to_136[0] = 1;
        assert_eq!(text(&two_to_136, 0), "87112285931760246646623899502532662132736");
        assert_eq!(text(&two_to_136, 40), "8.7112285931760246646623899502532662132736");
        assert_eq!(text(&[0xff; 20], 0), "-1");
        assert_eq!(text(&[0; 20], 2), "0.00");
        let mut lowest = [0; 17];
        lowest[0] = 0x80;
        assert_eq!(text(&lowest, 0), "-43556142965880123323311949751266331066368");
        assert_eq!(text(&[0xff; 16], 0), "-1");
        let mut lowest = [0; 16];
        lowest[0] = 0x80;
        assert_eq!(text(&lowest, 0), i128::MIN.to_string());
    }
}
