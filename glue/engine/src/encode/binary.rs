//! Bytes as text.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::check_length;
use super::values::AppendBytes;
use crate::error::{Error, Result};

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Bytes as they are.
pub struct Raw;

impl AppendBytes for Raw {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(value);
        Ok(())
    }
}

/// Base64 of RFC 4648, section 4: with padding.
pub struct Base64;

impl AppendBytes for Base64 {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        let length = bytes.len().div_ceil(3) * 4;
        check_length(out, length)?;
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
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        check_length(out, 2 * bytes.len())?;
        out.push(b'"');
        write_hex(bytes, out);
        out.push(b'"');
        Ok(())
    }
}

pub struct Uuid;

impl AppendBytes for Uuid {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let bytes = value;
        if bytes.len() != 16 {
            return Err(Error::corrupt(format!("a UUID of {} bytes", bytes.len())));
        }
        write_uuid(bytes, out);
        Ok(())
    }
}

/// 16 bytes as `"8-4-4-4-12"` hexadecimal digits.
pub fn write_uuid(bytes: &[u8], out: &mut Vec<u8>) {
    let mut separator = b'"';
    for part in [0..4, 4..6, 6..8, 8..10, 10..16] {
        out.push(separator);
        write_hex(&bytes[part], out);
        separator = b'-';
    }
    out.push(b'"');
}

fn write_hex(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(2 * bytes.len());
    for byte in bytes {
        out.extend_from_slice(&[HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}
