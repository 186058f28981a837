//! Estimates the size of the output from the footer.

use crate::check::Estimate;
use crate::error::Result;
use crate::footer::FileMetadata;
use crate::options::{Binary, Format, Nulls, Options, Texts, Timestamps};
use crate::sample::key_length;
use crate::schema::{Field, Node, NodeKind, Scalar, TimeUnit};
use crate::statistics::{self, ColumnStatistics};
use crate::types::Type;

/// Estimates the output of the first `rows` rows.
pub fn of(metadata: &FileMetadata, fields: &[Field], rows: u64, options: &Options) -> Result<Estimate> {
    let min_bytes = min_bytes(metadata, fields, rows, options)?;
    if rows == 0 {
        return Ok(Estimate { rows, bytes: min_bytes, min_bytes });
    }
    // Malformed statistics do not prevent a conversion.
    let statistics = statistics::of_columns(metadata, |_, _| {}).unwrap_or_default();
    let estimator = Estimator { metadata, statistics, options };
    let total = metadata.row_groups().iter().sum::<u64>() as f64;
    let mean = estimator.object(fields, total)? / total + delimiter(options) as f64;
    let bytes = (mean * rows as f64).round() as u64;
    Ok(Estimate { rows, bytes: bytes.max(min_bytes), min_bytes })
}

/// The least bytes that `rows` rows can take.
pub fn min_bytes(metadata: &FileMetadata, fields: &[Field], rows: u64, options: &Options) -> Result<u64> {
    if rows == 0 {
        return Ok(if options.format == Format::Json { 2 } else { 0 });
    }
    let estimator = Estimator { metadata, statistics: Vec::new(), options };
    Ok(rows.saturating_mul(delimiter(options) + estimator.min_object(fields, 0)?))
}

/// Bytes per row besides its object: a line feed, or commas, line feeds and brackets.
fn delimiter(options: &Options) -> u64 {
    if options.format == Format::Json { 2 } else { 1 }
}

struct Estimator<'a> {
    metadata: &'a FileMetadata,
    /// Of the first columns.
    statistics: Vec<ColumnStatistics>,
    options: &'a Options,
}

/// The entries of a column.
struct Entries {
    /// Includes nulls, and one for each empty list.
    all: f64,
    nulls: f64,
}

