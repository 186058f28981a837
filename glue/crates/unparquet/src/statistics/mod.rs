//! Column statistics in the footer.
//!
//! The order of values is defined by `ColumnOrder` and `Statistics` in
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>. Unreliable statistics are
//! omitted.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::ops::Range;

use half::f16;
use serde::Serialize;

use crate::encode;
use crate::error::{Code, Error, Result};
use crate::footer::{ChunkMetadata, FileMetadata};
use crate::options::{NonFinite, Options, ValueOptions};
use crate::schema::{Column, JsonBudget, Scalar, Schema};
use crate::thrift::{Cursor, ThriftType};
use crate::types::Type;

/// Longest bound, in bytes; longer ones are omitted. Arrow writes none longer.
const MAX_BOUND: usize = 4096;
/// Maximum bytes of JSON for the statistics of all columns.
const MAX_STATISTICS: usize = 16 << 20;

/// Statistics of one column over all row groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnStatistics {
    /// Names from the root, as in the file.
    pub path: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nulls: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Bound>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Bound>,
    pub compressed_bytes: u64,
    pub uncompressed_bytes: u64,
    pub codecs: Vec<Cow<'static, str>>,
    pub encodings: Vec<Cow<'static, str>>,
    /// Why the column cannot be converted, if the footer shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<Unreadable>,
}

/// The error that a conversion of the column would report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unreadable {
    pub code: &'static str,
    pub message: String,
}

impl Unreadable {
    fn of(error: Error) -> Option<Self> {
        match error {
            Error::Failed { code, message } => Some(Self { code: code.as_str(), message }),
            Error::External(_) | Error::Cancelled => None,
        }
    }
}

/// A minimum or maximum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bound {
    /// The value as the converter writes it, with NaN and infinities as strings.
    pub json: String,
    /// False if it is truncated in the file: then it is a lower bound of the minimum, or an upper bound of the maximum.
    pub is_exact: bool,
}

/// Summarizes the column chunks of a file, some columns at a time.
pub struct Summaries<'a> {
    schema: &'a Schema,
    /// Whether each column has TYPE_ORDER, the only supported order.
    orders: Vec<bool>,
    /// The columns being summarized, from index `first` on.
    first: usize,
    columns: Vec<ColumnSummary<'a>>,
    budget: JsonBudget,
    finished: Vec<ColumnStatistics>,
}

impl<'a> Summaries<'a> {
    pub fn new(metadata: &'a FileMetadata) -> Result<Self> {
        let (orders, budget) = (column_orders(metadata)?, JsonBudget::new(MAX_STATISTICS));
        let (columns, finished) = (Vec::new(), Vec::new());
        Ok(Self { schema: &metadata.schema, orders, first: 0, columns, budget, finished })
    }

    /// Starts the next columns, unless the size limit has been reached.
    pub fn start(&mut self, columns: Range<usize>) {
        self.first = columns.start;
        if self.finished.len() == columns.start {
            self.columns.extend(columns.map(|index| ColumnSummary::new(&self.schema.column(index))));
        }
    }

    pub fn add(&mut self, column: usize, chunk: &ChunkMetadata<'a>) -> Result<()> {
        let Some(summary) = self.columns.get_mut(column - self.first) else { return Ok(()) };
        summary.storage.add(chunk);
        if summary.unreadable.is_none() {
            summary.unreadable = chunk.check().err();
        }
        let is_typed = self.orders.get(column).copied().unwrap_or(false);
        let statistics = match chunk.statistics {
            Some(statistics) => raw_statistics(&mut Cursor::new(statistics), is_typed)?,
            None => RawStatistics::default(),
        };
        summary.add(&statistics, chunk.num_values.max(0) as u64);
        Ok(())
    }

