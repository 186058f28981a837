//! Predicts the size of the output from samples of each column.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use serde::Serialize;

use crate::encode::Table;
use crate::error::{Error, Result};
use crate::footer::{self, FileMetadata};
use crate::memory::{Memory, MemoryPlan};
use crate::options::{Format, Options, ValueOptions};
use crate::panics;
use crate::sample::{RowReader, key_length};
use crate::schema::{Field, NodeKind};
use crate::source::Source;

/// Maximum rows of a sample, and bytes of text after which it ends early.
const ROWS: u64 = 2048;
const TEXT: u64 = 1 << 20;
/// Samples per column: one in the middle of its rows; then, if reading is cheap, one in the middle of each third, and
/// so on.
const PARTS: [u32; 4] = [1, 3, 9, 27];
/// Bytes read after which no further samples are taken, once [`ENOUGH`] columns have been sampled.
const BUDGET: u64 = 16 << 20;
const REMOTE_BUDGET: u64 = 4 << 20;
const ENOUGH: usize = 64;
/// Minimum cost of a read, in bytes.
const READ: u64 = 16 << 10;
/// Limits for one sample, exceeded only by a long search for its page.
const MAX_READ: u64 = 32 << 20;
const MAX_READS: u64 = 2000;
/// Bytes of a column chunk that may be skipped to reach a row: pages of lists and maps must be decoded, and over a
/// network each page header costs a request.
const MAX_NESTED_SKIP: u64 = 4 << 20;
const MAX_REMOTE_SKIP: u64 = 512 << 10;
/// Bytes per read over a network.
const BLOCK: usize = 256 << 10;

/// The expected size of the uncompressed output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// Exact.
    pub rows: u64,
    pub bytes: u64,
}

/// Predicts how much [`convert()`](crate::convert()) would write without compression, from the footer and a few pages
/// of each column.
///
/// Reads one page of each column, more if pages are small, and only some columns of a wide file. Errors: those that a
/// conversion of the sample reports.
pub fn predict(source: Arc<dyn Source>, options: &Options) -> Result<Prediction> {
    panics::catch_panics(|| {
        let memory = Memory::of(options, &*source, 0)?;
        let metadata = footer::read(&*source, memory.for_footer())?;
        let schema = &metadata.schema;
        let fields = memory.fields(&metadata, options.columns.as_deref())?;
        // Columns are read one by one.
        let memory = memory.plan(1, &metadata, &[])?;
        let values = options.values().within(&memory);
        Table::check(&fields, schema, &values)?;
        let total: u64 = metadata.row_groups().iter().sum();
        let rows = total.min(options.limit.unwrap_or(u64::MAX));
        if rows == 0 {
            let brackets = if options.format == Format::Json { 2 } else { 0 };
            return Ok(Prediction { rows, bytes: brackets });
        }
        let source = Arc::new(SampledSource::new(source));
        let sampler = Sampler { source, metadata: &metadata, values, rows, memory };
        // Members of an object are separated by commas, while each sample has braces.
        let members = sampler.members(&fields)?;
        let delimiter = if options.format == Format::Json { 2.0 } else { 1.0 };
        let row = if fields.is_empty() { 2.0 } else { 1.0 + members } + delimiter;
        Ok(Prediction { rows, bytes: (row * rows as f64).round() as u64 })
    })
}

struct Sampler<'a> {
    source: Arc<SampledSource>,
    metadata: &'a FileMetadata,
    values: ValueOptions,
    memory: MemoryPlan,
    /// Rows to convert.
    rows: u64,
}

/// Mean length of a column's member in a row, including a comma.
#[derive(Clone, Copy, Default)]
struct Mean {
    sum: f64,
    samples: f64,
}

impl Mean {
    fn add(&mut self, length: f64) {
        self.sum += length;
        self.samples += 1.0;
    }

    fn get(self) -> Option<f64> {
        (self.samples > 0.0).then(|| self.sum / self.samples)
    }
}

