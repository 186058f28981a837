//! UTF-8 text as JSON strings.

use super::encoded_values::EncodedValues;
use super::values::{AppendBytes, Encode, PaddedSlice};
use crate::error::Result;
use crate::format::text::{EscapeError, Escaped, escape};
use crate::json_string::{escape_failed, write_utf8};
use crate::options::{Texts, ValueOptions};

/// Text that is validated as UTF-8.
#[derive(Clone, Copy)]
pub struct Text {
    /// Invalid bytes become U+FFFD, one for each maximal subpart of a character (Unicode, section 3.9).
    replaces: bool,
}

impl Text {
    pub fn new(options: &ValueOptions) -> Self {
        Self { replaces: options.text == Texts::Replace }
    }

    #[cold]
    fn invalid(self, error: EscapeError, value: &[u8], to: &mut Vec<u8>, at: usize, max: usize) -> Escaped {
        if !self.replaces || !matches!(error, EscapeError::NotUtf8(_)) {
            return Err(error);
        }
        let text = String::from_utf8_lossy(value);
        escape(text.as_bytes(), 0..text.len(), to, at, max)
    }
}

impl<'a> Encode<PaddedSlice<'a>> for Text {
    fn encode(
        &mut self,
        values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        encoded.detach_dictionary()?;
        for value in values {
            let added = encoded.push_at(|to, at, max| {
                let escaped = escape(value.source, value.start..value.end, to, at, max)
                    .or_else(|error| self.invalid(error, value.bytes(), to, at, max));
                match escaped {
                    Ok(end) => Ok(Some(end)),
                    Err(EscapeError::TooLong) => Ok(None),
                    Err(error) => Err(escape_failed(error)),
                }
            })?;
            if !added {
                break;
            }
        }
        Ok(())
    }
}

impl AppendBytes for Text {
    fn max_length(&self, bytes: usize) -> usize {
        6 * bytes + 2
    }

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        if self.replaces {
            write_utf8(String::from_utf8_lossy(value).as_bytes(), out)
        } else {
            write_utf8(value, out)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn each_maximal_subpart_of_a_character_is_replaced_once() {
        let mut text = Text::new(&Options { text: Texts::Replace, ..Options::default() }.values());
        for (bytes, expected) in [
            (&b"ab"[..], "ab"),
            (b"a\xffb", "a\u{fffd}b"),
            // Table 3-8 of the Unicode Standard: one for a truncated character, one for each byte of a surrogate or an
            // overlong form.
            (b"\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}A"),
            (b"\xed\xa0\x80\xc0\xaf", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        ] {
            let mut out = Vec::new();
            text.append_bytes(bytes, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("\"{expected}\""));
        }
    }
}
