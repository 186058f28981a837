//! Reads and validates a file's footer.
//!
//! Layout: <https://github.com/apache/parquet-format#file-format>. Sizes in the footer are checked against the file's
//! size before they are used to allocate or read. Column chunks are parsed from the footer's bytes when they are needed:
//! a footer may list millions.

use std::borrow::Cow;

use bytes::Bytes;

use crate::error::{Code, Error, Result};
use crate::schema::{ELEMENT_SIZE, Schema};
use crate::source::Source;
use crate::thrift::{Cursor, ThriftType};
use crate::types::Codec;

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED_MAGIC: &[u8] = b"PARE";
/// Bytes of the footer length and magic after the footer.
const TAIL: u64 = 8;
/// One read of this size covers the footer of almost any file.
const FIRST_READ: u64 = 64 << 10;

/// The parsed footer (`FileMetaData`).
pub struct FileMetadata {
    footer: Bytes,
    pub schema: Schema,
    /// Rows of each row group.
    rows: Vec<u64>,
    /// Positions of the column chunks in the footer, row group by row group.
    chunks: Vec<u32>,
    positions: FieldPositions,
    /// Bytes of memory that the footer takes.
    pub memory: u64,
}

/// Positions of optional fields in the footer.
#[derive(Default)]
struct FieldPositions {
    key_values: Option<usize>,
    created_by: Option<usize>,
    column_orders: Option<usize>,
}

/// Reads the footer in at most `memory` bytes, the footer itself included. Errors: `limit_exceeded` if it needs more.
pub fn read(source: &dyn Source, memory: u64) -> Result<FileMetadata> {
    let size = source.size();
    let not_parquet = |why: &str| Err(Error::new(Code::NotParquet, why));
    if size == 0 {
        return not_parquet("the file is empty");
    }
    if size < MAGIC.len() as u64 + TAIL {
        return not_parquet("the file is too short to be a Parquet file");
    }
    let head = source.read(0, MAGIC.len())?;
    let tail_size = size.min(FIRST_READ);
    let tail = source.read(size - tail_size, tail_size as usize)?;
    let (length, magic) = tail[tail.len() - TAIL as usize..].split_at(4);
    if magic == ENCRYPTED_MAGIC || head == ENCRYPTED_MAGIC {
        return Err(Error::new(Code::EncryptedFile, "the file's footer is encrypted"));
    }
    match (head == MAGIC, magic == MAGIC) {
        (true, true) => {}
        (true, false) => return not_parquet("the file begins like Parquet, but its end is missing"),
        (false, true) => return not_parquet("the file ends like Parquet, but its beginning is missing"),
        (false, false) => return not_parquet("the file does not begin and end with PAR1"),
    }

    let length = u64::from(u32::from_le_bytes([length[0], length[1], length[2], length[3]]));
    if length > size - TAIL - MAGIC.len() as u64 {
        return Err(Error::corrupt(format!("the footer claims {length} bytes, but the file has {size}")));
    }
    let mut budget = MemoryBudget { total: memory, remaining: memory };
    budget.take(length, || format!("{length} bytes"))?;
    let footer = if length + TAIL <= tail_size {
        let end = tail.len() - TAIL as usize;
        tail.slice(end - length as usize..end)
    } else {
        source.read(size - TAIL - length, length as usize)?
    };
    let context = format!("footer at byte {}", size - TAIL - length);
    FileMetadata::parse(footer, &mut budget).map_err(|error| error.context(context))
}

/// The memory that the footer may take.
struct MemoryBudget {
    total: u64,
    remaining: u64,
}

impl MemoryBudget {
    fn take(&mut self, bytes: u64, what: impl FnOnce() -> String) -> Result<()> {
        self.remaining = self.remaining.checked_sub(bytes).ok_or_else(|| {
            let message = format!("the footer has {}, too many for {} bytes of memory", what(), self.total);
            Error::new(Code::LimitExceeded, message)
        })?;
        Ok(())
    }
}

