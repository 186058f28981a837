//! Checks a conversion before it runs, and estimates its output from the footer alone.

use std::sync::Arc;

use serde::Serialize;

use crate::convert::plan;
use crate::error::Result;
use crate::footer::{self, FileMetadata};
use crate::inspect::inspect;
use crate::limit;
use crate::memory::Memory;
use crate::options::{Compression, Format, Nulls, Options, Timestamps};
use crate::panics;
use crate::sample::key_length;
use crate::schema::{Field, Node, NodeKind, Scalar};
use crate::source::Source;
use crate::statistics::ColumnStatistics;

/// The size of the uncompressed output as far as the footer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Exact.
    pub rows: u64,
    /// Often within a factor of two. At least `min_bytes`.
    pub bytes: u64,
    /// A lower bound.
    pub min_bytes: u64,
}

/// Estimates what [`convert()`](crate::convert()) would write, reading only the footer.
///
/// Errors: those that a conversion reports because of the footer, its options or the size of its output.
pub fn check(source: &Arc<dyn Source>, options: &Options) -> Result<Estimate> {
    panics::catch_panics(|| {
        let memory = Memory::of(options, &**source, 0)?;
        let metadata = footer::read(&**source, memory.for_footer())?;
        let fields = memory.fields(&metadata, options.columns.as_deref())?;
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.node.columns(&mut columns));
        let rows = plan(&metadata, &fields, &columns, options, source.size())?.rows;
        let brackets = if options.format == Format::Json { 2 } else { 0 };
        if rows == 0 {
            return Ok(Estimate { rows, bytes: brackets, min_bytes: brackets });
        }
        let mut members = 0u64;
        for field in &fields {
            members = members.saturating_add(least_member(field, 0, options)?);
        }
        // Braces and a line feed or comma.
        let min_bytes = rows.saturating_mul(members.saturating_add(1).max(2) + 1);
        if options.compression == Compression::None && min_bytes > options.max_bytes {
            return Err(limit::too_large(options.max_bytes));
        }
        let estimator = Estimator {
            metadata: &metadata,
            statistics: inspect(&**source)?.statistics,
            all_rows: metadata.row_groups().iter().sum::<u64>().max(1) as f64,
        };
        let members = fields.iter().map(|field| estimator.member(field, 1.0)).sum::<Result<f64>>()?;
        let row = 2.0 + members + if options.format == Format::Json { 1.0 } else { 0.0 };
        let bytes = (row * rows as f64).round() as u64;
        Ok(Estimate { rows, bytes: bytes.max(min_bytes), min_bytes })
    })
}

/// The least length of an object's member, with the brace or comma before it. `definition`: that of the object.
fn least_member(field: &Field, definition: i16, options: &Options) -> Result<u64> {
    let is_nullable = field.node.definition > definition;
    if is_nullable && options.nulls == Nulls::Omit {
        return Ok(0);
    }
    Ok((key_length(field)? as u64).saturating_add(least(&field.node, definition, options)?))
}

/// The least length of a value.
fn least(node: &Node, definition: i16, options: &Options) -> Result<u64> {
    let present = match &node.kind {
        NodeKind::Scalar { scalar, .. } => match scalar {
            Scalar::Bool => 4,
            Scalar::Text(_) | Scalar::Binary { .. } => 2,
            Scalar::Uuid => 38,
            Scalar::Date => 12,
            Scalar::Time { .. } => 10,
            Scalar::Timestamp { .. } | Scalar::Int96 if options.timestamps == Timestamps::Iso => 21,
            _ => 1,
        },
        NodeKind::Struct(fields) => {
            let mut length = 1u64;
            for field in fields {
                length = length.saturating_add(least_member(field, node.definition, options)?);
            }
            length.max(2)
        }
        NodeKind::List { .. } | NodeKind::Map { .. } => 2,
        NodeKind::Variant(_) => 1,
        NodeKind::NoColumns(json) => json.len() as u64,
    };
    Ok(if node.definition > definition { present.min(4) } else { present })
}

