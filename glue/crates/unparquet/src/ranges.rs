//! Divides a conversion into ranges of rows, for machines that convert them in parallel.

use std::ops::Range;

use crate::check::CheckedRequest;
use crate::error::Result;
use crate::options::Options;
use crate::panics;
use crate::source::Source;

/// A row group with at most this many times the desired bytes stays whole: a range that begins within a row group has to
/// pass by the rows before it.
const MAX_WHOLE: f64 = 1.5;
/// A range is full at this share of the desired bytes.
const FULL: f64 = 0.75;

/// Consecutive rows, and the bytes that their output is predicted to have before compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowRange {
    pub rows: Range<u64>,
    pub bytes: u64,
}

/// Divides a conversion into ranges for [`convert_range()`](crate::convert_range()), in row order. Reads only the footer.
///
/// `predicted`: bytes of the whole output before compression. `bytes`: those desired for a range; most get 0.75 to 1.5 times
/// as many, and two adjacent ranges together at least 1.5 times. A file without rows has one empty range. Errors: those
/// that [`check()`](crate::check()) reports.
pub fn ranges(source: &dyn Source, options: &Options, predicted: u64, bytes: u64) -> Result<Vec<RowRange>> {
    let request = CheckedRequest::new(source, options, 0)?;
    panics::catch_panics(|| {
        let plan = request.plan(options, None, source.size())?;
        let estimated: f64 = plan.estimates().map(|(rows, _, row)| rows as f64 * row as f64).sum();
        let scale = predicted as f64 / estimated.max(1.0);
        let target = bytes.max(1) as f64;
        let mut ranges = Ranges { full: FULL * target, max: MAX_WHOLE * target, ..Ranges::default() };
        for (rows, rows_per_unit, row) in plan.estimates() {
            let row = row as f64 * scale;
            let pieces =
                if rows as f64 * row > ranges.max { (rows as f64 * row / target).round() } else { 1.0 };
            // Pieces of whole units.
            let units = rows.div_ceil(rows_per_unit);
            let piece = units.div_ceil(pieces as u64).max(1) * rows_per_unit;
            let mut left = rows;
            while left > 0 {
                let count = left.min(piece);
                ranges.add(count, count as f64 * row);
                left -= count;
            }
        }
        Ok(ranges.end())
    })
}

#[derive(Default)]
struct Ranges {
    /// Bytes from which a range is full, and the most it gets.
    full: f64,
    max: f64,
    done: Vec<RowRange>,
    /// Rows and bytes of the range that is not full yet.
    rows: u64,
    bytes: f64,
}

impl Ranges {
    fn add(&mut self, rows: u64, bytes: f64) {
        if self.rows > 0 && self.bytes + bytes > self.max {
            self.close();
        }
        self.rows += rows;
        self.bytes += bytes;
        if self.bytes >= self.full {
            self.close();
        }
    }

    fn close(&mut self) {
        let start = self.done.last().map_or(0, |range| range.rows.end);
        self.done.push(RowRange { rows: start..start + self.rows, bytes: self.bytes.round() as u64 });
        (self.rows, self.bytes) = (0, 0.0);
    }

    fn end(mut self) -> Vec<RowRange> {
        if self.rows > 0 || self.done.is_empty() {
            self.close();
        }
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divide(groups: &[f64]) -> Vec<u64> {
        let mut ranges = Ranges { full: 75.0, max: 150.0, ..Ranges::default() };
        groups.iter().for_each(|&bytes| ranges.add(10, bytes));
        ranges.end().iter().map(|range| range.bytes).collect()
    }

    #[test]
    fn ranges_are_neither_much_smaller_nor_larger_than_desired() {
        assert_eq!(divide(&[]), [0]);
        assert_eq!(divide(&[10.0; 20]), [80, 80, 40]);
        assert_eq!(divide(&[100.0; 3]), [100, 100, 100]);
        assert_eq!(divide(&[20.0, 145.0, 5.0]), [20, 145, 5]);
        assert_eq!(divide(&[20.0, 100.0, 5.0]), [120, 5]);
    }
}