impl Sampler<'_> {
    /// Mean length of all members of a row.
    fn members(&self, fields: &[Field]) -> Result<f64> {
        let keys = fields.iter().map(key_length).collect::<Result<Vec<_>>>()?;
        let kinds: Vec<_> = fields.iter().map(|field| self.kind_of(field)).collect();
        let budget = if self.source.is_remote() { REMOTE_BUDGET } else { BUDGET };
        let mut means = vec![Mean::default(); fields.len()];
        for parts in PARTS {
            // The middle of the middle third is the middle of the whole, which has been sampled.
            let middles = (0..parts).map(|part| 2 * part + 1).filter(|middle| parts == 1 || middle % 3 > 0);
            let positions: Vec<_> = middles.map(|middle| f64::from(middle) / f64::from(2 * parts)).collect();
            for (count, &index) in order_by_kind(&kinds).iter().enumerate() {
                if self.source.used() > budget && count >= ENOUGH {
                    break;
                }
                for &position in &positions {
                    if let Some(length) = self.sample(&fields[index], position)? {
                        means[index].add(length);
                    }
                }
            }
            if 3 * self.source.used() > budget {
                break;
            }
        }
        // Columns without a sample get the mean of their kind, or that of all columns.
        let (mut of_kind, mut of_all) = (BTreeMap::<_, Mean>::new(), Mean::default());
        for index in 0..fields.len() {
            if let Some(length) = means[index].get() {
                of_kind.entry(&kinds[index]).or_default().add(length - keys[index] as f64);
                of_all.add(length - keys[index] as f64);
            }
        }
        let length = |index: usize| {
            means[index].get().unwrap_or_else(|| {
                let value = of_kind.get(&kinds[index]).and_then(|mean| mean.get()).or(of_all.get());
                keys[index] as f64 + value.unwrap_or_else(|| self.stored(&fields[index]))
            })
        };
        Ok((0..fields.len()).map(length).sum())
    }

    /// Mean length of a member around a position (0 to 1). None if sampling it would read too much.
    fn sample(&self, field: &Field, position: f64) -> Result<Option<f64>> {
        let first = (position * self.rows as f64) as u64;
        let first = first.saturating_sub(ROWS / 2).min(self.rows.saturating_sub(ROWS));
        let (group_start, first) = self.reachable(field, first)?;
        match self.read(field, first) {
            Err(Error::Cancelled) if first > group_start => match self.read(field, group_start) {
                Err(Error::Cancelled) => Ok(None),
                result => result,
            },
            Err(Error::Cancelled) => Ok(None),
            result => result,
        }
    }

    fn read(&self, field: &Field, first: u64) -> Result<Option<f64>> {
        self.source.start();
        let source: Arc<dyn Source> = self.source.clone();
        let rows = ROWS.min(self.rows - first);
        let fields = std::slice::from_ref(field);
        let mut reader =
            RowReader::new(&source, self.metadata, &[fields], &self.values, first, rows, &self.memory)?;
        let (mut rows, mut text) = (0u64, 0u64);
        for range in 0..reader.ranges.len() {
            let read = reader.open(range)?.read(0, |object| {
                rows += 1;
                // Counts a comma instead of the braces, and nothing for an omitted null.
                text += if object == b"{}" { 0 } else { object.len() as u64 - 1 };
                Ok(text < TEXT)
            });
            match read {
                // Row groups with few rows take many reads.
                Err(Error::Cancelled) if rows > 0 => break,
                read => read?,
            }
            if text >= TEXT {
                break;
            }
        }
        Ok((rows > 0).then(|| text as f64 / rows as f64))
    }

    /// The first row of the row group that contains row `first`, and the closest row to `first` that is cheap to reach.
    fn reachable(&self, field: &Field, first: u64) -> Result<(u64, u64)> {
        let mut columns = Vec::new();
        field.node.columns(&mut columns);
        let mut start = 0;
        for (group, &rows) in self.metadata.row_groups().iter().enumerate() {
            if first >= start + rows {
                start += rows;
                continue;
            }
            let (mut bytes, mut is_nested) = (0u64, false);
            for &column in &columns {
                let size = self.metadata.chunk(group, column)?.compressed_size.max(0) as u64;
                bytes = bytes.saturating_add(size);
                is_nested |= self.metadata.schema.column(column).max_rep_level() > 0;
            }
            let skip = match (self.source.is_remote(), is_nested) {
                (true, _) => MAX_REMOTE_SKIP,
                (false, true) => MAX_NESTED_SKIP,
                (false, false) => u64::MAX,
            };
            let reachable = (rows as f64 * (skip as f64 / bytes.max(1) as f64)) as u64;
            return Ok((start, start + (first - start).min(reachable)));
        }
        Ok((0, 0))
    }

    /// Leaves of the same type and encoding, whose text has similar lengths, are of one kind; so are all groups.
    fn kind_of(&self, field: &Field) -> String {
        let NodeKind::Scalar { column, scalar } = &field.node.kind else { return String::new() };
        let chunk = self.metadata.chunks(*column).next().and_then(Result::ok);
        let has_dictionary = chunk.is_some_and(|chunk| chunk.dictionary_page_offset.is_some());
        format!("{scalar} {has_dictionary}")
    }

    /// Uncompressed bytes per row, the estimate without a sample.
    fn stored(&self, field: &Field) -> f64 {
        let mut columns = Vec::new();
        field.node.columns(&mut columns);
        let chunks = columns.iter().flat_map(|&column| self.metadata.chunks(column)).flatten();
        let bytes: f64 = chunks.map(|chunk| chunk.uncompressed_size.max(0) as f64).sum();
        let rows: u64 = self.metadata.row_groups().iter().sum();
        bytes / rows as f64
    }
}

