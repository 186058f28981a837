//! Decides what to fetch next, and hands fetched bytes to readers.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::column_buffer::{ColumnBuffer, Lookup, SegmentState};
use super::plan::{self, ColumnRange, FetchPlan, FetchSizes, RangeRequest, RowGroupRequest};
use crate::error::Result;
use crate::spill_file::SpillFile;

/// Row groups are identified by their sequence number: their position in reading order.
pub struct Schedule {
    row_groups: Arc<[RowGroupRequest]>,
    sizes: FetchSizes,
    /// Planned row groups.
    groups: Vec<FetchedGroup>,
    /// Initial requests of planned row groups, in reading order.
    initial: VecDeque<RangeRequest>,
    /// Sequence and column of ranges that readers wait for and no request covers.
    urgent: VecDeque<(usize, usize)>,
    /// Initial requests of row groups before this one ignore the budget, because a reader waits.
    urgent_before: usize,
    /// Row groups before this one are prefetched completely.
    ahead: usize,
    /// Bytes in memory or in flight.
    used: u64,
    /// Requests in flight.
    pub in_flight: usize,
    /// After a failed request, only ranges that readers wait for are fetched.
    failed: bool,
    pub stopped: bool,
}

#[derive(Default)]
struct FetchedGroup {
    /// Empty once closed by all readers.
    columns: Vec<ColumnBuffer>,
    spill_file: Option<Arc<SpillFile>>,
    readers: usize,
}

impl Schedule {
    pub fn new(row_groups: Arc<[RowGroupRequest]>, sizes: FetchSizes) -> Self {
        Self {
            row_groups,
            sizes,
            groups: Vec::new(),
            initial: VecDeque::new(),
            urgent: VecDeque::new(),
            urgent_before: 0,
            ahead: 0,
            used: 0,
            in_flight: 0,
            failed: false,
            stopped: false,
        }
    }

    /// Adds a reader to a row group.
    pub fn open(&mut self, sequence: usize) {
        while self.groups.len() <= sequence {
            self.plan(true);
        }
        // The row group is reopened after it was closed.
        if self.groups[sequence].columns.is_empty() {
            let plan = FetchPlan::new(sequence, &self.row_groups[sequence], &self.sizes);
            let (group, initial) = start(sequence, vec![plan], &self.sizes);
            self.groups.splice(sequence..=sequence, group);
            self.initial.extend(initial);
            self.initial.make_contiguous().sort_by_key(RangeRequest::sequence);
            self.ahead = self.ahead.min(sequence);
        }
        self.groups[sequence].readers += 1;
    }

    /// Removes a reader from a row group. Returns bytes that no reader needs, for the caller to drop.
    pub fn close(&mut self, sequence: usize) -> Vec<Bytes> {
        let Self { groups, initial, .. } = self;
        let mut released: Vec<Bytes> = Vec::new();
        groups[sequence].readers -= 1;
        if groups[sequence].readers == 0 {
            let columns = std::mem::take(&mut groups[sequence]).columns;
            released.extend(columns.into_iter().flat_map(ColumnBuffer::into_bytes));
            let needed = |range: &ColumnRange| !groups[range.sequence].columns.is_empty();
            initial.retain(|request| request.ranges.iter().any(needed));
            self.free(&released);
        }
        released
    }

    /// Looks up a page header. Moves bytes that no reader needs to `released`.
    pub fn peek(&mut self, range: ColumnRange, released: &mut Vec<Bytes>) -> Lookup {
        let before = released.len();
        self.column(range).peek(range.start, released);
        let found = self.get(range);
        self.free(&released[before..]);
        found
    }

    /// Looks up a page, which counts as read once it is found. Moves bytes that no reader needs to `released`.
    pub fn read(&mut self, range: ColumnRange, released: &mut Vec<Bytes>) -> Lookup {
        let before = released.len();
        let found = self.get(range);
        if !matches!(found, Lookup::Pending) {
            self.column(range).advance(range.start, range.end, released);
        }
        self.free(&released[before..]);
        found
    }

    /// Looks up a range; a pending one is fetched before anything else.
    fn get(&mut self, range: ColumnRange) -> Lookup {
        let column = self.column(range);
        let found = column.get(range.start, range.end);
        if let Lookup::Pending = found {
            if column.request(range.end) {
                self.urgent.push_back((range.sequence, range.column));
            }
            self.urgent_before = self.urgent_before.max(range.sequence + 1);
        }
        found
    }

    fn column(&mut self, range: ColumnRange) -> &mut ColumnBuffer {
        &mut self.groups[range.sequence].columns[range.column]
    }

    /// Whether a range is in memory.
    pub fn has(&self, range: ColumnRange) -> bool {
        let column = self.groups[range.sequence].columns.get(range.column);
        column.is_some_and(|column| matches!(column.get(range.start, range.end), Lookup::Bytes(_)))
    }

    /// The spill file of a row group.
    pub fn spill_file(&self, sequence: usize) -> Option<Arc<SpillFile>> {
        self.groups[sequence].spill_file.clone()
    }

    /// The next request to send. None if there is nothing to fetch or no memory.
    pub fn next(&mut self) -> Option<RangeRequest> {
        let request = self.select()?;
        self.used += request.payload();
        self.in_flight += 1;
        Some(request)
    }

