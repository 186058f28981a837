//! The shortest decimal that reads back as the same float; among several, the nearest. Writes the same text as zmij.
//!
//! Most floats take one of two faster paths, [`hundredths`] and [`Scale`], whose arithmetic is exact. zmij writes the
//! rest.

use core::hint::select_unpredictable;

use super::digits::{Sixteen, eight};
use super::integer::SMALL;
use super::{Slot, put};

/// Writes a finite `value`.
#[inline(always)]
pub fn f64(value: f64, to: &mut Slot) -> usize {
    let bits = value.to_bits();
    let (sign, magnitude) = ((bits >> 63) as usize, bits & !(1 << 63));
    to[0] = b'-';
    let absolute = f64::from_bits(magnitude);
    if let Some(number) = hundredths(absolute, 100_000_000, |decimal| decimal == absolute) {
        return write_hundredths(number, sign, to);
    }
    let exponent = (magnitude >> 52) as usize;
    let Some(scale) = DOUBLE.get(exponent.wrapping_sub(DOUBLE_FROM)) else {
        return any(value, to);
    };
    let (whole, digit) = scale.shortest::<11>(magnitude & ((1 << 52) - 1) | 1 << 52);
    // `whole` has fifteen or sixteen digits, about equally often; `digit` extends fifteen.
    let takes = whole < 1_000_000_000_000_000;
    let places = scale.places + usize::from(takes);
    let number = select_unpredictable(takes, whole * 10 + digit, whole);
    write(number, select_unpredictable(takes, 0, digit), places, sign, to)
}

/// Writes a finite `value`.
#[inline(always)]
pub fn f32(value: f32, to: &mut Slot) -> usize {
    let bits = value.to_bits();
    let (sign, magnitude) = ((bits >> 31) as usize, bits & !(1 << 31));
    to[0] = b'-';
    let absolute = f32::from_bits(magnitude);
    if let Some(number) = hundredths(f64::from(absolute), 1_000_000, |decimal| decimal as f32 == absolute) {
        return write_hundredths(number, sign, to);
    }
    let exponent = (magnitude >> 23) as usize;
    let Some(scale) = SINGLE.get(exponent.wrapping_sub(SINGLE_FROM)) else {
        return any(value, to);
    };
    let (whole, digit) = scale.shortest::<32>(u64::from(magnitude & ((1 << 23) - 1) | 1 << 23));
    // Extends seven to nine digits to sixteen.
    let mut number = (whole * 10 + digit) * 10_000_000;
    let mut places = scale.places + 8;
    for _ in 0..2 {
        let short = number < 1_000_000_000_000_000;
        number = select_unpredictable(short, number * 10, number);
        places += usize::from(short);
    }
    write(number, 0, places, sign, to)
}

/// Writes a finite `value`.
#[inline(always)]
pub fn f16(value: half::f16, to: &mut Slot) -> usize {
    let bits = value.to_bits();
    let (sign, magnitude) = (usize::from(bits >> 15), bits & !(1 << 15));
    let fraction = u64::from(magnitude & ((1 << 10) - 1));
    let exponent = usize::from(magnitude >> 10);
    // Not every f16 that is a power of two scales to an integer, as `Scale` requires.
    let scale = HALF.get(exponent.wrapping_sub(HALF_FROM)).filter(|_| fraction != 0);
    let Some(scale) = scale else {
        return f64(shortest_f16(value), to);
    };
    to[0] = b'-';
    let (whole, digit) = scale.shortest::<32>(fraction | 1 << 10);
    // Extends four or five digits to sixteen.
    let number = (whole * 10 + digit) * 100_000_000_000;
    let short = number < 1_000_000_000_000_000;
    let places = scale.places + 12 + usize::from(short);
    write(select_unpredictable(short, number * 10, number), 0, places, sign, to)
}

