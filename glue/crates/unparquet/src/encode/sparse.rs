//! Adjacent columns with few values: a row has the text of all their nulls, copied at once, with its values put in.

use super::encoded_values::{Span, append};
use super::leaf::Leaf;
use super::levels::present;

/// This many rows for each value is few of them.
const ROWS_PER_VALUE: usize = 8;
/// Fewer columns in a row are written one by one.
pub const MIN_COLUMNS: usize = 4;

pub struct SparseColumns<'a> {
    columns: Vec<SparseColumn<'a>>,
    /// What a row without values has.
    nulls: Vec<u8>,
    /// Row by row, and there in the order of the columns: of which column, and the value's cell.
    values: Vec<(u32, Span)>,
    /// Where the values of each row end.
    ends: Vec<u32>,
}

struct SparseColumn<'a> {
    text: &'a [u8],
    /// Where its null begins and ends in those of all.
    start: usize,
    end: usize,
}

/// Whether it has few values. Where it is repeated or something around it may be absent, it is never sparse.
pub fn is_sparse(leaf: &Leaf) -> bool {
    leaf.is_flat()
        && leaf.max_definition() == 1
        && leaf.encoded().len().saturating_mul(ROWS_PER_VALUE) <= leaf.entries()
}

impl<'a> SparseColumns<'a> {
    /// Of the `rows` that have been loaded and passed, without cells for what is absent.
    pub fn new(leaves: impl Iterator<Item = &'a Leaf>, rows: usize) -> Self {
        let leaves: Vec<_> = leaves.collect();
        let mut nulls = Vec::new();
        let column = |leaf: &&'a Leaf| {
            let start = nulls.len();
            leaf.encoded().append_null(0, &mut nulls);
            SparseColumn { text: leaf.encoded().text(), start, end: nulls.len() }
        };
        let columns = leaves.iter().map(column).collect();

        // Where each row's values begin, and while they are put there where its next one goes.
        let mut ends = vec![0; rows + 1];
        leaves.iter().for_each(|leaf| present(leaf.definitions(), |row| ends[row + 1] += 1));
        for row in 0..rows {
            ends[row + 1] += ends[row];
        }
        let mut values = vec![Default::default(); ends[rows] as usize];
        for (column, leaf) in leaves.iter().enumerate() {
            let mut encoded = leaf.encoded().spans().iter();
            present(leaf.definitions(), |row| {
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
