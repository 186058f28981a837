//! UUIDs in lower case.

use super::{Slot, put};

/// Writes `8-4-4-4-12` digits in quotes.
#[inline(always)]
pub fn uuid(bytes: &[u8; 16], to: &mut Slot) -> usize {
    let text = digits(bytes);
    let (words, _) = text.as_chunks::<4>();
    put(to, 0, *b"\"        -    -    -    -");
    put(to, 1, words[0]);
    put(to, 5, words[1]);
    put(to, 10, words[2]);
    put(to, 15, words[3]);
    put(to, 20, words[4]);
    put(to, 25, words[5]);
    put(to, 29, words[6]);
    to[33..37].copy_from_slice(&words[7]);
    to[37] = b'"';
    38
}

#[cfg(target_arch = "x86_64")]
use sse2::digits;
#[cfg(not(target_arch = "x86_64"))]
use words::digits;

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use core::arch::x86_64::*;
    use core::mem::transmute;

    #[inline(always)]
    pub fn digits(bytes: &[u8; 16]) -> [u8; 32] {
        // SAFETY: SSE2 belongs to every x86-64; a register is sixteen bytes. (A table takes three times as long.)
        unsafe {
            let bytes: __m128i = transmute(*bytes);
            let four_bits = _mm_set1_epi8(0x0f);
            let (high, low) =
                (_mm_and_si128(_mm_srli_epi16::<4>(bytes), four_bits), _mm_and_si128(bytes, four_bits));
            let text = [_mm_unpacklo_epi8(high, low), _mm_unpackhi_epi8(high, low)].map(|values| {
                let letters = _mm_cmpgt_epi8(values, _mm_set1_epi8(9));
                let further = _mm_and_si128(letters, _mm_set1_epi8((b'a' - b'9' - 1) as i8));
                _mm_add_epi8(_mm_add_epi8(values, _mm_set1_epi8(b'0' as i8)), further)
            });
            transmute(text)
        }
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    pub fn digits(bytes: &[u8; 16]) -> [u8; 32] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 32];
        for (byte, to) in bytes.iter().zip(text.as_chunks_mut::<2>().0) {
            *to = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn every_byte_has_its_digits() {
        for byte in 0..=255u8 {
            let bytes = core::array::from_fn(|index| byte.wrapping_add(index as u8));
            assert_eq!(words::digits(&bytes), digits(&bytes));
        }
    }

    #[test]
    fn a_uuid_has_dashes_between_its_groups() {
        let bytes = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeffu128.to_be_bytes();
        assert_eq!(text(|to| uuid(&bytes, to)), "\"00112233-4455-6677-8899-aabbccddeeff\"");
    }
}