impl FileMetadata {
    /// FileMetaData: 2 schema, 4 row_groups, 5 key_value_metadata, 6 created_by, 7 column_orders. 3 num_rows is ignored:
    /// some writers leave it 0.
    fn parse(footer: Bytes, budget: &mut MemoryBudget) -> Result<Self> {
        let mut schema = None;
        let (mut rows, mut chunks) = (Vec::new(), Vec::new());
        let mut positions = FieldPositions::default();
        Cursor::new(&footer).fields(|cursor, id, kind| {
            match (id, kind, &schema) {
                (2, ThriftType::List, None) => {
                    let count = structs(cursor)?;
                    budget.take(count as u64 * ELEMENT_SIZE, || format!("{count} schema elements"))?;
                    schema = Some(Schema::parse(cursor, count, &footer)?);
                }
                (4, ThriftType::List, Some(schema)) if rows.is_empty() => {
                    let count = structs(cursor)?;
                    let columns = schema.num_columns();
                    // A column chunk takes at least one byte.
                    let total = count.saturating_mul(columns).min(footer.len() - cursor.position());
                    // Per row group: 8 bytes here, 16 in the work plan.
                    budget.take(24 * count as u64 + 4 * total as u64, || {
                        format!("{count} row groups of {columns} columns")
                    })?;
                    rows.reserve_exact(count);
                    chunks.reserve_exact(total);
                    for index in 0..count {
                        let group = row_group(cursor, columns, &mut chunks);
                        rows.push(group.map_err(|error| error.context(format!("row group {index}")))?);
                    }
                }
                (2 | 4, ThriftType::List, _) => {
                    return Err(Error::corrupt("metadata fields are out of order"));
                }
                _ => {
                    match (id, kind) {
                        (5, ThriftType::List) => positions.key_values = Some(cursor.position()),
                        (6, ThriftType::Binary) => positions.created_by = Some(cursor.position()),
                        (7, ThriftType::List) => positions.column_orders = Some(cursor.position()),
                        _ => {}
                    }
                    cursor.skip(kind)?;
                }
            }
            Ok(())
        })?;
        let schema = schema.ok_or_else(|| Error::corrupt("it has no schema"))?;
        if rows.iter().try_fold(0, |sum: i64, &rows| sum.checked_add_unsigned(rows)).is_none() {
            return Err(Error::corrupt("over 2^63 rows"));
        }
        let memory = budget.total - budget.remaining;
        Ok(Self { footer, schema, rows, chunks, positions, memory })
    }

    fn cursor(&self, position: Option<usize>) -> Option<Cursor<'_>> {
        position.map(|position| Cursor::new(&self.footer[position..]))
    }

    /// A cursor at the list `key_value_metadata`.
    pub fn key_values(&self) -> Option<Cursor<'_>> {
        self.cursor(self.positions.key_values)
    }

    /// A cursor at the string `created_by`.
    pub fn created_by(&self) -> Option<Cursor<'_>> {
        self.cursor(self.positions.created_by)
    }

    /// A cursor at the list `column_orders`.
    pub fn column_orders(&self) -> Option<Cursor<'_>> {
        self.cursor(self.positions.column_orders)
    }

    /// Rows of each row group.
    pub fn row_groups(&self) -> &[u64] {
        &self.rows
    }

    pub fn chunk(&self, row_group: usize, column: usize) -> Result<ChunkMetadata<'_>> {
        let position = self.chunks[row_group * self.schema.num_columns() + column];
        ChunkMetadata::parse(&mut Cursor::new(&self.footer[position as usize..]))
    }

    /// The chunks of a column.
    pub fn chunks(&self, column: usize) -> impl Iterator<Item = Result<ChunkMetadata<'_>>> {
        (0..self.rows.len()).map(move |row_group| self.chunk(row_group, column))
    }

    /// A chunk and its range, both checked. Errors: the chunk cannot be read.
    pub fn readable_chunk(
        &self,
        row_group: usize,
        column: usize,
        file_size: u64,
    ) -> Result<(ChunkMetadata<'_>, ChunkRange)> {
        let descriptor = self.schema.column(column);
        let chunk = || {
            let chunk = self.chunk(row_group, column)?;
            chunk.check()?;
            let range = chunk.range(descriptor.max_rep_level() == 0, self.rows[row_group], file_size)?;
            Ok((chunk, range))
        };
        chunk().map_err(|error: Error| error.context(format!("column {descriptor} in row group {row_group}")))
    }
}

