//! Types as a person reads them: `list<struct<a: int64, at: timestamp(us, UTC)>>`.

use std::fmt;

use super::{Field, Kind, Node, Scalar, Unit};

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Scalar { scalar, .. } => scalar.fmt(f),
            Kind::Struct(fields) => {
                f.write_str("struct<")?;
                for (index, Field { name, node }) in fields.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{name}: {node}")?;
                }
                f.write_str(">")
            }
            Kind::List { element, .. } => write!(f, "list<{element}>"),
            Kind::Map { key, value: Some(value), .. } => write!(f, "map<{key},{value}>"),
            Kind::Map { key, value: None, .. } => write!(f, "set<{key}>"),
            Kind::Variant(_) => f.write_str("variant"),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Scalar::Bool => f.write_str("bool"),
            Scalar::Int { bits } => write!(f, "int{bits}"),
            Scalar::Uint { bits } => write!(f, "uint{bits}"),
            Scalar::Float16 => f.write_str("float16"),
            Scalar::Float32 => f.write_str("float32"),
            Scalar::Float64 => f.write_str("float64"),
            Scalar::Decimal { precision, scale } => write!(f, "decimal({precision},{scale})"),
            Scalar::Text(name) | Scalar::Binary { name, length: None } => f.write_str(name),
            Scalar::Binary { name, length: Some(length) } => write!(f, "{name}({length})"),
            Scalar::Uuid => f.write_str("uuid"),
            Scalar::Date => f.write_str("date"),
            Scalar::Time { unit, utc } => write!(f, "time({unit}{})", if utc { ", UTC" } else { "" }),
            Scalar::Timestamp { unit, utc } => {
                write!(f, "timestamp({unit}{})", if utc { ", UTC" } else { "" })
            }
            Scalar::Int96 => f.write_str("timestamp(ns)"),
            Scalar::Interval => f.write_str("interval"),
            Scalar::Null => f.write_str("null"),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Unit::Millis => "ms",
            Unit::Micros => "us",
            Unit::Nanos => "ns",
        })
    }
}
