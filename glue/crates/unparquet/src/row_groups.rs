//! Row groups that are being read, shared by the threads that work on them.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::fetch::{Fetcher, RowGroupRequest};
use crate::footer::FileMetadata;
use crate::memory::MemoryPlan;
use crate::read::{ChunkBytes, ColumnChunk, OpenRowGroup, PageCache};
use crate::source::Source;

/// The smallest and largest window of a column.
const MIN_WINDOW: usize = 256;
const MAX_WINDOW: usize = 64 << 10;
/// Bytes of JSON of dictionary entries: one dictionary must fit the L2 cache, and those of a row group share a budget.
const DICTIONARY_TEXT: usize = 256 << 10;
const DICTIONARY_TEXTS: usize = 16 << 20;

pub struct RowGroups<'a> {
    metadata: &'a FileMetadata,
    /// Indices of the columns to read.
    columns: Vec<usize>,
    bytes: ByteSource,
    cache: Arc<PageCache>,
    /// Open row groups by index.
    open: Mutex<HashMap<usize, Arc<Mutex<SharedRowGroup>>>>,
}

/// Where column chunks are read from.
enum ByteSource {
    Local(Arc<dyn Source>),
    Remote(Fetcher),
}

#[derive(Default)]
struct SharedRowGroup {
    /// Kept until the last work unit has opened it, so that a late thread does not reopen it.
    group: Option<Arc<OpenRowGroup>>,
    /// How often it has been opened.
    opened: usize,
}

impl<'a> RowGroups<'a> {
    /// Starts fetching if the source is remote. `groups`: index of each row group to read, and share of its rows that
    /// will be read.
    pub fn new(
        source: &Arc<dyn Source>,
        metadata: &'a FileMetadata,
        columns: Vec<usize>,
        groups: impl Iterator<Item = (usize, f64)>,
        memory: &MemoryPlan,
    ) -> Result<Self> {
        let request = |(group, share): (usize, f64)| {
            let range = |&column: &usize| Ok(metadata.readable_chunk(group, column, source.size())?.1);
            let ranges = columns.iter().map(range).collect::<Result<_>>()?;
            Ok(RowGroupRequest { group, ranges, share })
        };
        let bytes = if source.is_local() {
            ByteSource::Local(source.clone())
        } else {
            let requests = groups.map(request).collect::<Result<_>>()?;
            ByteSource::Remote(Fetcher::new(source.clone(), requests)?)
        };
        let window = (memory.windows / columns.len().max(1)).clamp(MIN_WINDOW, MAX_WINDOW);
        let cache = Arc::new(PageCache::new(memory, window));
        Ok(Self { metadata, columns, bytes, cache, open: Mutex::default() })
    }

    /// Opens a row group for one of its `units` work units. It stays open until the last of them drops it.
    pub fn open(&self, index: usize, units: usize) -> Result<Arc<OpenRowGroup>> {
        let shared = self.open.lock().entry(index).or_default().clone();
        let mut shared = shared.lock();
        shared.opened += 1;
        let group = match shared.group.take() {
            Some(group) => group,
            None => Arc::new(self.create(index)?),
        };
        if shared.opened < units {
            shared.group = Some(group.clone());
        } else {
            self.open.lock().remove(&index);
        }
        Ok(group)
    }

    fn create(&self, index: usize) -> Result<OpenRowGroup> {
        let fetched = match &self.bytes {
            ByteSource::Remote(fetcher) => Some(fetcher.open(index)?),
            ByteSource::Local(_) => None,
        };
        let mut fetched = fetched.into_iter().flatten();
        let schema = &self.metadata.schema;
        let text = DICTIONARY_TEXT.min(DICTIONARY_TEXTS / self.columns.len().max(1));
        let mut columns = vec![None; schema.num_columns()];
        for &column in &self.columns {
            let (chunk, bytes) = match &self.bytes {
                ByteSource::Remote(_) => {
                    let bytes = fetched.next().map(ChunkBytes::Fetched);
                    (self.metadata.chunk(index, column)?, bytes.ok_or(Error::Cancelled)?)
                }
                ByteSource::Local(source) => {
                    let (chunk, range) = self.metadata.readable_chunk(index, column, source.size())?;
                    (chunk, ChunkBytes::local(range, source.clone()))
                }
            };
            let chunk = ColumnChunk::new(schema.column(column), &chunk, bytes, self.cache.clone(), text)?;
            columns[column] = Some(Arc::new(chunk));
        }
        Ok(OpenRowGroup { index, columns, cache: self.cache.clone() })
    }

    /// Cancels waiting readers.
    pub fn stop(&self) {
        if let ByteSource::Remote(fetcher) = &self.bytes {
            fetcher.stop();
        }
    }
}
