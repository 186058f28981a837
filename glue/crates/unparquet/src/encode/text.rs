//! UTF-8 text as JSON strings.

use super::encoded_values::EncodedValues;
use super::values::{AppendBytes, Encode, PaddedSlice};
use crate::error::Result;
use crate::format::text::escape;
use crate::json_string::{escape_failed, write_utf8};

/// UTF-8 text, validated.
pub struct Text;

impl<'a> Encode<PaddedSlice<'a>> for Text {
    fn encode(
        &mut self,
        mut values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        encoded.detach_dictionary()?;
        values.try_for_each(|value| {
            encoded
                .push_at(|to, at| escape(value.source, value.start..value.end, to, at).map_err(escape_failed))
        })
    }
}

impl AppendBytes for Text {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        write_utf8(value, out)
    }
}
