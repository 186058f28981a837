//! Page headers: `PageHeader` in <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use crate::error::{Code, Error, Result};
use crate::thrift::{Cursor, ThriftType};
use crate::types::Encoding;

#[derive(Clone, Debug)]
pub struct PageHeader {
    pub uncompressed_size: u32,
    pub compressed_size: u32,
    pub checksum: Option<u32>,
    pub kind: PageKind,
}

#[derive(Clone, Debug)]
pub enum PageKind {
    Data(DataPageHeader),
    DataV2(DataPageHeaderV2),
    Dictionary(DictionaryPageHeader),
    /// An index page, or a page type of a later version of the format; readers skip both.
    Other,
}

#[derive(Clone, Debug)]
pub struct DataPageHeader {
    pub values: u32,
    pub encoding: Encoding,
    /// Encodings of the levels, meaningless without levels.
    pub definition_encoding: Option<i32>,
    pub repetition_encoding: Option<i32>,
}

#[derive(Clone, Debug)]
pub struct DataPageHeaderV2 {
    pub values: u32,
    pub encoding: Encoding,
    pub definition_bytes: u32,
    pub repetition_bytes: u32,
    pub is_compressed: bool,
}

#[derive(Clone, Debug)]
pub struct DictionaryPageHeader {
    pub values: u32,
}

impl PageHeader {
    /// Parses the header at the start of `bytes`. Returns its length, too.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize)> {
        let mut cursor = Cursor::new(bytes);
        let (mut page_type, mut uncompressed, mut compressed, mut checksum) = (None, None, None, None);
        let mut structs: [Option<Integers>; 9] = [None; 9];
        cursor.fields(|cursor, id, kind| {
            match (id, kind) {
                (1, ThriftType::Integer) => page_type = Some(cursor.int32()?),
                (2, ThriftType::Integer) => uncompressed = Some(cursor.int32()?),
                (3, ThriftType::Integer) => compressed = Some(cursor.int32()?),
                (4, ThriftType::Integer) => checksum = Some(cursor.int32()? as u32),
                (5 | 7 | 8, ThriftType::Struct) => structs[id as usize] = Some(integers(cursor)?),
                _ => cursor.skip(kind)?,
            }
            Ok(())
        })?;
        let body = |id: usize| {
            structs[id].ok_or_else(|| Error::corrupt("its header lacks the fields of its page type"))
        };
        let kind = match page_type {
            Some(0) => PageKind::Data(data(&body(5)?)?),
            Some(2) => PageKind::Dictionary(dictionary(&body(7)?)?),
            Some(3) => PageKind::DataV2(data_v2(&body(8)?)?),
            Some(_) => PageKind::Other,
            None => return Err(Error::corrupt("its header lacks the page type")),
        };
        let header = PageHeader {
            uncompressed_size: non_negative(uncompressed, "uncompressed size")?,
            compressed_size: non_negative(compressed, "compressed size")?,
            checksum,
            kind,
        };
        Ok((header, cursor.position()))
    }
}

/// Integers and booleans of a header struct, by field id.
type Integers = [Option<i32>; 8];

fn integers(cursor: &mut Cursor<'_>) -> Result<Integers> {
    let mut found = [None; 8];
    cursor.fields(|cursor, id, kind| {
        match (usize::try_from(id), kind) {
            (Ok(id @ 1..8), ThriftType::Integer) => found[id] = Some(cursor.int32()?),
            (Ok(id @ 1..8), ThriftType::Bool(value)) => found[id] = Some(i32::from(value)),
            _ => cursor.skip(kind)?,
        }
        Ok(())
    })?;
    Ok(found)
}

fn data(fields: &Integers) -> Result<DataPageHeader> {
    Ok(DataPageHeader {
        values: non_negative(fields[1], "number of values")?,
        encoding: encoding(fields[2])?,
        definition_encoding: fields[3],
        repetition_encoding: fields[4],
    })
}

fn data_v2(fields: &Integers) -> Result<DataPageHeaderV2> {
    Ok(DataPageHeaderV2 {
        values: non_negative(fields[1], "number of values")?,
        encoding: encoding(fields[4])?,
        definition_bytes: non_negative(fields[5], "length of definition levels")?,
        repetition_bytes: non_negative(fields[6], "length of repetition levels")?,
        is_compressed: fields[7] != Some(0),
    })
}

fn dictionary(fields: &Integers) -> Result<DictionaryPageHeader> {
    // Old versions of the format call the encoding of a dictionary PLAIN_DICTIONARY.
    if let Some(code @ (..0 | 5..=7 | 9..)) = fields[2] {
        return Err(Error::new(
            Code::UnsupportedFeature,
            format!("a dictionary page in encoding {code} is not supported"),
        ));
    }
    Ok(DictionaryPageHeader { values: non_negative(fields[1], "number of values")? })
}

fn non_negative(value: Option<i32>, what: &str) -> Result<u32> {
    let value = value.ok_or_else(|| Error::corrupt(format!("its header lacks the {what}")))?;
    u32::try_from(value).map_err(|_| Error::corrupt(format!("{what} {value}")))
}

pub fn encoding(code: Option<i32>) -> Result<Encoding> {
    Ok(match code {
        Some(0) => Encoding::PLAIN,
        Some(2) => Encoding::PLAIN_DICTIONARY,
        Some(3) => Encoding::RLE,
        Some(4) => Encoding::BIT_PACKED,
        Some(5) => Encoding::DELTA_BINARY_PACKED,
        Some(6) => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        Some(7) => Encoding::DELTA_BYTE_ARRAY,
        Some(8) => Encoding::RLE_DICTIONARY,
        Some(9) => Encoding::BYTE_STREAM_SPLIT,
        Some(10) => Encoding::ALP,
        Some(other) => {
            return Err(Error::new(Code::UnsupportedFeature, format!("unknown encoding {other}")));
        }
        None => return Err(Error::corrupt("its header lacks the encoding")),
    })
}
