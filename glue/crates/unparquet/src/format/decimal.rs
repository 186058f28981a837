//! DECIMAL of up to 128 bits, with exactly `scale` digits after the point.

use super::digits::{Sixteen, eight, two};
use super::integer::{SMALL, TEN_TO_16};
use super::{SLOT, Slot, integer, put};

/// The largest scale at which every value fits a slot.
pub const MAX_SCALE: usize = SLOT - 4;

/// Writes `value` / 10^`scale`; `scale` is at most [`MAX_SCALE`].
#[inline(always)]
pub fn decimal64(value: i64, scale: usize, to: &mut Slot) -> usize {
    let (sign, magnitude) = (usize::from(value < 0), value.unsigned_abs());
    if scale == 0 {
        integer::i64(value, to)
    } else if magnitude < 100_000 && scale == 2 {
        // Mostly money.
        to[0] = b'-';
        let (whole, [a, b]) = (SMALL[magnitude as usize / 100], two(magnitude as u32 % 100));
        put(to, sign, whole);
        let point = sign + usize::from(whole[3]);
        put(to, point, [b'.', a, b]);
        point + 3
    } else if magnitude < 100_000_000 && scale < 8 {
        to[0] = b'-';
        let digits = eight(magnitude as u32);
        let text = digits | u64::from_ne_bytes([b'0'; 8]);
        // At least one digit before the point.
        let zeros = (digits | 1 << (8 * (7 - scale))).trailing_zeros() as usize / 8;
        let point = sign + 8 - zeros - scale;
        put(to, sign, (text >> (8 * zeros)).to_le_bytes());
        put(to, point, [b'.']);
        put(to, point + 1, (text >> (8 * (8 - scale))).to_le_bytes());
        point + 1 + scale
    } else if magnitude < TEN_TO_16 && scale < 16 {
        to[0] = b'-';
        let digits = Sixteen::new(magnitude);
        let zeros = (digits.nonzero() | 1 << (15 - scale)).trailing_zeros() as usize;
        let point = sign + 16 - zeros - scale;
        let text = u128::from_le_bytes(digits.text_with_gap(scale)) >> (8 * zeros);
        put(to, sign, text.to_le_bytes());
        put(to, point, [b'.']);
        put(to, point + scale, [digits.text()[15]]);
        point + 1 + scale
    } else if scale < 16 {
        to[0] = b'-';
        let at = integer::write(magnitude / TEN_TO_16, sign, to);
        let digits = Sixteen::new(magnitude % TEN_TO_16);
        put(to, at, digits.text_with_gap(scale));
        put(to, at + 16 - scale, [b'.']);
        put(to, at + 16, [digits.text()[15]]);
        at + 17
    } else {
        wide(i128::from(value), scale, to)
    }
}

/// Writes `value` / 10^`scale`; `scale` is at most [`MAX_SCALE`].
#[inline]
pub fn decimal128(value: i128, scale: usize, to: &mut Slot) -> usize {
    match i64::try_from(value) {
        Ok(value) => decimal64(value, scale, to),
        Err(_) => wide(value, scale, to),
    }
}

#[inline(never)]
fn wide(value: i128, scale: usize, to: &mut Slot) -> usize {
    let mut slot = [0; SLOT];
    let length = integer::u128(value.unsigned_abs(), &mut slot);
    let digits = &slot[..length];
    to[0] = b'-';
    let start = usize::from(value < 0);
    let text = &mut to[start..];
    let Some((whole, fraction)) =
        length.checked_sub(scale).filter(|&whole| whole > 0).map(|at| digits.split_at(at))
    else {
        text[..2 + scale].fill(b'0');
        text[1] = b'.';
        text[2 + scale - length..2 + scale].copy_from_slice(digits);
        return start + 2 + scale;
    };
    text[..whole.len()].copy_from_slice(whole);
    if scale == 0 {
        return start + length;
    }
    text[whole.len()] = b'.';
    text[whole.len() + 1..length + 1].copy_from_slice(fraction);
    start + length + 1
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random, text};
    use super::*;

    fn expected(value: i128, scale: usize) -> String {
        let digits = format!("{:0>1$}", value.unsigned_abs(), scale + 1);
        let (whole, fraction) = digits.split_at(digits.len() - scale);
        let sign = if value < 0 { "-" } else { "" };
        if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    fn check(value: i128, scale: usize) {
        let narrow = value as i64;
        assert_eq!(text(|to| decimal64(narrow, scale, to)), expected(i128::from(narrow), scale));
        assert_eq!(text(|to| decimal128(value, scale, to)), expected(value, scale));
    }

    #[test]
    fn examples_are_written_as_expected() {
        for (value, scale, expected) in
            [(256, 2, "2.56"), (-1, 2, "-0.01"), (0, 3, "0.000"), (-128, 0, "-128"), (1, 9, "0.000000001")]
        {
            assert_eq!(text(|to| decimal64(value, scale, to)), expected);
        }
    }

    #[test]
    fn limits_are_exact_at_every_scale() {
        for scale in (0..=MAX_SCALE).step_by(if cfg!(miri) { 11 } else { 1 }) {
            for exponent in (0..39).step_by(if cfg!(miri) { 8 } else { 1 }) {
                let power = 10i128.pow(exponent);
                for value in [power, power - 1, power + 1, i128::MAX / power, i128::MIN / power] {
                    check(value, scale);
                    check(value.wrapping_neg(), scale);
                }
            }
        }
    }

    #[test]
    fn random_decimals_match_the_definition() {
        let mut random = Random(7);
        for _ in 0..MANY {
            let scale = random.bits() as usize % (MAX_SCALE + 1);
            let value = random.number() as i128;
            for value in [value, value << 64 | i128::from(random.bits())] {
                check(value, scale);
                check(-value, scale % 10);
            }
        }
    }
}
