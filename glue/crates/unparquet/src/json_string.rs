//! JSON strings.

use crate::error::{Code, Error, Result};
use crate::format::text::{EscapeError, escape};
use crate::limit::{MAX_ROW, check_length, row_too_long};

/// Appends `text` in quotes, escaped only where RFC 8259 requires it.
pub fn write_text(text: &str, out: &mut Vec<u8>) -> Result<()> {
    write_utf8(text.as_bytes(), out)
}

/// Appends bytes as a JSON string. Errors: `invalid_utf8`.
pub fn write_utf8(value: &[u8], out: &mut Vec<u8>) -> Result<()> {
    let end = escape(value, 0..value.len(), out, out.len(), MAX_ROW).map_err(escape_failed)?;
    out.truncate(end);
    check_length(out.len(), MAX_ROW)
}

#[cold]
pub fn escape_failed(error: EscapeError) -> Error {
    match error {
        EscapeError::NotUtf8(byte) => {
            Error::new(Code::InvalidUtf8, format!("a string is not valid UTF-8 at its byte {byte}"))
        }
        EscapeError::NoMemory(length) => {
            Error::new(Code::OutOfMemory, format!("not enough memory for a string of {length} bytes"))
        }
        EscapeError::TooLong => row_too_long(MAX_ROW),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_required_characters_are_escaped() {
        let mut out = Vec::new();
        write_text("a\"b\\c/\u{7f}é\u{1}\n\t\r\u{8}\u{c}\u{1f}", &mut out).unwrap();
        let expected = "\"a\\\"b\\\\c/\u{7f}é\\u0001\\n\\t\\r\\b\\f\\u001f\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn the_error_names_the_first_byte_that_is_not_utf8() {
        let error = write_utf8(b"ab\xff", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "invalid_utf8: a string is not valid UTF-8 at its byte 2");
    }
}
