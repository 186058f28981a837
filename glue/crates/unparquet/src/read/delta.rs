//! Checks what delta encoded pages claim before the parquet crate allocates by it.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md>, DELTA_BINARY_PACKED and
//! the two byte array encodings built on it.

use crate::error::{Code, Error, Result};

/// Byte array encodings decode the lengths of a whole page at once.
const MAX_VALUES: u64 = 64 << 20;
const MAX_BLOCK: u64 = 1 << 20;

/// Checks `blocks` DELTA_BINARY_PACKED sequences in a row: none may claim more than `values` values.
pub fn check(bytes: &[u8], values: u32, blocks: usize) -> Result<()> {
    let mut reader = Reader { bytes };
    for block in 0..blocks {
        // The second sequence is found by passing the first.
        reader.sequence(u64::from(values), block + 1 < blocks)?;
    }
    Ok(())
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl Reader<'_> {
    fn sequence(&mut self, most: u64, pass: bool) -> Result<()> {
        let block_size = self.varint()?;
        let miniblocks = self.varint()?;
        let count = self.varint()?;
        self.varint()?;
        if block_size == 0 || block_size > MAX_BLOCK || miniblocks == 0 || miniblocks > block_size / 32 {
            return Err(Error::corrupt(format!("delta blocks of {block_size} values in {miniblocks} parts")));
        }
        if count > most {
            return Err(Error::corrupt(format!("{count} delta encoded values in a page of {most}")));
        }
        if count > MAX_VALUES {
            return Err(Error::new(Code::LimitExceeded, format!("{count} delta encoded values in a page")));
        }
        if !pass {
            return Ok(());
        }
        let mut left = count.saturating_sub(1);
        while left > 0 {
            self.varint()?;
            let widths = self.take(miniblocks)?;
            for &width in widths {
                if left == 0 {
                    break;
                }
                let length = block_size / miniblocks;
                self.take(length * u64::from(width) / 8)?;
                left = left.saturating_sub(length);
            }
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::corrupt("a delta header that is too long"))
    }
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8]> {
        if length > self.bytes.len() as u64 {
            return Err(Error::corrupt("delta encoded values end early"));
        }
        let (taken, rest) = self.bytes.split_at(length as usize);
        self.bytes = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_more_values_than_the_page_has() {
        // Block of 128 in 4 parts, then the count and the first value.
        assert!(check(&[0x80, 1, 4, 5, 0], 5, 1).is_ok());
        assert!(check(&[0x80, 1, 4, 6, 0], 5, 1).is_err());
        assert!(check(&[0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], u32::MAX, 1).is_err());
        assert!(check(&[0x80, 1, 0xff, 0xff, 0x0f, 5, 0], 5, 1).is_err());
    }

    #[test]
    fn finds_the_second_sequence_behind_the_first() {
        let first = [0x80, 1, 4, 2, 0, 0, 0, 0, 0, 0];
        let good = [&first[..], &[0x80, 1, 4, 2, 0]].concat();
        let bad = [&first[..], &[0x80, 1, 4, 3, 0]].concat();
        assert!(check(&good, 2, 2).is_ok());
        assert!(check(&bad, 2, 2).is_err());
    }
}