/// Indices of all columns in sampling order: first one of each kind, spread over the table.
fn order_by_kind(kinds: &[String]) -> Vec<usize> {
    let mut groups_by_kind: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (index, kind) in kinds.iter().enumerate() {
        groups_by_kind.entry(kind).or_default().push(index);
    }
    let mut ranked: Vec<(usize, usize)> = Vec::new();
    for mut indices in groups_by_kind.into_values() {
        // Fibonacci hashing: adjacent columns end up far from each other.
        indices.sort_by_key(|&index| (index as u32).wrapping_mul(0x9e37_79b9));
        ranked.extend(indices.into_iter().enumerate());
    }
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, index)| index).collect()
}

/// Counts reads and enforces the limits of a sample. Reads whole blocks over a network.
struct SampledSource {
    source: Arc<dyn Source>,
    used: AtomicU64,
    /// Remaining bytes and reads of the sample.
    remaining: Mutex<(u64, u64)>,
    /// Position and bytes of the last block.
    block: Mutex<(u64, Bytes)>,
}

impl SampledSource {
    fn new(source: Arc<dyn Source>) -> Self {
        Self { source, used: AtomicU64::new(0), remaining: Mutex::default(), block: Mutex::default() }
    }

    fn start(&self) {
        *self.remaining.lock() = (MAX_READ, MAX_READS);
    }

    fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    fn is_remote(&self) -> bool {
        !self.source.is_local()
    }

    fn fetch(&self, offset: u64, length: usize) -> Result<Bytes> {
        let mut remaining = self.remaining.lock();
        let bytes = remaining.0.checked_sub(length as u64).ok_or(Error::Cancelled)?;
        let reads = remaining.1.checked_sub(1).ok_or(Error::Cancelled)?;
        *remaining = (bytes, reads);
        self.used.fetch_add((length as u64).max(READ), Ordering::Relaxed);
        self.source.read(offset, length)
    }
}

impl Source for SampledSource {
    fn size(&self) -> u64 {
        self.source.size()
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        if !self.is_remote() || length >= BLOCK {
            return self.fetch(offset, length);
        }
        let mut block = self.block.lock();
        let end = offset + length as u64;
        if offset < block.0 || end > block.0 + block.1.len() as u64 {
            let size = (self.size() - offset).min(BLOCK as u64) as usize;
            *block = (offset, self.fetch(offset, size)?);
        }
        let start = (offset - block.0) as usize;
        Ok(block.1.slice(start..start + length))
    }

    /// True, so that pages are read one by one.
    fn is_local(&self) -> bool {
        true
    }
}
