//! What the footer says of the values of each column.
//!
//! What is compared how: `ColumnOrder` and `Statistics` in
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>. Statistics that cannot be relied
//! upon are left out.

use std::cmp::Ordering;

use half::f16;
use parquet::basic::{Compression, Encoding, Type};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use serde::Serialize;

use crate::encode;
use crate::error::{Code, Error, Result};
use crate::options::{NonFinite, Options, ValueOptions};
use crate::schema::{self, Room, Scalar};
use crate::thrift::{Cursor, Kind};

/// Longer bounds are left out, in bytes: Arrow writes none that are longer.
const MAX_BOUND: usize = 4096;
/// Bytes of JSON that the statistics of all columns may take.
const MAX_STATISTICS: usize = 32 << 20;

/// What the file says of one column's values, over all row groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnStatistics {
    /// Names on the way from the root, as the file has them.
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

/// The least or the greatest value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Bound {
    /// The value as it is converted, with NaN and infinities as strings.
    pub json: String,
    /// False where the file has it shortened: values are not less than this minimum, or not more than this maximum.
    pub is_exact: bool,
}

/// The statistics of the first columns, as many as there is room for.
pub fn read(footer: &[u8], metadata: &ParquetMetaData) -> Result<Vec<ColumnStatistics>> {
    let schema = metadata.file_metadata().schema_descr();
    let orders = column_orders(footer)?;
    let mut columns: Vec<_> = schema.columns().iter().map(|column| ColumnSummary::new(column)).collect();
    summarize(footer, metadata, &orders, &mut columns)?;
    let values = value_options();
    let mut room = Room::new(MAX_STATISTICS);
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
        room.reserve(serde_json::to_vec(&statistics).ok()?.len())?;
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
    // A codec's level is not told by the file.
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

/// The sum of sizes, whatever they claim.
pub fn sum(sizes: impl Iterator<Item = i64>) -> u64 {
    sizes.fold(0, |sum, size| sum.saturating_add(u64::try_from(size).unwrap_or(0)))
}

/// Statistics of a column chunk, not decoded yet.
#[derive(Clone, Copy, Default)]
struct RawStatistics<'a> {
    nulls: Option<u64>,
    /// The least and the greatest value.
    ends: [RawBound<'a>; 2],
    /// The bounds are of the fields from before column orders: sorted as signed numbers whatever the type.
    is_old: bool,
}

#[derive(Clone, Copy, Default)]
struct RawBound<'a> {
    value: Option<&'a [u8]>,
    is_inexact: bool,
}

