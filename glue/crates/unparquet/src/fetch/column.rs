//! What is in memory, or on its way, of one column chunk.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::error::Error;
use crate::footer::ChunkRange;

/// What lies between two pages is the header of the second: most have less than this, and where one has more,
/// the reader has looked for it first.
const SHORT_HEADER: u64 = 100;
const LARGEST_HEADER: u64 = 1 << 20;
/// Threads that share a column leave a few pages to each other. Where there are more gaps than this
/// between what they have read, the first gap is taken for skipped.
const MAX_GAPS: usize = 8;
/// So is what lies further behind a reader.
const FAR: u64 = 16 << 20;

/// All positions are absolute in the file.
pub struct Column {
    range: ChunkRange,
    /// The most bytes to ask for at once ahead of the readers, and the most it may become.
    window: u64,
    max_window: u64,
    /// Where fetching ahead ends; what lies beyond comes only when a reader waits for it.
    goal: u64,
    /// How far readers wait for.
    wanted: u64,
    /// Everything from the first segment up to here is there or on its way.
    asked: u64,
    /// Without gaps, in the order of the file.
    segments: VecDeque<Segment>,
    /// Everything up to here has been read.
    passed: u64,
    /// What has been read beyond, in the order of the file: start and end.
    beyond: Vec<(u64, u64)>,
    /// Where a reader has looked for a page's header.
    header: u64,
}

struct Segment {
    start: u64,
    end: u64,
    state: State,
}

pub enum State {
    OnItsWay,
    Here(Bytes),
    Spooled,
    Failed(Error),
}

/// What a reader finds.
pub enum Found {
    /// Slices that make up what was asked for.
    Bytes(Vec<Bytes>),
    Spooled,
    /// Others have read past it, and it is gone.
    Passed,
    NotYet,
    Failed(Error),
}

impl Column {
    /// `ahead`: the bytes from the chunk's start on that will be needed for certain.
    pub fn new(range: ChunkRange, ahead: u64, window: u64, max_window: u64) -> Self {
        Self {
            range,
            window,
            max_window,
            goal: range.offset + ahead,
            wanted: 0,
            asked: range.offset,
            segments: VecDeque::new(),
            passed: range.offset,
            beyond: Vec::new(),
            header: 0,
        }
    }

    /// Notes that everything up to `end` is asked for.
    pub fn ask(&mut self, end: u64) {
        if end > self.asked {
            self.segments.push_back(Segment { start: self.asked, end, state: State::OnItsWay });
            self.asked = end;
        }
    }

    /// The next bytes to fetch ahead, and how far ahead they are: 0 is where the readers are, 1 the end.
    pub fn next(&self) -> Option<(u64, u64, f64)> {
        let position = self.segments.front().map_or(self.asked, |segment| segment.start);
        (self.asked < self.goal).then(|| {
            let distance = (self.asked - position) as f64 / (self.goal - self.range.offset) as f64;
            (self.asked, (self.asked + self.window).min(self.goal), distance)
        })
    }

    /// Readers wait for bytes up to `end`. Says whether those have not even been asked for.
    pub fn want(&mut self, end: u64) -> bool {
        self.wanted = self.wanted.max(end);
        self.asked < self.wanted
    }

    /// The next bytes that readers wait for and nobody has asked for.
    pub fn missing(&self, most: u64) -> Option<(u64, u64)> {
        let ahead = self.next().map_or(0, |(_, end, _)| end);
        (self.asked < self.wanted).then(|| (self.asked, self.wanted.max(ahead).min(self.asked + most)))
    }

    /// Puts what came from `start` on into its place; gives it back where nobody needs it any more.
    pub fn arrive(&mut self, start: u64, state: State) -> Result<(), State> {
        let waiting = self
            .segments
            .iter_mut()
            .find(|segment| segment.start == start && matches!(segment.state, State::OnItsWay));
        match waiting {
            Some(segment) => {
                segment.state = state;
                Ok(())
            }
            None => Err(state),
        }
    }

    /// Notes that a reader looks for a page's header at `start`. What is far behind goes to `dropped`.
    pub fn peek(&mut self, start: u64, dropped: &mut Vec<Bytes>) {
        self.header = start;
        if start > self.passed + FAR {
            self.passed = start - FAR;
            self.let_go(dropped);
        }
    }

    /// Notes that the page from `start` to `end` has been read. Lets go of what nobody will read any more:
    /// bytes to be dropped by the caller.
    pub fn pass(&mut self, start: u64, end: u64, dropped: &mut Vec<Bytes>) {
        let start = match start.checked_sub(self.header) {
            Some(length) if length <= LARGEST_HEADER => self.header,
            _ => start,
        };
        // The next page will be as large: what it takes is better asked for at once.
        self.window = self.window.max(end - start).min(self.max_window);
        let place = self.beyond.partition_point(|&(other, _)| other < start);
        match place.checked_sub(1).map(|before| &mut self.beyond[before]) {
            Some((_, before)) if start <= *before + SHORT_HEADER => *before = end.max(*before),
            _ => self.beyond.insert(place, (start, end)),
        }
        while let Some(&(start, end)) = self.beyond.first()
            && (start <= self.passed + SHORT_HEADER || self.beyond.len() > MAX_GAPS)
        {
            self.passed = self.passed.max(end);
            self.beyond.remove(0);
        }
        self.let_go(dropped);
    }

    fn let_go(&mut self, dropped: &mut Vec<Bytes>) {
        while let Some(segment) = self.segments.front()
            && segment.end <= self.passed
        {
            if let Some(Segment { state: State::Here(bytes), .. }) = self.segments.pop_front() {
                dropped.push(bytes);
            }
        }
        // What readers have skipped is not fetched for them.
        self.asked = self.asked.max(self.passed);
    }

