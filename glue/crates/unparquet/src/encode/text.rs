//! UTF-8 text as JSON strings.

use super::encoded_values::EncodedValues;
use super::values::{AppendBytes, Encode, PaddedSlice};
use crate::error::Result;
use crate::format::text::{EscapeError, escape};
use crate::json_string::{escape_failed, write_utf8};

/// UTF-8 text, validated.
pub struct Text;

impl<'a> Encode<PaddedSlice<'a>> for Text {
    fn encode(
        &mut self,
        values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        encoded.detach_dictionary()?;
        for value in values {
            let added = encoded.push_at(|to, at, max| {
                match escape(value.source, value.start..value.end, to, at, max) {
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
        write_utf8(value, out)
    }
}
