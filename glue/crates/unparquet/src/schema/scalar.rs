//! Logical types of leaf columns.

use super::annotation::Annotation;
use crate::types::Type;

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
    /// If the annotation fits, 0 ≤ scale ≤ precision.
    Decimal {
        precision: i32,
        scale: i32,
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
    /// The physical type is not known.
    Unknown,
}

/// The physical type with a number of the enum `Type`.
pub fn physical_type(code: i32) -> Option<Type> {
    Some(match code {
        0 => Type::BOOLEAN,
        1 => Type::INT32,
        2 => Type::INT64,
        3 => Type::INT96,
        4 => Type::FLOAT,
        5 => Type::DOUBLE,
        6 => Type::BYTE_ARRAY,
        7 => Type::FIXED_LEN_BYTE_ARRAY,
        _ => return None,
    })
}

/// The type of a leaf. An annotation that does not fit the physical type is ignored.
pub fn of(physical: i32, length: i32, annotation: Annotation) -> Scalar {
    let Some(physical) = physical_type(physical) else { return Scalar::Unknown };
    match annotation {
        Annotation::Scalar(scalar) if fits(scalar, physical, length) => return scalar,
        _ => {}
    }
    match physical {
        Type::BOOLEAN => Scalar::Bool,
        Type::INT32 => Scalar::Int { bits: 32 },
        Type::INT64 => Scalar::Int { bits: 64 },
        Type::INT96 => Scalar::Int96,
        Type::FLOAT => Scalar::Float32,
        Type::DOUBLE => Scalar::Float64,
        Type::BYTE_ARRAY => Scalar::Binary { name: "binary", length: None },
        Type::FIXED_LEN_BYTE_ARRAY => Scalar::Binary { name: "binary", length: Some(length) },
    }
}

fn fits(scalar: Scalar, physical: Type, length: i32) -> bool {
    let is_bytes = matches!(physical, Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY);
    let is_fixed = |bytes| physical == Type::FIXED_LEN_BYTE_ARRAY && length == bytes;
    match scalar {
        Scalar::Int { bits: 64 } | Scalar::Uint { bits: 64 } => physical == Type::INT64,
        Scalar::Int { bits } | Scalar::Uint { bits } => {
            physical == Type::INT32 && matches!(bits, 8 | 16 | 32)
        }
        Scalar::Date | Scalar::Time { unit: TimeUnit::Millis, .. } => physical == Type::INT32,
        Scalar::Time { .. } | Scalar::Timestamp { .. } => physical == Type::INT64,
        Scalar::Float16 => is_fixed(2),
        Scalar::Uuid => is_fixed(16),
        Scalar::Interval => is_fixed(12),
        Scalar::Text(_) | Scalar::Binary { .. } => is_bytes,
        Scalar::Decimal { precision, scale } => {
            0 < precision && (0..=precision).contains(&scale) && precision <= max_precision(physical, length)
        }
        Scalar::Null => true,
        Scalar::Bool | Scalar::Float32 | Scalar::Float64 | Scalar::Int96 | Scalar::Unknown => false,
    }
}

/// The number of decimal digits for which a physical type can hold every number.
fn max_precision(physical: Type, length: i32) -> i32 {
    match physical {
        Type::INT32 => 9,
        Type::INT64 => 18,
        Type::BYTE_ARRAY => i32::MAX,
        Type::FIXED_LEN_BYTE_ARRAY => ((f64::from(length) * 8.0 - 1.0) * 2f64.log10()) as i32,
        Type::BOOLEAN | Type::INT96 | Type::FLOAT | Type::DOUBLE => 0,
    }
}