/// An f64 with the shortest decimal that reads back as `value`; among several, the nearest.
fn shortest_f16(value: half::f16) -> f64 {
    const POWERS: [f64; 13] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];
    let exact = value.to_f64();
    let magnitude = exact.abs();
    if magnitude == 0.0 {
        return exact;
    }
    // magnitude * 10^places has one digit before the point.
    let mut places = -4i32;
    while places < 8 && magnitude * POWERS[(places + 4) as usize] < 10_000.0 {
        places += 1;
    }
    // Five digits distinguish all f16. The nearest decimal of a length need not read back where another does: the
    // lower neighbour of a power of two is closer than the upper one. Everything but the quotients is exact.
    for places in places..places + 5 {
        let power = POWERS[places.unsigned_abs() as usize];
        let nearest = if places < 0 { magnitude / power } else { magnitude * power }.round_ties_even();
        for candidate in [nearest, nearest + 1.0, nearest - 1.0] {
            let decimal = if places < 0 { candidate * power } else { candidate / power }.copysign(exact);
            if reads_back(decimal.abs(), value.to_bits() & !(1 << 15)) {
                return decimal;
            }
        }
    }
    exact
}

/// Whether `bits` is the f16 nearest to `decimal`; both are positive. `half` rounds twice, differently on each processor.
fn reads_back(decimal: f64, bits: u16) -> bool {
    const INFINITY: u16 = 0x7c00;
    let float = |bits| if bits == INFINITY { 65536.0 } else { half::f16::from_bits(bits).to_f64() };
    let below = (float(bits - 1) + float(bits)) / 2.0;
    let above = (float(bits) + float(bits + 1)) / 2.0;
    let is_even = bits.is_multiple_of(2);
    decimal > below && decimal < above || is_even && (decimal == below || decimal == above)
}

#[inline(never)]
fn any(value: impl zmij::Float, to: &mut Slot) -> usize {
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    to[..text.len()].copy_from_slice(text);
    text.len()
}

/// The number of hundredths below `end` that reads back as `value`, if any. `same` compares a decimal's float with the
/// value.
///
/// All decimals of up to fifteen digits are different f64s, and of up to six digits different f32s (C's DBL_DIG and
/// FLT_DIG). So if a decimal of that length reads back, it is the shortest once its trailing zeros are removed.
///
/// For an f32, `same` receives the nearest f64. Rounding twice is safe: a midpoint between two f32s is either the
/// decimal itself, and then an exact f64, or differs from it by more than the rounding error of an f64.
#[inline(always)]
fn hundredths(value: f64, end: u64, same: impl FnOnce(f64) -> bool) -> Option<u32> {
    // From here up, f64s are integers, so adding this rounds to an integer.
    const INTEGERS: f64 = (1u64 << 52) as f64;
    let scaled = value * 100.0 + INTEGERS;
    let number = scaled.to_bits().wrapping_sub(INTEGERS.to_bits());
    (number < end && same((scaled - INTEGERS) / 100.0)).then_some(number as u32)
}

/// Writes `number`, which is below 10^8, with a point before its last two digits.
#[inline(always)]
fn write_hundredths(number: u32, sign: usize, to: &mut Slot) -> usize {
    if let Some(&whole) = SMALL.get((number / 100) as usize) {
        let fraction = FRACTION[number as usize % 100];
        put(to, sign, whole);
        let point = sign + usize::from(whole[3]);
        put(to, point, fraction);
        return point + usize::from(fraction[3]);
    }
    let digits = eight(number);
    let text = digits | u64::from_ne_bytes([b'0'; 8]);
    let zeros = digits.trailing_zeros() & !7;
    put(to, sign, (text >> zeros).to_le_bytes());
    let point = sign + 6 - zeros as usize / 8;
    put(to, point, [b'.', (text >> 48) as u8, (text >> 56) as u8]);
    point + 3 - usize::from(digits >> 56 == 0)
}

/// `.0` to `.99`; the last byte of each is the length.
static FRACTION: [[u8; 4]; 100] = {
    let mut table = [[0; 4]; 100];
    let mut number = 0;
    while number < 100 {
        let (tens, ones) = (number as u8 / 10, number as u8 % 10);
        table[number] = [b'.', b'0' + tens, b'0' + ones, if ones == 0 { 2 } else { 3 }];
        number += 1;
    }
    table
};

