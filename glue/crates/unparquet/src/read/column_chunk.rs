//! A column chunk's pages, shared by the threads that read it.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use bytes::Bytes;
use parking_lot::Mutex;
use parquet::basic::Compression;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::schema::types::ColumnDescPtr;

use super::page::{Page, PageReader};
use super::page_header::{PageHeader, PageKind};
use super::section::Section;
use super::store::{Kept, Store};
use crate::chunk::ChunkBytes;
use crate::error::{Error, Result};

const USUAL_HEADER: usize = 64;
const MAX_HEADER: usize = 16 << 20;
/// Threads are rarely further apart than this many pages.
const RECENT: usize = 4;

/// Each page is decompressed once for all threads that are near it.
pub struct ColumnChunk {
    pub descriptor: ColumnDescPtr,
    /// Number of its entries: values, nulls and empty lists.
    pub entries: u64,
    codec: Compression,
    bytes: ChunkBytes,
    store: Arc<Store>,
    /// Most bytes of the text of its dictionary's entries.
    pub dictionary_text: usize,
    state: Mutex<State>,
}

struct State {
    /// The data pages found so far.
    pages: Vec<Place>,
    /// Where the header after them is.
    next: u64,
    /// Entries up to there.
    entries: u64,
    recent: VecDeque<(usize, Arc<Mutex<Held>>)>,
    dictionary_page: Option<u64>,
    /// In the form its readers want, and counted.
    dictionary: Option<(Arc<dyn Any + Send + Sync>, Kept)>,
}

/// A page, locked while a thread decompresses it.
#[derive(Default)]
enum Held {
    #[default]
    Nothing,
    /// For whoever asks first.
    Ahead(Arc<Page>),
    /// As long as a reader has it.
    InUse(Weak<Page>),
}

impl Held {
    fn take(&mut self) -> Option<Arc<Page>> {
        match std::mem::take(self) {
            Held::Nothing => None,
            Held::Ahead(page) => Some(page),
            Held::InUse(page) => page.upgrade(),
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    /// Position of the header.
    header: u64,
    /// Index of the first entry.
    first: u64,
}

pub struct DictionaryPage {
    pub values: usize,
    pub section: Section,
}

impl ColumnChunk {
    pub fn new(
        chunk: &ColumnChunkMetaData,
        bytes: ChunkBytes,
        store: Arc<Store>,
        dictionary_text: usize,
    ) -> Self {
        let state = State {
            pages: Vec::new(),
            next: bytes.range().offset,
            entries: 0,
            recent: VecDeque::with_capacity(RECENT),
            dictionary_page: None,
            dictionary: None,
        };
        Self {
            descriptor: chunk.column_descr_ptr(),
            entries: chunk.num_values() as u64,
            codec: chunk.compression(),
            bytes,
            store,
            dictionary_text,
            state: Mutex::new(state),
        }
    }

    /// The page at `index` and the index of its first entry; none behind the last.
    pub fn page(&self, index: usize) -> Result<Option<(Arc<Page>, u64)>> {
        let Some((place, held)) = self.place(&mut self.state.lock(), index)? else { return Ok(None) };
        let mut held = held.try_lock().unwrap_or_else(|| {
            // Another thread is decompressing it, so this one may as well do what both will want next.
            self.read_ahead(index + 1);
            held.lock()
        });
        let page = match held.take() {
            Some(page) => page,
            None => Arc::new(self.data_page(place.header)?.keep(&self.store)?),
        };
        *held = Held::InUse(Arc::downgrade(&page));
        Ok(Some((page, place.first)))
    }

    /// Where the page at `index` is in the file, and what is in memory of it.
    fn place(&self, state: &mut State, index: usize) -> Result<Option<(Place, Arc<Mutex<Held>>)>> {
        while state.pages.len() <= index {
            if !self.find_next(state)? {
                return Ok(None);
            }
        }
        let known = state.recent.iter().find(|(recent, _)| *recent == index).map(|(_, held)| held.clone());
        let held = known.unwrap_or_else(|| {
            if state.recent.len() == RECENT {
                state.recent.pop_front();
            }
            let held = Arc::default();
            state.recent.push_back((index, Arc::clone(&held)));
            held
        });
        Ok(Some((state.pages[index], held)))
    }

    /// Decompresses a page before it is asked for, if that takes nothing but time. What is wrong with it will be
    /// found out when it is.
    fn read_ahead(&self, index: usize) {
        let mut state = self.state.lock();
        let header = state.pages.get(index).map_or(state.next, |place| place.header);
        if !self.bytes.has(header, USUAL_HEADER) {
            return;
        }
        let Ok(Some((place, held))) = self.place(&mut state, index) else { return };
        drop(state);
        let Some(mut held) = held.try_lock() else { return };
        if !matches!(*held, Held::Nothing) {
            return;
        }
        let Ok((header, length)) = self.header(place.header) else { return };
        let has_room = self.store.has_room(header.uncompressed_size as usize);
        if has_room && self.bytes.has(place.header + length, header.compressed_size as usize) {
            let page = self.data_page(place.header).and_then(|page| page.keep(&self.store));
            *held = page.map_or(Held::Nothing, |page| Held::Ahead(Arc::new(page)));
        }
    }

    /// The index of the page that holds an entry.
    pub fn page_of(&self, entry: u64) -> Result<Option<usize>> {
        let mut state = self.state.lock();
        while state.entries <= entry {
            if !self.find_next(&mut state)? {
                return Ok(None);
            }
        }
        Ok(Some(state.pages.partition_point(|place| place.first <= entry) - 1))
    }

    /// The dictionary as `make` reads it, made once.
    pub fn dictionary<T: Send + Sync + 'static>(
        &self,
        make: impl FnOnce(DictionaryPage) -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut state = self.state.lock();
        if let Some((made, _)) = &state.dictionary {
            return made.clone().downcast().map_err(|_| Error::corrupt("two columns in one"));
        }
        let Some(position) = state.dictionary_page else {
            return Err(Error::corrupt("its values refer to a dictionary that is missing"));
        };
        let mut size = 0;
        let made = Arc::new(self.at(position, |header, stored| {
            let PageKind::Dictionary(page) = &header.kind else {
                return Err(Error::corrupt("its dictionary is no dictionary"));
            };
            let section = self.reader().dictionary(page, stored, header.uncompressed_size as usize)?;
            size = 2 * section.len() + self.dictionary_text;
            make(DictionaryPage { values: page.values as usize, section })
        })?);
        state.dictionary = Some((made.clone(), self.store.count(size)));
        Ok(made)
    }

    fn reader(&self) -> PageReader<'_> {
        PageReader { descriptor: &self.descriptor, codec: self.codec }
    }

