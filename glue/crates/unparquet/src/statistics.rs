//! Column statistics in the footer.
//!
//! Order of values: `ColumnOrder` and `Statistics` in
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>. Unreliable statistics are
//! omitted.

use std::cmp::Ordering;

use half::f16;
use parquet::basic::{Compression, Encoding, Type};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use serde::Serialize;

use crate::encode;
use crate::error::{Code, Error, Result};
use crate::options::{NonFinite, Options, ValueOptions};
use crate::schema::{self, JsonBudget, Scalar};
use crate::thrift::{Cursor, ThriftType};

/// Longest bound, in bytes; longer ones are omitted. Arrow writes none that are longer.
const MAX_BOUND: usize = 4096;
/// Bytes of JSON for the statistics of all columns.
const MAX_STATISTICS: usize = 32 << 20;

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
    pub codecs: Vec<String>,
    pub encodings: Vec<String>,
}

/// The minimum or maximum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bound {
    /// The value as it is converted, with NaN and infinities as strings.
    pub json: String,
    /// False if the file has it truncated: a lower bound of the minimum, or an upper bound of the maximum.
    pub is_exact: bool,
}

/// The statistics of the first columns, up to the size limit.
pub fn read(footer: &[u8], metadata: &ParquetMetaData) -> Result<Vec<ColumnStatistics>> {
    let schema = metadata.file_metadata().schema_descr();
    let orders = column_orders(footer)?;
    let mut columns: Vec<_> = schema.columns().iter().map(|column| ColumnSummary::new(column)).collect();
    summarize(footer, metadata, &orders, &mut columns)?;
    let values = value_options();
    let mut budget = JsonBudget::new(MAX_STATISTICS);
    let statistics = columns.iter().enumerate().map_while(|(index, summary)| {
        let [min, max] = summary.bounds(index, schema, &values);
        let chunks = metadata.row_groups().iter().map(|group| group.column(index));
        let (codecs, encodings) = storage(chunks.clone());
        let statistics = ColumnStatistics {
            path: schema.column(index).path().parts().to_vec(),
            nulls: summary.nulls,
            min,
            max,
            compressed_bytes: sum(chunks.clone().map(ColumnChunkMetaData::compressed_size)),
            uncompressed_bytes: sum(chunks.map(ColumnChunkMetaData::uncompressed_size)),
            codecs,
            encodings,
        };
        budget.reserve(serde_json::to_vec(&statistics).ok()?.len())?;
        Some(statistics)
    });
    Ok(statistics.collect())
}

fn value_options() -> ValueOptions {
    Options { non_finite: NonFinite::String, ..Options::default() }.values()
}

/// The codecs and encodings of column chunks.
pub fn storage<'a>(chunks: impl Iterator<Item = &'a ColumnChunkMetaData>) -> (Vec<String>, Vec<String>) {
    let (mut codecs, mut encodings) = (Vec::new(), Vec::new());
    for chunk in chunks {
        add(&mut codecs, chunk.compression());
        chunk.encodings().for_each(|encoding| add(&mut encodings, encoding));
    }
    // The file does not contain the codec's level.
    let codec = |codec: &Compression| {
        let name = codec.to_string();
        name.split('(').next().unwrap_or_default().to_ascii_lowercase()
    };
    (codecs.iter().map(codec).collect(), encodings.iter().map(Encoding::to_string).collect())
}

fn add<T: PartialEq>(found: &mut Vec<T>, item: T) {
    if !found.contains(&item) {
        found.push(item);
    }
}

/// The sum of sizes, saturating and ignoring negative ones.
pub fn sum(sizes: impl Iterator<Item = i64>) -> u64 {
    sizes.fold(0, |sum, size| sum.saturating_add(u64::try_from(size).unwrap_or(0)))
}

/// Statistics of a column chunk, not decoded yet.
#[derive(Clone, Copy, Default)]
struct RawStatistics<'a> {
    nulls: Option<u64>,
    /// Minimum and maximum.
    ends: [RawBound<'a>; 2],
    /// The bounds are from the deprecated fields, which are sorted as signed numbers regardless of type.
    is_old: bool,
}

#[derive(Clone, Copy, Default)]
struct RawBound<'a> {
    value: Option<&'a [u8]>,
    is_inexact: bool,
}

/// Whether each column has the order of its type, the only one supported.
fn column_orders(footer: &[u8]) -> Result<Vec<bool>> {
    let mut orders = Vec::new();
    // FileMetaData: 7 column_orders, of unions with 1 TYPE_ORDER.
    Cursor::new(footer).fields(|cursor, id, kind| {
        if (id, kind) != (7, ThriftType::List) {
            return cursor.skip(kind);
        }
        orders.clear();
        let (count, kind) = cursor.list()?;
        for _ in 0..count {
            let mut is_typed = false;
            match kind {
                ThriftType::Struct => cursor.fields(|cursor, id, kind| {
                    is_typed |= id == 1;
                    cursor.skip(kind)
                })?,
                other => cursor.skip_element(other)?,
            }
            orders.push(is_typed);
        }
        Ok(())
    })?;
    Ok(orders)
}