    /// All bytes it holds.
    pub fn into_bytes(self) -> impl Iterator<Item = Bytes> {
        self.segments.into_iter().filter_map(|segment| match segment.state {
            State::Here(bytes) => Some(bytes),
            _ => None,
        })
    }

    /// The bytes from `start` to `end`, which must not be the same.
    pub fn find(&self, start: u64, end: u64) -> Found {
        let first = self.segments.front().map_or(self.asked, |segment| segment.start);
        if start < first {
            return Found::Passed;
        }
        if end > self.asked {
            return Found::NotYet;
        }
        let mut slices = Vec::new();
        for segment in self.segments.iter().filter(|segment| segment.start < end && segment.end > start) {
            match &segment.state {
                State::OnItsWay => return Found::NotYet,
                State::Failed(error) => return Found::Failed(error.again()),
                State::Spooled => {}
                State::Here(bytes) => {
                    let from = start.max(segment.start) - segment.start;
                    let to = end.min(segment.end) - segment.start;
                    slices.push(bytes.slice(from as usize..to as usize));
                }
            }
        }
        if slices.is_empty() { Found::Spooled } else { Found::Bytes(slices) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column() -> Column {
        Column::new(ChunkRange { offset: 100, length: 50 }, 30, 10, 10)
    }

    fn text(found: Found) -> String {
        match found {
            Found::Bytes(slices) => slices.iter().map(|slice| String::from_utf8_lossy(slice)).collect(),
            Found::Spooled => "spooled".into(),
            Found::Passed => "passed".into(),
            Found::NotYet => "not yet".into(),
            Found::Failed(error) => error.to_string(),
        }
    }

    fn here(text: &'static str) -> State {
        State::Here(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn gives_what_has_arrived_across_segments() {
        let mut column = column();
        assert_eq!(column.next(), Some((100, 110, 0.0)));
        column.ask(110);
        assert_eq!(column.next(), Some((110, 120, 10.0 / 30.0)));
        column.ask(120);
        assert!(column.arrive(110, here("klmnopqrst")).is_ok());
        assert_eq!(text(column.find(112, 115)), "mno");
        assert_eq!(text(column.find(105, 115)), "not yet");
        assert!(column.arrive(100, here("abcdefghij")).is_ok());
        assert_eq!(text(column.find(105, 115)), "fghijklmno");
        assert!(column.arrive(100, here("abcdefghij")).is_err());
    }

    #[test]
    fn lets_go_of_what_is_passed() {
        let mut column = column();
        column.ask(110);
        column.ask(120);
        assert!(column.arrive(100, here("abcdefghij")).is_ok());
        let mut dropped = Vec::new();
        column.pass(100, 109, &mut dropped);
        assert_eq!(dropped.len(), 0);
        column.pass(109, 110, &mut dropped);
        assert_eq!(dropped.len(), 1);
        assert_eq!(text(column.find(105, 108)), "passed");
        assert_eq!(column.next(), Some((120, 130, 10.0 / 30.0)));
        column.pass(110, 125, &mut dropped);
        assert!(column.arrive(110, here("klmnopqrst")).is_err());
        assert_eq!(column.next(), Some((125, 130, 0.0)));
    }

    #[test]
    fn fetches_nothing_of_what_readers_skip() {
        let mut column = Column::new(ChunkRange { offset: 0, length: 10 * FAR }, 10 * FAR, 10, 10);
        column.ask(10);
        assert!(column.arrive(0, here("abcdefghij")).is_ok());
        let mut dropped = Vec::new();
        column.peek(3 * FAR, &mut dropped);
        assert_eq!(dropped.len(), 1);
        assert_eq!(column.next(), Some((2 * FAR, 2 * FAR + 10, 0.0)));
    }

    #[test]
    fn fetches_pages_whole() {
        let mut column = Column::new(ChunkRange { offset: 0, length: 900 }, 900, 10, 200);
        column.ask(300);
        column.pass(0, 300, &mut Vec::new());
        assert_eq!(column.next(), Some((300, 500, 0.0)));
    }

    #[test]
    fn keeps_what_threads_behind_will_read() {
        const PAGE: u64 = 1 << 20;
        let mut column = Column::new(ChunkRange { offset: 0, length: 30 * PAGE }, 30 * PAGE, PAGE, PAGE);
        let mut dropped = Vec::new();
        for page in 0..30 {
            column.ask((page + 1) * PAGE);
            assert!(column.arrive(page * PAGE, State::Here(Bytes::new())).is_ok());
        }
        let mut pass = |page| {
            column.peek(page * PAGE, &mut dropped);
            column.pass(page * PAGE + 1000, (page + 1) * PAGE, &mut dropped);
            dropped.len()
        };
        assert_eq!([1, 2, 0, 3].map(&mut pass), [0, 0, 3, 4]);
        // Nobody comes back for pages 4 and 7.
        assert_eq!([5, 6, 8, 10, 12, 14, 16, 18, 20].map(&mut pass), [4; 9]);
        assert_eq!(pass(22), 7);
    }

    #[test]
    fn goes_beyond_its_goal_only_for_those_who_wait() {
        let mut column = column();
        column.ask(130);
        assert_eq!((column.next(), column.missing(100)), (None, None));
        assert!(!column.want(130));
        assert!(column.want(137));
        assert_eq!(column.missing(100), Some((130, 137)));
        assert_eq!(column.missing(5), Some((130, 135)));
        column.ask(137);
        assert_eq!((column.next(), column.missing(100)), (None, None));
    }
}
