//! Describes a file from its footer.

use std::borrow::Cow;

use serde::Serialize;

use crate::error::{Result, shortened};
use crate::footer::{self, ChunkMetadata, FileMetadata};
use crate::memory::Memory;
use crate::options::Options;
use crate::panics;
use crate::schema::{self, Field, JsonBudget};
use crate::source::Source;
use crate::statistics::{ColumnStatistics, StorageSummary, Summaries};
use crate::thrift::{Cursor, ThriftType};

/// Maximum bytes of compact JSON for columns and their parts: enough for 60,000 columns.
const MAX_COLUMNS: usize = 8 << 20;
const MAX_ROW_GROUPS: usize = 1000;
/// Columns summarized at a time.
const BLOCK: usize = 1024;
const MAX_KEY_VALUES: usize = 1000;
/// Longest key, value and program name, in bytes.
const MAX_KEY: usize = 1 << 10;
const MAX_VALUE: usize = 8 << 10;

/// The description of a file. Its size is bounded: items beyond the limits are only counted.
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
    /// Bytes of all pages, as stored and decompressed.
    pub compressed_bytes: u64,
    pub uncompressed_bytes: u64,
    /// Names in lower case.
    pub codecs: Vec<Cow<'static, str>>,
    pub encodings: Vec<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    pub key_values: Vec<KeyValue>,
    pub key_values_omitted: usize,
    /// The first top-level columns.
    pub columns: Vec<SchemaItem>,
    pub columns_omitted: usize,
    /// Statistics of the first leaf columns.
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

/// A column, or a part of a column that can be selected.
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

/// Describes a file from its footer alone. Errors: those that a conversion reports for the footer or the schema.
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
        let metadata = footer::read(source, Memory::of(&Options::default(), source, 0)?.for_footer())?;
        let columns = items(schema::all_fields(&metadata.schema));
        let columns_omitted = schema::num_fields(&metadata.schema) - columns.len();
        let program = program(&metadata)?;
        let row_groups = metadata.row_groups().iter().take(MAX_ROW_GROUPS);
        let mut row_groups: Vec<_> = row_groups.map(|&rows| RowGroup::of(rows)).collect();
        let (mut summaries, mut storage) = (Summaries::new(&metadata)?, StorageSummary::default());
        let num_columns = metadata.schema.num_columns();
        for first in (0..num_columns).step_by(BLOCK) {
            let columns = first..num_columns.min(first + BLOCK);
            summaries.start(columns.clone());
            for row_group in 0..metadata.row_groups().len() {
                for column in columns.clone() {
                    let chunk = metadata.chunk(row_group, column)?;
                    storage.add(&chunk);
                    summaries.add(column, &chunk)?;
                    if let Some(row_group) = row_groups.get_mut(row_group) {
                        row_group.add(&chunk);
                    }
                }
            }
            summaries.finish();
        }
        let statistics = summaries.into_statistics();
        Ok(Inspection {
            bytes: source.size(),
            rows: metadata.row_groups().iter().sum(),
            row_groups_omitted: metadata.row_groups().len() - row_groups.len(),
            row_groups,
            compressed_bytes: storage.compressed_bytes,
            uncompressed_bytes: storage.uncompressed_bytes,
            codecs: storage.codecs,
            encodings: storage.encodings,
            created_by: program.created_by,
            key_values: program.key_values,
            key_values_omitted: program.omitted,
            columns_omitted,
            columns,
            statistics_omitted: num_columns - statistics.len(),
            statistics,
        })
    })
}

impl RowGroup {
    fn of(rows: u64) -> Self {
        Self { rows, compressed_bytes: 0, uncompressed_bytes: 0 }
    }

    fn add(&mut self, chunk: &ChunkMetadata<'_>) {
        self.compressed_bytes = self.compressed_bytes.saturating_add_signed(chunk.compressed_size.max(0));
        self.uncompressed_bytes =
            self.uncompressed_bytes.saturating_add_signed(chunk.uncompressed_size.max(0));
    }
}

fn items(fields: impl Iterator<Item = Field>) -> Vec<SchemaItem> {
    let mut budget = JsonBudget::new(MAX_COLUMNS);
    fields.map_while(|field| item(&field, "", &mut budget)).collect()
}

/// The item of a field; None if it and its parts exceed the budget.
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

fn program(metadata: &FileMetadata) -> Result<Program> {
    let mut found = Program::default();
    if let Some(mut cursor) = metadata.key_values() {
        let (count, kind) = cursor.list()?;
        for _ in 0..count {
            if kind != ThriftType::Struct {
                cursor.skip_element(kind)?;
            } else if found.key_values.len() < MAX_KEY_VALUES {
                found.key_values.push(key_value(&mut cursor)?);
            } else {
                cursor.skip(kind)?;
                found.omitted += 1;
            }
        }
    }
    if let Some(mut cursor) = metadata.created_by() {
        found.created_by = Some(text(cursor.binary()?, MAX_KEY));
    }
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
    // One byte more, so that truncation is visible.
    let start = &bytes[..bytes.len().min(max + 1)];
    shortened(String::from_utf8_lossy(start).into_owned(), max)
}
