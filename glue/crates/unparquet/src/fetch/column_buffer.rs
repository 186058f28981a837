//! The fetched ranges of one column chunk, and the requests in flight.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::error::Error;
use crate::footer::ChunkRange;

/// Longest gap between pages that counts as a page header. Longer headers are known, because they were peeked at.
const SHORT_HEADER: u64 = 100;
const LARGEST_HEADER: u64 = 1 << 20;
/// Threads that share a column read some pages out of order. With more gaps than this between the pages read, the
/// first gap counts as skipped.
const MAX_GAPS: usize = 8;
/// Bytes further behind a reader than this count as skipped.
const FAR: u64 = 16 << 20;

/// Positions are absolute file offsets.
pub struct ColumnBuffer {
    range: ChunkRange,
    /// Bytes to prefetch per request, which grows with the page size up to `max_window`.
    window: u64,
    max_window: u64,
    /// End of prefetching. Bytes after it are fetched only for a reader that waits.
    goal: u64,
    /// Readers wait for bytes up to here.
    requested: u64,
    /// Everything from the first segment up to this position is fetched or in flight.
    scheduled: u64,
    /// Contiguous, in file order.
    segments: VecDeque<Segment>,
    /// Everything up to this position has been read.
    consumed: u64,
    /// Ranges read after `consumed`, in file order.
    consumed_ranges: Vec<(u64, u64)>,
    /// Start of the page header that was last peeked at.
    header: u64,
}

struct Segment {
    start: u64,
    end: u64,
    state: SegmentState,
}

pub enum SegmentState {
    InFlight,
    Fetched(Bytes),
    Spilled,
    Failed(Error),
}

/// Result of looking up a range.
pub enum Lookup {
    /// Consecutive slices that make up the range.
    Bytes(Vec<Bytes>),
    Spilled,
    /// Already read by other threads and freed.
    Released,
    Pending,
    Failed(Error),
}

impl ColumnBuffer {
    /// `ahead`: bytes of the chunk that will certainly be read.
    pub fn new(range: ChunkRange, ahead: u64, window: u64, max_window: u64) -> Self {
        Self {
            range,
            window,
            max_window,
            goal: range.offset + ahead,
            requested: 0,
            scheduled: range.offset,
            segments: VecDeque::new(),
            consumed: range.offset,
            consumed_ranges: Vec::new(),
            header: 0,
        }
    }

    /// Records that a request for everything up to `end` is in flight.
    pub fn schedule(&mut self, end: u64) {
        if end > self.scheduled {
            self.segments.push_back(Segment { start: self.scheduled, end, state: SegmentState::InFlight });
            self.scheduled = end;
        }
    }

    /// Next range to prefetch, and its distance ahead of the readers (0 to 1).
    pub fn next(&self) -> Option<(u64, u64, f64)> {
        let position = self.segments.front().map_or(self.scheduled, |segment| segment.start);
        (self.scheduled < self.goal).then(|| {
            let distance = (self.scheduled - position) as f64 / (self.goal - self.range.offset) as f64;
            (self.scheduled, (self.scheduled + self.window).min(self.goal), distance)
        })
    }

    /// Records that a reader waits for bytes up to `end`. Returns whether a request for them is still to be sent.
    pub fn request(&mut self, end: u64) -> bool {
        self.requested = self.requested.max(end);
        self.scheduled < self.requested
    }

    /// Next range that readers wait for and no request covers, at most `max` bytes.
    pub fn pending(&self, max: u64) -> Option<(u64, u64)> {
        let ahead = self.next().map_or(0, |(_, end, _)| end);
        (self.scheduled < self.requested)
            .then(|| (self.scheduled, self.requested.max(ahead).min(self.scheduled + max)))
    }

