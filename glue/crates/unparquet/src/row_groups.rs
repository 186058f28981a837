//! Row groups being read, shared by the threads that work on them.

use std::sync::Arc;

use parking_lot::Mutex;
use parquet::file::metadata::ParquetMetaData;

use crate::encode::OpenGroup;
use crate::error::Result;
use crate::fetch::{Fetcher, Needs};
use crate::footer;
use crate::read::{ColumnChunk, Store};
use crate::source::Source;

/// Decompressed pages and dictionaries in memory, in bytes; what goes beyond it is put into a file. Of a remote file
/// there are bytes fetched ahead, too. WebAssembly has no files: there memory is the limit.
const PAGES: usize = if cfg!(target_family = "wasm") { usize::MAX } else { 64 << 20 };
const REMOTE_PAGES: usize = 16 << 20;
/// What each thread may have in memory of the pages there, and at least and at most of one column's.
const WINDOWS: usize = 8 << 20;
const LEAST_WINDOW: usize = 2 << 10;
const MOST_WINDOW: usize = 64 << 10;
/// The text of a dictionary's entries: of one what the second-level cache has room for, and of all of a row group.
const DICTIONARY_TEXT: usize = 256 << 10;
const DICTIONARY_TEXTS: usize = 16 << 20;

pub struct RowGroups<'a> {
    metadata: &'a ParquetMetaData,
    /// Indices of the columns to read.
    columns: Vec<usize>,
    fetcher: Fetcher,
    store: Arc<Store>,
    /// By index.
    open: Vec<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    /// Kept until all units have it: a thread that is late must not open it anew.
    group: Option<Arc<OpenGroup>>,
    /// Units that will still open it.
    units: usize,
}

impl<'a> RowGroups<'a> {
    /// `groups`: the row groups to read, each with the share of its rows that is read and how often it will be
    /// opened. A source behind a network begins to be read now.
    pub fn new(
        source: &Arc<dyn Source>,
        metadata: &'a ParquetMetaData,
        columns: Vec<usize>,
        groups: impl Iterator<Item = (usize, f64, usize)> + Clone,
    ) -> Result<Self> {
        let needs = |(index, share, _): (usize, f64, usize)| {
            let group = metadata.row_group(index);
            let range = |&column: &usize| {
                let chunk = group.column(column);
                footer::chunk_range(chunk, group.num_rows() as u64, source.size())
                    .map_err(|error| error.at(format!("column {} in row group {index}", chunk.column_path())))
            };
            Ok(Needs { group: index, ranges: columns.iter().map(range).collect::<Result<_>>()?, share })
        };
        let needs = groups.clone().map(needs).collect::<Result<_>>()?;
        let fetcher = Fetcher::new(source.clone(), needs)?;
        let mut open: Vec<_> = metadata.row_groups().iter().map(|_| Open::default()).collect();
        groups.for_each(|(index, _, units)| open[index].units = units);
        let open = open.into_iter().map(Mutex::new).collect();
        let window = (WINDOWS / columns.len().max(1)).clamp(LEAST_WINDOW, MOST_WINDOW);
        let pages = if source.is_local() { PAGES } else { REMOTE_PAGES };
        let store = Arc::new(Store::new(pages, window));
        Ok(Self { metadata, columns, fetcher, store, open })
    }

    /// Called once for each unit. A row group stays open until all of its units have let go of it.
    pub fn open(&self, index: usize) -> Result<Arc<OpenGroup>> {
        let mut open = self.open[index].lock();
        open.units = open.units.saturating_sub(1);
        let group = match open.group.take() {
            Some(group) => group,
            None => Arc::new(self.make(index)?),
        };
        open.group = (open.units > 0).then(|| group.clone());
        Ok(group)
    }

    fn make(&self, index: usize) -> Result<OpenGroup> {
        let metadata = self.metadata.row_group(index);
        let mut columns = vec![None; metadata.num_columns()];
        for (&column, bytes) in self.columns.iter().zip(self.fetcher.open(index)?) {
            let chunk = metadata.column(column);
            let text = DICTIONARY_TEXT.min(DICTIONARY_TEXTS / self.columns.len());
            columns[column] = Some(Arc::new(ColumnChunk::new(chunk, bytes, self.store.clone(), text)));
        }
        Ok(OpenGroup { index, columns })
    }

    /// Ends all waiting.
    pub fn stop(&self) {
        self.fetcher.stop();
    }
}