/// The power of ten 10^p that scales the floats m·2^q of one exponent q to few digits.
///
/// p is the smallest for which neighbours are at least 0.1 apart: 0.1 <= 2^q·10^p < 1, or 1 if q = 0. Then at most one
/// integer reads back. If one does, it is the shortest decimal once its trailing zeros are removed; otherwise one digit
/// after the point is enough. The arithmetic is exact: in 2^q·10^p = 5^p/2^-(p + q) the numerator has at most 49 bits,
/// and m has 53. Since 5^p is odd, no integer is exactly half a distance away, where the parity of m would matter.
///
/// Powers of two, whose lower neighbour is closer, need no special case: they scale to integers.
#[derive(Clone, Copy)]
struct Scale {
    /// The distance of neighbours, 2^q·10^p, in units of 2^-(64 - SHIFT).
    distance: u64,
    /// p
    places: usize,
}

/// From 2^-16, as values below 10^-5 are written with an exponent, to 2^53, above which neighbours are over 1 apart.
static DOUBLE: [Scale; 69] = scales(11);
const DOUBLE_FROM: usize = 1023 - 16;
/// From 2^-19 (about 10^-6) to 2^24.
static SINGLE: [Scale; 43] = scales(32);
const SINGLE_FROM: usize = 127 - 19;
/// From 2^-14, the smallest normal f16, to 2^10.
static HALF: [Scale; 25] = scales(32);
const HALF_FROM: usize = 15 - 14;

/// The scales of the last `COUNT` exponents up to q = 0.
const fn scales<const COUNT: usize>(shift: u32) -> [Scale; COUNT] {
    let mut table = [Scale { distance: 0, places: 0 }; COUNT];
    let mut index = 0;
    while index < COUNT {
        let q = (COUNT - 1 - index) as u32;
        let mut places = 0;
        while 10u128.pow(places + 1) < 1 << q {
            places += 1;
        }
        let distance = 5u64.pow(places) << (64 - shift - (q - places));
        table[index] = Scale { distance, places: places as usize };
        index += 1;
    }
    table
}

impl Scale {
    /// The shortest decimal of m·2^q·10^p: an integer and 0, or the integer part and one nonzero digit.
    #[inline(always)]
    fn shortest<const SHIFT: u32>(self, significand: u64) -> (u64, u64) {
        let product = u128::from(significand << SHIFT) * u128::from(self.distance);
        let (whole, fraction) = ((product >> 64) as u64, product as u64);
        let half = self.distance << (SHIFT - 1);
        let down = fraction < half;
        let (_, up) = fraction.overflowing_add(half);
        // The only ties between two digits are 1/4 and 3/4, which round to the even digits 2 and 8.
        let rounding = (1 << 63) - 1 + (fraction >> 63);
        let digit = ((u128::from(fraction) * 10 + u128::from(rounding)) >> 64) as u64;
        (whole + u64::from(up), select_unpredictable(down | up, 0, digit))
    }
}

