//! How the column chunks of a row group are cut into requests.

use super::column::Column;
use super::{Needs, Sizes};

/// Bytes of one column chunk, of the row group that comes at `turn`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    pub turn: usize,
    pub column: usize,
    pub start: u64,
    pub end: u64,
}

/// Consecutive bytes of the file that bring one part, or several with small gaps between them.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub start: u64,
    pub end: u64,
    pub parts: Vec<Part>,
}

impl Request {
    /// The earliest row group it is for.
    pub fn turn(&self) -> usize {
        self.parts.iter().map(|part| part.turn).min().unwrap_or(0)
    }

    /// Bytes that stay in memory once they are here.
    pub fn kept(&self) -> u64 {
        self.parts.iter().map(|part| part.end - part.start).sum()
    }
}

/// A row group's chunks, and what of them to ask for before anything else.
pub struct Plan {
    pub columns: Vec<Column>,
    pub first: Vec<Part>,
    /// Too wide to be in memory, even if only by a small window of each column.
    pub spooled: bool,
    /// Bytes needed of the row group.
    pub bytes: u64,
}

impl Plan {
    pub fn new(turn: usize, needs: &Needs, sizes: &Sizes) -> Self {
        let count = needs.ranges.len() as u64;
        let slack = (sizes.budget / 4 / count.max(1)).clamp(sizes.slack / 4, sizes.slack);
        let ahead: Vec<u64> = needs
            .ranges
            .iter()
            .map(|range| {
                let share = (range.length as f64 * needs.share) as u64;
                if needs.share < 1.0 { range.length.min(share + slack) } else { range.length }
            })
            .collect();
        let bytes = ahead.iter().sum::<u64>();
        // Each column's window is the same share of its chunk, as rows use all columns up at the same pace. One
        // is read while the next is fetched.
        let window = |ahead: u64| {
            if bytes <= sizes.budget / 2 {
                return sizes.window;
            }
            let share = u128::from(sizes.budget / 2) * u128::from(ahead) / u128::from(bytes);
            (share as u64).clamp(sizes.least_window, sizes.window)
        };
        let windows: u64 = ahead.iter().map(|&ahead| window(ahead).min(ahead)).sum();
        let spooled = windows > sizes.budget / 2;
        let mut plan = Self { columns: Vec::new(), first: Vec::new(), spooled, bytes };
        for (column, (&range, &ahead)) in needs.ranges.iter().zip(&ahead).enumerate() {
            let window = window(ahead);
            let first = if spooled { ahead } else { window.min(ahead) };
            plan.columns.push(Column::new(range, ahead, window, sizes.window));
            plan.first.push(Part { turn, column, start: range.offset, end: range.offset + first });
        }
        plan
    }
}

/// Requests of at most `most` bytes for `parts`, in the order of the file.
pub fn merge(parts: &[Part], most: u64, gap: u64) -> Vec<Request> {
    let mut pieces = Vec::new();
    for part in parts {
        let mut start = part.start;
        while start < part.end {
            let end = part.end.min(start + most);
            pieces.push(Part { start, end, ..*part });
            start = end;
        }
    }
    pieces.sort_by_key(|part| part.start);
    let mut requests: Vec<Request> = Vec::new();
    for part in pieces {
        match requests.last_mut() {
            Some(last) if part.start <= last.end + gap && last.end.max(part.end) - last.start <= most => {
                last.end = last.end.max(part.end);
                last.parts.push(part);
            }
            _ => requests.push(Request { start: part.start, end: part.end, parts: vec![part] }),
        }
    }
    requests
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::footer::ChunkRange;

    const SIZES: Sizes = Sizes { budget: 800, window: 80, least_window: 10, request: 100, gap: 5, slack: 8 };

    fn ranges(sizes: &[u64]) -> Vec<ChunkRange> {
        let mut offset = 4;
        let range = |&length| {
            offset += length;
            ChunkRange { offset: offset - length, length }
        };
        sizes.iter().map(range).collect()
    }

    fn requests(sizes: &[u64], share: f64) -> Vec<(u64, u64)> {
        let plan = Plan::new(0, &Needs { group: 0, ranges: ranges(sizes), share }, &SIZES);
        merge(&plan.first, SIZES.request, SIZES.gap)
            .iter()
            .map(|request| (request.start, request.end))
            .collect()
    }

    #[test]
    fn neighbours_share_a_request() {
        assert_eq!(requests(&[40, 60, 50], 1.0), [(4, 104), (104, 154)]);
    }

    #[test]
    fn of_what_does_not_fit_comes_the_same_share_of_each_column() {
        assert_eq!(requests(&[1000, 250], 1.0), [(4, 84), (1004, 1084)]);
    }

    #[test]
    fn a_limit_takes_a_share() {
        assert_eq!(requests(&[100, 100], 0.1), [(4, 22), (104, 122)]);
    }

    #[test]
    fn many_columns_are_spooled() {
        let plan = |count, length| {
            let needs = Needs { group: 0, ranges: ranges(&vec![length; count]), share: 1.0 };
            Plan::new(0, &needs, &SIZES).spooled
        };
        assert!(!plan(40, 1000));
        assert!(plan(41, 1000));
        assert!(!plan(50, 8));
    }

    #[test]
    fn gaps_are_read_over_only_where_they_are_small() {
        let part = |column, start, end| Part { turn: 0, column, start, end };
        let parts = [part(2, 40, 50), part(0, 0, 10), part(1, 15, 20), part(3, 45, 250)];
        let merged = merge(&parts, 100, 5);
        let spans: Vec<_> = merged.iter().map(|request| (request.start, request.end)).collect();
        assert_eq!(spans, [(0, 20), (40, 50), (45, 145), (145, 245), (245, 250)]);
        assert_eq!(merged[0].parts, [part(0, 0, 10), part(1, 15, 20)]);
    }
}
