//! Human-readable types: `list<struct<a: int64, at: timestamp(us, UTC)>>`.

use std::fmt::{self, Write};

use super::{Field, Node, NodeKind, Scalar, TimeUnit};
use crate::json_string::write_text;

/// Maximum bytes of compact JSON for the names and types of columns.
const MAX_COLUMNS: usize = 128 << 10;

/// Name and type of the first columns of the output, as many as fit 128 KiB of JSON: in a hostile file they may have
/// megabytes.
pub struct ColumnList {
    pub first: Vec<(String, String)>,
    /// Number of further columns.
    pub omitted: usize,
}

impl ColumnList {
    pub fn new(fields: &[Field]) -> Self {
        let mut first = Vec::new();
        let mut budget = JsonBudget::new(MAX_COLUMNS - "[]".len());
        for field in fields {
            let Some(kind) = budget.take(field) else { break };
            first.push((field.name.clone(), kind));
        }
        Self { omitted: fields.len() - first.len(), first }
    }
}

/// Remaining bytes of compact JSON.
pub struct JsonBudget(usize);

impl JsonBudget {
    pub fn new(bytes: usize) -> Self {
        Self(bytes)
    }

    /// The field's type, if both it and the name fit.
    pub fn take(&mut self, field: &Field) -> Option<String> {
        self.reserve(r#"{"name":,"type":},"#.len())?;
        self.reserve_text(&field.name)?;
        let mut kind = BoundedText { text: String::new(), max: self.0 };
        write!(kind, "{}", field.node).ok()?;
        self.reserve_text(&kind.text)?;
        Some(kind.text)
    }

    pub fn reserve_text(&mut self, text: &str) -> Option<()> {
        let mut json = Vec::new();
        if text.len() <= self.0 {
            write_text(text, &mut json).ok()?;
        }
        self.reserve(text.len().max(json.len()))
    }

    pub fn reserve(&mut self, bytes: usize) -> Option<()> {
        self.0 = self.0.checked_sub(bytes)?;
        Some(())
    }
}

/// A string that cannot grow beyond `max` bytes.
struct BoundedText {
    text: String,
    max: usize,
}

impl Write for BoundedText {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.text.len() + text.len() > self.max {
            return Err(fmt::Error);
        }
        self.text.push_str(text);
        Ok(())
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            NodeKind::Scalar { scalar, .. } => scalar.fmt(f),
            NodeKind::Struct(fields) => {
                f.write_str("struct<")?;
                for (index, Field { name, node }) in fields.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{name}: {node}")?;
                }
                f.write_str(">")
            }
            NodeKind::List { element, .. } => write!(f, "list<{element}>"),
            NodeKind::Map { key, value: Some(value), .. } => write!(f, "map<{key},{value}>"),
            NodeKind::Map { key, value: None, .. } => write!(f, "set<{key}>"),
            NodeKind::Variant(_) => f.write_str("variant"),
            NodeKind::NoColumns(_) => f.write_str("struct<>"),
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
            Scalar::Unknown => f.write_str("unknown"),
        }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TimeUnit::Millis => "ms",
            TimeUnit::Micros => "us",
            TimeUnit::Nanos => "ns",
        })
    }
}
