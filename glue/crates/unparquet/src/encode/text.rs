//! JSON strings.

use super::encoded_values::EncodedValues;
use super::values::{AppendBytes, Encode, PaddedSlice};
use super::{MAX_ROW, check_length};
use crate::error::{Code, Error, Result};
use crate::format::text::{Refused, escape};

/// UTF-8 text, checked.
pub struct Text;

impl<'a> Encode<PaddedSlice<'a>> for Text {
    fn encode(
        &mut self,
        mut values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        encoded.detach_dictionary()?;
        values.try_for_each(|value| {
            encoded.push_at(|to, at| escape(value.source, value.start..value.end, to, at).map_err(refused))
        })
    }
}

impl AppendBytes for Text {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let end = escape(value, 0..value.len(), out, out.len()).map_err(refused)?;
        out.truncate(end);
        check_length(out.len(), MAX_ROW)
    }
}

#[cold]
fn refused(refused: Refused) -> Error {
    match refused {
        Refused::NotUtf8(place) => {
            Error::new(Code::InvalidUtf8, format!("a text is not UTF-8 from its byte {place} on"))
        }
        Refused::NoMemory(length) => {
            Error::new(Code::OutOfMemory, format!("no memory for a text of {length} bytes"))
        }
    }
}

/// `text` in quotes, escaped only where RFC 8259 demands it.
pub fn write_text(text: &str, out: &mut Vec<u8>) -> Result<()> {
    Text.append_bytes(text.as_bytes(), out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_only_what_must_be() {
        let mut out = Vec::new();
        write_text("a\"b\\c/\u{7f}é\u{1}\n\t\r\u{8}\u{c}\u{1f}", &mut out).unwrap();
        let expected = "\"a\\\"b\\\\c/\u{7f}é\\u0001\\n\\t\\r\\b\\f\\u001f\"";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn names_the_byte_that_is_no_utf8() {
        let error = Text.append_bytes(b"ab\xff", &mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "invalid_utf8: a text is not UTF-8 from its byte 2 on");
    }
}