    /// Finishes the columns that were started, up to the size limit.
    pub fn finish(&mut self) {
        let (schema, values) = (self.schema, value_options());
        let statistics = self.columns.drain(..).zip(self.first..).map_while(|(summary, index)| {
            let [min, max] = summary.bounds(index, schema, &values);
            let unsupported = encode::check_column(index, summary.scalar, schema, &values).err();
            let statistics = ColumnStatistics {
                path: schema.column(index).path(),
                nulls: summary.nulls,
                min,
                max,
                compressed_bytes: summary.storage.compressed_bytes,
                uncompressed_bytes: summary.storage.uncompressed_bytes,
                codecs: summary.storage.codecs,
                encodings: summary.storage.encodings,
                unreadable: unsupported.or(summary.unreadable).and_then(Unreadable::of),
            };
            self.budget.reserve(serde_json::to_vec(&statistics).ok()?.len())?;
            Some(statistics)
        });
        self.finished.extend(statistics);
    }

    /// The statistics of the first columns.
    pub fn into_statistics(self) -> Vec<ColumnStatistics> {
        self.finished
    }
}

fn value_options() -> ValueOptions {
    Options { non_finite: NonFinite::String, ..Options::default() }.values()
}

/// Sizes, codecs and encodings of column chunks. Files do not record compression levels.
#[derive(Default)]
pub struct StorageSummary {
    pub compressed_bytes: u64,
    pub uncompressed_bytes: u64,
    pub codecs: Vec<Cow<'static, str>>,
    pub encodings: Vec<Cow<'static, str>>,
    /// Codec and encodings of the last chunk, which most share.
    last: Option<(i32, u64)>,
}

impl StorageSummary {
    /// Sums saturate and ignore negative sizes.
    pub fn add(&mut self, chunk: &ChunkMetadata<'_>) {
        self.compressed_bytes = self.compressed_bytes.saturating_add_signed(chunk.compressed_size.max(0));
        self.uncompressed_bytes =
            self.uncompressed_bytes.saturating_add_signed(chunk.uncompressed_size.max(0));
        if self.last.replace(chunk.storage()) != Some(chunk.storage()) {
            add_name(&mut self.codecs, chunk.codec_name());
            chunk.encoding_names().for_each(|name| add_name(&mut self.encodings, name));
        }
    }
}

fn add_name(names: &mut Vec<Cow<'static, str>>, name: Cow<'static, str>) {
    if !names.contains(&name) {
        names.push(name);
    }
}

/// Encoded statistics of a column chunk.
#[derive(Clone, Copy, Default)]
struct RawStatistics<'a> {
    nulls: Option<u64>,
    /// Minimum and maximum.
    ends: [RawBound<'a>; 2],
    /// The bounds are from the deprecated fields, which are ordered as signed numbers regardless of type.
    is_old: bool,
}

#[derive(Clone, Copy, Default)]
struct RawBound<'a> {
    value: Option<&'a [u8]>,
    is_inexact: bool,
}

/// Whether each column has TYPE_ORDER: unions with field 1.
fn column_orders(metadata: &FileMetadata) -> Result<Vec<bool>> {
    let Some(mut cursor) = metadata.column_orders() else { return Ok(Vec::new()) };
    let (count, kind) = cursor.list()?;
    let is_typed = |_| {
        let mut is_typed = false;
        match kind {
            ThriftType::Struct => cursor.fields(|cursor, id, kind| {
                is_typed |= id == 1;
                cursor.skip(kind)
            })?,
            other => cursor.skip_element(other)?,
        }
        Ok(is_typed)
    };
    (0..count).map(is_typed).collect()
}

