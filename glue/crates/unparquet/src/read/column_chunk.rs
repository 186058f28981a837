//! A column chunk's pages, shared by the threads that read it.

use std::any::Any;
use std::collections::VecDeque;
use std::io::{self, BufRead, Read};
use std::sync::{Arc, Weak};

use bytes::{Buf, Bytes};
use libdeflater::Crc;
use parking_lot::Mutex;

use super::chunk_bytes::ChunkBytes;
use super::page::{Page, PageDecoder, PageLayout};
use super::page_cache::{LARGE_PAGE, PageCache, Reservation};
use super::page_header::{PageHeader, PageKind};
use super::page_slice::PageSlice;
use super::stream;
use crate::error::{Error, Result};
use crate::footer::ChunkMetadata;
use crate::schema::Column;
use crate::types::Codec;

/// Long enough for most page headers.
const USUAL_HEADER: usize = 64;
const MAX_HEADER: usize = 16 << 20;
/// Recent pages per column that threads share; threads are rarely further apart.
const RECENT: usize = 4;

/// Decompresses each page once for all threads near that page.
pub struct ColumnChunk {
    pub descriptor: Column,
    /// Values, nulls and empty lists.
    pub entries: u64,
    codec: Codec,
    bytes: ChunkBytes,
    cache: Arc<PageCache>,
    /// Maximum bytes of JSON for all dictionary entries.
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
    /// By page: the last value before it, for pages that continue from it.
    previous_values: VecDeque<(usize, Vec<u8>)>,
    dictionary_page: Option<PageLocation>,
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
    /// Alive while a reader holds it.
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
    /// See [`ColumnChunk::memory_of`].
    memory: u64,
}

/// A row group being read: its selected chunks by column index.
pub struct OpenRowGroup {
    pub index: usize,
    pub columns: Vec<Option<Arc<ColumnChunk>>>,
    pub cache: Arc<PageCache>,
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
            previous_values: VecDeque::new(),
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

