//! The traits that all encoders implement.

use crate::error::{Error, Result};
use crate::read::OpenRowGroup;

/// Spans or columns written between two checks of a row's length.
pub const CHECK_INTERVAL: usize = 64;

/// The text budget of a batch, in bytes, which its columns share.
pub struct Allowance {
    remaining: usize,
    /// Minimum for each column.
    share: usize,
    /// A row that does not fit is loaded column by column; a column that still does not fit is an error.
    pub is_last_resort: bool,
}

impl Allowance {
    pub fn new(bytes: usize, columns: usize) -> Self {
        Self { remaining: bytes, share: 2 * bytes / columns.max(1), is_last_resort: false }
    }

    /// For one column of one row.
    pub fn last_resort(bytes: usize) -> Self {
        Self { remaining: bytes, share: bytes, is_last_resort: true }
    }

    /// Limit for the next column: its share or half of the rest, so that other columns have room.
    pub fn of_column(&self) -> usize {
        self.share.max(self.remaining / 2)
    }

    pub fn share(&self) -> usize {
        self.share
    }

    pub fn take(&mut self, bytes: usize) {
        self.remaining = self.remaining.saturating_sub(bytes);
    }
}

/// The columns below one field, which advance together, entry by entry.
pub trait Columns: Send {
    /// Moves to `first_row` of a row group.
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()>;

    /// Loads rows until `rows` are ready to be written. Returns how many are: fewer if their text exceeds the allowance,
    /// none if the first one does.
    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize>;

    /// Frees buffers of large values that have been written.
    fn release(&mut self);

    /// Checks that the row group has no more rows.
    fn finish(&mut self) -> Result<()>;

    /// Definition level of the next entry; in a group, of its first column.
    fn definition(&self) -> i16;

    /// Repetition level of the next entry; 0 at the end of the batch.
    fn repetition(&self) -> i16;

    /// Whether the next entries of all columns, or of none, repeat at `level` or deeper.
    fn levels_match(&self, level: i16) -> bool;

    /// Skips an entry that is null in every column, with definition levels below `present`.
    fn skip(&mut self, present: i16) -> Result<()>;
}

/// Writes the JSON of one field.
pub trait Encoder: Columns {
    /// Writes the next entry.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

#[cold]
pub fn mismatched_levels() -> Error {
    Error::corrupt("its repetition and definition levels do not match")
}
