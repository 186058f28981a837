//! Row groups that are being read, shared by the threads that work on them.

use std::sync::Arc;

use parking_lot::Mutex;
use parquet::file::metadata::ParquetMetaData;

use crate::error::Result;
use crate::fetch::{Fetcher, RowGroupRequest};
use crate::footer;
use crate::memory::MemoryPlan;
use crate::read::{ChunkBytes, ColumnChunk, OpenRowGroup, PageCache};
use crate::source::Source;

/// The smallest and largest window of a column.
const MIN_WINDOW: usize = 2 << 10;
const MAX_WINDOW: usize = 64 << 10;
/// JSON of a dictionary's entries: one dictionary must fit the second-level cache, and all of a row group this memory.
const DICTIONARY_TEXT: usize = 256 << 10;
const DICTIONARY_TEXTS: usize = 16 << 20;

pub struct RowGroups<'a> {
    metadata: &'a ParquetMetaData,
    /// Indices of the columns to read.
    columns: Vec<usize>,
    bytes: ByteSource,
    cache: Arc<PageCache>,
    /// By index.
    open: Vec<Mutex<SharedRowGroup>>,
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
    /// Work units that have yet to open it.
    units: usize,
}

impl<'a> RowGroups<'a> {
    /// `groups`: index of each row group to read, the share of its rows that will be read, and how often it will be opened.
    /// Starts to fetch a remote source.
    pub fn new(
        source: &Arc<dyn Source>,
        metadata: &'a ParquetMetaData,
        columns: Vec<usize>,
        groups: impl Iterator<Item = (usize, f64, usize)> + Clone,
        memory: &MemoryPlan,
    ) -> Result<Self> {
        let request = |(index, share, _): (usize, f64, usize)| {
            let ranges = columns.iter().map(|&column| chunk_range(metadata, index, column, source.size()));
            Ok(RowGroupRequest { group: index, ranges: ranges.collect::<Result<_>>()?, share })
        };
        let requests = groups.clone().map(request).collect::<Result<_>>()?;
        let bytes = if source.is_local() {
            ByteSource::Local(source.clone())
        } else {
            ByteSource::Remote(Fetcher::new(source.clone(), requests)?)
        };
        let mut open: Vec<_> = metadata.row_groups().iter().map(|_| SharedRowGroup::default()).collect();
        groups.for_each(|(index, _, units)| open[index].units = units);
        let open = open.into_iter().map(Mutex::new).collect();
        let window = (memory.windows / columns.len().max(1)).clamp(MIN_WINDOW, MAX_WINDOW);
        let cache = Arc::new(PageCache::new(memory, window));
        Ok(Self { metadata, columns, bytes, cache, open })
    }

    /// Called once for each work unit. A row group stays open until its last work unit drops it.
    pub fn open(&self, index: usize) -> Result<Arc<OpenRowGroup>> {
        let mut open = self.open[index].lock();
        open.units = open.units.saturating_sub(1);
        let group = match open.group.take() {
            Some(group) => group,
            None => Arc::new(self.create(index)?),
        };
        open.group = (open.units > 0).then(|| group.clone());
        Ok(group)
    }

    fn create(&self, index: usize) -> Result<OpenRowGroup> {
        let metadata = self.metadata.row_group(index);
        let mut columns = vec![None; metadata.num_columns()];
        for (&column, bytes) in self.columns.iter().zip(self.chunks(index)?) {
            let chunk = metadata.column(column);
            let text = DICTIONARY_TEXT.min(DICTIONARY_TEXTS / self.columns.len());
            columns[column] = Some(Arc::new(ColumnChunk::new(chunk, bytes, self.cache.clone(), text)));
        }
        Ok(OpenRowGroup { index, columns, cache: self.cache.clone() })
    }

    /// The bytes of a row group's selected column chunks.
    fn chunks(&self, index: usize) -> Result<Vec<ChunkBytes>> {
        match &self.bytes {
            ByteSource::Remote(fetcher) => {
                Ok(fetcher.open(index)?.into_iter().map(ChunkBytes::Fetched).collect())
            }
            ByteSource::Local(source) => {
                let chunk = |&column: &usize| {
                    let range = chunk_range(self.metadata, index, column, source.size())?;
                    Ok(ChunkBytes::local(range, source.clone()))
                };
                self.columns.iter().map(chunk).collect()
            }
        }
    }

    /// Cancels waiting readers.
    pub fn stop(&self) {
        if let ByteSource::Remote(fetcher) = &self.bytes {
            fetcher.stop();
        }
    }
}

fn chunk_range(
    metadata: &ParquetMetaData,
    row_group: usize,
    column: usize,
    file_size: u64,
) -> Result<footer::ChunkRange> {
    let group = metadata.row_group(row_group);
    let chunk = group.column(column);
    footer::chunk_range(chunk, group.num_rows() as u64, file_size)
        .map_err(|error| error.context(format!("column {} in row group {row_group}", chunk.column_path())))
}
