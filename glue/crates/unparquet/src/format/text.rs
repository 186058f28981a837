//! JSON strings, with a search for escapes and non-ASCII bytes in blocks of 32 bytes.

use core::ops::Range;

/// Readable bytes after a value, so that whole blocks can be loaded. Without them, the value is copied first.
pub const PADDING: usize = BLOCK;

const BLOCK: usize = 32;
/// Spare bytes in the output: for a block of escapes only, stores of whole blocks, and a quote.
const ROOM: usize = 8 * BLOCK;
/// Up to this length, non-ASCII text is validated character by character.
const SHORT: usize = 64;

/// Why a value cannot be written.
#[derive(Debug, PartialEq, Eq)]
pub enum EscapeError {
    /// Position of the first byte that is not UTF-8.
    NotUtf8(usize),
    /// Bytes that could not be allocated.
    NoMemory(usize),
    /// The text would exceed the maximum length.
    TooLong,
}

/// The end of the text in the output.
pub type Escaped = Result<usize, EscapeError>;

/// Writes the bytes `source[value]` in quotes to `to[at..]`, escaped only where RFC 8259 (section 7) requires it.
///
/// `to` grows to about `max` bytes if needed, and bytes after the text may be overwritten.
#[inline]
pub fn escape(source: &[u8], value: Range<usize>, to: &mut Vec<u8>, at: usize, max: usize) -> Escaped {
    match short(source, &value, to, at) {
        Some(end) => Ok(end),
        None => general(source, value, to, at, max),
    }
}

/// Handles most values: at most one block of ASCII without escapes.
#[inline(always)]
fn short(source: &[u8], value: &Range<usize>, to: &mut [u8], at: usize) -> Option<usize> {
    let length = value.len();
    let block = source.get(value.start..)?.first_chunk::<BLOCK>()?;
    let to = to.get_mut(at..)?.first_chunk_mut::<{ 2 * BLOCK }>()?;
    if length > BLOCK {
        return None;
    }
    let own = ((1u64 << length) - 1) as u32;
    let Masks { escapes, beyond_ascii } = masks(block);
    if (escapes | beyond_ascii) & own != 0 {
        return None;
    }
    to[0] = b'"';
    to[1..BLOCK + 1].copy_from_slice(block);
    to[length + 1] = b'"';
    Some(at + length + 2)
}

#[inline(never)]
fn general(source: &[u8], value: Range<usize>, to: &mut Vec<u8>, at: usize, max: usize) -> Escaped {
    if source.len() < value.end + PADDING {
        let padded = [&source[value.clone()], &[0; PADDING]].concat();
        return general(&padded, 0..value.len(), to, at, max);
    }
    #[cfg(target_arch = "x86_64")]
    if value.len() >= avx2::LONG && std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2. It takes half the time of SSE2 for texts of 1 kB and more.
        return unsafe { avx2::blocks(source, value, to, at, max) };
    }
    blocks(source, value, to, at, max, masks)
}

#[inline(always)]
fn blocks(
    source: &[u8],
    value: Range<usize>,
    to: &mut Vec<u8>,
    mut at: usize,
    max: usize,
    masks: impl Fn(&[u8; BLOCK]) -> Masks,
) -> Escaped {
    ensure(to, at + value.len(), max)?;
    to[at] = b'"';
    at += 1;
    let mut ascii = true;
    let mut from = value.start;
    while from < value.end {
        let remaining = (value.end - from).min(BLOCK);
        let own = u32::MAX >> (BLOCK - remaining);
        let block = load(source, from);
        store(block, to, at);
        let found = masks(block);
        ascii &= found.beyond_ascii & own == 0;
        let mut escapes = found.escapes & own;
        if escapes == 0 {
            at += remaining;
        } else {
            let mut done = 0;
            while escapes != 0 {
                let index = escapes.trailing_zeros() as usize;
                escapes &= escapes - 1;
                let escape = ESCAPES[usize::from(source[from + index])];
                at += index - done;
                to[at..at + 8].copy_from_slice(&escape);
                at += usize::from(escape[7]);
                done = index + 1;
                store(load(source, from + done), to, at);
            }
            at += remaining - done;
            ensure(to, at + (value.end - from - remaining), max)?;
        }
        from += remaining;
    }
    to[at] = b'"';
    if !ascii {
        check(source, value)?;
    }
    Ok(at + 1)
}

