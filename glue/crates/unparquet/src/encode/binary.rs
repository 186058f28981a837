//! Encoders of binary values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::values::{AppendBytes, PaddedSlice, Write};
use crate::error::{Error, Result};
use crate::format::{Slot, uuid};
use crate::limit::{MAX_ROW, check_length};

/// Unchanged bytes.
pub struct Raw;

impl AppendBytes for Raw {
    fn max_length(&self, bytes: usize) -> usize {
        bytes
    }

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(value);
        Ok(())
    }
}

/// Base64 of RFC 4648, section 4: with padding.
pub struct Base64;

impl AppendBytes for Base64 {
    fn max_length(&self, bytes: usize) -> usize {
        bytes.div_ceil(3) * 4 + 2
    }

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        let length = bytes.len().div_ceil(3) * 4;
        check_length(out.len().saturating_add(length), MAX_ROW)?;
        out.push(b'"');
        let start = out.len();
        out.resize(start + length, 0);
        STANDARD.encode_slice(bytes, &mut out[start..]).map_err(|error| Error::corrupt(error.to_string()))?;
        out.push(b'"');
        Ok(())
    }
}

/// Lower case.
pub struct Hex;

impl AppendBytes for Hex {
    fn max_length(&self, bytes: usize) -> usize {
        2 * bytes + 2
    }

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        check_length(out.len().saturating_add(2 * bytes.len()), MAX_ROW)?;
        out.push(b'"');
        let start = out.len();
        out.resize(start + 2 * bytes.len(), 0);
        faster_hex::hex_encode(bytes, &mut out[start..])
            .map_err(|error| Error::corrupt(error.to_string()))?;
        out.push(b'"');
        Ok(())
    }
}

pub struct Uuid;

impl Write<PaddedSlice<'_>> for Uuid {
    const MAX: usize = 38;

    fn write(&self, value: PaddedSlice<'_>, to: &mut Slot) -> usize {
        uuid::uuid(&value.fixed(), to)
    }
}
