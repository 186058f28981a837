//! What to fetch next, and what is there.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::column::{Column, Found, State};
use super::plan::{self, Part, Plan, Request};
use super::spool::Spool;
use super::{Needs, Purpose, Sizes};
use crate::error::Result;

/// Row groups are known by their turn: their place in the order of reading.
pub struct Schedule {
    needs: Arc<[Needs]>,
    sizes: Sizes,
    /// As far as it has been decided what to fetch of them.
    groups: Vec<Group>,
    /// What comes first of the row groups, in their order.
    first: VecDeque<Request>,
    /// Turn and column of what readers wait for and nobody has asked for.
    urgent: VecDeque<(usize, usize)>,
    /// Somebody waits for a row group before this turn: their first requests are sent whatever the budget.
    hurry: usize,
    /// Row groups before this turn are asked for as far as they are needed for certain.
    ahead: usize,
    /// Bytes in memory or on their way.
    used: u64,
    /// Requests under way.
    pub under_way: usize,
    /// A request has failed: from now on only what readers wait for is fetched.
    failed: bool,
    pub stopped: bool,
}

#[derive(Default)]
struct Group {
    /// None when nobody reads it any more.
    columns: Vec<Column>,
    spool: Option<Arc<Spool>>,
    users: usize,
}

impl Schedule {
    pub fn new(needs: Arc<[Needs]>, sizes: Sizes) -> Self {
        Self {
            needs,
            sizes,
            groups: Vec::new(),
            first: VecDeque::new(),
            urgent: VecDeque::new(),
            hurry: 0,
            ahead: 0,
            used: 0,
            under_way: 0,
            failed: false,
            stopped: false,
        }
    }

    /// The row group has a reader.
    pub fn open(&mut self, turn: usize) {
        while self.groups.len() <= turn {
            self.plan(true);
        }
        // It had been closed.
        if self.groups[turn].columns.is_empty() {
            let plan = Plan::new(turn, &self.needs[turn], &self.sizes);
            let (group, first) = begin(turn, vec![plan], &self.sizes);
            self.groups.splice(turn..=turn, group);
            self.first.extend(first);
            self.first.make_contiguous().sort_by_key(Request::turn);
            self.ahead = self.ahead.min(turn);
        }
        self.groups[turn].users += 1;
    }

    /// The row group has a reader less. Gives the bytes that none needs any more, to be dropped by the caller.
    pub fn close(&mut self, turn: usize) -> Vec<Bytes> {
        let Self { groups, first, .. } = self;
        let mut dropped: Vec<Bytes> = Vec::new();
        groups[turn].users -= 1;
        if groups[turn].users == 0 {
            dropped
                .extend(std::mem::take(&mut groups[turn]).columns.into_iter().flat_map(Column::into_bytes));
            let needed = |part: &Part| !groups[part.turn].columns.is_empty();
            first.retain(|request| request.parts.iter().any(needed));
            self.free(&dropped);
        }
        dropped
    }

    /// The bytes of a part; what is not there yet will be fetched before anything else. What nobody needs any
    /// more goes to `dropped`.
    pub fn find(&mut self, part: Part, purpose: Purpose, dropped: &mut Vec<Bytes>) -> Found {
        let Part { turn, column: index, start, end } = part;
        let before = dropped.len();
        let column = &mut self.groups[turn].columns[index];
        if let Purpose::Header = purpose {
            column.peek(start, dropped);
        }
        let found = column.find(start, end);
        match (&found, purpose) {
            (Found::NotYet, _) => {
                if column.want(end) {
                    self.urgent.push_back((turn, index));
                }
                self.hurry = self.hurry.max(turn + 1);
            }
            (_, Purpose::Page) => column.pass(start, end, dropped),
            (_, Purpose::Header) => {}
        }
        self.free(&dropped[before..]);
        found
    }

    /// Whether a part is in memory.
    pub fn has(&self, part: Part) -> bool {
        let column = self.groups[part.turn].columns.get(part.column);
        column.is_some_and(|column| matches!(column.find(part.start, part.end), Found::Bytes(_)))
    }

    /// The temporary file of a row group.
    pub fn spool(&self, turn: usize) -> Option<Arc<Spool>> {
        self.groups[turn].spool.clone()
    }

    /// The next request to send. None while there is nothing to ask for, or no room for it.
    pub fn next(&mut self) -> Option<Request> {
        let request = self.choose()?;
        self.used += request.kept();
        self.under_way += 1;
        Some(request)
    }

