//! A column chunk's pages, shared by the threads that read it.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use parking_lot::Mutex;
use parquet::basic::Compression;

use super::chunk_bytes::ChunkBytes;
use super::page::{Page, PageDecoder};
use super::page_cache::{PageCache, Reservation};
use super::page_header::{PageHeader, PageKind};
use super::page_slice::PageSlice;
use crate::error::{Error, Result};
use crate::footer::ChunkMetadata;
use crate::schema::Column;

/// Long enough for most page headers.
const USUAL_HEADER: usize = 64;
const MAX_HEADER: usize = 16 << 20;
/// Pages per column that stay findable; threads are rarely further apart.
const RECENT: usize = 4;

/// Decompresses each page once for all threads near it.
pub struct ColumnChunk {
    pub descriptor: Column,
    /// Values, nulls and empty lists.
    pub entries: u64,
    codec: Compression,
    bytes: ChunkBytes,
    cache: Arc<PageCache>,
    /// Most bytes of JSON for all dictionary entries.
    pub dictionary_text: usize,
    state: Mutex<ChunkState>,
}

struct ChunkState {
    /// The data pages found so far.
    pages: Vec<PageLocation>,
    /// Position of the next header.
    next: u64,
    /// Entries before `next`.
    entries: u64,
    recent: VecDeque<(usize, Arc<Mutex<PageSlot>>)>,
    dictionary_page: Option<u64>,
    /// The decoded dictionary and its memory.
    dictionary: Option<(Arc<dyn Any + Send + Sync>, Reservation)>,
}

/// A recent page, locked while a thread decompresses it.
#[derive(Default)]
enum PageSlot {
    #[default]
    Empty,
    /// Decompressed ahead; its first reader takes it.
    Prefetched(Arc<Page>),
    /// Alive while a reader has it.
    InUse(Weak<Page>),
}

impl PageSlot {
    fn take(&mut self) -> Option<Arc<Page>> {
        match std::mem::take(self) {
            PageSlot::Empty => None,
            PageSlot::Prefetched(page) => Some(page),
            PageSlot::InUse(page) => page.upgrade(),
        }
    }
}

#[derive(Clone, Copy)]
struct PageLocation {
    /// Position of the header.
    header: u64,
    /// Index of the first entry.
    first: u64,
}

/// A row group being read: its selected chunks by column index.
pub struct OpenRowGroup {
    pub index: usize,
    pub columns: Vec<Option<Arc<ColumnChunk>>>,
}

pub struct DictionaryPage {
    pub values: usize,
    pub slice: PageSlice,
}

impl ColumnChunk {
    pub fn new(
        descriptor: Column,
        chunk: &ChunkMetadata<'_>,
        bytes: ChunkBytes,
        cache: Arc<PageCache>,
        dictionary_text: usize,
    ) -> Result<Self> {
        let state = ChunkState {
            pages: Vec::new(),
            next: bytes.range().offset,
            entries: 0,
            recent: VecDeque::with_capacity(RECENT),
            dictionary_page: None,
            dictionary: None,
        };
        Ok(Self {
            descriptor,
            entries: chunk.num_values as u64,
            codec: chunk.codec()?,
            bytes,
            cache,
            dictionary_text,
            state: Mutex::new(state),
        })
    }

    /// The page at `index` and the index of its first entry; none after the last page.
    pub fn page(&self, index: usize) -> Result<Option<(Arc<Page>, u64)>> {
        let Some((location, slot)) = self.locate(&mut self.state.lock(), index)? else { return Ok(None) };
        let mut slot = slot.try_lock().unwrap_or_else(|| {
            // Another thread is decompressing it: decompress the page both will need next.
            self.prefetch(index + 1);
            slot.lock()
        });
        let page = match slot.take() {
            Some(page) => page,
            None => Arc::new(self.data_page(location.header)?.store_in(&self.cache)?),
        };
        *slot = PageSlot::InUse(Arc::downgrade(&page));
        Ok(Some((page, location.first)))
    }

    /// The page's position in the file, and its slot.
    fn locate(
        &self,
        state: &mut ChunkState,
        index: usize,
    ) -> Result<Option<(PageLocation, Arc<Mutex<PageSlot>>)>> {
        while state.pages.len() <= index {
            if !self.find_next(state)? {
                return Ok(None);
            }
        }
        let known = state.recent.iter().find(|(recent, _)| *recent == index).map(|(_, slot)| slot.clone());
        let slot = known.unwrap_or_else(|| {
            if state.recent.len() == RECENT {
                state.recent.pop_front();
            }
            let slot = Arc::default();
            state.recent.push_back((index, Arc::clone(&slot)));
            slot
        });
        Ok(Some((state.pages[index], slot)))
    }

