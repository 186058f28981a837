//! Groups without columns.

use super::encoder::{Allowance, Columns, Encoder};
use crate::error::Result;
use crate::read::OpenRowGroup;

/// Writes the same JSON in every row. Without columns there are no levels, so enclosing encoders never compare them.
pub struct Constant(pub &'static str);

impl Columns for Constant {
    fn open(&mut self, _: &OpenRowGroup, _: usize) -> Result<()> {
        Ok(())
    }

    fn load(&mut self, rows: usize, _: &mut Allowance) -> Result<usize> {
        Ok(rows)
    }

    fn release(&mut self) {}

    fn finish(&mut self) -> Result<()> {
        Ok(())
    }

    /// -1, below all levels, for null.
    fn definition(&self) -> i16 {
        if self.0 == "null" { -1 } else { i16::MAX }
    }

    fn repetition(&self) -> i16 {
        0
    }

    fn levels_match(&self, _: i16) -> bool {
        true
    }

    fn skip(&mut self, _: i16) -> Result<()> {
        Ok(())
    }
}

impl Encoder for Constant {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        out.extend_from_slice(self.0.as_bytes());
        Ok(())
    }
}
