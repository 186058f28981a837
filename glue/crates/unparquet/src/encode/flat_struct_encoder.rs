//! Groups without lists and maps: the texts of their columns are concatenated entry by entry.
//!
//! The columns of such a group have the same entries, so each writes its own part of the object: the opening of the
//! groups that start with it, its key and value, and the closing of the groups that end with it. If a group is null,
//! its first column writes the null and the others write nothing.
//!
//! If null fields are omitted, a group's first column writes the opening without a value, `,"group":`, and the next
//! column with a value or the end of the group inserts the brace.

use super::encoded_values::EncodedValues;
use super::encoder::{Allowance, Columns, Encoder, mismatched_levels};
use super::key_prefix::{KeyPrefix, null_text};
use super::leaf::Leaf;
use super::scalar;
use super::struct_encoder::key;
use crate::error::{Error, Result};
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Field, Node, NodeKind, Schema};

pub struct FlatStructEncoder {
    columns: Vec<FlatColumn>,
    /// Null fields are omitted, so braces are inserted while writing.
    omits: bool,
    next: usize,
    /// Number of loaded entries.
    end: usize,
}

struct FlatColumn {
    leaf: Leaf,
    /// Definition level of the innermost group shared with the previous column.
    shared: u8,
    /// The closing braces of the groups that end with this column.
    closing: Option<EncodedValues>,
}

/// Limits, because each group around a column repeats its name in a null text. Larger groups are written member by
/// member.
const MAX_DEPTH: usize = 8;
const MAX_NAME: usize = 1 << 10;

/// Whether the node contains only values and groups.
pub fn is_flat(node: &Node) -> bool {
    is_flat_below(node, MAX_DEPTH)
}

fn is_flat_below(node: &Node, depth: usize) -> bool {
    let is_flat = |field: &Field| field.name.len() <= MAX_NAME && is_flat_below(&field.node, depth - 1);
    match &node.kind {
        NodeKind::Scalar { .. } => true,
        NodeKind::Struct(fields) => depth > 0 && !fields.is_empty() && fields.iter().all(is_flat),
        _ => false,
    }
}

impl FlatStructEncoder {
    /// The encoder of a flat node.
    pub fn new(node: &Node, prefix: &[u8], schema: &Schema, options: &ValueOptions) -> Result<Self> {
        let mut builder = FlatStructBuilder { columns: Vec::new(), schema, options };
        builder.add(node, prefix, b"", &[], 0, &[])?;
        let columns = builder.columns;
        let is_optional = |column: &FlatColumn| i16::from(column.leaf.max_definition()) > node.definition;
        Ok(Self { omits: options.omit_nulls && columns.iter().any(is_optional), columns, next: 0, end: 0 })
    }

    /// Whether a row's object is the concatenation of its columns' spans.
    pub fn is_flat(&self) -> bool {
        !self.omits && self.columns.iter().all(|column| column.leaf.is_flat())
    }

    /// Advances by `rows` rows of a flat group. Returns the columns whose spans make up an entry, in order.
    pub fn rows(&mut self, rows: usize) -> impl Iterator<Item = &EncodedValues> {
        self.next += rows;
        self.encoded()
    }

    fn encoded(&self) -> impl Iterator<Item = &EncodedValues> {
        self.columns
            .iter()
            .flat_map(|column| [Some(column.leaf.encoded()), column.closing.as_ref()])
            .flatten()
    }
}

struct FlatStructBuilder<'a> {
    columns: Vec<FlatColumn>,
    schema: &'a Schema,
    options: &'a ValueOptions,
}

impl FlatStructBuilder<'_> {
    /// `opened`: the part of `prefix` to write if this node is omitted. `nulls`: the next column's texts below the
    /// levels of its groups, outermost first. `shared`: the level shared with the previous column. `ending`: the levels
    /// of the groups that end with this node.
    fn add(
        &mut self,
        node: &Node,
        prefix: &[u8],
        opened: &[u8],
        nulls: &[(i16, Vec<u8>)],
        shared: i16,
        ending: &[i16],
    ) -> Result<()> {
        let mut nulls = nulls.to_vec();
        let null = null_text(prefix, self.options);
        nulls.push((node.definition, if null.is_empty() { opened.to_vec() } else { null }));
        match &node.kind {
            NodeKind::Scalar { column, scalar } => {
                let text = |level: i16| nulls.iter().find(|(present, _)| level < *present);
                let texts =
                    (0..node.definition).map(|level| text(level).map_or(Vec::new(), |(_, t)| t.clone()));
                let prefix = KeyPrefix { text: prefix.to_vec(), null_texts: texts.collect() };
                let leaf = scalar::leaf(*column, *scalar, &prefix, self.schema, self.options)?;
                self.columns.push(FlatColumn {
                    leaf,
                    shared: shared as u8,
                    closing: closing(node.definition, ending),
                });
            }
            NodeKind::Struct(fields) => {
                let inner = [ending, &[node.definition]].concat();
                for (index, field) in fields.iter().enumerate() {
                    let key = key(if index == 0 { b'{' } else { b',' }, field)?;
                    let ending = if index + 1 == fields.len() { &inner[..] } else { &[] };
                    let named = |error: Error| error.context(format!("column {}", field.name));
                    if index == 0 {
                        self.add(&field.node, &[prefix, &key].concat(), prefix, &nulls, shared, ending)
                    } else {
                        nulls.iter_mut().for_each(|(_, text)| text.clear());
                        self.add(&field.node, &key, b"", &nulls, node.definition, ending)
                    }
                    .map_err(named)?;
                }
            }
            _ => return Err(mismatched_levels()),
        }
        Ok(())
    }
}

