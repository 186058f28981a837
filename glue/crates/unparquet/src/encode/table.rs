//! Assembles rows.

use super::Child;
use super::encoded_values::{EncodedValues, Span, append};
use super::encoder::{Allowance, CHECK_INTERVAL, Columns, mismatched_levels};
use super::sparse::{MIN_COLUMNS as MIN_SPARSE, SparseColumns, is_sparse};
use super::struct_encoder::{Member, Members, close_object};
use crate::error::Result;
use crate::limit::check_length;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Field, Schema};

/// Writes rows as JSON objects.
pub struct Table {
    members: Members,
    columns: usize,
    max_row: usize,
}

/// Text of a batch, in bytes. Batches of short texts may have three times as much.
const TEXT: usize = 8 << 20;
/// Bytes after which a long row is flushed.
const PART: usize = 1 << 20;

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

/// Not inlined, so that its variables stay in registers.
#[inline(never)]
fn append_row(columns: &[TextColumn<'_>], row: usize, out: &mut Vec<u8>) {
    for column in columns {
        if let Some(next) = column.spans.get(row + 1) {
            next.prefetch(column.text);
        }
        append(column.text, column.spans[row], out);
    }
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

impl Table {
    /// Returns the error that `new` would, with only one encoder in memory at a time.
    pub fn check(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<()> {
        fields
            .iter()
            .try_for_each(|field| Self::new(std::slice::from_ref(field), schema, options).map(|_| ()))
    }

    pub fn new(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<Self> {
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.node.columns(&mut columns));
        let members = Members::new(fields, schema, options)?;
        Ok(Self { members, columns: columns.len(), max_row: options.max_row.output })
    }

    /// Moves to a row. Work units start with different columns (`first_column`), so that threads do not wait for each
    /// other's pages.
    pub fn open(&mut self, group: &OpenRowGroup, first_row: usize, first_column: usize) -> Result<()> {
        self.each(first_column, |column| column.open(group, first_row))
    }

    /// Loads up to `rows` rows and returns how many: none if the next one is so long that [`Table::write_long_row`] must
    /// write it.
    pub fn load(&mut self, rows: usize, first_column: usize) -> Result<usize> {
        let mut allowance = Allowance::new(TEXT, self.columns);
        let mut loaded = rows;
        self.each(first_column, |column| {
            if loaded > 0 {
                loaded = column.load(loaded, &mut allowance)?;
            }
            Ok(())
        })?;
        Ok(loaded)
    }

    /// Writes the next row with only one column in memory at a time. `flush` may take the text written so far.
    pub fn write_long_row(
        &mut self,
        group: &OpenRowGroup,
        delimiter: &[u8],
        out: &mut Vec<u8>,
        flush: &mut dyn FnMut(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut length = 0;
        let max_row = self.max_row;
        let mut flush = |start: usize, out: &mut Vec<u8>| {
            length += out.len() - start;
            check_length(length, max_row)?;
            flush(out)
        };
        let mut is_first = true;
        let mut open_object = |start: usize, out: &mut Vec<u8>| {
            if out.len() > start && std::mem::take(&mut is_first) {
                out[start] = b'{';
            }
        };
        for member in self.members.members() {
            let _exclusive = group.cache.exclusive();
            member.encoder.load(1, &mut Allowance::last_resort(group.cache.long_row))?;
            let start = out.len();
            match &mut member.encoder {
                Child::Leaf(leaf) if leaf.is_flat() => {
                    let text = leaf.rows(1)?.first();
                    for part in text.chunks(PART) {
                        let start = out.len();
                        out.extend_from_slice(part);
                        open_object(start, out);
                        flush(start, out)?;
                    }
                }
                _ => {
                    member.write(out)?;
                    if member.encoder.repetition() > 0 || !member.encoder.levels_match(1) {
                        return Err(mismatched_levels());
                    }
                    open_object(start, out);
                    flush(start, out)?;
                }
            }
            member.encoder.release();
        }
        if is_first {
            out.push(b'{');
        }
        out.push(b'}');
        out.extend_from_slice(delimiter);
        Ok(())
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

    /// Writes the `rows` loaded rows, each followed by `delimiter`. After each row it calls `written`, which may take the
    /// text.
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
                let leaves = members.iter_mut().filter_map(|member| member.encoder.advanced_leaf(rows));
                columns.segments.push(RowSegment::SparseColumns(SparseColumns::new(leaves, rows)));
                continue;
            }
            for member in members {
                if !member.encoder.is_flat() {
                    columns.segments.push(RowSegment::Nested(member));
                    continue;
                }
                match &mut member.encoder {
                    Child::Leaf(leaf) => columns.push_column(leaf.rows(rows)?),
                    Child::Flat(group) => group.rows(rows).for_each(|spans| columns.push_column(spans)),
                    Child::Group(_) => unreachable!("is_flat is false for groups"),
                }
            }
        }
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
            written(out)?;
        }
        Ok(())
    }
}
