//! The pages of one column chunk, checked before the parquet crate decodes them.
//!
//! The crate's own page reader trusts sizes it finds in page headers and lets a stream decompress to
//! more than was announced; this one bounds every allocation and says where in the file a page is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Type};
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::schema::types::ColumnDescPtr;

use crate::chunk::ChunkBytes;
use crate::decompress::decompress;
use crate::delta;
use crate::error::{Code, Error, Result};
use crate::page_header::{Data, DataV2, Dictionary, PageHeader, PageKind};

/// Most levels the pages of one batch of nested rows may have: a few bytes of run-length encoding can
/// claim 2^31, and all of a row's are in memory at once.
const MAX_LEVELS: u64 = 64 << 20;
const HEADER_WINDOW: usize = 16 << 10;
const MAX_HEADER: usize = 16 << 20;

pub struct Pages {
    chunk: Arc<ChunkBytes>,
    descriptor: ColumnDescPtr,
    codec: Compression,
    /// Where the next page header is.
    position: u64,
    values_left: u64,
    batch_levels: Arc<AtomicU64>,
    next: Option<(PageHeader, u64)>,
}

impl Pages {
    /// `batch_levels` counts the levels handed out; who reads the pages sets it back for each batch.
    pub fn new(
        chunk: Arc<ChunkBytes>,
        descriptor: ColumnDescPtr,
        codec: Compression,
        values: u64,
        batch_levels: Arc<AtomicU64>,
    ) -> Self {
        let position = chunk.range().offset;
        Self { chunk, descriptor, codec, position, values_left: values, batch_levels, next: None }
    }

    /// The next page's header and where its data is, read but not passed.
    fn header(&mut self) -> Result<Option<(PageHeader, u64)>> {
        while self.next.is_none() && self.values_left > 0 {
            let start = self.position;
            let (header, length) =
                self.read_header().map_err(|error| error.at(format!("page at byte {start}")))?;
            let data = start + length as u64;
            if matches!(header.kind, PageKind::Index) || header.is_empty_data_page() {
                self.position = data + header.compressed_size as u64;
                continue;
            }
            self.next = Some((header, data));
        }
        Ok(self.next.clone())
    }

    fn read_header(&self) -> Result<(PageHeader, usize)> {
        let range = self.chunk.range();
        let left = range.offset + range.length - self.position;
        let mut window = HEADER_WINDOW;
        loop {
            let available = left.min(window as u64) as usize;
            let bytes = self.chunk.read(self.position, available)?;
            match PageHeader::parse(&bytes) {
                Ok((header, length)) => {
                    if header.compressed_size as u64 > left - length as u64 {
                        return Err(Error::corrupt(format!(
                            "claims {} bytes, its column chunk has {} left",
                            header.compressed_size,
                            left - length as u64
                        )));
                    }
                    return Ok((header, length));
                }
                Err(error) if available as u64 == left || window >= MAX_HEADER => return Err(error),
                Err(_) => window *= 8,
            }
        }
    }

    /// Passes the page whose header is next.
    fn take(&mut self) -> Result<Option<(PageHeader, u64)>> {
        let Some((header, data)) = self.header()? else { return Ok(None) };
        self.next = None;
        self.position = data + header.compressed_size as u64;
        let values = match &header.kind {
            PageKind::Data(page) => page.values,
            PageKind::DataV2(page) => page.values,
            _ => 0,
        };
        self.values_left = self.values_left.checked_sub(u64::from(values)).ok_or_else(|| {
            Error::corrupt(format!("page at byte {data} has more values than its column chunk"))
        })?;
        if self.descriptor.max_rep_level() > 0 {
            let before = self.batch_levels.fetch_add(u64::from(values), Ordering::Relaxed);
            if before + u64::from(values) > MAX_LEVELS {
                let message = format!("rows have over {MAX_LEVELS} values at the page at byte {data}");
                return Err(Error::new(Code::LimitExceeded, message));
            }
        }
        Ok(Some((header, data)))
    }