    fn select(&mut self) -> Option<RangeRequest> {
        while let Some(&(sequence, index)) = self.urgent.front() {
            let column = self.groups[sequence].columns.get(index);
            if let Some((start, end)) = column.and_then(|column| column.pending(self.sizes.request)) {
                return Some(self.schedule(sequence, index, start, end));
            }
            self.urgent.pop_front();
        }
        if self.initial.front().is_some_and(|request| request.sequence() < self.urgent_before) {
            return self.initial.pop_front();
        }
        if self.failed {
            return None;
        }
        let (used, budget) = (self.used, self.sizes.budget);
        let has_room = |bytes: u64| used == 0 || used + bytes <= budget;
        loop {
            if let Some(request) = self.initial.front()
                && request.sequence() <= self.ahead
            {
                return if has_room(request.payload()) { self.initial.pop_front() } else { None };
            }
            if let Some(group) = self.groups.get(self.ahead) {
                match group.next() {
                    Some((column, start, end)) if has_room(end - start) => {
                        return Some(self.schedule(self.ahead, column, start, end));
                    }
                    Some(_) => return None,
                    None => self.ahead += 1,
                }
            } else if !self.plan(false) {
                return None;
            }
        }
    }

    fn schedule(&mut self, sequence: usize, column: usize, start: u64, end: u64) -> RangeRequest {
        self.groups[sequence].columns[column].schedule(end);
        RangeRequest { start, end, ranges: vec![ColumnRange { sequence, column, start, end }] }
    }

    /// Plans the next row group, or several small ones together. Returns false if it planned none: unless `must`, a row
    /// group that needs a spill file waits while two of them are in use.
    fn plan(&mut self, must: bool) -> bool {
        let from = self.groups.len();
        let mut bytes = 0;
        let mut plans = Vec::new();
        for (sequence, request) in self.row_groups.iter().enumerate().skip(from) {
            let plan = FetchPlan::new(sequence, request, &self.sizes);
            bytes += plan.bytes;
            let alone = plan.spilled || bytes > 2 * self.sizes.request;
            if alone && !plans.is_empty() {
                break;
            }
            plans.push(plan);
            if alone {
                break;
            }
        }
        let spill_files = self.groups.iter().filter(|group| group.spill_file.is_some()).count();
        if plans.first().is_none_or(|plan| plan.spilled && spill_files >= 2 && !must) {
            return false;
        }
        let (groups, initial) = start(from, plans, &self.sizes);
        self.groups.extend(groups);
        self.initial.extend(initial);
        true
    }

    /// Stores a response in its columns; `fetched` is None if the bytes went to the spill file. Returns segments that no
    /// reader needs, for the caller to drop.
    pub fn arrive(&mut self, request: &RangeRequest, fetched: Result<Option<Bytes>>) -> Vec<SegmentState> {
        self.in_flight -= 1;
        self.failed |= fetched.is_err();
        let mut unneeded = Vec::new();
        for range in &request.ranges {
            let length = range.end - range.start;
            let state = match &fetched {
                Ok(Some(bytes)) => {
                    let from = (range.start - request.start) as usize;
                    SegmentState::Fetched(bytes.slice(from..from + length as usize))
                }
                Ok(None) => SegmentState::Spilled,
                Err(error) => SegmentState::Failed(error.duplicate()),
            };
            let mut in_memory = matches!(state, SegmentState::Fetched(_));
            let stored = match self.groups[range.sequence].columns.get_mut(range.column) {
                Some(column) => column.arrive(range.start, state),
                None => Err(state),
            };
            if let Err(state) = stored {
                unneeded.push(state);
                in_memory = false;
            }
            if !in_memory {
                self.used -= length;
            }
        }
        unneeded
    }

    #[cfg(test)]
    pub fn used(&self) -> u64 {
        self.used
    }

    fn free(&mut self, released: &[Bytes]) {
        self.used -= released.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
    }
}

/// Row groups for plans, starting with number `sequence`, and their initial requests.
fn start(
    sequence: usize,
    plans: Vec<FetchPlan>,
    sizes: &FetchSizes,
) -> (Vec<FetchedGroup>, Vec<RangeRequest>) {
    let ranges: Vec<_> = plans.iter().flat_map(|plan| plan.initial.iter().copied()).collect();
    let requests = plan::merge(&ranges, sizes.request, sizes.gap);
    let group = |plan: FetchPlan| FetchedGroup {
        columns: plan.columns,
        spill_file: plan.spilled.then(|| Arc::new(SpillFile::new())),
        readers: 0,
    };
    let mut groups: Vec<_> = plans.into_iter().map(group).collect();
    for range in requests.iter().flat_map(|request| &request.ranges) {
        groups[range.sequence - sequence].columns[range.column].schedule(range.end);
    }
    (groups, requests)
}

impl FetchedGroup {
    /// The column whose next range is closest to its readers, and that range.
    fn next(&self) -> Option<(usize, u64, u64)> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter_map(|(index, column)| {
                column.next().map(|(start, end, distance)| (distance, (index, start, end)))
            })
            .min_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, next)| next)
    }
}