impl Estimator<'_> {
    fn omits(&self) -> bool {
        self.options.nulls == Nulls::Omit
    }

    /// Minimum length of an object whose definition level is `definition`.
    fn min_object(&self, fields: &[Field], definition: i16) -> Result<u64> {
        let mut members = 0;
        for field in fields {
            if !(self.omits() && field.node.definition > definition) {
                members += key_length(field)? as u64 + self.min_node(&field.node, definition)?;
            }
        }
        // The braces replace the first comma.
        Ok(if members == 0 { 2 } else { members + 1 })
    }

    /// Minimum length of a value, which may be null if its parent's definition level is lower.
    fn min_node(&self, node: &Node, parent: i16) -> Result<u64> {
        let value = match &node.kind {
            NodeKind::Scalar { column, scalar } => self.min_scalar(*column, *scalar)?,
            NodeKind::Struct(fields) => self.min_object(fields, node.definition)?,
            NodeKind::List { .. } | NodeKind::Map { .. } => 2,
            NodeKind::Variant(_) => 1,
            NodeKind::NoColumns(json) => json.len() as u64,
        };
        Ok(if node.definition > parent { value.min(4) } else { value })
    }

    fn min_scalar(&self, column: usize, scalar: Scalar) -> Result<u64> {
        let column = self.metadata.schema.column(column);
        let fixed = match column.physical_type()? {
            Type::FIXED_LEN_BYTE_ARRAY => u64::try_from(column.type_length()).unwrap_or(0),
            _ => 0,
        };
        Ok(match scalar {
            Scalar::Bool => 4,
            Scalar::Decimal { scale: 0, .. } => 1,
            Scalar::Decimal { scale, .. } => u64::try_from(scale).unwrap_or(0) + 2,
            Scalar::Text(_) | Scalar::Binary { .. } => self.text_length(scalar, fixed as f64) as u64,
            Scalar::Uuid => 38,
            _ => 1,
        })
    }

    /// Length of a text or binary value of `bytes` bytes, without escapes.
    fn text_length(&self, scalar: Scalar, bytes: f64) -> f64 {
        let is_text = matches!(scalar, Scalar::Text(_)) && self.options.text != Texts::Binary;
        2.0 + match self.options.binary {
            Binary::Base64 if !is_text => (bytes / 3.0).ceil() * 4.0,
            Binary::Hex if !is_text => 2.0 * bytes,
            _ => bytes,
        }
    }

    /// Length of `count` objects.
    fn object(&self, fields: &[Field], count: f64) -> Result<f64> {
        let mut length = count * if fields.is_empty() { 2.0 } else { 1.0 };
        for field in fields {
            length += self.member(field, count)?;
        }
        Ok(length)
    }

    /// Length of a member of `count` objects, with keys and commas.
    fn member(&self, field: &Field, count: f64) -> Result<f64> {
        let present = self.present(&field.node, count);
        let (nulls, key) = (count - present, key_length(field)? as f64);
        let null = if self.omits() { 0.0 } else { key + 4.0 };
        Ok(nulls * null + present * key + self.values(&field.node, present)?)
    }

    /// Length of a node that has `present` values and else null in `count` entries.
    fn entries(&self, node: &Node, count: f64) -> Result<f64> {
        let present = self.present(node, count);
        Ok(4.0 * (count - present) + self.values(node, present)?)
    }

    /// How many of `count` values are not null. Only for leaves does the footer tell.
    fn present(&self, node: &Node, count: f64) -> f64 {
        match node.kind {
            NodeKind::Scalar { column, .. } => {
                let Entries { all, nulls } = self.entries_of(column);
                count.min(all - nulls)
            }
            NodeKind::NoColumns("null") => 0.0,
            _ => count,
        }
    }

    /// Length of `count` values.
    fn values(&self, node: &Node, count: f64) -> Result<f64> {
        Ok(match &node.kind {
            NodeKind::Scalar { column, scalar } => count * self.scalar(*column, *scalar)?,
            NodeKind::Struct(fields) => self.object(fields, count)?,
            NodeKind::List { element, .. } => {
                let elements = self.elements(node, count);
                2.0 * count + (elements - count).max(0.0) + self.entries(element, elements)?
            }
            NodeKind::Map { key, value, .. } => {
                let elements = self.elements(node, count);
                let commas = (elements - count).max(0.0);
                let mut length = 2.0 * count + commas + self.entries(key, elements)?;
                if let Some(value) = value {
                    length += elements + self.entries(value, elements)?;
                }
                length
            }
            NodeKind::Variant(_) => {
                let mut columns = Vec::new();
                node.columns(&mut columns);
                let statistics = columns.iter().filter_map(|&column| self.statistics.get(column));
                statistics.map(|column| column.uncompressed_bytes as f64).sum::<f64>() + 2.0 * count
            }
            NodeKind::NoColumns(json) => count * json.len() as f64,
        })
    }

    /// Number of elements in `count` lists or maps.
    fn elements(&self, node: &Node, count: f64) -> f64 {
        let mut columns = Vec::new();
        node.columns(&mut columns);
        let entries = columns.iter().map(|&column| self.entries_of(column));
        let fewest = entries.min_by(|a, b| a.nulls.total_cmp(&b.nulls));
        // Few nulls are probably empty lists, more are elements.
        fewest.map_or(0.0, |Entries { all, nulls }| if nulls <= count { all - nulls } else { all })
    }

    fn entries_of(&self, column: usize) -> Entries {
        let chunks = self.metadata.chunks(column).flatten();
        let all = chunks.map(|chunk| chunk.num_values.max(0) as f64).sum();
        let nulls = self.statistics.get(column).and_then(|column| column.nulls).unwrap_or(0);
        Entries { all, nulls: (nulls as f64).min(all) }
    }

    /// Mean length of a column's values.
    fn scalar(&self, column: usize, scalar: Scalar) -> Result<f64> {
        let Entries { all, nulls } = self.entries_of(column);
        let count = (all - nulls).max(1.0);
        let found = self.statistics.get(column);
        let compressed = found.map_or(f64::MAX, |found| found.compressed_bytes as f64 / count);
        // Floats that compress well have few digits.
        let float = |width: f64, digits: f64| 4.0 + digits * (compressed / width).min(1.0);
        let bounds = || found.and_then(|found| found.min.as_ref().zip(found.max.as_ref()));
        let longest = bounds().map(|(min, max)| min.json.len().max(max.json.len()) as f64);
        let by_unit = |unit, lengths: [f64; 3]| match unit {
            TimeUnit::Millis => lengths[0],
            TimeUnit::Micros => lengths[1],
            TimeUnit::Nanos => lengths[2],
        };
        let descriptor = self.metadata.schema.column(column);
        let physical = descriptor.physical_type()?;
        let number = || bounds().and_then(|(min, max)| number_length(&min.json, &max.json));
        Ok(match scalar {
            Scalar::Bool => 4.5,
            Scalar::Int { bits } | Scalar::Uint { bits } => {
                number().unwrap_or(if bits == 64 { 8.0 } else { f64::from(bits) / 6.0 + 1.0 })
            }
            Scalar::Decimal { precision, scale } => {
                let fraction = if scale > 0 { f64::from(scale) + 1.0 } else { 0.0 };
                let integer = f64::from(precision - scale).max(1.0) / 2.0;
                number().unwrap_or(integer + 0.5) + fraction
            }
            Scalar::Float16 => 6.0,
            Scalar::Float32 => float(4.0, 6.0),
            Scalar::Float64 => float(8.0, 14.0),
            Scalar::Text(_) | Scalar::Binary { .. } => {
                let bytes = match physical {
                    Type::FIXED_LEN_BYTE_ARRAY => f64::from(descriptor.type_length().max(0)),
                    _ => self.byte_array(column, count, longest),
                };
                self.text_length(scalar, bytes)
            }
            Scalar::Uuid => 38.0,
            Scalar::Date => 12.0,
            Scalar::Time { unit, .. } => longest.unwrap_or(by_unit(unit, [14.0, 17.0, 20.0])),
            Scalar::Timestamp { .. } | Scalar::Int96 if self.options.timestamps != Timestamps::Iso => 16.0,
            Scalar::Timestamp { unit, .. } => longest.unwrap_or(by_unit(unit, [26.0, 28.0, 30.0])),
            Scalar::Int96 => 24.0,
            Scalar::Interval => 10.0,
            Scalar::Null | Scalar::Unknown => 4.0,
        })
    }

    /// Mean length of the values of a BYTE_ARRAY. `bound`: the JSON of its longer bound.
    fn byte_array(&self, column: usize, count: f64, bound: Option<f64>) -> f64 {
        let lengths = self.metadata.chunks(column).map(|chunk| chunk.ok()?.value_bytes);
        if let Some(bytes) = lengths.sum::<Option<i64>>() {
            return bytes.max(0) as f64 / count;
        }
        let Some(found) = self.statistics.get(column) else { return 10.0 };
        // Each value has a length of 4 bytes.
        let plain = (found.uncompressed_bytes as f64 / count - 4.0).max(0.0);
        let is_plain =
            !found.encodings.iter().any(|name| name.contains("DICTIONARY") || name.contains("DELTA"));
        if is_plain { plain } else { plain.max(bound.map_or(10.0, |length| length - 2.0)) }
    }
}

/// Mean length of the integer part of numbers that are evenly spread between two bounds.
fn number_length(min: &str, max: &str) -> Option<f64> {
    let parse = |json: &str| json.trim_matches('"').parse::<f64>().ok();
    let (min, max) = (parse(min)?, parse(max)?);
    let length = |step: u32| {
        let value = min + (max - min) * f64::from(step) / 16.0;
        let sign = if value <= -1.0 { 1.0 } else { 0.0 };
        value.abs().max(1.0).log10().floor() + 1.0 + sign
    };
    Some((0..=16).map(length).sum::<f64>() / 17.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_numbers_is_that_of_their_integer_part() {
        assert_eq!(number_length("0", "9"), Some(1.0));
        assert_eq!(number_length("-5.25", "-5.25"), Some(2.0));
        assert_eq!(number_length("\"100\"", "999.99"), Some(3.0));
        assert_eq!(number_length("\"Infinity\"", "x"), None);
    }
}