    fn decode(&self, header: PageHeader, data: u64) -> Result<Page> {
        let stored = self.chunk.read(data, header.compressed_size as usize)?;
        if header.checksum.is_some_and(|expected| crc32fast::hash(&stored) != expected) {
            return Err(Error::corrupt("its checksum is wrong"));
        }
        let size = header.uncompressed_size as usize;
        match header.kind {
            PageKind::Dictionary(dictionary) => {
                let buf = self.uncompressed(stored, size, 0, true)?;
                self.check_dictionary(&dictionary, buf.len())?;
                Ok(Page::DictionaryPage {
                    buf,
                    num_values: dictionary.values,
                    encoding: dictionary.encoding,
                    is_sorted: false,
                })
            }
            PageKind::Data(page) => {
                let buf = self.uncompressed(stored, size, 0, true)?;
                let values = delta::values_of_v1(&buf, &page, &self.descriptor)?;
                self.check_values(page.encoding, values, page.values)?;
                let Data { values, encoding, definition_encoding, repetition_encoding } = page;
                Ok(Page::DataPage {
                    buf,
                    num_values: values,
                    encoding,
                    def_level_encoding: definition_encoding,
                    rep_level_encoding: repetition_encoding,
                    statistics: None,
                })
            }
            PageKind::DataV2(page) => {
                let levels = page.repetition_bytes as usize + page.definition_bytes as usize;
                if levels > size || levels > stored.len() {
                    return Err(Error::corrupt("its levels are longer than itself"));
                }
                let buf = self.uncompressed(stored, size, levels, page.is_compressed)?;
                self.check_values(page.encoding, &buf[levels..], page.values)?;
                let DataV2 { values, nulls, rows, encoding, .. } = page;
                Ok(Page::DataPageV2 {
                    buf,
                    num_values: values,
                    encoding,
                    num_nulls: nulls,
                    num_rows: rows,
                    def_levels_byte_len: page.definition_bytes,
                    rep_levels_byte_len: page.repetition_bytes,
                    is_compressed: page.is_compressed,
                    statistics: None,
                })
            }
            PageKind::Index => Err(Error::corrupt("an index page among data pages")),
        }
    }

    fn uncompressed(&self, stored: Bytes, size: usize, levels: usize, compressed: bool) -> Result<Bytes> {
        if self.codec == Compression::UNCOMPRESSED || !compressed {
            // A few writers leave a wrong uncompressed size in the header of a page that is not compressed.
            return Ok(stored);
        }
        if size == levels {
            // Nulls only: there may be no stream at all, which is no valid one for most codecs.
            return Ok(stored.slice(..levels));
        }
        Ok(decompress(self.codec, &stored[levels..], size - levels, &stored[..levels])?.into())
    }

    /// A dictionary is decoded whole, so its number of values must fit its bytes.
    fn check_dictionary(&self, dictionary: &Dictionary, size: usize) -> Result<()> {
        let least_bits = match self.descriptor.physical_type() {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 32,
            Type::INT64 | Type::DOUBLE => 64,
            Type::INT96 => 96,
            Type::FIXED_LEN_BYTE_ARRAY => 8 * self.descriptor.type_length().max(1) as u64,
        };
        if u64::from(dictionary.values) * least_bits > 8 * size as u64 {
            return Err(Error::corrupt(format!(
                "{size} bytes cannot hold a dictionary of {} values",
                dictionary.values
            )));
        }
        Ok(())
    }

    fn check_values(&self, encoding: Encoding, values: &[u8], count: u32) -> Result<()> {
        match encoding {
            Encoding::DELTA_BINARY_PACKED => delta::check(values, count, 1),
            Encoding::DELTA_LENGTH_BYTE_ARRAY => delta::check(values, count, 1),
            Encoding::DELTA_BYTE_ARRAY => delta::check(values, count, 2),
            _ => Ok(()),
        }
    }
}

impl Iterator for Pages {
    type Item = parquet::errors::Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}

impl PageReader for Pages {
    fn get_next_page(&mut self) -> parquet::errors::Result<Option<Page>> {
        let Some((header, data)) = self.take()? else { return Ok(None) };
        let page = self.decode(header, data).map_err(|error| error.at(format!("page at byte {data}")))?;
        Ok(Some(page))
    }

    fn peek_next_page(&mut self) -> parquet::errors::Result<Option<PageMetadata>> {
        Ok(self.header()?.map(|(header, _)| match header.kind {
            PageKind::Data(page) => {
                PageMetadata { num_rows: None, num_levels: Some(page.values as usize), is_dict: false }
            }
            PageKind::DataV2(page) => PageMetadata {
                num_rows: Some(page.rows as usize),
                num_levels: Some(page.values as usize),
                is_dict: false,
            },
            PageKind::Dictionary(_) | PageKind::Index => {
                PageMetadata { num_rows: None, num_levels: None, is_dict: true }
            }
        }))
    }

    fn skip_next_page(&mut self) -> parquet::errors::Result<()> {
        self.take()?;
        Ok(())
    }
}