/// Statistics: 1 max and 2 min (deprecated), 3 null_count, 5 max_value, 6 min_value, 7 is_max_value_exact, 8
/// is_min_value_exact. The newer bounds are only valid in TYPE_ORDER.
fn raw_statistics<'a>(cursor: &mut Cursor<'a>, is_typed: bool) -> Result<RawStatistics<'a>> {
    let (mut nulls, mut old, mut new) = (None, [RawBound::default(); 2], [RawBound::default(); 2]);
    cursor.fields(|cursor, id, kind| {
        match (id, kind) {
            (1, ThriftType::Binary) => old[1].value = Some(cursor.binary()?),
            (2, ThriftType::Binary) => old[0].value = Some(cursor.binary()?),
            (3, ThriftType::Integer) => nulls = u64::try_from(cursor.integer()?).ok(),
            (5, ThriftType::Binary) => new[1].value = Some(cursor.binary()?),
            (6, ThriftType::Binary) => new[0].value = Some(cursor.binary()?),
            (7, ThriftType::Bool(is_exact)) => new[1].is_inexact = !is_exact,
            (8, ThriftType::Bool(is_exact)) => new[0].is_inexact = !is_exact,
            _ => cursor.skip(kind)?,
        }
        Ok(())
    })?;
    if is_typed && new.iter().any(|end| end.value.is_some()) {
        return Ok(RawStatistics { nulls, ends: new, is_old: false });
    }
    let ends = if old.iter().all(|end| end.value.is_some()) { old } else { Default::default() };
    Ok(RawStatistics { nulls, ends, is_old: true })
}

/// Statistics of one column over the row groups so far.
struct ColumnSummary<'a> {
    /// The physical type, if known.
    physical: Option<Type>,
    scalar: Scalar,
    storage: StorageSummary,
    unreadable: Option<Error>,
    nulls: Option<u64>,
    ends: [BoundState<'a>; 2],
}

#[derive(Clone, Copy)]
enum BoundState<'a> {
    /// No value yet.
    Nothing,
    Known(BoundValue<'a>),
    /// A row group has no bound.
    Unknown,
}

#[derive(Clone, Copy)]
struct BoundValue<'a> {
    bytes: &'a [u8],
    order: Order<'a>,
    is_exact: bool,
}