    fn data_page(&self, position: u64) -> Result<Page> {
        self.at(position, |header, stored| {
            let size = header.uncompressed_size as usize;
            match &header.kind {
                PageKind::Data(page) => self.reader().data(page, stored, size),
                PageKind::DataV2(page) => self.reader().data_v2(page, stored, size),
                PageKind::Dictionary(_) | PageKind::Index => Err(Error::corrupt("no data page")),
            }
        })
    }

    /// Reads the page whose header is at `position`.
    fn at<T>(&self, position: u64, read: impl FnOnce(&PageHeader, &[u8]) -> Result<T>) -> Result<T> {
        let page = || {
            let (header, length) = self.header(position)?;
            let stored: Bytes = self.bytes.read(position + length, header.compressed_size as usize)?;
            if header.checksum.is_some_and(|expected| libdeflater::crc32(&stored) != expected) {
                return Err(Error::corrupt("its checksum is wrong"));
            }
            read(&header, &stored)
        };
        page().map_err(|error| error.at(format!("page at byte {position}")))
    }

    /// Adds the next data page, if there is one.
    fn find_next(&self, state: &mut State) -> Result<bool> {
        while state.entries < self.entries {
            let position = state.next;
            let at = |error: Error| error.at(format!("page at byte {position}"));
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
            state.pages.push(Place { header: position, first });
            return Ok(true);
        }
        Ok(false)
    }

    /// The header at `position` and its length.
    fn header(&self, position: u64) -> Result<(PageHeader, u64)> {
        let range = self.bytes.range();
        let left = range.offset + range.length - position;
        let mut least = USUAL_HEADER;
        loop {
            let bytes = self.bytes.peek(position, least)?;
            match PageHeader::parse(&bytes) {
                Ok((header, length)) => {
                    let left = left - length as u64;
                    if u64::from(header.compressed_size) > left {
                        return Err(Error::corrupt(format!(
                            "claims {} bytes, its column chunk has {left} left",
                            header.compressed_size,
                        )));
                    }
                    return Ok((header, length as u64));
                }
                Err(error) if bytes.len() as u64 >= left || least >= MAX_HEADER => return Err(error),
                // With statistics of long values a header may be long itself.
                Err(_) => least = 8 * bytes.len(),
            }
        }
    }
}
