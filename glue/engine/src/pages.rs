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
            PageKind::Dictionary(Dictionary { values, encoding }) => {
                let buf = self.uncompressed(stored, size)?;
                self.check_dictionary(values, buf.len())?;
                Ok(Page::DictionaryPage { buf, num_values: values, encoding, is_sorted: false })
            }
            PageKind::Data(page) => {
                let buf = self.uncompressed(stored, size)?;
                self.data_page(buf, page)
            }
            PageKind::DataV2(page) => {
                let (buf, page) = self.as_version_1(&stored, size, page)?;
                self.data_page(buf, page)
            }
            PageKind::Index => Err(Error::corrupt("an index page among data pages")),
        }
    }

    fn data_page(&self, buf: Bytes, page: Data) -> Result<Page> {
        let values = delta::values_of_v1(&buf, &page, &self.descriptor)?;
        // A page of nothing but nulls may lack even what every page of its encoding begins with.
        let encoding = if values.is_empty() { Encoding::PLAIN } else { page.encoding };
        match encoding {
            Encoding::DELTA_BINARY_PACKED => delta::check(values, page.values, 1)?,
            Encoding::DELTA_LENGTH_BYTE_ARRAY => delta::check(values, page.values, 1)?,
            Encoding::DELTA_BYTE_ARRAY => delta::check(values, page.values, 2)?,
            _ => {}
        }
        Ok(Page::DataPage {
            buf,
            num_values: page.values,
            encoding,
            def_level_encoding: page.definition_encoding,
            rep_level_encoding: page.repetition_encoding,
            statistics: None,
        })
    }

    /// A page of version 2 laid out as one of version 1: each kind of levels behind its length.
    ///
    /// The parquet crate believes the number of nulls in a version 2 header, and Arrow C++ up to 21 counts
    /// them wrongly in lists.
    fn as_version_1(&self, stored: &[u8], size: usize, page: DataV2) -> Result<(Bytes, Data)> {
        let split = stored.split_at_checked(page.repetition_bytes as usize).and_then(|(repetition, rest)| {
            let (definition, values) = rest.split_at_checked(page.definition_bytes as usize)?;
            let size = size.checked_sub(repetition.len() + definition.len())?;
            Some((repetition, definition, values, size))
        });
        let Some((repetition, definition, values, size)) = split else {
            return Err(Error::corrupt("its levels are longer than itself"));
        };
        let mut buffer = Vec::with_capacity(8 + repetition.len() + definition.len());
        for (max_level, levels) in
            [(self.descriptor.max_rep_level(), repetition), (self.descriptor.max_def_level(), definition)]
        {
            if max_level > 0 {
                buffer.extend_from_slice(&(levels.len() as u32).to_le_bytes());
                buffer.extend_from_slice(levels);
            }
        }
        // Of nulls only there may be no stream at all, and for most codecs nothing is no valid one.
        if page.is_compressed && self.codec != Compression::UNCOMPRESSED && size > 0 {
            buffer = decompress(self.codec, values, size, &buffer)?;
        } else if size > 0 {
            buffer.extend_from_slice(values);
        }
        let data = Data {
            values: page.values,
            encoding: page.encoding,
            definition_encoding: Encoding::RLE,
            repetition_encoding: Encoding::RLE,
        };
        Ok((buffer.into(), data))
    }

    fn uncompressed(&self, stored: Bytes, size: usize) -> Result<Bytes> {
        match self.codec {
            // A few writers leave a wrong uncompressed size in the header of what is not compressed.
            Compression::UNCOMPRESSED => Ok(stored),
            _ if size == 0 => Ok(Bytes::new()),
            codec => Ok(decompress(codec, &stored, size, &[])?.into()),
        }
    }

    /// A dictionary is decoded whole, so its number of values must fit its bytes.
    fn check_dictionary(&self, values: u32, size: usize) -> Result<()> {
        let least_bits = match self.descriptor.physical_type() {
            Type::BOOLEAN => 1,
            Type::INT32 | Type::FLOAT | Type::BYTE_ARRAY => 32,
            Type::INT64 | Type::DOUBLE => 64,
            Type::INT96 => 96,
            Type::FIXED_LEN_BYTE_ARRAY => 8 * self.descriptor.type_length().max(1) as u64,
        };
        if u64::from(values) * least_bits > 8 * size as u64 {
            return Err(Error::corrupt(format!("{size} bytes cannot hold a dictionary of {values} values")));
        }
        Ok(())
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
