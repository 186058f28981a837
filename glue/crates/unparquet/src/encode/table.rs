//! Rows.

use parquet::schema::types::SchemaDescriptor;

use super::cells::{Cell, Cells, append};
use super::sparse::{LEAST as LEAST_SPARSE, Sparse, is_sparse};
use super::structure::{Member, Members, close_object};
use super::{CHECKED, Child, Columns, OpenGroup, check_length, levels_disagree};
use crate::error::Result;
use crate::options::ValueOptions;
use crate::schema::Field;

/// Writes rows as JSON objects, one after the other.
pub struct Table {
    members: Members,
    /// Rows that may be loaded at once, going by those written before.
    pub most_rows: usize,
    max_row: usize,
}

/// Rows loaded at first: the footer does not tell how long texts in a dictionary are, or what deltas grow to.
const FIRST_ROWS: usize = 128;
/// Text of a batch that is too much, in bytes.
const MOST_TEXT: usize = 8 << 20;

/// Adjacent columns of the batch being written.
enum Part<'a> {
    Columns(Vec<Column<'a>>),
    Sparse(Sparse<'a>),
    Nested(&'a mut Member),
}

/// A column of one cell a row.
struct Column<'a> {
    text: &'a [u8],
    cells: &'a [Cell],
}

/// A function of its own, so that all it needs stays in registers.
#[inline(never)]
fn append_row(columns: &[Column<'_>], row: usize, out: &mut Vec<u8>) {
    columns.iter().for_each(|column| append(column.text, column.cells[row], out));
}

/// All columns of a batch, in order.
struct Parts<'a> {
    parts: Vec<Part<'a>>,
    rows: usize,
}

impl<'a> Parts<'a> {
    fn push_column(&mut self, cells: &'a Cells) {
        let column = Column { text: cells.text(), cells: &cells.cells()[..self.rows] };
        match self.parts.last_mut() {
            Some(Part::Columns(columns)) if columns.len() < CHECKED => columns.push(column),
            _ => self.parts.push(Part::Columns(vec![column])),
        }
    }
}

impl Table {
    pub fn new(fields: &[Field], schema: &SchemaDescriptor, options: &ValueOptions) -> Result<Self> {
        Ok(Self {
            members: Members::new(fields, schema, options)?,
            most_rows: FIRST_ROWS,
            max_row: options.max_row,
        })
    }

    /// Goes to a row. Threads begin with different columns (`turn`), so that they do not wait for each other's
    /// pages.
    pub fn open(&mut self, group: &OpenGroup, first_row: usize, turn: usize) -> Result<()> {
        self.each(turn, |column| column.open(group, first_row))
    }

    pub fn load(&mut self, rows: usize, turn: usize) -> Result<()> {
        self.each(turn, |column| column.load(rows))
    }

    /// Checks that the row group holds no more rows.
    pub fn finish(&mut self) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.finish())
    }

    fn each(&mut self, turn: usize, mut call: impl FnMut(&mut Child) -> Result<()>) -> Result<()> {
        let members = self.members.members();
        let count = members.len();
        (0..count).try_for_each(|index| call(&mut members[(index + turn) % count].encoder))
    }

    /// Writes the `rows` that have been loaded, `delimiter` after each. Calls `written` with the text after each row; it may
    /// take the text away.
    pub fn write(
        &mut self,
        rows: usize,
        delimiter: &[u8],
        out: &mut Vec<u8>,
        mut written: impl FnMut(&mut Vec<u8>) -> Result<()>,
    ) -> Result<()> {
        let mut columns = Parts { parts: Vec::new(), rows };
        let is_sparse = |member: &Member| matches!(&member.encoder, Child::Leaf(leaf) if is_sparse(leaf));
        for members in self.members.members().chunk_by_mut(|a, b| is_sparse(a) && is_sparse(b)) {
            if members.len() >= LEAST_SPARSE {
                let leaves = members.iter_mut().filter_map(|member| member.encoder.passed_leaf());
                columns.parts.push(Part::Sparse(Sparse::new(leaves, rows)));
                continue;
            }
            for member in members {
                if !member.encoder.is_flat() {
                    columns.parts.push(Part::Nested(member));
                    continue;
                }
                match &mut member.encoder {
                    Child::Leaf(leaf) => columns.push_column(leaf.rows()?),
                    Child::Flat(group) => group.rows().for_each(|cells| columns.push_column(cells)),
                    Child::Group(_) => unreachable!("is_flat is false for groups"),
                }
            }
        }
        let mut bytes = 0;
        for row in 0..rows {
            let start = out.len();
            for part in &mut columns.parts {
                match part {
                    Part::Columns(columns) => append_row(columns, row, out),
                    Part::Sparse(columns) => columns.write(row, out),
                    Part::Nested(member) => {
                        member.write(out)?;
                        // A record ends for all columns at once, or levels have been misread.
                        if member.encoder.repetition() > 0 || !member.encoder.agrees(1) {
                            return Err(levels_disagree());
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
        let fitting = MOST_TEXT / (bytes / rows.max(1)).max(1);
        self.most_rows = fitting.clamp(1, self.most_rows.saturating_mul(8));
        Ok(())
    }
}
