//! JSON strings.

use super::check_length;
use super::write::WriteBytes;
use crate::error::{Code, Error, Result};

/// Strings from here on are measured before memory is asked for.
const LONG: usize = 1 << 20;

/// UTF-8 text, checked.
pub struct Text;

impl WriteBytes for Text {
    fn write_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let text = simdutf8::compat::from_utf8(value).map_err(|error| {
            let place = error.valid_up_to();
            Error::new(Code::InvalidUtf8, format!("a text is not UTF-8 from its byte {place} on"))
        })?;
        if text.len() >= LONG {
            let escapes = text.bytes().filter(|&byte| ESCAPE[usize::from(byte)] != 0).count();
            let length = text.len() + 5 * escapes + 2;
            check_length(out, length)?;
            out.try_reserve(length).map_err(|_| {
                Error::new(Code::LimitExceeded, format!("no memory for a text of {length} bytes"))
            })?;
        }
        write_text(text, out);
        Ok(())
    }
}

/// What follows the backslash, `u` for `\u00XX`, 0 where RFC 8259 (section 7) needs no escape.
const ESCAPE: [u8; 256] = {
    let mut table = [0; 256];
    let mut control = 0;
    while control < 0x20 {
        table[control] = b'u';
        control += 1;
    }
    table[0x08] = b'b';
    table[0x09] = b't';
    table[0x0a] = b'n';
    table[0x0c] = b'f';
    table[0x0d] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// `text` in quotes, escaped only where RFC 8259 demands it.
pub fn write_text(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    let mut clean = 0;
    for (index, &byte) in bytes.iter().enumerate() {
        let escape = ESCAPE[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&bytes[clean..index]);
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
            out.extend_from_slice(&[b'0', b'0', high, low]);
        }
        clean = index + 1;
    }
    out.extend_from_slice(&bytes[clean..]);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_only_what_must_be() {
        let mut out = Vec::new();
        write_text("a\"b\\c/\u{7f}é\u{1}\n\t\r\u{8}\u{c}\u{1f}", &mut out);
        let expected = "\"a\\\"b\\\\c/\u{7f}é\\u0001\\n\\t\\r\\b\\f\\u001f\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn names_the_byte_that_is_no_utf8() {
        let error = Text.write_bytes(b"ab\xff", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "invalid_utf8: a text is not UTF-8 from its byte 2 on");
    }
}
