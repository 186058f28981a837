//! Checks the sizes that delta encoded pages claim before the parquet crate allocates them.
//!
//! Format: <https://github.com/apache/parquet-format/blob/master/Encodings.md>, DELTA_BINARY_PACKED and
//! the two byte array encodings built on it.

use crate::error::{Code, Error, Result};

/// Byte array encodings decode the lengths of a whole page at once.
const MAX_VALUES: u64 = 64 << 20;
const MAX_BLOCK: u64 = 1 << 20;

/// Checks `blocks` consecutive DELTA_BINARY_PACKED sequences: none may claim more than `values` values.
pub fn check(bytes: &[u8], values: u32, blocks: usize) -> Result<()> {
    let mut reader = DeltaReader { bytes };
    for block in 0..blocks {
        // The second sequence starts where the first ends.
        reader.sequence(u64::from(values), block + 1 < blocks)?;
    }
    Ok(())
}

struct DeltaReader<'a> {
    bytes: &'a [u8],
}

impl DeltaReader<'_> {
    fn sequence(&mut self, max: u64, skip: bool) -> Result<()> {
        let block_size = self.varint()?;
        let miniblocks = self.varint()?;
        let count = self.varint()?;
        self.varint()?;
        if block_size == 0 || block_size > MAX_BLOCK || miniblocks == 0 || miniblocks > block_size / 32 {
            return Err(Error::corrupt(format!("delta blocks of {block_size} values in {miniblocks} parts")));
        }
        if count > max {
            return Err(Error::corrupt(format!("{count} delta encoded values in a page of {max}")));
        }
        if count > MAX_VALUES {
            return Err(Error::new(Code::LimitExceeded, format!("{count} delta encoded values in a page")));
        }
        if !skip {
            return Ok(());
        }
        let mut remaining = count.saturating_sub(1);
        while remaining > 0 {
            self.varint()?;
            let widths = self.take(miniblocks)?;
            for &width in widths {
                if remaining == 0 {
                    break;
                }
                let length = block_size / miniblocks;
                self.take(length * u64::from(width) / 8)?;
                remaining = remaining.saturating_sub(length);
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

impl<'a> DeltaReader<'a> {
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
    fn rejects_more_values_than_the_page_has() {
        // Blocks of 128 in 4 miniblocks, then the count and the first value.
        assert!(check(&[0x80, 1, 4, 5, 0], 5, 1).is_ok());
        assert!(check(&[0x80, 1, 4, 6, 0], 5, 1).is_err());
        assert!(check(&[0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], u32::MAX, 1).is_err());
        assert!(check(&[0x80, 1, 0xff, 0xff, 0x0f, 5, 0], 5, 1).is_err());
    }

    #[test]
    fn finds_the_second_sequence_after_the_first() {
        let first = [0x80, 1, 4, 2, 0, 0, 0, 0, 0, 0];
        let good = [&first[..], &[0x80, 1, 4, 2, 0]].concat();
        let bad = [&first[..], &[0x80, 1, 4, 3, 0]].concat();
        assert!(check(&good, 2, 2).is_ok());
        assert!(check(&bad, 2, 2).is_err());
    }
}