/// The closing braces of groups with these levels: as many as the definition level says are present.
fn closing(max: i16, groups: &[i16]) -> Option<EncodedValues> {
    let ends = |level: i16| vec![b'}'; groups.iter().filter(|&&group| group <= level).count()];
    let prefix = KeyPrefix { text: Vec::new(), null_texts: (0..=max).map(ends).collect() };
    (!groups.is_empty()).then(|| EncodedValues::new(&prefix))
}

impl FlatColumn {
    /// Loads up to `rows` rows after removing `written` entries.
    fn load(&mut self, rows: usize, written: usize, allowance: &mut Allowance) -> Result<usize> {
        self.leaf.advance_expanded(written);
        let rows = self.leaf.load(rows, allowance)?;
        self.leaf.expand_nulls();
        Ok(rows)
    }

    fn close(&mut self, entries: usize) -> Result<()> {
        let Some(closing) = &mut self.closing else { return Ok(()) };
        closing.fill_nulls(entries, self.leaf.definitions())
    }

    /// Whether both columns agree on the presence and repetition of their shared groups, in `entries` entries.
    fn levels_match(&self, before: &FlatColumn, entries: usize) -> bool {
        let level = self.shared;
        let first = |levels: &'_ [u8]| levels.len().min(entries);
        let (ours, theirs) = (self.leaf.definitions(), before.leaf.definitions());
        let (our_repetitions, their_repetitions) = (self.leaf.repetitions(), before.leaf.repetitions());
        our_repetitions[..first(our_repetitions)] == their_repetitions[..first(their_repetitions)]
            && (level == 0
                || ours.iter().zip(theirs).take(entries).all(|(a, b)| *a.min(&level) == *b.min(&level)))
    }
}

impl Columns for FlatStructEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        let written = self.next;
        (self.next, self.end) = (0, 0);
        self.columns.iter_mut().try_for_each(|column| {
            column.leaf.advance_expanded(written);
            column.leaf.open(group, first_row)
        })
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        let (written, mut rows) = (self.next, rows);
        for column in &mut self.columns {
            rows = column.load(rows, written, allowance)?;
        }
        let entries = |column: &FlatColumn| column.leaf.entries_of_rows(rows);
        (self.next, self.end) = (0, entries(&self.columns[0]));
        if let Some(pair) = self
            .columns
            .windows(2)
            .find(|pair| entries(&pair[1]) != self.end || !pair[1].levels_match(&pair[0], self.end))
        {
            return Err(pair[1].leaf.with_context(mismatched_levels()));
        }
        self.columns.iter_mut().try_for_each(|column| column.close(self.end))?;
        Ok(rows)
    }

    fn release(&mut self) {
        let written = self.next;
        for column in &mut self.columns {
            column.leaf.advance_expanded(written);
            column.leaf.release();
        }
        (self.next, self.end) = (0, self.end - written);
    }

    fn finish(&mut self) -> Result<()> {
        let written = self.next;
        (self.next, self.end) = (0, 0);
        self.columns.iter_mut().try_for_each(|column| {
            column.leaf.advance_expanded(written);
            column.leaf.finish()
        })
    }

    fn definition(&self) -> i16 {
        if self.next >= self.end {
            return -1;
        }
        self.columns[0].leaf.definitions().get(self.next).map_or(0, |&definition| i16::from(definition))
    }

    fn repetition(&self) -> i16 {
        if self.next >= self.end {
            return 0;
        }
        self.columns[0].leaf.repetitions().get(self.next).map_or(0, |&repetition| i16::from(repetition))
    }

    /// True, because `load` compares the levels of all columns.
    fn levels_match(&self, _level: i16) -> bool {
        true
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        let definition = self.definition();
        if definition < 0 || definition >= present {
            return Err(self.columns[0].leaf.with_context(mismatched_levels()));
        }
        self.next += 1;
        Ok(())
    }
}

impl Encoder for FlatStructEncoder {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.next >= self.end {
            return Err(self.columns[0].leaf.with_context(mismatched_levels()));
        }
        if self.omits {
            self.encoded().for_each(|encoded| append_omitting(encoded, self.next, out));
        } else {
            self.encoded().for_each(|encoded| encoded.append(self.next, out));
        }
        self.next += 1;
        Ok(())
    }
}

/// Appends a span, after a brace if it is the first in its group or closes an empty group.
fn append_omitting(encoded: &EncodedValues, index: usize, out: &mut Vec<u8>) {
    let start = out.len();
    // A value must follow these characters.
    let is_open = matches!(out.last(), Some(b':' | b'[' | b','));
    encoded.append(index, out);
    match out.get(start) {
        Some(b',') if is_open => out[start] = b'{',
        Some(b'}') if is_open => out.insert(start, b'{'),
        _ => {}
    }
}