/// Length of a value of which the footer tells nothing.
const DEFAULT: f64 = 10.0;

struct Estimator<'a> {
    metadata: &'a FileMetadata,
    /// Of the first columns.
    statistics: Vec<ColumnStatistics>,
    all_rows: f64,
}

impl Estimator<'_> {
    /// Mean length of a member in a row that has `count` such objects, with the brace or comma before it.
    fn member(&self, field: &Field, count: f64) -> Result<f64> {
        Ok(count * key_length(field)? as f64 + self.value(&field.node, count)?)
    }

    /// Mean length of all values of a node in a row.
    fn value(&self, node: &Node, count: f64) -> Result<f64> {
        Ok(match &node.kind {
            NodeKind::Scalar { column, scalar } => self.scalar(*column, *scalar)?,
            NodeKind::Struct(fields) => {
                count + fields.iter().map(|field| self.member(field, count)).sum::<Result<f64>>()?
            }
            NodeKind::List { element, .. } => {
                let elements = self.values_per_row(element)?;
                2.0 * count + elements + self.value(element, elements)?
            }
            NodeKind::Map { key, value, .. } => {
                let entries = self.values_per_row(key)?;
                let values = value.as_ref().map_or(Ok(0.0), |value| self.value(value, entries))?;
                2.0 * count + 2.0 * entries + self.value(key, entries)? + values
            }
            NodeKind::Variant(_) => 2.0 * self.stored(node)?,
            NodeKind::NoColumns(json) => count * json.len() as f64,
        })
    }

    /// Values of a node per row of the file, by its first column.
    fn values_per_row(&self, node: &Node) -> Result<f64> {
        let mut columns = Vec::new();
        node.columns(&mut columns);
        let Some(&column) = columns.first() else { return Ok(1.0) };
        let values = self.metadata.chunks(column).map(|chunk| Ok(chunk?.num_values.max(0) as f64));
        Ok(values.sum::<Result<f64>>()? / self.all_rows)
    }

    /// Uncompressed bytes of a node per row of the file.
    fn stored(&self, node: &Node) -> Result<f64> {
        let mut columns = Vec::new();
        node.columns(&mut columns);
        let chunks = columns.iter().flat_map(|&column| self.metadata.chunks(column));
        let bytes = chunks.map(|chunk| Ok(chunk?.uncompressed_size.max(0) as f64));
        Ok(bytes.sum::<Result<f64>>()? / self.all_rows)
    }

    fn scalar(&self, column: usize, scalar: Scalar) -> Result<f64> {
        let (mut values, mut stored, mut has_dictionary) = (0.0, 0.0, false);
        for chunk in self.metadata.chunks(column) {
            let chunk = chunk?;
            values += chunk.num_values.max(0) as f64;
            stored += chunk.uncompressed_size.max(0) as f64;
            has_dictionary |= chunk.dictionary_page_offset.is_some();
        }
        let statistics = self.statistics.get(column);
        let nulls = statistics.and_then(|statistics| statistics.nulls).unwrap_or(0) as f64;
        let present = (values - nulls).max(0.0);
        let bounds =
            statistics.into_iter().flat_map(|statistics| [&statistics.min, &statistics.max]).flatten();
        let lengths: Vec<_> = bounds.map(|bound| bound.json.len() as f64).collect();
        let from_bounds = (!lengths.is_empty()).then(|| lengths.iter().sum::<f64>() / lengths.len() as f64);
        let is_text = matches!(scalar, Scalar::Text(_) | Scalar::Binary { length: None, .. });
        // Plain values are stored with four bytes for their length.
        let from_size = (stored / present.max(1.0) - 4.0).max(0.0) + 2.0;
        let length = match from_bounds {
            _ if is_text && !has_dictionary => from_size,
            // A dictionary has each value once, so values are at least that long; bounds may be truncated.
            bounds if is_text => bounds.unwrap_or(DEFAULT).max(from_size),
            bounds => bounds.unwrap_or(DEFAULT),
        };
        Ok((present * length + nulls * 4.0) / self.all_rows)
    }
}
