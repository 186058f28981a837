//! Describes a file from its footer.

use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use serde::Serialize;

use crate::error::{Result, shortened};
use crate::footer;
use crate::panics;
use crate::schema::{self, Field, JsonBudget};
use crate::source::Source;
use crate::statistics::{self, ColumnStatistics, storage, sum};
use crate::thrift::{Cursor, ThriftType};

/// Bytes of compact JSON for columns and their parts: enough for 60,000 columns.
const MAX_COLUMNS: usize = 16 << 20;
const MAX_ROW_GROUPS: usize = 1000;
const MAX_KEY_VALUES: usize = 1000;
/// Longest key, value and program name, in bytes.
const MAX_KEY: usize = 1 << 10;
const MAX_VALUE: usize = 8 << 10;

/// Description of a file. Its size is bounded: what exceeds the limits is counted.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inspection {
    /// Size of the file.
    pub bytes: u64,
    /// Sum over the row groups; the footer's total is not reliable.
    pub rows: u64,
    /// The first row groups.
    pub row_groups: Vec<RowGroup>,
    pub row_groups_omitted: usize,
    /// Pages of all columns, as stored and decompressed.
    pub compressed_bytes: u64,
    pub uncompressed_bytes: u64,
    /// In lower case.
    pub codecs: Vec<String>,
    pub encodings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub key_values: Vec<KeyValue>,
    pub key_values_omitted: usize,
    /// The first top-level columns.
    pub columns: Vec<SchemaItem>,
    pub columns_omitted: usize,
    /// Of the first leaves of the schema.
    pub statistics: Vec<ColumnStatistics>,
    pub statistics_omitted: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowGroup {
    pub rows: u64,
    pub compressed_bytes: u64,
    pub uncompressed_bytes: u64,
}

/// An entry of the file's metadata. Truncated texts end with `…`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyValue {
    pub key: String,
    pub value: String,
    /// Length of the whole value.
    pub bytes: usize,
}

/// A column, or a part of one that can be selected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SchemaItem {
    pub name: String,
    /// Its name in the option `columns`.
    pub path: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub parts: Vec<SchemaItem>,
}

impl Inspection {
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reads only the footer. Errors: those of a conversion that are due to the footer or the schema.
///
/// ```no_run
/// use std::path::Path;
///
/// use unparquet::{LocalFile, inspect};
///
/// let inspection = inspect(&LocalFile::open(Path::new("taxi.parquet"))?)?;
/// println!("{} rows", inspection.rows);
/// for column in &inspection.columns {
///     println!("{}: {}", column.name, column.kind);
/// }
/// # Ok::<(), unparquet::Error>(())
/// ```
pub fn inspect(source: &dyn Source) -> Result<Inspection> {
    panics::catch_panics(|| {
        let (metadata, footer) = footer::read_whole(source)?;
        let schema = metadata.file_metadata().schema_descr();
        let fields = schema::fields(schema, None)?;
        let columns = items(&fields);
        let statistics = statistics::read(&footer, &metadata)?;
        let program = program(&footer)?;
        let mut row_groups: Vec<_> = metadata.row_groups().iter().map(row_group).collect();
        let total = |count: fn(&RowGroup) -> u64| row_groups.iter().map(count).fold(0, u64::saturating_add);
        let rows = total(|group| group.rows);
        let compressed_bytes = total(|group| group.compressed_bytes);
        let uncompressed_bytes = total(|group| group.uncompressed_bytes);
        row_groups.truncate(MAX_ROW_GROUPS);
        let chunks = metadata.row_groups().iter().flat_map(RowGroupMetaData::columns);
        let (codecs, encodings) = storage(chunks);
        Ok(Inspection {
            bytes: source.size(),
            rows,
            row_groups_omitted: metadata.num_row_groups() - row_groups.len(),
            row_groups,
            compressed_bytes,
            uncompressed_bytes,
            codecs,
            encodings,
            created_by: program.created_by,
            key_values: program.key_values,
            key_values_omitted: program.omitted,
            columns_omitted: fields.len() - columns.len(),
            columns,
            statistics_omitted: schema.num_columns() - statistics.len(),
            statistics,
        })
    })
}

fn row_group(group: &RowGroupMetaData) -> RowGroup {
    let chunks = group.columns().iter();
    RowGroup {
        rows: group.num_rows() as u64,
        compressed_bytes: sum(chunks.clone().map(ColumnChunkMetaData::compressed_size)),
        uncompressed_bytes: sum(chunks.map(ColumnChunkMetaData::uncompressed_size)),
    }
}

fn items(fields: &[Field]) -> Vec<SchemaItem> {
    let mut budget = JsonBudget::new(MAX_COLUMNS);
    fields.iter().map_while(|field| item(field, "", &mut budget)).collect()
}

/// None if the item and its parts exceed the limit.
fn item(field: &Field, prefix: &str, budget: &mut JsonBudget) -> Option<SchemaItem> {
    let kind = budget.take(field)?;
    let path = format!("{prefix}{}", field.name);
    budget.reserve(r#""path":,"parts":[],"#.len())?;
    budget.reserve_text(&path)?;
    let prefix = format!("{path}.");
    let members = schema::members(&field.node).unwrap_or_default();
    let parts = members.iter().map(|member| item(member, &prefix, budget)).collect::<Option<_>>()?;
    Some(SchemaItem { name: field.name.clone(), path, kind, parts })
}

/// Metadata of the program that wrote the file.
#[derive(Default)]
struct Program {
    created_by: Option<String>,
    key_values: Vec<KeyValue>,
    omitted: usize,
}

/// FileMetaData: 5 key_value_metadata, 6 created_by.
fn program(footer: &[u8]) -> Result<Program> {
    let mut found = Program::default();
    Cursor::new(footer).fields(|cursor, id, kind| match (id, kind) {
        (5, ThriftType::List) => {
            let (count, kind) = cursor.list()?;
            for _ in 0..count {
                if kind != ThriftType::Struct {
                    cursor.skip_element(kind)?;
                } else if found.key_values.len() < MAX_KEY_VALUES {
                    found.key_values.push(key_value(cursor)?);
                } else {
                    cursor.skip(kind)?;
                    found.omitted += 1;
                }
            }
            Ok(())
        }
        (6, ThriftType::Binary) => {
            found.created_by = Some(text(cursor.binary()?, MAX_KEY));
            Ok(())
        }
        _ => cursor.skip(kind),
    })?;
    Ok(found)
}

/// KeyValue: 1 key, 2 value.
fn key_value(cursor: &mut Cursor<'_>) -> Result<KeyValue> {
    let mut found = KeyValue { key: String::new(), value: String::new(), bytes: 0 };
    cursor.fields(|cursor, id, kind| {
        match (id, kind) {
            (1, ThriftType::Binary) => found.key = text(cursor.binary()?, MAX_KEY),
            (2, ThriftType::Binary) => {
                let value = cursor.binary()?;
                found.bytes = value.len();
                found.value = text(value, MAX_VALUE);
            }
            _ => cursor.skip(kind)?,
        }
        Ok(())
    })?;
    Ok(found)
}

/// Bytes as text of at most `max` bytes.
fn text(bytes: &[u8], max: usize) -> String {
    // One byte more, so that a truncation is visible.
    let start = &bytes[..bytes.len().min(max + 1)];
    shortened(String::from_utf8_lossy(start).into_owned(), max)
}
