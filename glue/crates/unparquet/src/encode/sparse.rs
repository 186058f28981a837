//! Adjacent columns with few values: a row copies the text of all nulls at once and inserts its values.

use super::encoded_values::{Span, append};
use super::leaf::Leaf;
use super::levels::present;

/// A column is sparse if it has at most one value per this many rows.
const ROWS_PER_VALUE: usize = 8;
/// Fewer adjacent sparse columns than this are written one by one.
pub const MIN_COLUMNS: usize = 4;

pub struct SparseColumns<'a> {
    columns: Vec<SparseColumn<'a>>,
    /// The text of a row without values.
    nulls: Vec<u8>,
    /// Column and span of each value, by row and column.
    values: Vec<(u32, Span)>,
    /// End of each row's values.
    ends: Vec<u32>,
}

struct SparseColumn<'a> {
    text: &'a [u8],
    /// Byte range of this column's null in `nulls`.
    start: usize,
    end: usize,
}

/// Whether a column is sparse. Columns that repeat or lie within an optional group never are.
pub fn is_sparse(leaf: &Leaf) -> bool {
    leaf.is_flat()
        && leaf.max_definition() == 1
        && leaf.encoded().len().saturating_mul(ROWS_PER_VALUE) <= leaf.entries()
}

impl<'a> SparseColumns<'a> {
    /// `leaves` must have advanced by `rows` rows in which nulls have no spans.
    pub fn new(leaves: impl Iterator<Item = &'a Leaf>, rows: usize) -> Self {
        let leaves: Vec<_> = leaves.collect();
        let mut nulls = Vec::new();
        let column = |leaf: &&'a Leaf| {
            let start = nulls.len();
            leaf.encoded().append_null(0, &mut nulls);
            SparseColumn { text: leaf.encoded().text(), start, end: nulls.len() }
        };
        let columns = leaves.iter().map(column).collect();

        // First the start of each row's values; filling them in moves it to their end.
        let mut ends = vec![0; rows + 1];
        leaves.iter().for_each(|leaf| present(&leaf.definitions()[..rows], |row| ends[row + 1] += 1));
        for row in 0..rows {
            ends[row + 1] += ends[row];
        }
        let mut values = vec![Default::default(); ends[rows] as usize];
        for (column, leaf) in leaves.iter().enumerate() {
            let mut encoded = leaf.encoded().spans().iter();
            present(&leaf.definitions()[..rows], |row| {
                if let Some(&span) = encoded.next() {
                    values[ends[row] as usize] = (column as u32, span);
                }
                ends[row] += 1;
            });
        }
        Self { columns, nulls, values, ends }
    }

    pub fn write(&self, row: usize, out: &mut Vec<u8>) {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let mut written = 0;
        for &(column, span) in &self.values[start as usize..self.ends[row] as usize] {
            let column = &self.columns[column as usize];
            out.extend_from_slice(&self.nulls[written..column.start]);
            append(column.text, span, out);
            written = column.end;
        }
        out.extend_from_slice(&self.nulls[written..]);
    }
}