/// Number of structs in the list at the cursor.
fn structs(cursor: &mut Cursor<'_>) -> Result<usize> {
    match cursor.list()? {
        (count, ThriftType::Struct) => Ok(count),
        _ => Err(Error::corrupt("a metadata list has the wrong element type")),
    }
}

/// RowGroup: 1 columns, 3 num_rows. Returns the rows and appends the positions of the column chunks.
fn row_group(cursor: &mut Cursor<'_>, columns: usize, chunks: &mut Vec<u32>) -> Result<u64> {
    let (mut rows, mut listed) = (None, 0);
    cursor.fields(|cursor, id, kind| {
        match (id, kind) {
            (1, ThriftType::List) => {
                listed += structs(cursor)?;
                if listed != columns {
                    let message = format!("{listed} column chunks, but the schema has {columns} columns");
                    return Err(Error::corrupt(message));
                }
                for _ in 0..columns {
                    chunks.push(cursor.position() as u32);
                    cursor.skip(ThriftType::Struct)?;
                }
            }
            (3, ThriftType::Integer) => rows = Some(cursor.integer()?),
            _ => cursor.skip(kind)?,
        }
        Ok(())
    })?;
    if listed != columns {
        return Err(Error::corrupt(format!("{listed} column chunks, but the schema has {columns} columns")));
    }
    let rows = rows.ok_or_else(|| Error::corrupt("its number of rows is missing"))?;
    u64::try_from(rows).map_err(|_| Error::corrupt(format!("negative number of rows: {rows}")))
}

/// `ColumnChunk` and its `ColumnMetaData`.
#[derive(Default)]
pub struct ChunkMetadata<'a> {
    is_encrypted: bool,
    is_in_another_file: bool,
    /// All required fields are there. An encrypted chunk may have none.
    is_complete: bool,
    /// A number of the enum `CompressionCodec`.
    codec: i32,
    /// A bit mask of numbers of the enum `Encoding`.
    encodings: u64,
    pub num_values: i64,
    pub uncompressed_size: i64,
    pub compressed_size: i64,
    data_page_offset: i64,
    pub dictionary_page_offset: Option<i64>,
    /// The struct `Statistics`.
    pub statistics: Option<&'a [u8]>,
}

impl<'a> ChunkMetadata<'a> {
    /// ColumnChunk: 1 file_path, 3 meta_data, 8 crypto_metadata.
    fn parse(cursor: &mut Cursor<'a>) -> Result<Self> {
        let mut chunk = Self::default();
        cursor.fields(|cursor, id, kind| {
            match (id, kind) {
                (1, ThriftType::Binary) => chunk.is_in_another_file = !cursor.binary()?.is_empty(),
                (3, ThriftType::Struct) => chunk.parse_metadata(cursor)?,
                (8, ThriftType::Struct) => {
                    chunk.is_encrypted = true;
                    cursor.skip(kind)?;
                }
                _ => cursor.skip(kind)?,
            }
            Ok(())
        })?;
        Ok(chunk)
    }

