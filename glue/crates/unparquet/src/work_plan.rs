//! Divides a file's rows into work units: each has little text, so that little has to wait to be written in order.

use parquet::file::metadata::ParquetMetaData;

use crate::schema::Field;

/// Text of a batch, in bytes: small enough to stay in the second-level cache from encoding to assembling rows.
const BATCH: u64 = 512 << 10;
/// Smaller batches would spend their time on switching columns, so those of a wide table may exceed the cache.
const MIN_WIDE_ROWS: u64 = 64;
const WIDE: u64 = 8 << 20;
const MAX_BATCH: u64 = 4096;
/// Bytes beside a value's text: its span, levels and quotes.
const SPAN: u64 = 14;

/// Consecutive rows of one row group, written by one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkUnit {
    pub row_group: usize,
    pub first_row: usize,
    pub rows: usize,
    /// Rows to decode at a time.
    pub batch: usize,
    /// Includes the row group's last row.
    pub ends_group: bool,
}

/// All work units in row order, up to the row limit.
pub struct WorkPlan {
    groups: Vec<RowGroupPlan>,
    pub units: usize,
    pub rows: u64,
}

struct RowGroupPlan {
    first_unit: usize,
    row_group: usize,
    /// Rows to write, out of `group_rows`.
    rows: u64,
    group_rows: u64,
    rows_per_unit: u64,
    batch: u64,
}

impl WorkPlan {
    /// `chunk_size`: bytes of text that a unit should have.
    pub fn new(
        metadata: &ParquetMetaData,
        fields: &[Field],
        columns: &[usize],
        limit: Option<u64>,
        chunk_size: usize,
    ) -> Self {
        let mut plan = Self { groups: Vec::new(), units: 0, rows: 0 };
        let mut remaining = limit.unwrap_or(u64::MAX);
        let keys = fields.iter().map(|field| field.name.len() as u64 + 4).sum::<u64>() + 2;
        for (row_group, group) in metadata.row_groups().iter().enumerate() {
            let group_rows = group.num_rows() as u64;
            let rows = group_rows.min(remaining);
            if rows == 0 {
                continue;
            }
            remaining -= rows;
            let values: u64 = columns
                .iter()
                .map(|&column| {
                    let chunk = group.column(column);
                    let count = chunk.num_values().max(0) as u64;
                    let key = chunk.column_descr().name().len() as u64;
                    // A value has a few bytes of text even if its dictionary index has few bits.
                    let min = count.saturating_mul(8).max(chunk.uncompressed_size().max(0) as u64);
                    min.saturating_add(count.saturating_mul(key + SPAN))
                })
                .fold(0, u64::saturating_add);
            let row = keys + values / group_rows;
            let batch = (BATCH / row).clamp((WIDE / row).clamp(1, MIN_WIDE_ROWS), MAX_BATCH);
            let rows_per_unit = (chunk_size as u64 / row / batch).max(1) * batch;
            plan.groups.push(RowGroupPlan {
                first_unit: plan.units,
                row_group,
                rows,
                group_rows,
                rows_per_unit,
                batch,
            });
            plan.units = plan.units.saturating_add(saturated(rows.div_ceil(rows_per_unit)));
            plan.rows += rows;
        }
        plan
    }

    pub fn unit(&self, index: usize) -> WorkUnit {
        let after = self.groups.partition_point(|group| group.first_unit <= index);
        let group = &self.groups[after - 1];
        let first = (index - group.first_unit) as u64 * group.rows_per_unit;
        let rows = group.rows_per_unit.min(group.rows - first);
        WorkUnit {
            row_group: group.row_group,
            first_row: saturated(first),
            rows: saturated(rows),
            batch: saturated(group.batch),
            ends_group: first + rows == group.group_rows,
        }
    }

    /// Index of each row group to read, the share of its rows that will be read, and the number of its units.
    pub fn groups(&self) -> impl Iterator<Item = (usize, f64, usize)> + Clone {
        self.groups.iter().map(|group| {
            let share = group.rows as f64 / group.group_rows as f64;
            (group.row_group, share, saturated(group.rows.div_ceil(group.rows_per_unit)))
        })
    }
}

/// On 32-bit processors larger counts saturate: reading so many rows fails anyway.
fn saturated(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_consecutive_and_end_with_their_group() {
        let group = |first_unit, row_group, rows, group_rows| RowGroupPlan {
            first_unit,
            row_group,
            rows,
            group_rows,
            rows_per_unit: 100,
            batch: 50,
        };
        let plan =
            WorkPlan { groups: vec![group(0, 0, 250, 250), group(3, 2, 90, 300)], units: 4, rows: 340 };
        let units: Vec<_> = (0..4).map(|index| plan.unit(index)).collect();
        let positions: Vec<_> =
            units.iter().map(|u| (u.row_group, u.first_row, u.rows, u.ends_group)).collect();
        assert_eq!(
            positions,
            [(0, 0, 100, false), (0, 100, 100, false), (0, 200, 50, true), (2, 0, 90, false)]
        );
    }
}
