//! Integers in decimal.

use super::digits::{Sixteen, eight, four};
use super::{Slot, put};

const TEN_TO_8: u64 = 100_000_000;
pub const TEN_TO_16: u64 = 10_000_000_000_000_000;
/// `'0'` in every byte.
const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);

/// `0` to `999`; the last byte of each is the length. Most integers in files are that small.
pub static SMALL: [[u8; 4]; 1000] = {
    const fn digit(number: usize) -> u8 {
        b'0' + (number % 10) as u8
    }
    let mut table = [[0; 4]; 1000];
    let mut number = 0;
    while number < 1000 {
        let (hundreds, tens, ones) = (digit(number / 100), digit(number / 10), digit(number));
        table[number] = match number {
            0..=9 => [ones, 0, 0, 1],
            10..=99 => [tens, ones, 0, 2],
            _ => [hundreds, tens, ones, 3],
        };
        number += 1;
    }
    table
};

#[inline(always)]
pub fn i32(value: i32, to: &mut Slot) -> usize {
    i64(i64::from(value), to)
}

#[inline(always)]
pub fn u32(value: u32, to: &mut Slot) -> usize {
    u64(u64::from(value), to)
}

#[inline(always)]
pub fn i64(value: i64, to: &mut Slot) -> usize {
    // Branch-free: signs are unpredictable.
    to[0] = b'-';
    write(value.unsigned_abs(), usize::from(value < 0), to)
}

#[inline(always)]
pub fn u64(value: u64, to: &mut Slot) -> usize {
    write(value, 0, to)
}

#[inline]
pub fn u128(value: u128, to: &mut Slot) -> usize {
    write_wide(value, 0, to)
}

/// Writes from byte `at`, 0 or 1, and returns the end of the text.
#[inline(always)]
pub fn write(value: u64, at: usize, to: &mut Slot) -> usize {
    if let Some(&text) = usize::try_from(value).ok().and_then(|value| SMALL.get(value)) {
        put(to, at, text);
        at + usize::from(text[3])
    } else if value < TEN_TO_8 {
        // Leading zeros are shifted out: their number is unpredictable for a branch.
        let digits = eight(value as u32);
        let zeros = digits.trailing_zeros() & !7;
        put(to, at, ((digits | ZEROS) >> zeros).to_le_bytes());
        at + 8 - zeros as usize / 8
    } else if value < TEN_TO_16 {
        let text = u128::from_le_bytes(Sixteen::new(value).text());
        let (first, last) = (text as u64, (text >> 64) as u64);
        // Nine digits or more, so the first eight are not all 0.
        let zeros = (first ^ ZEROS).trailing_zeros() & !7;
        put(to, at, (first >> zeros).to_le_bytes());
        let at = at + 8 - zeros as usize / 8;
        put(to, at, last.to_le_bytes());
        at + 8
    } else {
        let first = u32::from_le_bytes(four((value / TEN_TO_16) as u32));
        let zeros = (first ^ ZEROS as u32).trailing_zeros() & !7;
        put(to, at, (first >> zeros).to_le_bytes());
        let at = at + 4 - zeros as usize / 8;
        put(to, at, Sixteen::new(value % TEN_TO_16).text());
        at + 16
    }
}

fn write_wide(value: u128, at: usize, to: &mut Slot) -> usize {
    let Ok(narrow) = u64::try_from(value) else {
        let ten_to_16 = u128::from(TEN_TO_16);
        let at = write_wide(value / ten_to_16, at, to);
        put(to, at, Sixteen::new((value % ten_to_16) as u64).text());
        return at + 16;
    };
    write(narrow, at, to)
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random, text};
    use super::*;

    fn check(value: u128) {
        assert_eq!(text(|to| u128(value, to)), value.to_string());
        assert_eq!(text(|to| u64(value as u64, to)), (value as u64).to_string());
        assert_eq!(text(|to| i64(value as i64, to)), (value as i64).to_string());
        assert_eq!(text(|to| u32(value as u32, to)), (value as u32).to_string());
        assert_eq!(text(|to| i32(value as i32, to)), (value as i32).to_string());
    }

    #[test]
    fn integers_of_every_length_match_the_standard_library() {
        let mut power = 1u128;
        for _ in 0..39 {
            for value in [power - 1, power, power + 1, power.wrapping_mul(9)] {
                check(value);
                check(value.wrapping_neg());
            }
            power = power.wrapping_mul(10);
        }
        for bits in [8, 16, 31, 32, 63, 64, 127] {
            check(1 << bits);
            check((1 << bits) - 1);
        }
        check(u128::MAX);
    }

    #[test]
    fn small_integers_match_the_standard_library() {
        (0..if cfg!(miri) { 5 } else { 20_000 }).for_each(check);
    }

    #[test]
    fn random_integers_match_the_standard_library() {
        let mut random = Random(1);
        for _ in 0..MANY {
            let (low, high) = (random.number(), random.number());
            check(u128::from(low));
            check(u128::from(high) << 64 | u128::from(low));
        }
    }
}
