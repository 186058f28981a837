//! Assembles rows.

use super::Child;
use super::encoded_values::{EncodedValues, Span, append};
use super::encoder::{CHECK_INTERVAL, Columns, mismatched_levels};
use super::sparse::{MIN_COLUMNS as MIN_SPARSE, SparseColumns, is_sparse};
use super::struct_encoder::{Member, Members, close_object};
use crate::error::{Code, Error, Result};
use crate::limit::check_length;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{self, Field, Schema};

/// Writes rows as JSON objects.
pub struct Table {
    members: Members,
    /// Most rows to load at once, estimated from the previous batch.
    pub max_rows: usize,
    max_row: usize,
}

/// Rows of the first batch: the footer does not reveal the length of dictionary entries or of delta encoded text.
const FIRST_ROWS: usize = 128;
/// Most text of a batch, in bytes.
const MAX_TEXT: usize = 8 << 20;

/// Adjacent columns of the batch being written.
enum RowSegment<'a> {
    Columns(Vec<TextColumn<'a>>),
    SparseColumns(SparseColumns<'a>),
    Nested(&'a mut Member),
}

/// A column with one span per row.
struct TextColumn<'a> {
    text: &'a [u8],
    spans: &'a [Span],
}

/// Not inlined, so that all its variables stay in registers.
#[inline(never)]
fn append_row(columns: &[TextColumn<'_>], row: usize, out: &mut Vec<u8>) {
    columns.iter().for_each(|column| append(column.text, column.spans[row], out));
}

/// All columns of a batch, in order.
struct RowLayout<'a> {
    segments: Vec<RowSegment<'a>>,
    rows: usize,
}

impl<'a> RowLayout<'a> {
    fn push_column(&mut self, spans: &'a EncodedValues) {
        let column = TextColumn { text: spans.text(), spans: &spans.spans()[..self.rows] };
        match self.segments.last_mut() {
            Some(RowSegment::Columns(columns)) if columns.len() < CHECK_INTERVAL => columns.push(column),
            _ => self.segments.push(RowSegment::Columns(vec![column])),
        }
    }
}

/// Memory that the encoders of all threads may take, in bytes.
const MEMORY: u64 = 224 << 20;
/// Bytes that a column takes, about, beside the text of its rows: its encoder, and its column chunk.
const COLUMN: u64 = 2800;
/// Copies of a name: in keys, nulls and prefixes.
const NAMES: u64 = 5;

/// The fields to encode: all, or those of `selection`. Errors: `unknown_column`; `limit_exceeded` if they are too many.
pub fn fields(schema: &Schema, selection: Option<&[String]>) -> Result<Vec<Field>> {
    if selection.is_none() {
        // Before the fields are made.
        threads_for(schema.num_columns() as u64, schema.name_bytes())?;
    }
    let fields = schema::fields(schema, selection)?;
    Table::max_threads(&fields)?;
    Ok(fields)
}

fn threads_for(columns: u64, names: u64) -> Result<usize> {
    match MEMORY / (columns * COLUMN + names * NAMES).max(1) {
        0 => {
            let message = format!(
                "{columns} columns with names of {names} bytes take too much memory: choose some of them"
            );
            Err(Error::new(Code::LimitExceeded, message))
        }
        threads => Ok(usize::try_from(threads).unwrap_or(usize::MAX)),
    }
}

impl Table {
    /// How many threads can have a table of these fields; at least one. Errors: `limit_exceeded` if none can.
    pub fn max_threads(fields: &[Field]) -> Result<usize> {
        let (mut columns, mut names) = (0, 0);
        fields.iter().for_each(|field| field.count(&mut columns, &mut names));
        threads_for(columns, names)
    }

    /// Fails like `new`, but makes one column after the other.
    pub fn check(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<()> {
        fields
            .iter()
            .try_for_each(|field| Self::new(std::slice::from_ref(field), schema, options).map(|_| ()))
    }

    pub fn new(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<Self> {
        Ok(Self {
            members: Members::new(fields, schema, options)?,
            max_rows: FIRST_ROWS,
            max_row: options.max_row,
        })
    }

    /// Moves to a row. Each thread starts with a different column (`first_column`), so that threads do not wait for
    /// each other's pages.
    pub fn open(&mut self, group: &OpenRowGroup, first_row: usize, first_column: usize) -> Result<()> {
        self.each(first_column, |column| column.open(group, first_row))
    }

    pub fn load(&mut self, rows: usize, first_column: usize) -> Result<()> {
        self.each(first_column, |column| column.load(rows))
    }

    /// Checks that the row group has no more rows.
    pub fn finish(&mut self) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.finish())
    }

    fn each(&mut self, first_column: usize, mut call: impl FnMut(&mut Child) -> Result<()>) -> Result<()> {
        let members = self.members.members();
        let count = members.len();
        (0..count).try_for_each(|index| call(&mut members[(index + first_column) % count].encoder))
    }

    /// Writes the `rows` loaded rows, each followed by `delimiter`. Calls `written` with the text after each row; it
    /// may take the text.
    pub fn write(
        &mut self,
        rows: usize,
        delimiter: &[u8],
        out: &mut Vec<u8>,
        mut written: impl FnMut(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut columns = RowLayout { segments: Vec::new(), rows };
        let is_sparse = |member: &Member| matches!(&member.encoder, Child::Leaf(leaf) if is_sparse(leaf));
        for members in self.members.members().chunk_by_mut(|a, b| is_sparse(a) && is_sparse(b)) {
            if members.len() >= MIN_SPARSE {
                let leaves = members.iter_mut().filter_map(|member| member.encoder.advanced_leaf());
                columns.segments.push(RowSegment::SparseColumns(SparseColumns::new(leaves, rows)));
                continue;
            }
            for member in members {
                if !member.encoder.is_flat() {
                    columns.segments.push(RowSegment::Nested(member));
                    continue;
                }
                match &mut member.encoder {
                    Child::Leaf(leaf) => columns.push_column(leaf.rows()?),
                    Child::Flat(group) => group.rows().for_each(|spans| columns.push_column(spans)),
                    Child::Group(_) => unreachable!("is_flat is false for groups"),
                }
            }
        }
        let mut bytes = 0;
        for row in 0..rows {
            let start = out.len();
            for segment in &mut columns.segments {
                match segment {
                    RowSegment::Columns(columns) => append_row(columns, row, out),
                    RowSegment::SparseColumns(columns) => columns.write(row, out),
                    RowSegment::Nested(member) => {
                        member.write(out)?;
                        // All columns end a row together, unless their levels are corrupt.
                        if member.encoder.repetition() > 0 || !member.encoder.levels_match(1) {
                            return Err(mismatched_levels());
                        }
                    }
                }
                check_length(out.len() - start, self.max_row)?;
            }
            close_object(start, out);
            out.extend_from_slice(delimiter);
            bytes += out.len() - start;
            written(out)?;
        }
        let fitting = MAX_TEXT / (bytes / rows.max(1)).max(1);
        self.max_rows = fitting.clamp(1, self.max_rows.saturating_mul(8));
        Ok(())
    }
}
