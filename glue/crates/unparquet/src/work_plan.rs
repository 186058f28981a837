//! Divides a file's rows into work units, small enough that little text waits to be written in order.

use std::ops::Range;

use crate::error::{Code, Error, Result};
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

/// The work units of consecutive rows, in row order.
pub struct WorkPlan<'a> {
    /// Rows of each row group of the file.
    row_groups: &'a [u64],
    /// Index of the first row group with a plan.
    first_group: usize,
    /// Its rows before the first unit.
    skipped: u64,
    /// Plans of consecutive row groups.
    groups: Vec<RowGroupPlan>,
    pub units: usize,
    pub rows: u64,
    /// Whether the output begins and ends with these rows.
    pub begins_output: bool,
    pub ends_output: bool,
}

/// Small, because a file may have millions of row groups.
struct RowGroupPlan {
    first_unit: usize,
    rows_per_unit: u32,
    /// Estimated text of a row, in bytes.
    row: u32,
    batch: u16,
}

impl<'a> WorkPlan<'a> {
    /// `rows`: the rows to convert, all up to the limit if None; units must begin and end there. `chunk_size`: desired
    /// text of a unit, in bytes. Errors: one of the columns cannot be read.
    pub fn new(
        metadata: &'a FileMetadata,
        fields: &[Field],
        columns: &[usize],
        limit: Option<u64>,
        rows: Option<&Range<u64>>,
        chunk_size: usize,
        file_size: u64,
    ) -> Result<Self> {
        let row_groups = metadata.row_groups();
        let output_rows = row_groups.iter().sum::<u64>().min(limit.unwrap_or(u64::MAX));
        let rows = rows.cloned().unwrap_or(0..output_rows);
        if rows.end > output_rows || (rows.is_empty() && output_rows > 0) {
            return Err(misaligned(&rows));
        }
        let (begins_output, ends_output) = (rows.start == 0, rows.end == output_rows);
        let mut plan = Self {
            row_groups,
            first_group: 0,
            skipped: 0,
            groups: Vec::new(),
            units: 0,
            rows: 0,
            begins_output,
            ends_output,
        };
        let keys = fields.iter().map(|field| field.name.len() as u64 + 4).sum::<u64>() + 2;
        let mut group_start = 0;
        for (row_group, &group_rows) in row_groups.iter().enumerate() {
            if group_start >= rows.end {
                break;
            }
            let start = rows.start.max(group_start) - group_start;
            let end = (rows.end - group_start).min(group_rows);
            group_start += group_rows;
            if plan.groups.is_empty() {
                if start >= group_rows && start > 0 {
                    continue;
                }
                (plan.first_group, plan.skipped) = (row_group, start);
            }
            let mut values = 0u64;
            for &column in columns.iter().filter(|_| end > start) {
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
            let is_end = rows.end == output_rows || end == group_rows || end % rows_per_unit == 0;
            if start % rows_per_unit > 0 || !is_end {
                return Err(misaligned(&rows));
            }
            let (rows_per_unit, batch) = (rows_per_unit as u32, batch as u16);
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            plan.groups.push(RowGroupPlan { first_unit: plan.units, rows_per_unit, row, batch });
            plan.units = plan.units.saturating_add(saturated((end - start).div_ceil(rows_per_unit.into())));
            plan.rows += end - start;
        }
        Ok(plan)
    }

    pub fn unit(&self, index: usize) -> WorkUnit {
        // Of row groups with the same first unit, only the last one has rows.
        let position = self.groups.partition_point(|group| group.first_unit <= index) - 1;
        let group = &self.groups[position];
        let end = self.groups.get(position + 1).map_or(self.units, |next| next.first_unit);
        let rows = self.rows_of(position);
        let first = rows.start + (index - group.first_unit) as u64 * u64::from(group.rows_per_unit);
        let count = u64::from(group.rows_per_unit).min(rows.end - first);
        let row_group = self.first_group + position;
        WorkUnit {
            row_group,
            units: end - group.first_unit,
            first_row: saturated(first),
            rows: saturated(count),
            batch: group.batch.into(),
            ends_group: first + count == self.row_groups[row_group],
        }
    }

    /// Index of each row group to read, and the share of its rows that will be read, with those before the first unit.
    pub fn groups(&self) -> impl Iterator<Item = (usize, f64)> {
        (0..self.groups.len())
            .map(|position| (self.first_group + position, self.rows_of(position).end))
            .filter(|&(row_group, _)| self.row_groups[row_group] > 0)
            .map(|(row_group, end)| (row_group, end as f64 / self.row_groups[row_group] as f64))
    }

    /// The rows of each row group, the rows of its units, and the estimated text of a row, in bytes.
    pub fn estimates(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        self.groups.iter().enumerate().map(|(position, group)| {
            let Range { start, end } = self.rows_of(position);
            (end - start, group.rows_per_unit.into(), group.row.into())
        })
    }

    /// The rows to write of the row group at a position, counted from its first row.
    fn rows_of(&self, position: usize) -> Range<u64> {
        let start = if position == 0 { self.skipped } else { 0 };
        let row_group = self.first_group + position;
        if position + 1 < self.groups.len() {
            return start..self.row_groups[row_group];
        }
        let before: u64 = self.row_groups[self.first_group..row_group].iter().sum();
        start..self.rows + self.skipped - before
    }
}

fn misaligned(rows: &Range<u64>) -> Error {
    let message = format!("rows {} to {} do not begin and end with a work unit", rows.start, rows.end);
    Error::new(Code::Internal, message)
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
        let group = |first_unit| RowGroupPlan { first_unit, rows_per_unit: 100, row: 10, batch: 50 };
        let row_groups = [250, 0, 300, 7];
        let plan = |first_group, skipped, groups: Vec<_>, units, rows| WorkPlan {
            row_groups: &row_groups,
            first_group,
            skipped,
            groups,
            units,
            rows,
            begins_output: true,
            ends_output: true,
        };
        let positions = |plan: &WorkPlan| -> Vec<_> {
            let units = (0..plan.units).map(|index| plan.unit(index));
            units.map(|u| (u.row_group, u.units, u.first_row, u.rows, u.ends_group)).collect()
        };
        let limited = plan(0, 0, [0, 3, 3].map(group).into(), 4, 340);
        assert_eq!(
            positions(&limited),
            [(0, 3, 0, 100, false), (0, 3, 100, 100, false), (0, 3, 200, 50, true), (2, 1, 0, 90, false)]
        );
        assert_eq!(limited.groups().collect::<Vec<_>>(), [(0, 1.0), (2, 0.3)]);
        let part = plan(0, 100, [0, 2, 2].map(group).into(), 3, 250);
        assert_eq!(positions(&part), [(0, 2, 100, 100, false), (0, 2, 200, 50, true), (2, 1, 0, 100, false)]);
        let within = plan(2, 100, [0].map(group).into(), 1, 100);
        assert_eq!(positions(&within), [(2, 1, 100, 100, false)]);
        assert_eq!(within.groups().collect::<Vec<_>>(), [(2, 200.0 / 300.0)]);
    }
}