    /// Stores the response for the segment at `start`, or returns it if the segment was released.
    pub fn arrive(&mut self, start: u64, state: SegmentState) -> Result<(), SegmentState> {
        let waiting = self
            .segments
            .iter_mut()
            .find(|segment| segment.start == start && matches!(segment.state, SegmentState::InFlight));
        match waiting {
            Some(segment) => {
                segment.state = state;
                Ok(())
            }
            None => Err(state),
        }
    }

    /// Records that a reader looks for a page header at `start`. Moves bytes far behind it to `released`.
    pub fn peek(&mut self, start: u64, released: &mut Vec<Bytes>) {
        self.header = start;
        if start > self.consumed + FAR {
            self.consumed = start - FAR;
            self.release(released);
        }
    }

    /// Records that the page from `start` to `end` has been read. Moves bytes that no reader needs to `released`.
    pub fn advance(&mut self, start: u64, end: u64, released: &mut Vec<Bytes>) {
        let start = match start.checked_sub(self.header) {
            Some(length) if length <= LARGEST_HEADER => self.header,
            _ => start,
        };
        // The next page is probably as large: fetch it with one request.
        self.window = self.window.max(end - start).min(self.max_window);
        let index = self.consumed_ranges.partition_point(|&(other, _)| other < start);
        match index.checked_sub(1).map(|before| &mut self.consumed_ranges[before]) {
            Some((_, before)) if start <= *before + SHORT_HEADER => *before = end.max(*before),
            _ => self.consumed_ranges.insert(index, (start, end)),
        }
        while let Some(&(start, end)) = self.consumed_ranges.first()
            && (start <= self.consumed + SHORT_HEADER || self.consumed_ranges.len() > MAX_GAPS)
        {
            self.consumed = self.consumed.max(end);
            self.consumed_ranges.remove(0);
        }
        self.release(released);
    }

    fn release(&mut self, released: &mut Vec<Bytes>) {
        while let Some(segment) = self.segments.front()
            && segment.end <= self.consumed
        {
            if let Some(Segment { state: SegmentState::Fetched(bytes), .. }) = self.segments.pop_front() {
                released.push(bytes);
            }
        }
        // Skipped ranges are never fetched.
        self.scheduled = self.scheduled.max(self.consumed);
    }