#[inline(always)]
fn load(source: &[u8], from: usize) -> &[u8; BLOCK] {
    source[from..from + BLOCK].as_array().unwrap_or(&[0; BLOCK])
}

#[inline(always)]
fn store(block: &[u8; BLOCK], to: &mut [u8], at: usize) {
    to[at..at + BLOCK].copy_from_slice(block);
}

/// Makes room in `to` for the rest of a text, which ends at `end` if nothing is escaped.
#[inline(always)]
fn ensure(to: &mut Vec<u8>, end: usize, max: usize) -> Result<(), EscapeError> {
    if to.len() < end + ROOM { grow(to, end + ROOM, max) } else { Ok(()) }
}

#[cold]
fn grow(to: &mut Vec<u8>, length: usize, max: usize) -> Result<(), EscapeError> {
    if length > max.saturating_add(ROOM) {
        return Err(EscapeError::TooLong);
    }
    to.try_reserve(length - to.len()).map_err(|_| EscapeError::NoMemory(length))?;
    // Grows by a little more to grow less often, but not to the whole capacity, which may be large and would be zeroed
    // again after each truncation.
    to.resize((length + 4 * ROOM).min(to.capacity()), 0);
    Ok(())
}

/// Validates non-ASCII text as UTF-8.
fn check(source: &[u8], value: Range<usize>) -> Result<(), EscapeError> {
    if value.len() > SHORT {
        let checked = simdutf8::compat::from_utf8(&source[value]);
        return checked.map(drop).map_err(|error| EscapeError::NotUtf8(error.valid_up_to()));
    }
    let mut from = value.start;
    while from < value.end {
        let beyond_ascii = masks(load(source, from)).beyond_ascii;
        if beyond_ascii == 0 {
            from += BLOCK;
            continue;
        }
        from += beyond_ascii.trailing_zeros() as usize;
        // Non-ASCII characters often come in runs.
        while from < value.end && source[from] >= 0x80 {
            let character = source[from..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            let length = length(character).filter(|length| from + length <= value.end);
            from += length.ok_or(EscapeError::NotUtf8(from - value.start))?;
        }
    }
    Ok(())
}

/// Length of the non-ASCII character in `bytes`, first byte lowest. None for overlong forms, surrogates and characters
/// above U+10FFFF (RFC 3629, section 4).
#[inline(always)]
fn length(bytes: u32) -> Option<usize> {
    if bytes & 0xc0_c0f0 == 0x80_80e0 && !matches!(bytes & 0x200f, 0 | 0x200d) {
        Some(3)
    } else if bytes & 0xc0e0 == 0x80c0 && bytes & 0x1e != 0 {
        Some(2)
    } else if bytes & 0xc0c0_c0f8 == 0x8080_80f0
        && bytes & 0x3007 != 0
        && (bytes & 4 == 0 || bytes & 0x3003 == 0)
    {
        Some(4)
    } else {
        None
    }
}

/// Escape sequences by character; the last byte of each is the length.
static ESCAPES: [[u8; 8]; 256] = {
    let mut table = [[0; 8]; 256];
    let mut control = 0;
    while control < 0x20 {
        let digit = b"0123456789abcdef"[control & 15];
        table[control] = [b'\\', b'u', b'0', b'0', b'0' + (control >> 4) as u8, digit, 0, 6];
        control += 1;
    }
    let letters = *b"\"\"\\\\\x08b\tt\nn\x0cf\rr";
    let mut index = 0;
    while index < letters.len() {
        table[letters[index] as usize] = [b'\\', letters[index + 1], 0, 0, 0, 0, 0, 2];
        index += 2;
    }
    table
};

/// One bit per byte of a block, the first byte's the lowest.
struct Masks {
    escapes: u32,
    beyond_ascii: u32,
}

#[cfg(target_arch = "x86_64")]
use sse2::masks;
#[cfg(not(target_arch = "x86_64"))]
use words::masks;

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use core::arch::x86_64::*;
    use core::mem::transmute;

    use super::{BLOCK, Masks};

    #[inline(always)]
    pub fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: SSE2 belongs to every x86-64; two registers are 32 bytes. (A table takes five times as long for ten
        // bytes, twenty times for 1 kB.)
        unsafe {
            let [first, last]: [__m128i; 2] = transmute(*block);
            Masks {
                escapes: escapes(first) | escapes(last) << 16,
                beyond_ascii: (_mm_movemask_epi8(first) | _mm_movemask_epi8(last) << 16) as u32,
            }
        }
    }

    #[inline(always)]
    fn escapes(bytes: __m128i) -> u32 {
        // SAFETY: SSE2 belongs to every x86-64.
        unsafe {
            let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
            let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
            let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\\' as i8));
            _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash))) as u32
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use core::arch::x86_64::*;
    use core::mem::transmute;
    use core::ops::Range;

    use super::{BLOCK, Escaped, Masks};

    /// From this length, AVX2 pays for calling a function that cannot be inlined.
    pub const LONG: usize = 4 * BLOCK;

    #[target_feature(enable = "avx2")]
    pub fn blocks(source: &[u8], value: Range<usize>, to: &mut Vec<u8>, at: usize, max: usize) -> Escaped {
        super::blocks(source, value, to, at, max, |block| masks(block))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: a register is 32 bytes.
        let bytes: __m256i = unsafe { transmute(*block) };
        let control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1f)), bytes);
        let quote = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'"' as i8));
        let backslash = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(b'\\' as i8));
        let escapes = _mm256_or_si256(control, _mm256_or_si256(quote, backslash));
        Masks {
            escapes: _mm256_movemask_epi8(escapes) as u32,
            beyond_ascii: _mm256_movemask_epi8(bytes) as u32,
        }
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod words {
    use super::{BLOCK, Masks};

    const fn each(byte: u8) -> u64 {
        u64::from_ne_bytes([byte; 8])
    }

    pub fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks { escapes: 0, beyond_ascii: 0 };
        for (index, word) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*word);
            // No sum of seven bits carries into the next byte.
            let seven = word & each(0x7f);
            let printable = seven + each(0x80 - 0x20);
            let no_quote = (seven ^ each(b'"')) + each(0x7f);
            let no_backslash = (seven ^ each(b'\\')) + each(0x7f);
            let plain = printable & no_quote & no_backslash | word;
            masks.escapes |= gather(!plain) << (8 * index);
            masks.beyond_ascii |= gather(word) << (8 * index);
        }
        masks
    }

    /// The highest bits of all bytes.
    fn gather(word: u64) -> u32 {
        ((word >> 7 & each(1)).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{MANY, Random};
    use super::*;

    /// The expected result of `escape`, built character by character.
    fn expected(value: &[u8]) -> Result<String, EscapeError> {
        let text = str::from_utf8(value).map_err(|error| EscapeError::NotUtf8(error.valid_up_to()))?;
        let mut out = String::from("\"");
        for character in text.chars() {
            match character {
                '"' => out += "\\\"",
                '\\' => out += "\\\\",
                '\u{8}' => out += "\\b",
                '\t' => out += "\\t",
                '\n' => out += "\\n",
                '\u{c}' => out += "\\f",
                '\r' => out += "\\r",
                '\0'..' ' => out += &format!("\\u{:04x}", character as u32),
                _ => out.push(character),
            }
        }
        Ok(out + "\"")
    }

    fn check(value: &[u8], before: usize, after: usize, room: usize) {
        // Surrounds the value with bytes that would be escaped or would continue a character.
        let source = [&vec![b'"'; before], value, &vec![0x80; after]].concat();
        let range = before..before + value.len();
        let expected = expected(value);
        let text = |to: Vec<u8>, end: usize| String::from_utf8(to[3..end].to_vec()).unwrap();
        let mut to = vec![b'x'; room];
        let escaped = escape(&source, range.clone(), &mut to, 3, usize::MAX);
        assert_eq!(escaped.map(|end| text(to, end)), expected);
        if after >= PADDING {
            let mut to = vec![b'x'; room];
            let escaped = blocks(&source, range, &mut to, 3, usize::MAX, words::masks);
            assert_eq!(escaped.map(|end| text(to, end)), expected);
        }
    }

    #[test]
    fn only_required_characters_are_escaped() {
        let value = "a\"b\\c/\u{7f}é\u{1}\n\t\r\u{8}\u{c}\u{1f}";
        let mut to = vec![0; 1];
        let end = escape(value.as_bytes(), 0..value.len(), &mut to, 1, usize::MAX).unwrap();
        assert_eq!(&to[1..end], "\"a\\\"b\\\\c/\u{7f}é\\u0001\\n\\t\\r\\b\\f\\u001f\"".as_bytes());
    }

    #[test]
    fn every_byte_is_escaped_at_every_position() {
        for length in [1, 2, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, 160, 200] {
            let indices = (0..length).step_by(if cfg!(miri) { 40 } else { 1 });
            for index in indices {
                for byte in (0..=255).step_by(if cfg!(miri) { 32 } else { 1 }) {
                    let mut value = vec![b'a'; length];
                    value[index] = byte;
                    check(&value, 1, PADDING, 300);
                }
            }
        }
    }

    #[test]
    fn random_texts_are_escaped_by_definition() {
        let samples =
            ["a", "bcdefg", "é", "€", "한국", "😀", "\u{10ffff}", "\u{d7ff}\u{e000}", "\"", "\n\u{1}", " "];
        let mut random = Random(5);
        for _ in 0..MANY {
            let mut value = Vec::new();
            let (count, kinds) = (random.number() % 200, 1 + random.number() as usize % samples.len());
            for _ in 0..count {
                value.extend(samples[random.bits() as usize % kinds].bytes());
            }
            let after = (random.bits() % 2) as usize * PADDING;
            let room = (random.bits() % 600) as usize + 3;
            check(&value, (random.bits() % 5) as usize, after, room);
            // Truncated or changed anywhere, it is mostly not UTF-8.
            if !value.is_empty() {
                value.truncate(1 + random.bits() as usize % value.len());
                check(&value, 0, PADDING, room);
                let index = random.bits() as usize % value.len();
                value[index] = random.bits() as u8;
                check(&value, 0, PADDING, room);
            }
        }
    }

    #[test]
    fn every_character_is_valid_and_every_other_sequence_is_not() {
        let step = if cfg!(miri) { 5003 } else { 1 };
        for code in (0..0x30_0000u32).step_by(step) {
            // Encoded in a given number of bytes, valid or not.
            let tail = |shift: u32| 0x80 | (code >> shift & 0x3f) as u8;
            let four = [0xf0 | (code >> 18) as u8, tail(12), tail(6), tail(0)];
            let three = [0xe0 | (code >> 12 & 0xf) as u8, tail(6), tail(0)];
            let two = [0xc0 | (code >> 6 & 0x1f) as u8, tail(0)];
            for bytes in [&four[..], &three[..], &two[..]] {
                let mut padded = [0; 4];
                padded[..bytes.len()].copy_from_slice(bytes);
                let right = str::from_utf8(bytes).is_ok();
                assert_eq!(length(u32::from_le_bytes(padded)), right.then_some(bytes.len()), "{bytes:x?}");
            }
        }
    }
}
