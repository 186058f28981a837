//! How a file's rows are divided among threads.

use parquet::file::metadata::ParquetMetaData;

use crate::chunk::WHOLE;
use crate::options::Options;

/// Uncompressed bytes of Parquet that make a good piece of work: much less and opening it costs, much
/// more and its text fills the memory of threads that wait for their turn to write.
const UNIT: u64 = 4 << 20;

/// Consecutive rows of one row group, written by one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unit {
    pub row_group: usize,
    pub first_row: usize,
    pub rows: usize,
    /// Rows to read at a time.
    pub batch: usize,
    /// The unit reaches the row group's last row.
    pub ends_group: bool,
}

/// Units in the order of their rows, up to the limit.
pub fn units(metadata: &ParquetMetaData, columns: &[usize], local: bool, options: &Options) -> Vec<Unit> {
    let mut left = options.limit.unwrap_or(u64::MAX);
    let flat = columns
        .iter()
        .all(|&column| metadata.file_metadata().schema_descr().column(column).max_rep_level() == 0);
    let mut units = Vec::new();
    for (row_group, group) in metadata.row_groups().iter().enumerate() {
        let group_rows = group.num_rows() as u64;
        let rows = group_rows.min(left);
        left -= rows;
        let sum = |size: &dyn Fn(usize) -> i64| {
            columns.iter().map(|&column| size(column).max(0) as u64).fold(0, u64::saturating_add)
        };
        let bytes = sum(&|column| group.column(column).uncompressed_size());
        let compressed = sum(&|column| group.column(column).compressed_size());
        let values = sum(&|column| group.column(column).num_values());
        // Pages are passed without decoding them only in flat columns; over a network only what is in memory.
        let split = flat && (local || compressed <= WHOLE);
        let step =
            if split { (UNIT.saturating_mul(group_rows) / bytes.max(1)).max(MAX_BATCH as u64) } else { rows };
        let batch = batch(group_rows, bytes.max(values.saturating_mul(4)));
        let mut first = 0;
        while first < rows {
            let count = step.min(rows - first);
            units.push(Unit {
                row_group,
                first_row: first as usize,
                rows: count as usize,
                batch,
                ends_group: first + count == group_rows,
            });
            first += count;
        }
    }
    units
}

const MAX_BATCH: usize = 4096;
/// Decoded bytes of a batch: what fits the caches.
const BATCH: u64 = 1 << 20;

fn batch(rows: u64, bytes: u64) -> usize {
    (BATCH.saturating_mul(rows) / bytes.max(1)).clamp(1, MAX_BATCH as u64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_few_rows_where_rows_are_large() {
        assert_eq!(batch(1_000_000, 8_000_000), MAX_BATCH);
        assert_eq!(batch(10, 1 << 30), 1);
        assert_eq!(batch(1 << 20, 1 << 30), 1 << 10);
        assert_eq!(batch(0, 0), 1);
    }
}
