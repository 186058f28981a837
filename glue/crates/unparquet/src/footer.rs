//! Reads and validates a file's footer.
//!
//! Layout: <https://github.com/apache/parquet-format#file-format>. All sizes in the footer are checked against the
//! file's size before they are used to allocate or read.

use bytes::Bytes;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};

use crate::error::{Code, Error, Result};
use crate::source::Source;
use crate::thrift::{Cursor, ThriftType};

const MAGIC: &[u8] = b"PAR1";
const ENCRYPTED_MAGIC: &[u8] = b"PARE";
/// Footer length and magic, after the footer.
const TAIL: u64 = 8;
const MAX_FOOTER: u64 = 256 << 20;
const MAX_SCHEMA_DEPTH: usize = 64;
/// One read of this size covers the footer of almost any file.
const FIRST_READ: u64 = 64 << 10;

pub fn read(source: &dyn Source) -> Result<ParquetMetaData> {
    Ok(read_whole(source)?.0)
}

/// The footer, and its bytes.
pub fn read_whole(source: &dyn Source) -> Result<(ParquetMetaData, Bytes)> {
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
        (true, false) => return not_parquet("the file begins like Parquet but its end is missing"),
        (false, true) => return not_parquet("the file ends like Parquet but its beginning is missing"),
        (false, false) => return not_parquet("the file does not begin and end with PAR1"),
    }

    let length = u64::from(u32::from_le_bytes([length[0], length[1], length[2], length[3]]));
    if length > size - TAIL - MAGIC.len() as u64 {
        return Err(Error::corrupt(format!("the footer claims {length} bytes of a file of {size}")));
    }
    if length > MAX_FOOTER {
        return Err(Error::new(Code::LimitExceeded, format!("the footer has {length} bytes")));
    }
    let footer = if length + TAIL <= tail_size {
        let end = tail.len() - TAIL as usize;
        tail.slice(end - length as usize..end)
    } else {
        source.read(size - TAIL - length, length as usize)?
    };
    let context = format!("footer at byte {}", size - TAIL - length);
    let metadata = parse(&footer).map_err(|error| error.context(context))?;
    check(&metadata)?;
    Ok((metadata, footer))
}

fn parse(footer: &[u8]) -> Result<ParquetMetaData> {
    Ok(ParquetMetaDataReader::decode_metadata(&lean(footer)?)?)
}

/// The footer reduced to what a conversion needs: schema, row groups, and where each column chunk is and how it is
/// encoded.
///
/// Most of a footer are statistics and other fields not needed here, and some writers use field ids that the format
/// has since assigned, which the parquet crate would misread. This also validates everything that could be abused:
/// the lengths of lists and strings, the nesting, the schema's tree, and that nothing is encrypted.
fn lean(footer: &[u8]) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(footer.len());
    let mut children = Vec::new();
    // FileMetaData: 1 version, 2 schema, 3 num_rows, 4 row_groups, 8 encryption_algorithm.
    keep_fields(&mut Cursor::new(footer), &mut out, 4, |cursor, out, id, kind| match (id, kind) {
        (2, ThriftType::List) => {
            let start = cursor.position();
            let (count, _) = cursor.list()?;
            for _ in 0..count {
                children.push(schema_element_children(cursor)?);
            }
            out.extend_from_slice(cursor.since(start));
            Ok(true)
        }
        (4, ThriftType::List) => keep_list(cursor, out, keep_row_group),
        (8, ThriftType::Struct) => Err(Error::new(Code::EncryptedFile, "the file's columns are encrypted")),
        _ => Ok(false),
    })?;
    check_tree(&children)?;
    Ok(out)
}

/// RowGroup: 1 columns, 2 total_byte_size, 3 num_rows.
fn keep_row_group(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    keep_fields(cursor, out, 3, |cursor, out, id, kind| match (id, kind) {
        (1, ThriftType::List) => keep_list(cursor, out, keep_column_chunk),
        _ => Ok(false),
    })
}

/// ColumnChunk: 1 file_path, 2 file_offset, 3 meta_data, 8 crypto_metadata. Of ColumnMetaData, everything up to 11,
/// dictionary_page_offset.
fn keep_column_chunk(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    keep_fields(cursor, out, 3, |cursor, out, id, kind| match (id, kind) {
        (3, ThriftType::Struct) => keep_fields(cursor, out, 11, keep_column_metadata).map(|()| true),
        (8, ThriftType::Struct) => Err(Error::new(Code::EncryptedFile, "a column is encrypted")),
        _ => Ok(false),
    })
}

/// ColumnMetaData: 8 key_value_metadata is not needed and becomes an empty list of structs, because some writers
/// write it in a form that the parquet crate cannot read.
fn keep_column_metadata(
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
    id: i16,
    kind: ThriftType,
) -> Result<bool> {
    const EMPTY_LIST: u8 = 0x0c;
    if (id, kind) != (8, ThriftType::List) {
        return Ok(false);
    }
    cursor.skip(kind)?;
    out.push(EMPTY_LIST);
    Ok(true)
}