    /// ColumnMetaData: 2 encodings, 4 codec, 5 num_values, 6 total_uncompressed_size, 7 total_compressed_size,
    /// 9 data_page_offset, 11 dictionary_page_offset, 12 statistics.
    fn parse_metadata(&mut self, cursor: &mut Cursor<'a>) -> Result<()> {
        let mut required = 0;
        cursor.fields(|cursor, id, kind| {
            if kind == ThriftType::Integer && matches!(id, 4..=7 | 9) {
                required |= 1 << id;
            }
            match (id, kind) {
                (2, ThriftType::List) => {
                    let (count, kind) = cursor.list()?;
                    for _ in 0..count {
                        if kind != ThriftType::Integer {
                            cursor.skip_element(kind)?;
                        } else if let Ok(encoding @ 0..64) = cursor.integer() {
                            self.encodings |= 1 << encoding;
                        }
                    }
                }
                (4, ThriftType::Integer) => self.codec = cursor.int32()?,
                (5, ThriftType::Integer) => self.num_values = cursor.integer()?,
                (6, ThriftType::Integer) => self.uncompressed_size = cursor.integer()?,
                (7, ThriftType::Integer) => self.compressed_size = cursor.integer()?,
                (9, ThriftType::Integer) => self.data_page_offset = cursor.integer()?,
                (11, ThriftType::Integer) => self.dictionary_page_offset = Some(cursor.integer()?),
                (12, ThriftType::Struct) => {
                    let start = cursor.position();
                    cursor.skip(kind)?;
                    self.statistics = Some(cursor.since(start));
                }
                _ => cursor.skip(kind)?,
            }
            Ok(())
        })?;
        self.is_complete = required == 0b10_1111_0000;
        Ok(())
    }

    /// Errors: the chunk cannot be read. Does not check its position.
    pub fn check(&self) -> Result<()> {
        if self.is_encrypted {
            return Err(Error::new(Code::EncryptedFile, "it is encrypted"));
        }
        if self.is_in_another_file {
            return Err(Error::new(Code::UnsupportedFeature, "its data is in another file"));
        }
        if !self.is_complete {
            return Err(Error::corrupt("its metadata is incomplete"));
        }
        self.codec().map(|_| ())
    }

    pub fn codec(&self) -> Result<Codec> {
        Ok(match self.codec {
            0 => Codec::UNCOMPRESSED,
            1 => Codec::SNAPPY,
            2 => Codec::GZIP,
            4 => Codec::BROTLI,
            5 => Codec::LZ4,
            6 => Codec::ZSTD,
            7 => Codec::LZ4_RAW,
            codec => {
                return Err(Error::unknown(
                    codec,
                    format!("unsupported compression codec: {}", self.codec_name()),
                ));
            }
        })
    }

    /// The codec's number and the bit mask of encodings.
    pub fn storage(&self) -> (i32, u64) {
        (self.codec, self.encodings)
    }

    /// The codec's name in lower case, or the number of an unknown codec.
    pub fn codec_name(&self) -> Cow<'static, str> {
        const NAMES: [&str; 8] =
            ["uncompressed", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw"];
        let name = usize::try_from(self.codec).ok().and_then(|codec| NAMES.get(codec));
        name.map_or_else(|| format!("unknown ({})", self.codec).into(), |&name| name.into())
    }

    pub fn encoding_names(&self) -> impl Iterator<Item = Cow<'static, str>> {
        const NAMES: [&str; 11] = [
            "PLAIN",
            "GROUP_VAR_INT",
            "PLAIN_DICTIONARY",
            "RLE",
            "BIT_PACKED",
            "DELTA_BINARY_PACKED",
            "DELTA_LENGTH_BYTE_ARRAY",
            "DELTA_BYTE_ARRAY",
            "RLE_DICTIONARY",
            "BYTE_STREAM_SPLIT",
            "ALP",
        ];
        let encodings = self.encodings;
        (0..64).filter(move |encoding| encodings >> encoding & 1 == 1).map(|encoding: usize| {
            NAMES.get(encoding).map_or_else(|| format!("unknown ({encoding})").into(), |&name| name.into())
        })
    }

    /// The position of a chunk, checked against the file's size.
    fn range(&self, is_flat: bool, rows: u64, file_size: u64) -> Result<ChunkRange> {
        let values = self.num_values;
        if values < 0 || (is_flat && values as u64 != rows) {
            return Err(Error::corrupt(format!("{values} values in a row group of {rows} rows")));
        }
        // Some writers store 0 if there is no dictionary page.
        let first_page = match self.dictionary_page_offset {
            Some(dictionary) if dictionary > 0 && dictionary < self.data_page_offset => dictionary,
            _ => self.data_page_offset,
        };
        let offset = u64::try_from(first_page).ok();
        let length = u64::try_from(self.compressed_size).ok();
        let data_end = file_size - TAIL;
        match (offset, length) {
            (Some(offset), Some(length))
                if offset.checked_add(length).is_some_and(|end| end <= data_end)
                    && (offset >= MAGIC.len() as u64 || values == 0) =>
            {
                // parquet-mr before 1.2.9 excluded the dictionary page's header from the size (PARQUET-816). Extra
                // bytes are ignored, because pages are read up to the number of values.
                let slack = (data_end - offset - length).min(100);
                Ok(ChunkRange { offset, length: length + slack })
            }
            _ => Err(Error::corrupt(format!(
                "it claims {} bytes at byte {first_page}, but the file has {file_size}",
                self.compressed_size
            ))),
        }
    }
}

