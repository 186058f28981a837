//! The traits of all encoders.

use crate::error::{Error, Result};
use crate::read::OpenRowGroup;

/// Spans or columns written between two checks of a row's length.
pub const CHECK_INTERVAL: usize = 64;

/// The columns below one field, which advance together, entry by entry.
pub trait Columns: Send {
    /// Moves to `first_row` of a row group.
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()>;

    /// Decodes the next `rows` rows, once the previous batch has been consumed.
    fn load(&mut self, rows: usize) -> Result<()>;

    /// Checks that the row group has no more rows.
    fn finish(&mut self) -> Result<()>;

    /// Definition level of the next entry; in a group, of its first column.
    fn definition(&self) -> i16;

    /// Repetition level of the next entry; 0 at the end of the batch.
    fn repetition(&self) -> i16;

    /// Whether all columns agree if their next entry repeats at `level` or deeper.
    fn levels_match(&self, level: i16) -> bool;

    /// Skips an entry that is null in every column: its definition levels must be below `present`.
    fn skip(&mut self, present: i16) -> Result<()>;
}

/// Writes the JSON of one field.
pub trait Encoder: Columns {
    /// Writes the next entry.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

#[cold]
pub fn mismatched_levels() -> Error {
    Error::corrupt("its repetition and definition levels do not fit together")
}
