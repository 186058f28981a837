//! Annotations of schema elements: `LogicalType`, and its predecessor `ConvertedType`.
//!
//! Source: <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md>

use super::scalar::{Scalar, TimeUnit};
use crate::error::Result;
use crate::thrift::{Cursor, ThriftType};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Annotation {
    List,
    Map,
    Variant,
    /// The annotation of a leaf, which may not fit the physical type.
    Scalar(Scalar),
    /// No annotation, or an unknown one.
    None,
}

/// Parses the union `LogicalType`. None if it is empty or has an unknown member: then the converted type counts.
pub fn logical(cursor: &mut Cursor<'_>) -> Result<Option<Annotation>> {
    let mut annotation = None;
    cursor.fields(|cursor, id, kind| {
        if kind != ThriftType::Struct {
            return cursor.skip(kind);
        }
        let parameters = Parameters::parse(cursor)?;
        let scalar = match id {
            1 => Scalar::Text("string"),
            2 => return set(&mut annotation, Annotation::Map),
            3 => return set(&mut annotation, Annotation::List),
            4 => Scalar::Text("enum"),
            // 1 scale, 2 precision.
            5 => Scalar::Decimal { precision: parameters.number(2), scale: parameters.number(1) },
            6 => Scalar::Date,
            // 1 isAdjustedToUTC, 2 unit.
            7 | 8 => match (id, parameters.member, parameters.flag(1)) {
                (7, Some(unit), utc) => Scalar::Time { unit, utc },
                (_, Some(unit), utc) => Scalar::Timestamp { unit, utc },
                (_, None, _) => return set(&mut annotation, Annotation::None),
            },
            // 1 bitWidth, 2 isSigned.
            10 => match (u8::try_from(parameters.number(1)), parameters.flag(2)) {
                (Ok(bits), true) => Scalar::Int { bits },
                (Ok(bits), false) => Scalar::Uint { bits },
                (Err(_), _) => return set(&mut annotation, Annotation::None),
            },
            11 => Scalar::Null,
            12 => Scalar::Text("json"),
            13 => Scalar::Binary { name: "bson", length: None },
            14 => Scalar::Uuid,
            15 => Scalar::Float16,
            16 => return set(&mut annotation, Annotation::Variant),
            17 => Scalar::Binary { name: "geometry", length: None },
            18 => Scalar::Binary { name: "geography", length: None },
            _ => return Ok(()),
        };
        set(&mut annotation, Annotation::Scalar(scalar))
    })?;
    Ok(annotation)
}

fn set(annotation: &mut Option<Annotation>, found: Annotation) -> Result<()> {
    *annotation = Some(found);
    Ok(())
}

/// The annotation of a `ConvertedType`. Times are in UTC.
pub fn converted(code: i64, precision: i32, scale: i32) -> Annotation {
    let time = |unit| Scalar::Time { unit, utc: true };
    let timestamp = |unit| Scalar::Timestamp { unit, utc: true };
    Annotation::Scalar(match code {
        0 => Scalar::Text("string"),
        // 2 is MAP_KEY_VALUE, which old writers used in place of MAP.
        1 | 2 => return Annotation::Map,
        3 => return Annotation::List,
        4 => Scalar::Text("enum"),
        5 => Scalar::Decimal { precision, scale },
        6 => Scalar::Date,
        7 => time(TimeUnit::Millis),
        8 => time(TimeUnit::Micros),
        9 => timestamp(TimeUnit::Millis),
        10 => timestamp(TimeUnit::Micros),
        11..=14 => Scalar::Uint { bits: 8 << (code - 11) },
        15..=18 => Scalar::Int { bits: 8 << (code - 15) },
        19 => Scalar::Text("json"),
        20 => Scalar::Binary { name: "bson", length: None },
        21 => Scalar::Interval,
        // Old versions of pandas wrote 24 for columns with only nulls.
        _ => return Annotation::None,
    })
}

/// The parameters of a logical type: its fields 1 and 2.
#[derive(Default)]
struct Parameters {
    numbers: [i32; 2],
    flags: [bool; 2],
    /// The member of the union `TimeUnit` in field 2.
    member: Option<TimeUnit>,
}

impl Parameters {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self> {
        let mut parameters = Self::default();
        cursor.fields(|cursor, id, kind| {
            match (id, kind) {
                (1 | 2, ThriftType::Integer) => parameters.numbers[id as usize - 1] = cursor.int32()?,
                (1 | 2, ThriftType::Byte) => parameters.numbers[id as usize - 1] = cursor.int8()?.into(),
                (1 | 2, ThriftType::Bool(value)) => parameters.flags[id as usize - 1] = value,
                (2, ThriftType::Struct) => cursor.fields(|cursor, id, kind| {
                    parameters.member = match id {
                        1 => Some(TimeUnit::Millis),
                        2 => Some(TimeUnit::Micros),
                        3 => Some(TimeUnit::Nanos),
                        _ => None,
                    };
                    cursor.skip(kind)
                })?,
                _ => cursor.skip(kind)?,
            }
            Ok(())
        })?;
        Ok(parameters)
    }

    fn number(&self, id: usize) -> i32 {
        self.numbers[id - 1]
    }

    fn flag(&self, id: usize) -> bool {
        self.flags[id - 1]
    }
}