    /// All bytes in memory.
    pub fn into_bytes(self) -> impl Iterator<Item = Bytes> {
        self.segments.into_iter().filter_map(|segment| match segment.state {
            SegmentState::Fetched(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// Looks up the non-empty range from `start` to `end`.
    pub fn get(&self, start: u64, end: u64) -> Lookup {
        let first = self.segments.front().map_or(self.scheduled, |segment| segment.start);
        if start < first {
            return Lookup::Released;
        }
        if end > self.scheduled {
            return Lookup::Pending;
        }
        let mut slices = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.start < end && segment.end > start) {
            match &segment.state {
                SegmentState::InFlight => return Lookup::Pending,
                SegmentState::Failed(error) => return Lookup::Failed(error.duplicate()),
                SegmentState::Spilled => {}
                SegmentState::Fetched(bytes) => {
                    let from = start.max(segment.start) - segment.start;
                    let to = end.min(segment.end) - segment.start;
                    slices.push(bytes.slice(from as usize..to as usize));
                }
            }
        }
        if slices.is_empty() { Lookup::Spilled } else { Lookup::Bytes(slices) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column() -> ColumnBuffer {
        ColumnBuffer::new(ChunkRange { offset: 100, length: 50 }, 30, 10, 10)
    }

    fn text(found: Lookup) -> String {
        match found {
            Lookup::Bytes(slices) => slices.iter().map(|slice| String::from_utf8_lossy(slice)).collect(),
            Lookup::Spilled => "spilled".into(),
            Lookup::Released => "released".into(),
            Lookup::Pending => "pending".into(),
            Lookup::Failed(error) => error.to_string(),
        }
    }

    fn fetched(text: &'static str) -> SegmentState {
        SegmentState::Fetched(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn a_range_across_segments_is_found_once_both_arrived() {
        let mut column = column();
        assert_eq!(column.next(), Some((100, 110, 0.0)));
        column.schedule(110);
        assert_eq!(column.next(), Some((110, 120, 10.0 / 30.0)));
        column.schedule(120);
        assert!(column.arrive(110, fetched("klmnopqrst")).is_ok());
        assert_eq!(text(column.get(112, 115)), "mno");
        assert_eq!(text(column.get(105, 115)), "pending");
        assert!(column.arrive(100, fetched("abcdefghij")).is_ok());
        assert_eq!(text(column.get(105, 115)), "fghijklmno");
        assert!(column.arrive(100, fetched("abcdefghij")).is_err());
    }

    #[test]
    fn consumed_segments_are_released() {
        let mut column = column();
        column.schedule(110);
        column.schedule(120);
        assert!(column.arrive(100, fetched("abcdefghij")).is_ok());
        let mut released = Vec::new();
        column.advance(100, 109, &mut released);
        assert_eq!(released.len(), 0);
        column.advance(109, 110, &mut released);
        assert_eq!(released.len(), 1);
        assert_eq!(text(column.get(105, 108)), "released");
        assert_eq!(column.next(), Some((120, 130, 10.0 / 30.0)));
        column.advance(110, 125, &mut released);
        assert!(column.arrive(110, fetched("klmnopqrst")).is_err());
        assert_eq!(column.next(), Some((125, 130, 0.0)));
    }

    #[test]
    fn skipped_ranges_are_not_fetched() {
        let mut column = ColumnBuffer::new(ChunkRange { offset: 0, length: 10 * FAR }, 10 * FAR, 10, 10);
        column.schedule(10);
        assert!(column.arrive(0, fetched("abcdefghij")).is_ok());
        let mut released = Vec::new();
        column.peek(3 * FAR, &mut released);
        assert_eq!(released.len(), 1);
        assert_eq!(column.next(), Some((2 * FAR, 2 * FAR + 10, 0.0)));
    }

    #[test]
    fn the_window_grows_to_the_page_size() {
        let mut column = ColumnBuffer::new(ChunkRange { offset: 0, length: 900 }, 900, 10, 200);
        column.schedule(300);
        column.advance(0, 300, &mut Vec::new());
        assert_eq!(column.next(), Some((300, 500, 0.0)));
    }

    #[test]
    fn keeps_pages_for_threads_that_are_behind() {
        const PAGE: u64 = 1 << 20;
        let mut column =
            ColumnBuffer::new(ChunkRange { offset: 0, length: 30 * PAGE }, 30 * PAGE, PAGE, PAGE);
        let mut released = Vec::new();
        for page in 0..30 {
            column.schedule((page + 1) * PAGE);
            assert!(column.arrive(page * PAGE, SegmentState::Fetched(Bytes::new())).is_ok());
        }
        let mut advance = |page| {
            column.peek(page * PAGE, &mut released);
            column.advance(page * PAGE + 1000, (page + 1) * PAGE, &mut released);
            released.len()
        };
        assert_eq!([1, 2, 0, 3].map(&mut advance), [0, 0, 3, 4]);
        // Pages 4 and 7 are never read.
        assert_eq!([5, 6, 8, 10, 12, 14, 16, 18, 20].map(&mut advance), [4; 9]);
        assert_eq!(advance(22), 7);
    }

    #[test]
    fn prefetches_beyond_its_goal_only_for_waiting_readers() {
        let mut column = column();
        column.schedule(130);
        assert_eq!((column.next(), column.pending(100)), (None, None));
        assert!(!column.request(130));
        assert!(column.request(137));
        assert_eq!(column.pending(100), Some((130, 137)));
        assert_eq!(column.pending(5), Some((130, 135)));
        column.schedule(137);
        assert_eq!((column.next(), column.pending(100)), (None, None));
    }
}
