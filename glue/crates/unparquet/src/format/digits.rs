//! Decimal digits: two from a table, eight or sixteen by arithmetic on whole registers.

#[cfg(target_arch = "x86_64")]
pub use sse2::{Sixteen, eight};
#[cfg(not(target_arch = "x86_64"))]
pub use words::{Sixteen, eight};

const TEN_TO_8: u64 = 100_000_000;

/// `00` to `99`, padded to a power of two entries so that no index needs a bounds check.
static TWO: [[u8; 2]; 128] = {
    let mut table = [[0; 2]; 128];
    let mut number = 0;
    while number < 100 {
        table[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    table
};

/// The digits of `value`, which is below 100.
#[inline(always)]
pub fn two(value: u32) -> [u8; 2] {
    TWO[value as usize & 127]
}

/// The digits of `value`, which is below 10,000.
#[inline(always)]
pub fn four(value: u32) -> [u8; 4] {
    let high = (value * 5_243) >> 19;
    let ([a, b], [c, d]) = (two(high), two(value - high * 100));
    [a, b, c, d]
}

/// A mask of the bytes before the decimal point, if `fraction` of the sixteen digits follow it.
#[inline(always)]
fn whole(fraction: usize) -> [u8; 16] {
    static WINDOW: [u8; 32] = {
        let mut window = [0; 32];
        let mut index = 0;
        while index < 16 {
            window[index] = 0xff;
            index += 1;
        }
        window
    };
    let start = fraction & 15;
    let mut mask = [0; 16];
    mask.copy_from_slice(&WINDOW[start..start + 16]);
    mask
}

// Both versions divide every lane by 10,000, then quotients and remainders by 100, and those by 10. They multiply by
// the reciprocal, rounded up, which is exact for such small lanes. The first digit ends up in the lowest byte.

/// SSE2's 16-bit multiplications take 3 ns for eight digits, machine words 4.
#[cfg(target_arch = "x86_64")]
mod sse2 {
    use core::arch::x86_64::*;
    use core::mem::transmute;

    use super::TEN_TO_8;

    /// The digits of a number below 10^8, as bytes from 0 to 9.
    #[inline(always)]
    pub fn eight(value: u32) -> u64 {
        let value = u64::from(value);
        let high = (value * 109_951_163) >> 40;
        let fours = high | (value - high * 10_000) << 32;
        // SAFETY: SSE2 belongs to every x86-64.
        unsafe { _mm_cvtsi128_si64(ones(_mm_cvtsi64_si128(fours as i64))) as u64 }
    }

    /// The digits of a number below 10^16, as bytes from 0 to 9.
    #[derive(Clone, Copy)]
    pub struct Sixteen(__m128i);

    impl Sixteen {
        #[inline(always)]
        pub fn new(value: u64) -> Self {
            Self::of_halves((value / TEN_TO_8) as u32, (value % TEN_TO_8) as u32)
        }

        /// The digits of two numbers below 10^8.
        #[inline(always)]
        pub fn of_halves(high: u32, low: u32) -> Self {
            // SAFETY: SSE2 belongs to every x86-64.
            unsafe {
                let eights =
                    _mm_unpacklo_epi64(_mm_cvtsi32_si128(high as i32), _mm_cvtsi32_si128(low as i32));
                let high = _mm_srli_epi64::<40>(_mm_mul_epu32(eights, _mm_set1_epi64x(109_951_163)));
                let low = _mm_sub_epi64(eights, _mm_mul_epu32(high, _mm_set1_epi64x(10_000)));
                Self(ones(_mm_or_si128(high, _mm_slli_epi64::<32>(low))))
            }
        }

        /// A bit mask of nonzero digits; the first digit has the lowest bit.
        #[inline(always)]
        pub fn nonzero(self) -> u32 {
            // SAFETY: SSE2 belongs to every x86-64.
            unsafe { _mm_movemask_epi8(_mm_cmpgt_epi8(self.0, _mm_setzero_si128())) as u32 }
        }

        #[inline(always)]
        pub fn text(self) -> [u8; 16] {
            // SAFETY: SSE2 belongs to every x86-64; a register is sixteen bytes.
            unsafe { transmute(_mm_or_si128(self.0, _mm_set1_epi8(0x30))) }
        }

        /// The text without its last digit, with one byte of any value before the last `fraction` digits for the
        /// decimal point. `fraction` is below 16.
        #[inline(always)]
        pub fn text_with_gap(self, fraction: usize) -> [u8; 16] {
            // SAFETY: SSE2 belongs to every x86-64; a register is sixteen bytes.
            unsafe {
                let text: __m128i = transmute(self.text());
                let whole: __m128i = transmute(super::whole(fraction));
                let moved = _mm_slli_si128::<1>(text);
                transmute(_mm_or_si128(_mm_and_si128(whole, text), _mm_andnot_si128(whole, moved)))
            }
        }
    }

    /// The digits of 32-bit lanes below 10,000.
    #[inline(always)]
    fn ones(fours: __m128i) -> __m128i {
        // SAFETY: SSE2 belongs to every x86-64.
        unsafe {
            let high = _mm_srli_epi16::<3>(_mm_mulhi_epu16(fours, _mm_set1_epi32(5_243)));
            let low = _mm_sub_epi16(fours, _mm_mullo_epi16(high, _mm_set1_epi32(100)));
            let twos = _mm_or_si128(high, _mm_slli_epi32::<16>(low));
            let high = _mm_mulhi_epu16(twos, _mm_set1_epi16(6_554));
            let low = _mm_sub_epi16(twos, _mm_mullo_epi16(high, _mm_set1_epi16(10)));
            _mm_or_si128(high, _mm_slli_epi16::<8>(low))
        }
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    use super::TEN_TO_8;

    const ZEROS: u64 = u64::from_ne_bytes([b'0'; 8]);

    /// The digits of a number below 10^8, as bytes from 0 to 9.
    #[inline(always)]
    pub fn eight(value: u32) -> u64 {
        let value = u64::from(value);
        let high = (value * 109_951_163) >> 40;
        let fours = high | (value - high * 10_000) << 32;
        let high = ((fours * 5_243) >> 19) & 0x7f_0000_007f;
        let twos = high | (fours - high * 100) << 16;
        let high = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
        high | (twos - high * 10) << 8
    }

    /// The digits of a number below 10^16, as bytes from 0 to 9.
    #[derive(Clone, Copy)]
    pub struct Sixteen {
        high: u64,
        low: u64,
    }

    impl Sixteen {
        #[inline(always)]
        pub fn new(value: u64) -> Self {
            Self::of_halves((value / TEN_TO_8) as u32, (value % TEN_TO_8) as u32)
        }

        /// The digits of two numbers below 10^8.
        #[inline(always)]
        pub fn of_halves(high: u32, low: u32) -> Self {
            Self { high: eight(high), low: eight(low) }
        }

        /// A bit mask of nonzero digits; the first digit has the lowest bit.
        #[inline(always)]
        pub fn nonzero(self) -> u32 {
            // Adding 127 sets the highest bit of each nonzero digit's byte; the product gathers these bits.
            let gather = |digits: u64| {
                let high = (digits + 0x7f7f_7f7f_7f7f_7f7f) >> 7 & 0x0101_0101_0101_0101;
                (high.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
            };
            gather(self.high) | gather(self.low) << 8
        }

        #[inline(always)]
        pub fn text(self) -> [u8; 16] {
            let digits = u128::from(self.high | ZEROS) | u128::from(self.low | ZEROS) << 64;
            digits.to_le_bytes()
        }

        /// The text without its last digit, with one byte of any value before the last `fraction` digits for the
        /// decimal point. `fraction` is below 16.
        #[inline(always)]
        pub fn text_with_gap(self, fraction: usize) -> [u8; 16] {
            let text = u128::from_le_bytes(self.text());
            let whole = u128::from_le_bytes(super::whole(fraction));
            (text & whole | text << 8 & !whole).to_le_bytes()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random};
    use super::*;

    #[test]
    fn both_versions_agree() {
        let mut random = Random(4);
        for _ in 0..MANY {
            let value = random.number() % 10_000_000_000_000_000;
            let text = format!("{value:016}");
            assert_eq!(words::eight((value % TEN_TO_8) as u32), eight((value % TEN_TO_8) as u32));
            let (here, portable) = (Sixteen::new(value), words::Sixteen::new(value));
            assert_eq!(here.text(), *text.as_bytes());
            assert_eq!(portable.text(), here.text());
            assert_eq!(portable.nonzero(), here.nonzero());
            for fraction in 0..16 {
                let mut expected = text.clone();
                expected.insert(16 - fraction, '.');
                for mut text in [here.text_with_gap(fraction), portable.text_with_gap(fraction)] {
                    if let Some(gap) = text.get_mut(16 - fraction) {
                        *gap = b'.';
                    }
                    assert_eq!(text, expected.as_bytes()[..16]);
                }
            }
        }
    }
}