    /// The page at `index` and the index of its first entry; None after the last page.
    pub fn page(&self, index: usize) -> Result<Option<(Arc<Page>, u64)>> {
        let Some((location, slot)) = self.locate(&mut self.state.lock(), index)? else { return Ok(None) };
        let _exclusive = self.cache.for_large_page(location.memory)?;
        let mut slot = slot.try_lock().unwrap_or_else(|| {
            // Another thread is decompressing it, so decompress the page that both need next.
            self.prefetch(index + 1);
            slot.lock()
        });
        let page = match slot.take() {
            Some(page) => page,
            None => Arc::new(self.load(index, location)?),
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

    /// Decompresses a page ahead of its readers if that needs neither the network nor the spill file. Errors are left to
    /// the thread that reads the page.
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
        let memory = self.memory_of(&header, location.header + length);
        let is_small = memory.is_ok_and(|memory| matches!(self.cache.for_large_page(memory), Ok(None)));
        let has_room = self.cache.has_room(header.uncompressed_size as usize);
        if is_small && has_room && self.bytes.has(location.header + length, header.compressed_size as usize) {
            *slot = self
                .load(index, location)
                .map_or(PageSlot::Empty, |page| PageSlot::Prefetched(Arc::new(page)));
        }
    }

    /// Maximum bytes of a value that is assembled in memory, where its text must fit, too.
    pub fn max_value(&self) -> usize {
        self.cache.long_row / 3 * 2
    }

    /// Reads a page and stores it in the cache.
    fn load(&self, index: usize, location: PageLocation) -> Result<Page> {
        let mut page = self.data_page(location.header)?;
        if page.needs_previous() {
            page.previous = self.last_value_before(index)?;
        }
        page.store_in(&self.cache)
    }

    /// The last value before a page, from decoding the pages since the nearest known value.
    fn last_value_before(&self, index: usize) -> Result<Vec<u8>> {
        let known = |state: &ChunkState| {
            let before = state.previous_values.iter().filter(|(known, _)| *known <= index);
            before.max_by_key(|(known, _)| *known).cloned()
        };
        let (first, mut value) = known(&self.state.lock()).unwrap_or_default();
        for page in first..index {
            let position = self.state.lock().pages[page].header;
            self.data_page(position)?.last_value(&mut value, self.max_value())?;
        }
        let mut state = self.state.lock();
        if state.previous_values.len() == RECENT {
            state.previous_values.pop_front();
        }
        state.previous_values.push_back((index, value.clone()));
        Ok(value)
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

    /// The dictionary, decoded once by `decode`, which also returns its bytes of memory beside the page.
    pub fn dictionary<T: Send + Sync + 'static>(
        &self,
        decode: impl FnOnce(DictionaryPage) -> Result<(T, usize)>,
    ) -> Result<Arc<T>> {
        let known = |state: &ChunkState| state.dictionary.as_ref().map(|(decoded, _)| decoded.clone());
        let as_known = |decoded: Arc<dyn Any + Send + Sync>| {
            decoded.downcast().map_err(|_| Error::corrupt("a dictionary of another type"))
        };
        let state = self.state.lock();
        if let Some(decoded) = known(&state) {
            return as_known(decoded);
        }
        let Some(location) = state.dictionary_page else {
            return Err(Error::corrupt("its dictionary page is missing"));
        };
        drop(state);
        let _exclusive = self.cache.for_large_page(location.memory)?;
        let mut state = self.state.lock();
        if let Some(decoded) = known(&state) {
            return as_known(decoded);
        }
        let (decoded, size) = self.read(location.header, |header, slice| {
            let PageKind::Dictionary(page) = &header.kind else {
                return Err(Error::corrupt("its dictionary page has another type"));
            };
            let mut slice = self.decoder().dictionary(page, slice)?;
            let values = page.values as usize;
            if !slice.is_spilled()
                && !self.cache.has_room_for_dictionary(slice.len() + values * size_of::<u64>())
            {
                let buffer = slice.whole();
                slice.spill(&buffer, &Arc::new(self.cache.spill(&buffer)?));
            }
            decode(DictionaryPage { values, slice })
        })?;
        let decoded = Arc::new(decoded);
        state.dictionary = Some((decoded.clone(), self.cache.reserve_dictionary(size)));
        Ok(decoded)
    }

    fn decoder(&self) -> PageDecoder<'_> {
        PageDecoder { descriptor: &self.descriptor }
    }

    fn data_page(&self, position: u64) -> Result<Page> {
        self.read(position, |header, slice| match &header.kind {
            PageKind::Data(page) => self.decoder().data(page, slice),
            PageKind::DataV2(page) => self.decoder().data_v2(page, slice),
            PageKind::Dictionary(_) | PageKind::Other => Err(Error::corrupt("it is not a data page")),
        })
    }

    /// Reads the page whose header is at `position`, and decompresses it.
    fn read<T>(&self, position: u64, decode: impl FnOnce(&PageHeader, PageSlice) -> Result<T>) -> Result<T> {
        let page = || {
            let (header, length) = self.header(position)?;
            let slice = self.content(&header, position + length)?;
            decode(&header, slice)
        };
        page().map_err(|error| error.context(format!("page at byte {position}")))
    }

    fn content(&self, header: &PageHeader, position: u64) -> Result<PageSlice> {
        let layout = PageLayout::new(header, self.codec)?;
        let stored = header.compressed_size as usize;
        let size = layout.head + layout.size;
        let is_large = size.max(stored) > LARGE_PAGE && !self.cache.has_room(size + stored);
        if is_large && let Some(memory) = self.stream_memory(&layout, position)? {
            let checksum = header.checksum.map(|_| Crc::new());
            let (bytes, piece) = (&self.bytes, Bytes::new());
            let mut input = StoredPage { bytes, position, remaining: stored, piece, checksum };
            let slice = stream::decompress(layout, &mut input, memory, &self.cache)?;
            input.skip_rest()?;
            return check(header, input.checksum.map(|checksum| checksum.sum())).map(|()| slice);
        }
        let stored: Bytes = self.bytes.read(position, stored)?;
        check(header, header.checksum.map(|_| libdeflater::crc32(&stored)))?;
        layout.content(&stored)
    }