/// Adds the statistics of all column chunks to those of their columns. The footer has been validated.
fn summarize<'a>(
    footer: &'a [u8],
    metadata: &ParquetMetaData,
    orders: &[bool],
    columns: &mut [ColumnSummary<'a>],
) -> Result<()> {
    // FileMetaData: 4 row_groups. RowGroup: 1 columns.
    Cursor::new(footer).fields(|cursor, id, kind| {
        if (id, kind) != (4, ThriftType::List) {
            return cursor.skip(kind);
        }
        columns.iter_mut().for_each(ColumnSummary::clear);
        let (count, _) = cursor.list()?;
        (0..count).try_for_each(|group| {
            let chunks = metadata.row_groups().get(group).map_or(&[][..], |group| group.columns());
            cursor.fields(|cursor, id, kind| {
                if (id, kind) != (1, ThriftType::List) {
                    return cursor.skip(kind);
                }
                let (count, _) = cursor.list()?;
                (0..count).try_for_each(|column| {
                    let is_typed = orders.get(column).copied().unwrap_or(false);
                    let statistics = column_chunk(cursor, is_typed)?;
                    if let (Some(chunk), Some(summary)) = (chunks.get(column), columns.get_mut(column)) {
                        summary.add(&statistics, chunk.num_values().max(0) as u64);
                    }
                    Ok(())
                })
            })
        })
    })
}

/// ColumnChunk: 3 meta_data. ColumnMetaData: 12 statistics.
fn column_chunk<'a>(cursor: &mut Cursor<'a>, is_typed: bool) -> Result<RawStatistics<'a>> {
    let mut found = RawStatistics::default();
    cursor.fields(|cursor, id, kind| match (id, kind) {
        (3, ThriftType::Struct) => cursor.fields(|cursor, id, kind| match (id, kind) {
            (12, ThriftType::Struct) => {
                found = raw_statistics(cursor, is_typed)?;
                Ok(())
            }
            _ => cursor.skip(kind),
        }),
        _ => cursor.skip(kind),
    })?;
    Ok(found)
}

/// Statistics: 1 max and 2 min (deprecated), 3 null_count, 5 max_value, 6 min_value, 7 is_max_value_exact, 8
/// is_min_value_exact. The newer bounds are only valid in the order of the type.
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
    physical: Type,
    scalar: Scalar,
    nulls: Option<u64>,
    ends: [BoundState<'a>; 2],
}

#[derive(Clone, Copy)]
enum BoundState<'a> {
    /// No value so far.
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
    fn new(column: &ColumnDescriptor) -> Self {
        Self {
            physical: column.physical_type(),
            scalar: schema::scalar_of(column),
            nulls: Some(0),
            ends: [BoundState::Nothing; 2],
        }
    }

    fn clear(&mut self) {
        (self.nulls, self.ends) = (Some(0), [BoundState::Nothing; 2]);
    }

    /// Adds a column chunk of `values` values, including nulls.
    fn add(&mut self, statistics: &RawStatistics<'a>, values: u64) {
        if values == 0 {
            return;
        }
        let nulls = statistics.nulls.filter(|&nulls| nulls <= values);
        self.nulls = self.nulls.zip(nulls).and_then(|(sum, nulls)| sum.checked_add(nulls));
        // A chunk of nulls has no bounds and needs none.
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
        // The deprecated fields are sorted as signed numbers, and bytes as signed bytes: valid only for numbers.
        if is_old && (is_unsigned || !self.is_number()) {
            return None;
        }
        let (bytes, order) = match self.physical {
            Type::BOOLEAN => (bytes, Order::Integer(i128::from(*fixed::<1>(bytes)? == [1]))),
            Type::INT32 if is_unsigned => (bytes, Order::Integer(u32::from_le_bytes(*fixed(bytes)?).into())),
            Type::INT32 => (bytes, Order::Integer(i32::from_le_bytes(*fixed(bytes)?).into())),
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
        !matches!(self.physical, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY)
    }

    /// Minimum and maximum of all row groups.
    fn bounds(&self, column: usize, schema: &SchemaDescriptor, options: &ValueOptions) -> [Option<Bound>; 2] {
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

    fn json(
        &self,
        bytes: &[u8],
        column: usize,
        schema: &SchemaDescriptor,
        options: &ValueOptions,
    ) -> Result<Vec<u8>> {
        if bytes.len() > MAX_BOUND {
            return Err(Error::new(Code::LimitExceeded, "a bound is too long"));
        }
        encode::value_json(bytes, column, self.scalar, schema, options)
    }
}

fn fixed<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    bytes.try_into().ok()
}

/// Writers may change a zero's sign to be safe, so it is meaningless.
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