    fn choose(&mut self) -> Option<Request> {
        while let Some(&(turn, index)) = self.urgent.front() {
            let column = self.groups[turn].columns.get(index);
            if let Some((start, end)) = column.and_then(|column| column.missing(self.sizes.request)) {
                return Some(self.ask(turn, index, start, end));
            }
            self.urgent.pop_front();
        }
        if self.first.front().is_some_and(|request| request.turn() < self.hurry) {
            return self.first.pop_front();
        }
        if self.failed {
            return None;
        }
        let (used, budget) = (self.used, self.sizes.budget);
        let room = |bytes: u64| used == 0 || used + bytes <= budget;
        loop {
            if let Some(request) = self.first.front()
                && request.turn() <= self.ahead
            {
                return if room(request.kept()) { self.first.pop_front() } else { None };
            }
            if let Some(group) = self.groups.get(self.ahead) {
                match group.next() {
                    Some((column, start, end)) if room(end - start) => {
                        return Some(self.ask(self.ahead, column, start, end));
                    }
                    Some(_) => return None,
                    None => self.ahead += 1,
                }
            } else if !self.plan(false) {
                return None;
            }
        }
    }

    fn ask(&mut self, turn: usize, column: usize, start: u64, end: u64) -> Request {
        self.groups[turn].columns[column].ask(end);
        Request { start, end, parts: vec![Part { turn, column, start, end }] }
    }

    /// Decides what to fetch of the next row groups: of several at once where they are small. Says whether
    /// there was one. One that needs a temporary file is left for later while two of them are in use, unless it
    /// `must` be.
    fn plan(&mut self, must: bool) -> bool {
        let from = self.groups.len();
        let mut bytes = 0;
        let mut plans = Vec::new();
        for (turn, needs) in self.needs.iter().enumerate().skip(from) {
            let plan = Plan::new(turn, needs, &self.sizes);
            bytes += plan.bytes;
            let alone = plan.spooled || bytes > 2 * self.sizes.request;
            if alone && !plans.is_empty() {
                break;
            }
            plans.push(plan);
            if alone {
                break;
            }
        }
        let spools = self.groups.iter().filter(|group| group.spool.is_some()).count();
        if plans.first().is_none_or(|plan| plan.spooled && spools >= 2 && !must) {
            return false;
        }
        let (groups, first) = begin(from, plans, &self.sizes);
        self.groups.extend(groups);
        self.first.extend(first);
        true
    }

    /// Gives the parts of a request to their columns. `fetched` is None where its bytes are in the temporary
    /// file. Gives back what is not needed any more, to be dropped by the caller.
    pub fn arrive(&mut self, request: &Request, fetched: Result<Option<Bytes>>) -> Vec<State> {
        self.under_way -= 1;
        self.failed |= fetched.is_err();
        let mut unneeded = Vec::new();
        for part in &request.parts {
            let length = part.end - part.start;
            let state = match &fetched {
                Ok(Some(bytes)) => {
                    let from = (part.start - request.start) as usize;
                    State::Here(bytes.slice(from..from + length as usize))
                }
                Ok(None) => State::Spooled,
                Err(error) => State::Failed(error.again()),
            };
            let mut in_memory = matches!(state, State::Here(_));
            let placed = match self.groups[part.turn].columns.get_mut(part.column) {
                Some(column) => column.arrive(part.start, state),
                None => Err(state),
            };
            if let Err(state) = placed {
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

    fn free(&mut self, dropped: &[Bytes]) {
        self.used -= dropped.iter().map(|bytes| bytes.len() as u64).sum::<u64>();
    }
}

/// Row groups from `turn` on as planned, and the requests they begin with.
fn begin(turn: usize, plans: Vec<Plan>, sizes: &Sizes) -> (Vec<Group>, Vec<Request>) {
    let parts: Vec<_> = plans.iter().flat_map(|plan| plan.first.iter().copied()).collect();
    let requests = plan::merge(&parts, sizes.request, sizes.gap);
    let group = |plan: Plan| Group {
        columns: plan.columns,
        spool: plan.spooled.then(|| Arc::new(Spool::new())),
        users: 0,
    };
    let mut groups: Vec<_> = plans.into_iter().map(group).collect();
    for part in requests.iter().flat_map(|request| &request.parts) {
        groups[part.turn - turn].columns[part.column].ask(part.end);
    }
    (groups, requests)
}

impl Group {
    /// The column that will be the first to need more, and what to ask for.
    fn next(&self) -> Option<(usize, u64, u64)> {
        let columns = self.columns.iter().enumerate();
        columns
            .filter_map(|(index, column)| column.next().map(|(start, end, far)| (far, (index, start, end))))
            .min_by(|(one, _), (other, _)| one.total_cmp(other))
            .map(|(_, next)| next)
    }
}