    /// Finds the next data page; false after the last.
    fn find_next(&self, state: &mut ChunkState) -> Result<bool> {
        while state.entries < self.entries {
            let position = state.next;
            let at = |error: Error| error.context(format!("page at byte {position}"));
            let (header, length) = self.header(position).map_err(at)?;
            let memory = self.memory_of(&header, position + length).map_err(at)?;
            state.next = position + length + u64::from(header.compressed_size);
            let entries = match &header.kind {
                PageKind::Data(page) => page.values,
                PageKind::DataV2(page) => page.values,
                PageKind::Dictionary(_) => {
                    let location = PageLocation { header: position, first: 0, memory };
                    if state.dictionary_page.replace(location).is_some() {
                        return Err(at(Error::corrupt("the column chunk has a second dictionary page")));
                    }
                    0
                }
                PageKind::Other => 0,
            };
            if entries == 0 {
                continue;
            }
            let first = state.entries;
            state.entries += u64::from(entries);
            if state.entries > self.entries {
                return Err(at(Error::corrupt("it has more values than its column chunk")));
            }
            state.pages.push(PageLocation { header: position, first, memory });
            return Ok(true);
        }
        Ok(false)
    }

    /// Bytes that decompressing a large page takes beside those that the cache counts; 0 for small pages.
    fn memory_of(&self, header: &PageHeader, position: u64) -> Result<u64> {
        let whole = u64::from(header.compressed_size) + u64::from(header.uncompressed_size);
        if whole <= LARGE_PAGE as u64 {
            return Ok(0);
        }
        let layout = PageLayout::new(header, self.codec)?;
        Ok(self.stream_memory(&layout, position)?.map_or(whole, |memory| memory.min(whole)))
    }

    /// See [`stream::memory`]. The content of the page is at `position`.
    fn stream_memory(&self, layout: &PageLayout, position: u64) -> Result<Option<u64>> {
        let start = position + layout.head as u64;
        stream::memory(layout.codec, || self.bytes.peek(start, stream::ZSTD_HEADER))
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
                            "it claims {} bytes, but its column chunk has {remaining} left",
                            header.compressed_size,
                        )));
                    }
                    return Ok((header, length as u64));
                }
                Err(error) if bytes.len() as u64 >= remaining || min >= MAX_HEADER => return Err(error),
                // Statistics with long values make long headers.
                Err(_) => min = 8 * bytes.len(),
            }
        }
    }
}

/// The stored bytes of a page, read piece by piece.
struct StoredPage<'a> {
    bytes: &'a ChunkBytes,
    position: u64,
    remaining: usize,
    piece: Bytes,
    checksum: Option<Crc>,
}

/// Bytes of a page that are read at a time.
const PIECE: usize = 1 << 20;

impl StoredPage<'_> {
    /// Reads to the end: the checksum also covers bytes after the compressed stream.
    fn skip_rest(&mut self) -> Result<()> {
        while self.checksum.is_some() && self.remaining > 0 {
            self.piece.clear();
            self.fill_buf().map_err(stream::failed)?;
        }
        Ok(())
    }
}

impl BufRead for StoredPage<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.piece.is_empty() && self.remaining > 0 {
            let length = self.remaining.min(PIECE);
            self.piece = self.bytes.read(self.position, length).map_err(io::Error::other)?;
            self.position += length as u64;
            self.remaining -= length;
            if let Some(checksum) = &mut self.checksum {
                checksum.update(&self.piece);
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, count: usize) {
        self.piece.advance(count);
    }
}

impl Read for StoredPage<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(to.len());
        to[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

fn check(header: &PageHeader, checksum: Option<u32>) -> Result<()> {
    if header.checksum != checksum {
        return Err(Error::corrupt("its checksum does not match"));
    }
    Ok(())
}
