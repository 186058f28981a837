//! Logical types of leaf columns.

use parquet::basic::{ConvertedType, LogicalType, TimeUnit as ParquetTimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

/// Units of times and timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeUnit {
    Millis,
    Micros,
    Nanos,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    Bool,
    /// Signed integers have the physical type's width, whatever their annotation.
    Int {
        bits: u8,
    },
    Uint {
        bits: u8,
    },
    Float16,
    Float32,
    Float64,
    Decimal {
        precision: i32,
        scale: u32,
    },
    Text(&'static str),
    /// Bytes, with their length if fixed.
    Binary {
        name: &'static str,
        length: Option<i32>,
    },
    Uuid,
    Date,
    Time {
        unit: TimeUnit,
        utc: bool,
    },
    Timestamp {
        unit: TimeUnit,
        utc: bool,
    },
    Int96,
    Interval,
    /// Annotated as always null; any values are written as their physical type.
    Null,
}

/// The logical type of a column. Unknown annotations, and those that do not fit the physical type, are ignored.
pub fn of(column: &ColumnDescriptor) -> Scalar {
    let physical = column.physical_type();
    annotated(column, physical).unwrap_or(match physical {
        Type::BOOLEAN => Scalar::Bool,
        Type::INT32 => Scalar::Int { bits: 32 },
        Type::INT64 => Scalar::Int { bits: 64 },
        Type::INT96 => Scalar::Int96,
        Type::FLOAT => Scalar::Float32,
        Type::DOUBLE => Scalar::Float64,
        Type::BYTE_ARRAY => Scalar::Binary { name: "binary", length: None },
        Type::FIXED_LEN_BYTE_ARRAY => Scalar::Binary { name: "binary", length: Some(column.type_length()) },
    })
}

fn annotated(column: &ColumnDescriptor, physical: Type) -> Option<Scalar> {
    let scalar = match column.logical_type_ref() {
        Some(logical) => of_logical(logical)?,
        None => of_converted(column)?,
    };
    let length = column.type_length();
    let fits = match scalar {
        Scalar::Int { bits: 64 } | Scalar::Uint { bits: 64 } => physical == Type::INT64,
        Scalar::Int { .. } | Scalar::Uint { .. } | Scalar::Date => physical == Type::INT32,
        Scalar::Time { unit: TimeUnit::Millis, .. } => physical == Type::INT32,
        Scalar::Time { .. } | Scalar::Timestamp { .. } => physical == Type::INT64,
        Scalar::Float16 => physical == Type::FIXED_LEN_BYTE_ARRAY && length == 2,
        Scalar::Uuid => physical == Type::FIXED_LEN_BYTE_ARRAY && length == 16,
        Scalar::Interval => physical == Type::FIXED_LEN_BYTE_ARRAY && length == 12,
        Scalar::Text(_) | Scalar::Binary { .. } => {
            matches!(physical, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY)
        }
        Scalar::Decimal { .. } => {
            matches!(physical, Type::INT32 | Type::INT64 | Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY)
        }
        Scalar::Null => true,
        Scalar::Bool | Scalar::Float32 | Scalar::Float64 | Scalar::Int96 => false,
    };
    fits.then_some(scalar)
}

fn of_logical(logical: &LogicalType) -> Option<Scalar> {
    let bytes = |name| Scalar::Binary { name, length: None };
    Some(match logical {
        LogicalType::String => Scalar::Text("string"),
        LogicalType::Enum => Scalar::Text("enum"),
        LogicalType::Json => Scalar::Text("json"),
        LogicalType::Bson => bytes("bson"),
        LogicalType::Geometry(_) => bytes("geometry"),
        LogicalType::Geography(_) => bytes("geography"),
        LogicalType::Decimal(decimal) => {
            Scalar::Decimal { precision: decimal.precision, scale: u32::try_from(decimal.scale).ok()? }
        }
        LogicalType::Date => Scalar::Date,
        LogicalType::Time(time) => Scalar::Time { unit: unit(time.unit), utc: time.is_adjusted_to_u_t_c },
        LogicalType::Timestamp(time) => {
            Scalar::Timestamp { unit: unit(time.unit), utc: time.is_adjusted_to_u_t_c }
        }
        LogicalType::Integer(integer) => {
            let bits = u8::try_from(integer.bit_width).ok()?;
            if integer.is_signed { Scalar::Int { bits } } else { Scalar::Uint { bits } }
        }
        LogicalType::Unknown => Scalar::Null,
        LogicalType::Uuid => Scalar::Uuid,
        LogicalType::Float16 => Scalar::Float16,
        _ => return None,
    })
}

fn unit(unit: ParquetTimeUnit) -> TimeUnit {
    match unit {
        ParquetTimeUnit::MILLIS => TimeUnit::Millis,
        ParquetTimeUnit::MICROS => TimeUnit::Micros,
        ParquetTimeUnit::NANOS => TimeUnit::Nanos,
    }
}

/// Converted types, which precede logical types; their times are all in UTC. Source:
/// <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>
fn of_converted(column: &ColumnDescriptor) -> Option<Scalar> {
    Some(match column.converted_type() {
        ConvertedType::UTF8 => Scalar::Text("string"),
        ConvertedType::ENUM => Scalar::Text("enum"),
        ConvertedType::JSON => Scalar::Text("json"),
        ConvertedType::BSON => Scalar::Binary { name: "bson", length: None },
        ConvertedType::DECIMAL => {
            Scalar::Decimal { precision: column.type_precision(), scale: column.type_scale().max(0) as u32 }
        }
        ConvertedType::DATE => Scalar::Date,
        ConvertedType::TIME_MILLIS => Scalar::Time { unit: TimeUnit::Millis, utc: true },
        ConvertedType::TIME_MICROS => Scalar::Time { unit: TimeUnit::Micros, utc: true },
        ConvertedType::TIMESTAMP_MILLIS => Scalar::Timestamp { unit: TimeUnit::Millis, utc: true },
        ConvertedType::TIMESTAMP_MICROS => Scalar::Timestamp { unit: TimeUnit::Micros, utc: true },
        ConvertedType::UINT_8 => Scalar::Uint { bits: 8 },
        ConvertedType::UINT_16 => Scalar::Uint { bits: 16 },
        ConvertedType::UINT_32 => Scalar::Uint { bits: 32 },
        ConvertedType::UINT_64 => Scalar::Uint { bits: 64 },
        ConvertedType::INT_8 => Scalar::Int { bits: 8 },
        ConvertedType::INT_16 => Scalar::Int { bits: 16 },
        ConvertedType::INT_32 => Scalar::Int { bits: 32 },
        ConvertedType::INT_64 => Scalar::Int { bits: 64 },
        ConvertedType::INTERVAL => Scalar::Interval,
        _ => return None,
    })
}
