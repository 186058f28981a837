//! The dictionary of field names that comes with a variant value.

use crate::error::{Error, Result};

pub struct Metadata<'a> {
    offset_size: usize,
    offsets: &'a [u8],
    names: &'a [u8],
}

impl<'a> Metadata<'a> {
    /// Parses a header, the number of names, their offsets and the names.
    pub fn parse(bytes: &'a [u8]) -> Result<Self> {
        let (&header, rest) = bytes.split_first().ok_or_else(malformed)?;
        if header & 0x0f != 1 {
            return Err(Error::corrupt(format!("unknown variant metadata version {}", header & 0x0f)));
        }
        let offset_size = usize::from(header >> 6) + 1;
        let (count, rest) = rest.split_at_checked(offset_size).ok_or_else(malformed)?;
        let length = (little_endian(count) + 1).checked_mul(offset_size).ok_or_else(malformed)?;
        let (offsets, names) = rest.split_at_checked(length).ok_or_else(malformed)?;
        Ok(Self { offset_size, offsets, names })
    }

    pub fn name(&self, id: usize) -> Result<&'a str> {
        let offset = |index: usize| {
            let start = index * self.offset_size;
            self.offsets.get(start..start + self.offset_size).map(little_endian)
        };
        let (Some(start), Some(end)) = (offset(id), offset(id + 1)) else {
            return Err(Error::corrupt(format!("variant field id {id} is not in the metadata")));
        };
        let name = self.names.get(start..end).ok_or_else(malformed)?;
        simdutf8::basic::from_utf8(name).map_err(|_| Error::corrupt("a variant field name is not UTF-8"))
    }
}

fn malformed() -> Error {
    Error::corrupt("malformed variant metadata")
}

/// An unsigned integer of 1 to 4 bytes.
pub fn little_endian(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte))
}