/// Writes the sixteen digits of `number`, then `last`, with the point `places` digits before `last`. Removes trailing
/// zeros, except one after the point.
#[inline(always)]
fn write(number: u64, last: u64, places: usize, sign: usize, to: &mut Slot) -> usize {
    let digits = Sixteen::new(number);
    let significant = digits.nonzero() | u32::from(last != 0) << 16;
    let significant = 32 - significant.leading_zeros() as usize;
    let last = [b'0' + last as u8];
    if places < 16 {
        let point = sign + 16 - places;
        put(to, sign + 1, digits.text());
        put(to, sign, digits.text_with_gap(places));
        put(to, point, [b'.']);
        put(to, sign + 17, last);
        (sign + significant).max(point + 1) + 1
    } else {
        let start = (sign + places - 14) & 15;
        put(to, sign, *b"0.000000");
        put(to, start, digits.text());
        put(to, start + 16, last);
        start + significant
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random, text};
    use super::*;

    fn check64(value: f64) {
        for value in [value, -value] {
            if value.is_finite() {
                assert_eq!(text(|to| f64(value, to)), zmij::Buffer::new().format_finite(value));
            }
        }
    }

    fn check32(value: f32) {
        for value in [value, -value] {
            if value.is_finite() {
                assert_eq!(text(|to| f32(value, to)), zmij::Buffer::new().format_finite(value));
            }
        }
    }

    #[test]
    fn examples_are_written_as_expected() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1, "0.1"),
            (0.1 + 0.2, "0.30000000000000004"),
            (1e15 + 0.3, "1000000000000000.2"),
            (9007199254740992.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (-0.00001234, "-0.00001234"),
            (0.000001, "1e-6"),
            (999999.99, "999999.99"),
            (5e-324, "5e-324"),
            (f64::MIN, "-1.7976931348623157e+308"),
        ] {
            assert_eq!(text(|to| f64(value, to)), expected);
        }
        for (value, expected) in [
            (0.1, "0.1"),
            (16777216.0, "16777216.0"),
            (0.000002, "0.000002"),
            (1.1754944e-38, "1.1754944e-38"),
            (1e-45, "1e-45"),
            (f32::MAX, "3.4028235e+38"),
        ] {
            assert_eq!(text(|to| f32(value, to)), expected);
        }
    }

    /// The expected result by definition: the fewest digits at which a decimal reads back.
    fn expected_f16(value: half::f16) -> f64 {
        let exact = value.to_f64();
        for digits in 0..5 {
            let text = format!("{exact:.digits$e}");
            let (mantissa, exponent) = text.split_once('e').unwrap();
            let mantissa: i64 = mantissa.replace('.', "").parse().unwrap();
            let exponent: i64 = exponent.parse().unwrap();
            for neighbour in [mantissa, mantissa + 1, mantissa - 1] {
                let decimal = format!("{neighbour}e{}", exponent - digits as i64).parse().unwrap();
                if half::f16::from_f64(decimal) == value && exact != 0.0 {
                    return decimal;
                }
            }
        }
        exact
    }

    #[test]
    fn every_f16_is_the_shortest_decimal() {
        for bits in (0..=u16::MAX).step_by(if cfg!(miri) { 4099 } else { 1 }) {
            let value = half::f16::from_bits(bits);
            if value.is_finite() {
                let text = text(|to| f16(value, to));
                assert_eq!(text, zmij::Buffer::new().format_finite(expected_f16(value)), "{bits:#x}");
                assert_eq!(half::f16::from_f64(text.parse().unwrap()).to_bits(), bits);
            }
        }
        for (bits, expected) in
            [(0x2e66, "0.1"), (0x7bff, "65500.0"), (1, "6e-8"), (0x8000, "-0.0"), (0x2400, "0.01563")]
        {
            assert_eq!(text(|to| f16(half::f16::from_bits(bits), to)), expected);
        }
    }

    #[test]
    fn floats_next_to_powers_of_two_and_ten_match_zmij() {
        for exponent in (0..2046).step_by(if cfg!(miri) { 400 } else { 1 }) {
            for bits in [exponent << 52, (exponent << 52) + 1, ((exponent + 1) << 52) - 1] {
                check64(f64::from_bits(bits));
                check32(f32::from_bits((bits >> 29) as u32));
            }
        }
        for exponent in -30..30 {
            let power = 10f64.powi(exponent);
            for value in [power, power.next_up(), power.next_down(), 5.0 * power, 9.995 * power] {
                check64(value);
                check32(value as f32);
                check32((value as f32).next_down());
            }
        }
    }

    #[test]
    fn decimals_of_few_places_match_zmij() {
        let mut random = Random(2);
        for number in 0..MANY {
            for places in 0..8 {
                check64(number as f64 / 10f64.powi(places));
                check64(random.number() as f64 / 10f64.powi(places + 8));
                check32(number as f32 / 10f32.powi(places));
            }
        }
    }

    #[test]
    fn random_bits_match_zmij() {
        let mut random = Random(3);
        for _ in 0..MANY {
            let bits = random.bits();
            check64(f64::from_bits(bits));
            check32(f32::from_bits(bits as u32));
            // Magnitudes that are written without an exponent.
            check64(f64::from_bits((1000 + random.bits() % 80) << 52 | bits >> 12));
            check32(f32::from_bits(((100 + random.bits() % 55) << 23 | bits >> 41) as u32));
            // Multiples of small powers of two, many of them midpoints between two decimals.
            check64((bits >> 11) as f64 / (1u64 << (random.bits() % 60)) as f64);
        }
    }
}