#[derive(Clone, Copy)]
enum Order<'a> {
    Integer(i128),
    Float(f64),
    /// Big-endian two's complement.
    Decimal(&'a [u8]),
    Bytes(&'a [u8]),
}

impl<'a> ColumnSummary<'a> {
    fn new(column: &Column) -> Self {
        Self {
            physical: column.physical_type().ok(),
            scalar: column.scalar(),
            storage: StorageSummary::default(),
            unreadable: None,
            nulls: Some(0),
            ends: [BoundState::Nothing; 2],
        }
    }

    /// Adds a column chunk with `values` values, including nulls.
    fn add(&mut self, statistics: &RawStatistics<'a>, values: u64) {
        if values == 0 {
            return;
        }
        let nulls = statistics.nulls.filter(|&nulls| nulls <= values);
        self.nulls = self.nulls.zip(nulls).and_then(|(sum, nulls)| sum.checked_add(nulls));
        // A chunk with only nulls has no bounds and needs none.
        if nulls == Some(values) {
            return;
        }
        for (end, better) in [(0, Ordering::Less), (1, Ordering::Greater)] {
            let value = self.value(&statistics.ends[end], statistics.is_old);
            self.ends[end] = match (self.ends[end], value) {
                (BoundState::Unknown, _) | (_, None) => BoundState::Unknown,
                (BoundState::Nothing, Some(value)) => BoundState::Known(value),
                (BoundState::Known(known), Some(value)) => {
                    let order = value.order.compare(known.order);
                    // Of two equal bounds, the exact one counts.
                    let replaces = order == better || (order == Ordering::Equal && value.is_exact);
                    BoundState::Known(if replaces { value } else { known })
                }
            };
        }
    }

    /// None if the bound is missing or meaningless.
    fn value(&self, bound: &RawBound<'a>, is_old: bool) -> Option<BoundValue<'a>> {
        let bytes = bound.value?;
        let is_unsigned = matches!(self.scalar, Scalar::Uint { .. });
        // The deprecated fields are ordered as signed numbers, and byte arrays as signed bytes: only valid for numbers.
        if is_old && (is_unsigned || !self.is_number()) {
            return None;
        }
        let (bytes, order) = match self.physical? {
            Type::BOOLEAN => (bytes, Order::Integer(i128::from(*fixed::<1>(bytes)? == [1]))),
            Type::INT32 => {
                let value = i32::from_le_bytes(*fixed(bytes)?);
                (bytes, Order::Integer(encode::int32_value(value, self.scalar)))
            }
            Type::INT64 if is_unsigned => (bytes, Order::Integer(u64::from_le_bytes(*fixed(bytes)?).into())),
            Type::INT64 => (bytes, Order::Integer(i64::from_le_bytes(*fixed(bytes)?).into())),
            Type::FLOAT => float(bytes, f32::from_le_bytes(*fixed(bytes)?).into())?,
            Type::DOUBLE => float(bytes, f64::from_le_bytes(*fixed(bytes)?))?,
            Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => match self.scalar {
                Scalar::Float16 => float(bytes, f16::from_le_bytes(*fixed(bytes)?).into())?,
                Scalar::Decimal { .. } => (bytes, Order::Decimal(bytes)),
                Scalar::Binary { name: "geometry" | "geography", .. } => return None,
                Scalar::Uuid if bytes.len() != 16 => return None,
                Scalar::Text(_) | Scalar::Uuid | Scalar::Binary { .. } => (bytes, Order::Bytes(bytes)),
                _ => return None,
            },
            // The format defines no order for it.
            Type::INT96 => return None,
        };
        Some(BoundValue { bytes, order, is_exact: !bound.is_inexact })
    }

    fn is_number(&self) -> bool {
        !matches!(self.physical, Some(Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY))
    }

    /// Minimum and maximum of all row groups.
    fn bounds(&self, column: usize, schema: &Schema, options: &ValueOptions) -> [Option<Bound>; 2] {
        if let [BoundState::Known(min), BoundState::Known(max)] = self.ends
            && min.order.compare(max.order) == Ordering::Greater
        {
            return [None, None];
        }
        self.ends.map(|end| match end {
            BoundState::Known(value) => {
                // Fails for text truncated within a character.
                let json = self.json(value.bytes, column, schema, options).ok()?;
                Some(Bound { json: String::from_utf8(json).ok()?, is_exact: value.is_exact })
            }
            BoundState::Nothing | BoundState::Unknown => None,
        })
    }

    fn json(&self, bytes: &[u8], column: usize, schema: &Schema, options: &ValueOptions) -> Result<Vec<u8>> {
        if bytes.len() > MAX_BOUND {
            return Err(Error::new(Code::LimitExceeded, "a bound exceeds the maximum length"));
        }
        encode::value_json(bytes, column, self.scalar, schema, options)
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    bytes.try_into().ok()
}

/// Removes the sign of a zero: writers may change it, so it is meaningless.
fn float(bytes: &[u8], value: f64) -> Option<(&[u8], Order<'_>)> {
    let bytes = if value == 0.0 { &[0; 8][..bytes.len()] } else { bytes };
    (!value.is_nan()).then_some((bytes, Order::Float(value)))
}

impl Order<'_> {
    fn compare(self, other: Order<'_>) -> Ordering {
        match (self, other) {
            (Order::Integer(a), Order::Integer(b)) => a.cmp(&b),
            (Order::Float(a), Order::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Order::Decimal(a), Order::Decimal(b)) => compare_decimals(a, b),
            (Order::Bytes(a), Order::Bytes(b)) => a.cmp(b),
            _ => Ordering::Equal,
        }
    }
}

fn compare_decimals(a: &[u8], b: &[u8]) -> Ordering {
    let is_negative = |bytes: &[u8]| bytes.first().is_some_and(|first| first & 0x80 != 0);
    if is_negative(a) != is_negative(b) {
        return is_negative(b).cmp(&is_negative(a));
    }
    // Without sign extension, more bytes are farther from 0.
    let sign = if is_negative(a) { 0xff } else { 0 };
    let digits = |bytes: &[u8]| bytes.len() - bytes.iter().take_while(|&&byte| byte == sign).count();
    let lengths = digits(a).cmp(&digits(b));
    let lengths = if is_negative(a) { lengths.reverse() } else { lengths };
    lengths.then_with(|| a[a.len() - digits(a)..].cmp(&b[b.len() - digits(b)..]))
}

#[cfg(test)]
mod tests;