    /// Decompresses a page ahead of its readers if that needs neither the network nor the spill file. Errors are left
    /// to the thread that reads the page.
    fn prefetch(&self, index: usize) {
        let mut state = self.state.lock();
        let header = state.pages.get(index).map_or(state.next, |location| location.header);
        if !self.bytes.has(header, USUAL_HEADER) {
            return;
        }
        let Ok(Some((location, slot))) = self.locate(&mut state, index) else { return };
        drop(state);
        let Some(mut slot) = slot.try_lock() else { return };
        if !matches!(*slot, PageSlot::Empty) {
            return;
        }
        let Ok((header, length)) = self.header(location.header) else { return };
        let has_room = self.cache.has_room(header.uncompressed_size as usize);
        if has_room && self.bytes.has(location.header + length, header.compressed_size as usize) {
            let page = self.data_page(location.header).and_then(|page| page.store_in(&self.cache));
            *slot = page.map_or(PageSlot::Empty, |page| PageSlot::Prefetched(Arc::new(page)));
        }
    }

    /// Index of the page that contains an entry.
    pub fn page_of(&self, entry: u64) -> Result<Option<usize>> {
        let mut state = self.state.lock();
        while state.entries <= entry {
            if !self.find_next(&mut state)? {
                return Ok(None);
            }
        }
        Ok(Some(state.pages.partition_point(|location| location.first <= entry) - 1))
    }

    /// The dictionary, decoded once by `decode`.
    pub fn dictionary<T: Send + Sync + 'static>(
        &self,
        decode: impl FnOnce(DictionaryPage) -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut state = self.state.lock();
        if let Some((decoded, _)) = &state.dictionary {
            return decoded.clone().downcast().map_err(|_| Error::corrupt("two columns in one"));
        }
        let Some(position) = state.dictionary_page else {
            return Err(Error::corrupt("its values refer to a dictionary that is missing"));
        };
        let mut size = 0;
        let decoded = Arc::new(self.read(position, |header, stored| {
            let PageKind::Dictionary(page) = &header.kind else {
                return Err(Error::corrupt("its dictionary is no dictionary"));
            };
            let slice = self.decoder().dictionary(page, stored, header.uncompressed_size as usize)?;
            size = 2 * slice.len() + self.dictionary_text;
            decode(DictionaryPage { values: page.values as usize, slice })
        })?);
        state.dictionary = Some((decoded.clone(), self.cache.reserve(size)));
        Ok(decoded)
    }

    fn decoder(&self) -> PageDecoder<'_> {
        PageDecoder { descriptor: &self.descriptor, codec: self.codec }
    }

    fn data_page(&self, position: u64) -> Result<Page> {
        self.read(position, |header, stored| {
            let size = header.uncompressed_size as usize;
            match &header.kind {
                PageKind::Data(page) => self.decoder().data(page, stored, size),
                PageKind::DataV2(page) => self.decoder().data_v2(page, stored, size),
                PageKind::Dictionary(_) | PageKind::Index => Err(Error::corrupt("no data page")),
            }
        })
    }

    /// Reads the page whose header is at `position`.
    fn read<T>(&self, position: u64, decode: impl FnOnce(&PageHeader, &[u8]) -> Result<T>) -> Result<T> {
        let page = || {
            let (header, length) = self.header(position)?;
            let stored: Bytes = self.bytes.read(position + length, header.compressed_size as usize)?;
            if header.checksum.is_some_and(|expected| libdeflater::crc32(&stored) != expected) {
                return Err(Error::corrupt("its checksum is wrong"));
            }
            decode(&header, &stored)
        };
        page().map_err(|error| error.context(format!("page at byte {position}")))
    }

    /// Finds the next data page; false after the last.
    fn find_next(&self, state: &mut ChunkState) -> Result<bool> {
        while state.entries < self.entries {
            let position = state.next;
            let at = |error: Error| error.context(format!("page at byte {position}"));
            let (header, length) = self.header(position).map_err(at)?;
            state.next = position + length + u64::from(header.compressed_size);
            let entries = match &header.kind {
                PageKind::Data(page) => page.values,
                PageKind::DataV2(page) => page.values,
                PageKind::Dictionary(_) => {
                    if state.dictionary_page.replace(position).is_some() {
                        return Err(at(Error::corrupt("a second dictionary in one column chunk")));
                    }
                    0
                }
                PageKind::Index => 0,
            };
            if entries == 0 {
                continue;
            }
            let first = state.entries;
            state.entries += u64::from(entries);
            if state.entries > self.entries {
                return Err(at(Error::corrupt("it has more values than its column chunk")));
            }
            state.pages.push(PageLocation { header: position, first });
            return Ok(true);
        }
        Ok(false)
    }

    /// The header at `position` and its length.
    fn header(&self, position: u64) -> Result<(PageHeader, u64)> {
        let range = self.bytes.range();
        let remaining = range.end() - position;
        let mut min = USUAL_HEADER;
        loop {
            let bytes = self.bytes.peek(position, min)?;
            match PageHeader::parse(&bytes) {
                Ok((header, length)) => {
                    let remaining = remaining - length as u64;
                    if u64::from(header.compressed_size) > remaining {
                        return Err(Error::corrupt(format!(
                            "claims {} bytes, its column chunk has {remaining} left",
                            header.compressed_size,
                        )));
                    }
                    return Ok((header, length as u64));
                }
                Err(error) if bytes.len() as u64 >= remaining || min >= MAX_HEADER => return Err(error),
                // Statistics of long values make long headers.
                Err(_) => min = 8 * bytes.len(),
            }
        }
    }
}
