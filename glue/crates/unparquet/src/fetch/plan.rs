//! Splits the column chunks of a row group into range requests.

use super::column_buffer::ColumnBuffer;
use crate::footer::ChunkRange;

/// Sizes in bytes.
pub struct FetchSizes {
    /// Limit for data in memory or in flight. Ranges that readers wait for may exceed it.
    pub budget: u64,
    /// Largest and smallest window of a column.
    pub window: u64,
    pub min_window: u64,
    /// The largest request.
    pub request: u64,
    /// Ranges this close together share a request: a few wasted bytes save a round trip.
    pub gap: u64,
    /// Bytes fetched beyond the share of a chunk that a row limit needs, because rows vary in size.
    pub slack: u64,
}

/// A row group that will be read.
pub struct RowGroupRequest {
    /// Index in the file.
    pub group: usize,
    /// The ranges of its selected column chunks.
    pub ranges: Vec<ChunkRange>,
    /// Share of its rows that will be read, at most 1.
    pub share: f64,
}

/// A range of one column chunk; `sequence` is the row group's position in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnRange {
    pub sequence: usize,
    pub column: usize,
    pub start: u64,
    pub end: u64,
}

/// One read of the source that covers one or more column ranges with small gaps between them.
#[derive(Debug, PartialEq, Eq)]
pub struct RangeRequest {
    pub start: u64,
    pub end: u64,
    pub ranges: Vec<ColumnRange>,
}

impl RangeRequest {
    /// The first row group it serves.
    pub fn sequence(&self) -> usize {
        self.ranges.iter().map(|range| range.sequence).min().unwrap_or(0)
    }

    /// Bytes without the gaps, which are not kept.
    pub fn payload(&self) -> u64 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }
}

/// How one row group is fetched.
pub struct FetchPlan {
    pub columns: Vec<ColumnBuffer>,
    /// Ranges to fetch first.
    pub initial: Vec<ColumnRange>,
    /// Goes to the spill file, because even the smallest windows of its columns exceed the memory.
    pub spilled: bool,
    /// Bytes of the row group that will be read.
    pub bytes: u64,
}

impl FetchPlan {
    pub fn new(sequence: usize, request: &RowGroupRequest, sizes: &FetchSizes) -> Self {
        let count = request.ranges.len() as u64;
        let slack = (sizes.budget / 4 / count.max(1)).clamp(sizes.slack / 4, sizes.slack);
        let ahead: Vec<u64> = request
            .ranges
            .iter()
            .map(|range| {
                let share = (range.length as f64 * request.share) as u64;
                if request.share < 1.0 { range.length.min(share + slack) } else { range.length }
            })
            .collect();
        let bytes = ahead.iter().sum::<u64>();
        // Rows consume all columns at the same pace, so each window is the same share of its chunk. One window is read
        // while the next is fetched.
        let window = |ahead: u64| {
            if bytes <= sizes.budget / 2 {
                return sizes.window;
            }
            let share = u128::from(sizes.budget / 2) * u128::from(ahead) / u128::from(bytes);
            (share as u64).clamp(sizes.min_window, sizes.window)
        };
        let windows: u64 = ahead.iter().map(|&ahead| window(ahead).min(ahead)).sum();
        let spilled = windows > sizes.budget / 2;
        let mut plan = Self { columns: Vec::new(), initial: Vec::new(), spilled, bytes };
        for (column, (&range, &ahead)) in request.ranges.iter().zip(&ahead).enumerate() {
            let window = window(ahead);
            let initial = if spilled { ahead } else { window.min(ahead) };
            plan.columns.push(ColumnBuffer::new(range, ahead, window, sizes.window));
            plan.initial.push(ColumnRange {
                sequence,
                column,
                start: range.offset,
                end: range.offset + initial,
            });
        }
        plan
    }
}

/// Requests of at most `max` bytes that cover `ranges`, in file order.
pub fn merge(ranges: &[ColumnRange], max: u64, gap: u64) -> Vec<RangeRequest> {
    let mut split = Vec::new();
    for range in ranges {
        let mut start = range.start;
        while start < range.end {
            let end = range.end.min(start + max);
            split.push(ColumnRange { start, end, ..*range });
            start = end;
        }
    }
    split.sort_by_key(|range| range.start);
    let mut requests: Vec<RangeRequest> = Vec::new();
    for range in split {
        match requests.last_mut() {
            Some(last) if range.start <= last.end + gap && last.end.max(range.end) - last.start <= max => {
                last.end = last.end.max(range.end);
                last.ranges.push(range);
            }
            _ => requests.push(RangeRequest { start: range.start, end: range.end, ranges: vec![range] }),
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: FetchSizes =
        FetchSizes { budget: 800, window: 80, min_window: 10, request: 100, gap: 5, slack: 8 };

    fn ranges(sizes: &[u64]) -> Vec<ChunkRange> {
        let mut offset = 4;
        let range = |&length| {
            offset += length;
            ChunkRange { offset: offset - length, length }
        };
        sizes.iter().map(range).collect()
    }

    fn requests(sizes: &[u64], share: f64) -> Vec<(u64, u64)> {
        let plan = FetchPlan::new(0, &RowGroupRequest { group: 0, ranges: ranges(sizes), share }, &SIZES);
        merge(&plan.initial, SIZES.request, SIZES.gap)
            .iter()
            .map(|request| (request.start, request.end))
            .collect()
    }

    #[test]
    fn adjacent_ranges_share_a_request() {
        assert_eq!(requests(&[40, 60, 50], 1.0), [(4, 104), (104, 154)]);
    }

    #[test]
    fn a_large_row_group_gets_the_same_share_of_each_column() {
        assert_eq!(requests(&[1000, 250], 1.0), [(4, 84), (1004, 1084)]);
    }

    #[test]
    fn a_row_limit_fetches_a_share_of_each_column() {
        assert_eq!(requests(&[100, 100], 0.1), [(4, 22), (104, 122)]);
    }

    #[test]
    fn many_columns_go_to_the_spill_file() {
        let plan = |count, length| {
            let request = RowGroupRequest { group: 0, ranges: ranges(&vec![length; count]), share: 1.0 };
            FetchPlan::new(0, &request, &SIZES).spilled
        };
        assert!(!plan(40, 1000));
        assert!(plan(41, 1000));
        assert!(!plan(50, 8));
    }

    #[test]
    fn small_gaps_are_fetched_and_large_ones_are_not() {
        let range = |column, start, end| ColumnRange { sequence: 0, column, start, end };
        let ranges = [range(2, 40, 50), range(0, 0, 10), range(1, 15, 20), range(3, 45, 250)];
        let merged = merge(&ranges, 100, 5);
        let spans: Vec<_> = merged.iter().map(|request| (request.start, request.end)).collect();
        assert_eq!(spans, [(0, 20), (40, 50), (45, 145), (145, 245), (245, 250)]);
        assert_eq!(merged[0].ranges, [range(0, 0, 10), range(1, 15, 20)]);
    }
}