/// Copies a struct without its fields after `max`. `keep` may write a field's value itself and then returns true.
fn keep_fields(
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
    max: i16,
    mut keep: impl FnMut(&mut Cursor<'_>, &mut Vec<u8>, i16, ThriftType) -> Result<bool>,
) -> Result<()> {
    let mut start = cursor.position();
    let mut dropped = false;
    cursor.fields(|cursor, id, kind| {
        let before = out.len();
        out.extend_from_slice(cursor.since(start));
        let value = cursor.position();
        if !keep(cursor, out, id, kind)? {
            cursor.skip(kind)?;
            out.extend_from_slice(cursor.since(value));
        }
        if id > max {
            dropped = true;
            out.truncate(before);
        } else if dropped {
            // Field ids are stored as differences to the previous id.
            return Err(Error::corrupt("metadata fields are out of order"));
        }
        start = cursor.position();
        Ok(())
    })?;
    out.push(0);
    Ok(())
}

fn keep_list(
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
    keep: impl Fn(&mut Cursor<'_>, &mut Vec<u8>) -> Result<()>,
) -> Result<bool> {
    let start = cursor.position();
    let (count, kind) = cursor.list()?;
    if kind != ThriftType::Struct {
        return Err(Error::corrupt("a metadata list of the wrong type"));
    }
    out.extend_from_slice(cursor.since(start));
    (0..count).try_for_each(|_| keep(cursor, out))?;
    Ok(true)
}

/// `SchemaElement.num_children`, 0 for a leaf.
fn schema_element_children(cursor: &mut Cursor<'_>) -> Result<usize> {
    let mut children = 0;
    cursor.fields(|cursor, id, kind| match (id, kind) {
        (5, ThriftType::Integer) => {
            children = usize::try_from(cursor.integer()?)
                .map_err(|_| Error::corrupt("a schema element with a negative number of children"))?;
            Ok(())
        }
        _ => cursor.skip(kind),
    })?;
    Ok(children)
}

/// The schema lists the tree's elements depth first; `children` has their numbers of children.
fn check_tree(children: &[usize]) -> Result<()> {
    let mut open: Vec<usize> = Vec::new();
    for (index, &count) in children.iter().enumerate() {
        if index > 0 {
            while open.last() == Some(&0) {
                open.pop();
            }
            match open.last_mut() {
                Some(remaining) => *remaining -= 1,
                None => return Err(Error::corrupt("the schema has more than one root")),
            }
        }
        if count > children.len() - index - 1 {
            return Err(Error::corrupt("a schema element claims more children than there are elements"));
        }
        if count > 0 {
            open.push(count);
            if open.len() > MAX_SCHEMA_DEPTH {
                let message = format!("the schema nests over {MAX_SCHEMA_DEPTH} levels");
                return Err(Error::new(Code::LimitExceeded, message));
            }
        }
    }
    if open.iter().any(|&remaining| remaining > 0) {
        return Err(Error::corrupt("the schema's tree does not close"));
    }
    Ok(())
}

/// Checks that each row group has each column once. The number of rows in FileMetaData is ignored: some writers leave
/// it 0.
fn check(metadata: &ParquetMetaData) -> Result<()> {
    let schema = metadata.file_metadata().schema_descr();
    let mut rows = 0i64;
    for (index, group) in metadata.row_groups().iter().enumerate() {
        let corrupt = |what: String| Err(Error::corrupt(format!("row group {index}: {what}")));
        if group.num_rows() < 0 {
            return corrupt(format!("{} rows", group.num_rows()));
        }
        rows = rows.checked_add(group.num_rows()).ok_or_else(|| Error::corrupt("over 2^63 rows"))?;
        if group.num_columns() != schema.num_columns() {
            return corrupt(format!(
                "{} column chunks, while the schema has {}",
                group.num_columns(),
                schema.num_columns()
            ));
        }
    }
    Ok(())
}

/// Position of a column chunk: offset of its first page, and length, in bytes.
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

/// The range of a chunk, checked against the file's size.
pub fn chunk_range(chunk: &ColumnChunkMetaData, rows: u64, file_size: u64) -> Result<ChunkRange> {
    if chunk.file_path().is_some_and(|path| !path.is_empty()) {
        return Err(Error::new(Code::UnsupportedFeature, "its data is in another file"));
    }
    let values = chunk.num_values();
    let flat = chunk.column_descr().max_rep_level() == 0;
    if values < 0 || (flat && values as u64 != rows) {
        return Err(Error::corrupt(format!("{values} values in a row group of {rows} rows")));
    }
    // Some writers store 0 if there is no dictionary page.
    let first_page = match chunk.dictionary_page_offset() {
        Some(dictionary) if dictionary > 0 && dictionary < chunk.data_page_offset() => dictionary,
        _ => chunk.data_page_offset(),
    };
    let offset = u64::try_from(first_page).ok();
    let length = u64::try_from(chunk.compressed_size()).ok();
    let data_end = file_size - TAIL;
    match (offset, length) {
        (Some(offset), Some(length))
            if offset.checked_add(length).is_some_and(|end| end <= data_end)
                && (offset >= MAGIC.len() as u64 || values == 0) =>
        {
            // parquet-mr before 1.2.9 excluded the dictionary page's header from the size (PARQUET-816). Pages end by
            // their number of values, so some more bytes do no harm.
            let slack = (data_end - offset - length).min(100);
            Ok(ChunkRange { offset, length: length + slack })
        }
        _ => Err(Error::corrupt(format!(
            "{} bytes at byte {first_page} of a file of {file_size}",
            chunk.compressed_size()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_must_be_one_closed_tree() {
        assert!(check_tree(&[2, 1, 0, 0]).is_ok());
        assert!(check_tree(&[0]).is_ok());
        assert!(check_tree(&[2, 0]).is_err());
        assert!(check_tree(&[1, 0, 0]).is_err());
        assert!(check_tree(&[usize::MAX, 0]).is_err());
    }

    #[test]
    fn a_schema_must_not_nest_endlessly() {
        let mut chain = vec![1; MAX_SCHEMA_DEPTH + 1];
        chain.push(0);
        assert!(check_tree(&chain).is_err());
        assert!(check_tree(&chain[1..]).is_ok());
    }
}