/// Whether each column has the order of its type, the only one known here.
fn column_orders(footer: &[u8]) -> Result<Vec<bool>> {
    let mut orders = Vec::new();
    // FileMetaData: 7 column_orders, of unions with 1 TYPE_ORDER.
    Cursor::new(footer).fields(|cursor, id, kind| {
        if (id, kind) != (7, Kind::List) {
            return cursor.skip(kind);
        }
        orders.clear();
        let (count, kind) = cursor.list()?;
        for _ in 0..count {
            let mut is_typed = false;
            match kind {
                Kind::Struct => cursor.fields(|cursor, id, kind| {
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

/// Adds the statistics of all column chunks to those of their columns. The footer has been checked.
fn summarize<'a>(
    footer: &'a [u8],
    metadata: &ParquetMetaData,
    orders: &[bool],
    columns: &mut [ColumnSummary<'a>],
) -> Result<()> {
    // FileMetaData: 4 row_groups. RowGroup: 1 columns.
    Cursor::new(footer).fields(|cursor, id, kind| {
        if (id, kind) != (4, Kind::List) {
            return cursor.skip(kind);
        }
        columns.iter_mut().for_each(ColumnSummary::clear);
        let (count, _) = cursor.list()?;
        (0..count).try_for_each(|group| {
            let chunks = metadata.row_groups().get(group).map_or(&[][..], |group| group.columns());
            cursor.fields(|cursor, id, kind| {
                if (id, kind) != (1, Kind::List) {
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
        (3, Kind::Struct) => cursor.fields(|cursor, id, kind| match (id, kind) {
            (12, Kind::Struct) => {
                found = raw_statistics(cursor, is_typed)?;
                Ok(())
            }
            _ => cursor.skip(kind),
        }),
        _ => cursor.skip(kind),
    })?;
    Ok(found)
}

/// Statistics: 1 max and 2 min of the old kind, 3 null_count, 5 max_value, 6 min_value, 7 is_max_value_exact,
/// 8 is_min_value_exact. Only in the order of the type do the newer bounds mean anything.
fn raw_statistics<'a>(cursor: &mut Cursor<'a>, is_typed: bool) -> Result<RawStatistics<'a>> {
    let (mut nulls, mut old, mut new) = (None, [RawBound::default(); 2], [RawBound::default(); 2]);
    cursor.fields(|cursor, id, kind| {
        match (id, kind) {
            (1, Kind::Binary) => old[1].value = Some(cursor.binary()?),
            (2, Kind::Binary) => old[0].value = Some(cursor.binary()?),
            (3, Kind::Integer) => nulls = u64::try_from(cursor.integer()?).ok(),
            (5, Kind::Binary) => new[1].value = Some(cursor.binary()?),
            (6, Kind::Binary) => new[0].value = Some(cursor.binary()?),
            (7, Kind::Bool(is_exact)) => new[1].is_inexact = !is_exact,
            (8, Kind::Bool(is_exact)) => new[0].is_inexact = !is_exact,
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

/// The statistics of one column over the row groups seen.
struct ColumnSummary<'a> {
    physical: Type,
    scalar: Scalar,
    nulls: Option<u64>,
    ends: [End<'a>; 2],
}

#[derive(Clone, Copy)]
enum End<'a> {
    /// Of no value so far.
    Nothing,
    Known(Value<'a>),
    /// A row group does not say.
    Unknown,
}

#[derive(Clone, Copy)]
struct Value<'a> {
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
            ends: [End::Nothing; 2],
        }
    }

    fn clear(&mut self) {
        (self.nulls, self.ends) = (Some(0), [End::Nothing; 2]);
    }

    /// Adds a column chunk of `values` values, nulls among them.
    fn add(&mut self, statistics: &RawStatistics<'a>, values: u64) {
        if values == 0 {
            return;
        }
        let nulls = statistics.nulls.filter(|&nulls| nulls <= values);
        self.nulls = self.nulls.zip(nulls).and_then(|(sum, nulls)| sum.checked_add(nulls));
        // Nulls alone have no bounds, and need none.
        if nulls == Some(values) {
            return;
        }
        for (end, better) in [(0, Ordering::Less), (1, Ordering::Greater)] {
            let value = self.value(&statistics.ends[end], statistics.is_old);
            self.ends[end] = match (self.ends[end], value) {
                (End::Unknown, _) | (_, None) => End::Unknown,
                (End::Nothing, Some(value)) => End::Known(value),
                (End::Known(known), Some(value)) => {
                    let order = value.order.compare(known.order);
                    // Of equal bounds one that is a value of the file makes the other one, too.
                    let replaces = order == better || (order == Ordering::Equal && value.is_exact);
                    End::Known(if replaces { value } else { known })
                }
            };
        }
    }

    /// None for a bound that is not there, or that tells nothing.
    fn value(&self, bound: &RawBound<'a>, is_old: bool) -> Option<Value<'a>> {
        let bytes = bound.value?;
        let is_unsigned = matches!(self.scalar, Scalar::Uint { .. });
        // The old fields are sorted as signed numbers, bytes by signed bytes: right for numbers alone.
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
        Some(Value { bytes, order, is_exact: !bound.is_inexact })
    }

    fn is_number(&self) -> bool {
        !matches!(self.physical, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY)
    }

    /// The least and the greatest value of all row groups.
    fn bounds(&self, column: usize, schema: &SchemaDescriptor, options: &ValueOptions) -> [Option<Bound>; 2] {
        if let [End::Known(min), End::Known(max)] = self.ends
            && min.order.compare(max.order) == Ordering::Greater
        {
            return [None, None];
        }
        self.ends.map(|end| match end {
            End::Known(value) => {
                // A text cut in the middle of a character has none.
                let json = self.json(value.bytes, column, schema, options).ok()?;
                Some(Bound { json: String::from_utf8(json).ok()?, is_exact: value.is_exact })
            }
            End::Nothing | End::Unknown => None,
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

/// Writers choose a zero's sign to be on the safe side, so it tells nothing.
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
    // Without the bytes that only repeat the sign, more bytes are farther from 0.
    let sign = if is_negative(a) { 0xff } else { 0 };
    let digits = |bytes: &[u8]| bytes.len() - bytes.iter().take_while(|&&byte| byte == sign).count();
    let lengths = digits(a).cmp(&digits(b));
    let lengths = if is_negative(a) { lengths.reverse() } else { lengths };
    lengths.then_with(|| a[a.len() - digits(a)..].cmp(&b[b.len() - digits(b)..]))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// A column chunk of ten values.
    #[derive(Clone, Copy, Default)]
    struct Chunk<'a> {
        values: Option<u64>,
        raw: RawStatistics<'a>,
    }

    fn chunk<'a>(min: &'a [u8], max: &'a [u8]) -> Chunk<'a> {
        let end = |value| RawBound { value: Some(value), is_inexact: false };
        Chunk { values: None, raw: RawStatistics { ends: [end(min), end(max)], ..RawStatistics::default() } }
    }

    impl Chunk<'_> {
        fn old(mut self) -> Self {
            self.raw.is_old = true;
            self
        }

        fn nulls(mut self, nulls: u64) -> Self {
            self.raw.nulls = Some(nulls);
            self
        }

        fn shortened(mut self) -> Self {
            self.raw.ends.iter_mut().for_each(|end| end.is_inexact = true);
            self
        }
    }

    /// Nulls and bounds of a column over its row groups; `~` marks a shortened bound.
    fn statistics(kind: &str, chunks: &[Chunk]) -> (Option<u64>, [String; 2]) {
        let (physical, annotation) = kind.split_once(' ').unwrap_or((kind, ""));
        let message = format!("message row {{ optional {physical} column {annotation}; }}");
        let schema = SchemaDescriptor::new(Arc::new(parse_message_type(&message).unwrap()));
        let mut summary = ColumnSummary::new(&schema.column(0));
        chunks.iter().for_each(|chunk| summary.add(&chunk.raw, chunk.values.unwrap_or(10)));
        let text = |bound: Option<Bound>| {
            let mark = |bound: Bound| if bound.is_exact { bound.json } else { format!("~{}", bound.json) };
            bound.map_or("unknown".to_string(), mark)
        };
        (summary.nulls, summary.bounds(0, &schema, &value_options()).map(text))
    }

    fn bounds(kind: &str, chunks: &[Chunk]) -> [String; 2] {
        statistics(kind, chunks).1
    }

    const UNKNOWN: [&str; 2] = ["unknown", "unknown"];
    const STRING: &str = "binary (STRING)";
    const FLOAT16: &str = "fixed_len_byte_array(2) (FLOAT16)";
    const UUID: &str = "fixed_len_byte_array(16) (UUID)";

    #[test]
    fn bounds_of_two_row_groups_are_those_of_both_in_the_order_of_their_type() {
        let check = |kind: &str, a: [&[u8]; 2], b: [&[u8]; 2], expected: [&str; 2]| {
            let (a, b) = (chunk(a[0], a[1]), chunk(b[0], b[1]));
            assert_eq!(bounds(kind, &[a, b]), expected, "{kind}");
            assert_eq!(bounds(kind, &[b, a]), expected, "{kind}, the other way round");
        };
        macro_rules! check {
            ($kind:expr, $type:ty, $a:expr, $b:expr, $expected:expr) => {
                let [a, b] = [$a, $b].map(|ends: [$type; 2]| ends.map(<$type>::to_le_bytes));
                check($kind, [&a[0], &a[1]], [&b[0], &b[1]], $expected);
            };
        }
        check("boolean", [&[1], &[1]], [&[0], &[0]], ["false", "true"]);
        check!("int32", i32, [-5, 2], [-1, 7], ["-5", "7"]);
        check!("int64", i64, [i64::MIN, 1], [0, i64::MAX], ["-9223372036854775808", "9223372036854775807"]);
        check!("int32 (INTEGER(32,false))", i32, [1, 2], [7, -1], ["1", "4294967295"]);
        check!("int32 (UINT_8)", i32, [200, 255], [3, 4], ["3", "255"]);
        check!("int64 (INTEGER(64,false))", i64, [5, -1], [6, 7], ["5", "18446744073709551615"]);
        check!("float", f32, [0.1, 2.0], [-1.5, f32::INFINITY], ["-1.5", "\"Infinity\""]);
        check!("double", f64, [0.1, 0.2], [-3.0, -2.0], ["-3.0", "0.2"]);
        check!(FLOAT16, u16, [0xc000, 0x3c00], [0xbc00, 0x4000], ["-2.0", "2.0"]);
        check!("int32 (DECIMAL(9,2))", i32, [-150, 5], [7, 99], ["-1.50", "0.99"]);
        check!("int64 (DECIMAL(18,2))", i64, [-1, 5], [7, 12_345_678_901], ["-0.01", "123456789.01"]);
        check!("int32 (DATE)", i32, [-1, 0], [1, 20_000], ["\"1969-12-31\"", "\"2024-10-04\""]);
        check!(
            "int32 (TIME(MILLIS,true))",
            i32,
            [1000, 2000],
            [500, 600],
            ["\"00:00:00.500\"", "\"00:00:02\""]
        );
        check!(
            "int64 (TIMESTAMP(MILLIS,false))",
            i64,
            [-1, 0],
            [0, 1000],
            ["\"1969-12-31T23:59:59.999\"", "\"1970-01-01T00:00:01\""]
        );
        check!(
            "int64 (TIMESTAMP(NANOS,true))",
            i64,
            [1, 2],
            [0, 1],
            ["\"1970-01-01T00:00:00Z\"", "\"1970-01-01T00:00:00.000000002Z\""]
        );
        check(
            "fixed_len_byte_array(3) (DECIMAL(6,2))",
            [&[0xff, 0xff, 0x6a], &[0, 0, 5]],
            [&[0xff; 3], &[0, 1, 0]],
            ["-1.50", "2.56"],
        );
        // Of any length.
        check("binary (DECIMAL(9,2))", [&[0x80], &[5]], [&[0xff, 0], &[0, 0xff]], ["-2.56", "2.55"]);
        check(STRING, [b"a", b"z"], [b"B", "é".as_bytes()], ["\"B\"", "\"é\""]);
        check("binary (UTF8)", [b"aa", b"b"], [b"a", b"ba"], ["\"a\"", "\"ba\""]);
        check("binary", [&[0], &[0x7f]], [&[1], &[0xff]], ["\"AA==\"", "\"/w==\""]);
        check(
            UUID,
            [&[1; 16], &[0x7f; 16]],
            [&[2; 16], &[0xff; 16]],
            ["\"01010101-0101-0101-0101-010101010101\"", "\"ffffffff-ffff-ffff-ffff-ffffffffffff\""],
        );
    }

    #[test]
    fn what_has_no_order_has_no_bounds() {
        for (kind, length) in [
            ("int96", 12),
            ("fixed_len_byte_array(12) (INTERVAL)", 12),
            ("binary (GEOMETRY)", 8),
            ("binary (GEOGRAPHY)", 8),
        ] {
            let bytes = vec![0; length];
            assert_eq!(bounds(kind, &[chunk(&bytes, &bytes)]), UNKNOWN, "{kind}");
        }
    }

    #[test]
    fn a_bound_that_is_nan_is_ignored() {
        let doubles = |groups: &[[f64; 2]]| {
            let groups: Vec<_> = groups.iter().map(|ends| ends.map(f64::to_le_bytes)).collect();
            let chunks: Vec<_> = groups.iter().map(|[min, max]| chunk(min, max)).collect();
            bounds("double", &chunks)
        };
        assert_eq!(doubles(&[[f64::NAN, 3.0]]), ["unknown", "3.0"]);
        assert_eq!(doubles(&[[1.0, 2.0], [1.0, f64::NAN]]), ["1.0", "unknown"]);
        assert_eq!(bounds(FLOAT16, &[chunk(&[0, 0x7e], &[0, 0])]), ["unknown", "0.0"]);
        // And a zero's sign tells nothing.
        assert_eq!(doubles(&[[-0.0, 1.0]]), ["0.0", "1.0"]);
        assert_eq!(doubles(&[[-1.0, -0.0], [-1.0, 0.0]]), ["-1.0", "0.0"]);
        assert_eq!(doubles(&[[0.0, -0.0]]), ["0.0", "0.0"]);
        assert_eq!(bounds(FLOAT16, &[chunk(&[0, 0x80], &[0, 0])]), ["0.0", "0.0"]);
    }

    #[test]
    fn shortened_bounds_are_said_to_be() {
        assert_eq!(bounds(STRING, &[chunk(b"aaa", b"b").shortened()]), ["~\"aaa\"", "~\"b\""]);
        // They are exact where the row group that has the extreme has it in full.
        let (cut, full) = (chunk(b"b", b"c").shortened(), chunk(b"a", b"d"));
        assert_eq!(bounds(STRING, &[cut, full]), ["\"a\"", "\"d\""]);
        let same = chunk(b"a", b"c").shortened();
        assert_eq!(bounds(STRING, &[same, full])[0], "\"a\"");
        assert_eq!(bounds(STRING, &[full, same])[0], "\"a\"");
        assert_eq!(bounds(STRING, &[chunk(b"A", b"c").shortened(), full])[0], "~\"A\"");
        // Of bytes of a fixed number, too.
        let fixed = "fixed_len_byte_array(9)";
        assert_eq!(bounds(fixed, &[chunk(&[1], &[2]).shortened()]), ["~\"AQ==\"", "~\"Ag==\""]);
    }

    #[test]
    fn a_bound_cut_in_the_middle_of_a_value_is_left_out_and_the_other_one_stays() {
        let text = chunk(&"é".as_bytes()[..1], "ö".as_bytes()).shortened();
        assert_eq!(bounds(STRING, &[text]), ["unknown", "~\"ö\""]);
        let zero = "\"00000000-0000-0000-0000-000000000000\"";
        assert_eq!(bounds(UUID, &[chunk(&[1], &[0; 16])]), ["unknown", zero]);
    }

    #[test]
    fn a_bound_that_is_very_long_is_left_out() {
        let long = [b'a'; MAX_BOUND + 1];
        assert_eq!(bounds(STRING, &[chunk(&long, b"b")]), ["unknown", "\"b\""]);
    }

    #[test]
    fn fields_from_before_column_orders_count_for_signed_numbers_alone() {
        let (least, most) = ((-1i32).to_le_bytes(), 1i32.to_le_bytes());
        assert_eq!(bounds("int32", &[chunk(&least, &most).old()]), ["-1", "1"]);
        let (least, most) = ((-1i64).to_le_bytes(), 1i64.to_le_bytes());
        assert_eq!(bounds("int64 (DECIMAL(18,2))", &[chunk(&least, &most).old()]), ["-0.01", "0.01"]);
        let (least, most) = ((-1f64).to_le_bytes(), 1f64.to_le_bytes());
        assert_eq!(bounds("double", &[chunk(&least, &most).old()]), ["-1.0", "1.0"]);
        assert_eq!(bounds("boolean", &[chunk(&[0], &[1]).old()]), ["false", "true"]);
        assert_eq!(
            bounds("int32 (INTEGER(32,false))", &[chunk(&[1, 0, 0, 0], &[2, 0, 0, 0]).old()]),
            UNKNOWN
        );
        assert_eq!(bounds(STRING, &[chunk(b"a", b"b").old()]), UNKNOWN);
        let decimal = "fixed_len_byte_array(2) (DECIMAL(4,2))";
        assert_eq!(bounds(decimal, &[chunk(&[0, 1], &[0, 2]).old()]), UNKNOWN);
    }

    #[test]
    fn bounds_that_cannot_be_relied_on_are_left_out() {
        let [one, two, three] = [1i32, 2, 3].map(i32::to_le_bytes);
        let good = chunk(&one, &two);
        for (why, chunks) in [
            ("a row group says nothing", &[good, Chunk::default()][..]),
            ("they are of another length than the type's", &[chunk(&[1], &[2])]),
            ("the least is greater than the greatest", &[chunk(&three, &two)]),
            ("there is no row group", &[]),
        ] {
            assert_eq!(bounds("int32", chunks), UNKNOWN, "{why}");
        }
        assert_eq!(bounds("boolean", &[chunk(&[], &[1])]), ["unknown", "true"]);
    }

    #[test]
    fn nulls_are_counted_over_all_row_groups() {
        let [one, two] = [1i32, 2].map(i32::to_le_bytes);
        let good = chunk(&one, &two);
        let nulls = |chunks: &[Chunk]| statistics("int32", chunks).0;
        assert_eq!(nulls(&[good.nulls(3), good.nulls(4)]), Some(7));
        // Unknown where a row group does not say, or says what cannot be.
        assert_eq!(nulls(&[good.nulls(3), good]), None);
        assert_eq!(nulls(&[good.nulls(3), good.nulls(11)]), None);
    }

    #[test]
    fn a_row_group_of_nulls_alone_or_of_nothing_needs_no_bounds() {
        let [one, two] = [1i32, 2].map(i32::to_le_bytes);
        let only_nulls = Chunk::default().nulls(10);
        let empty = Chunk { values: Some(0), ..Chunk::default() };
        let chunks = [chunk(&one, &two).nulls(3), only_nulls, empty];
        assert_eq!(statistics("int32", &chunks), (Some(13), ["1", "2"].map(String::from)));
        assert_eq!(statistics("int32", &[only_nulls]), (Some(10), UNKNOWN.map(String::from)));
    }
}
