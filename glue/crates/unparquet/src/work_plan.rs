//! Divides a file's rows into work units, small enough that little text waits to be written in order.

use crate::error::Result;
use crate::footer::FileMetadata;
use crate::schema::Field;

/// Estimated text of a batch, in bytes. The actual text is about half, which stays in the L2 cache from encoding to
/// assembling rows.
const BATCH: u64 = 1 << 20;
/// Batches of wide tables may exceed the cache: smaller ones would spend their time on switching columns.
const MIN_WIDE_ROWS: u64 = 64;
const WIDE: u64 = 8 << 20;
const MAX_BATCH: u64 = 4096;
/// Bytes per value besides its text: span, levels and quotes.
const SPAN: u64 = 14;

/// Consecutive rows of one row group, written by one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkUnit {
    pub row_group: usize,
    /// Number of units of the row group.
    pub units: usize,
    pub first_row: usize,
    pub rows: usize,
    /// Rows to decode at a time.
    pub batch: usize,
    /// Includes the row group's last row.
    pub ends_group: bool,
}

/// All work units in row order, up to the row limit.
pub struct WorkPlan<'a> {
    /// Rows of each row group of the file.
    row_groups: &'a [u64],
    /// Plans of the first row groups.
    groups: Vec<RowGroupPlan>,
    pub units: usize,
    pub rows: u64,
}

/// Small, because a file may have millions of row groups.
struct RowGroupPlan {
    first_unit: usize,
    rows_per_unit: u32,
    batch: u16,
}

impl<'a> WorkPlan<'a> {
    /// `chunk_size`: desired text of a unit, in bytes. Errors: one of the columns cannot be read.
    pub fn new(
        metadata: &'a FileMetadata,
        fields: &[Field],
        columns: &[usize],
        limit: Option<u64>,
        chunk_size: usize,
        file_size: u64,
    ) -> Result<Self> {
        let row_groups = metadata.row_groups();
        let mut plan = Self { row_groups, groups: Vec::new(), units: 0, rows: 0 };
        let limit = limit.unwrap_or(u64::MAX);
        let keys = fields.iter().map(|field| field.name.len() as u64 + 4).sum::<u64>() + 2;
        for (row_group, &group_rows) in row_groups.iter().enumerate() {
            let rows = group_rows.min(limit - plan.rows);
            if plan.rows == limit {
                break;
            }
            let mut values = 0u64;
            for &column in columns.iter().filter(|_| rows > 0) {
                let (chunk, _) = metadata.readable_chunk(row_group, column, file_size)?;
                let count = chunk.num_values as u64;
                let key = metadata.schema.column(column).name_length();
                // Even a value whose dictionary index has few bits has a few bytes of text.
                let min = count.saturating_mul(8).max(chunk.uncompressed_size.max(0) as u64);
                values = values.saturating_add(min.saturating_add(count.saturating_mul(key + SPAN)));
            }
            let row = keys + values / group_rows.max(1);
            let batch = (BATCH / row).clamp((WIDE / row).clamp(1, MIN_WIDE_ROWS), MAX_BATCH);
            let rows_per_unit = (chunk_size as u64 / row / batch).max(1) * batch;
            let (rows_per_unit, batch) = (rows_per_unit as u32, batch as u16);
            plan.groups.push(RowGroupPlan { first_unit: plan.units, rows_per_unit, batch });
            plan.units = plan.units.saturating_add(saturated(rows.div_ceil(rows_per_unit.into())));
            plan.rows += rows;
        }
        Ok(plan)
    }

    pub fn unit(&self, index: usize) -> WorkUnit {
        // Of row groups with the same first unit, only the last one has rows.
        let row_group = self.groups.partition_point(|group| group.first_unit <= index) - 1;
        let group = &self.groups[row_group];
        let end = self.groups.get(row_group + 1).map_or(self.units, |next| next.first_unit);
        let group_rows = self.row_groups[row_group];
        let first = (index - group.first_unit) as u64 * u64::from(group.rows_per_unit);
        let rows = u64::from(group.rows_per_unit).min(self.rows_of(row_group) - first);
        WorkUnit {
            row_group,
            units: end - group.first_unit,
            first_row: saturated(first),
            rows: saturated(rows),
            batch: group.batch.into(),
            ends_group: first + rows == group_rows,
        }
    }

    /// Index of each row group to read, and the share of its rows that will be read.
    pub fn groups(&self) -> impl Iterator<Item = (usize, f64)> {
        let share = |row_group| self.rows_of(row_group) as f64 / self.row_groups[row_group] as f64;
        (0..self.groups.len())
            .filter(|&row_group| self.row_groups[row_group] > 0)
            .map(move |row_group| (row_group, share(row_group)))
    }

    /// Rows to write: all, or in the last row group those up to the limit.
    fn rows_of(&self, row_group: usize) -> u64 {
        let rows = self.row_groups[row_group];
        if row_group + 1 < self.groups.len() {
            return rows;
        }
        self.rows - self.row_groups[..row_group].iter().sum::<u64>()
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
        let group = |first_unit| RowGroupPlan { first_unit, rows_per_unit: 100, batch: 50 };
        let row_groups = [250, 0, 300, 7];
        let plan =
            WorkPlan { row_groups: &row_groups, groups: [0, 3, 3].map(group).into(), units: 4, rows: 340 };
        let units: Vec<_> = (0..4).map(|index| plan.unit(index)).collect();
        let positions: Vec<_> =
            units.iter().map(|u| (u.row_group, u.units, u.first_row, u.rows, u.ends_group)).collect();
        assert_eq!(
            positions,
            [(0, 3, 0, 100, false), (0, 3, 100, 100, false), (0, 3, 200, 50, true), (2, 1, 0, 90, false)]
        );
    }
}