/// Byte range of a column chunk, from its first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkRange {
    pub offset: u64,
    pub length: u64,
}

impl ChunkRange {
    pub fn end(self) -> u64 {
        self.offset + self.length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT32: [u8; 7] = [0x15, 2, 0x25, 0, 0x18, 1, b'a'];

    /// FileMetaData with a schema of `columns` INT32 columns, and the bytes of its row groups.
    fn footer(columns: u8, row_groups: &[u8]) -> Bytes {
        let root = [0x48, 1, b'r', 0x15, 2 * columns, 0];
        let mut footer = vec![0x29, (columns + 1) << 4 | 0x0c];
        footer.extend_from_slice(&root);
        (0..columns).for_each(|_| footer.extend_from_slice(&[&INT32[..], &[0]].concat()));
        footer.extend_from_slice(row_groups);
        footer.push(0);
        footer.into()
    }

    fn parse(footer: Bytes, memory: u64) -> Result<FileMetadata> {
        FileMetadata::parse(footer, &mut MemoryBudget { total: memory, remaining: memory })
    }

    fn refusal(footer: Bytes, memory: u64) -> String {
        parse(footer, memory).err().map_or_else(String::new, |error| error.to_string())
    }

    #[test]
    fn the_error_for_a_large_footer_names_what_exceeds_the_memory() {
        let one_group = [0x29, 0x1c, 0x19, 0x2c, 0, 0, 0x26, 6, 0];
        assert_eq!(parse(footer(2, &one_group), 1000).unwrap().row_groups(), [3]);
        let message = "limit_exceeded: the footer has 3 schema elements, too many for 10 bytes of memory";
        assert_eq!(refusal(footer(2, &one_group), 10), message);
        let memory = 3 * ELEMENT_SIZE;
        assert!(refusal(footer(2, &one_group), memory).contains("has 1 row groups of 2 columns, too many"));
    }

    #[test]
    fn each_row_group_has_each_column_once() {
        for (columns, found) in [(0x1c, 1), (0x3c, 3)] {
            let mut group = vec![0x29, 0x1c, 0x19, columns];
            group.extend(std::iter::repeat_n(0, found));
            group.extend([0x26, 6, 0]);
            let message = format!("row group 0: {found} column chunks, but the schema has 2 columns");
            assert!(refusal(footer(2, &group), 1000).ends_with(&message));
        }
        assert!(refusal(footer(2, &[0x29, 0x1c, 0x36, 6, 0]), 1000).contains("0 column chunks"));
        assert!(refusal(footer(0, &[0x29, 0x1c, 0x19, 0x0c, 0]), 1000).contains("number of rows is missing"));
    }

    #[test]
    fn incomplete_chunk_metadata_is_an_error_only_when_the_chunk_is_read() {
        let group = [0x29, 0x1c, 0x19, 0x1c, 0x3c, 0x45, 0, 0, 0, 0x26, 6, 0];
        let metadata = parse(footer(1, &group), 1000).unwrap();
        let chunk = metadata.chunk(0, 0).unwrap();
        assert_eq!(chunk.codec_name(), "uncompressed");
        assert_eq!(chunk.check().unwrap_err().to_string(), "corrupt_file: its metadata is incomplete");
    }
}
