//! Groups of nothing but values and such groups: what their columns write stands side by side, entry by entry.
//!
//! The columns of such a group have their entries in common, so each writes its part of the object for itself: its
//! key behind the opening of the groups that begin with it, its value, and the end of the groups that end with it.
//! Where a group is absent its first column writes the null, and the others write nothing.
//!
//! Where null fields are left out, a group's first column writes its opening without a value, `,"group":`, and the next
//! that has a value or ends the group puts in the brace.

use parquet::schema::types::SchemaDescriptor;

use super::encoded_values::EncodedValues;
use super::encoder::{Columns, Encoder, mismatched_levels};
use super::key_prefix::{KeyPrefix, null_text};
use super::leaf::Leaf;
use super::scalar;
use super::struct_encoder::key;
use crate::error::{Error, Result};
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Field, Node, NodeKind};

pub struct FlatStructEncoder {
    columns: Vec<FlatColumn>,
    /// Null fields are left out, so braces have to be put in.
    omits: bool,
    next: usize,
    /// Number of entries of the batch.
    end: usize,
}

struct FlatColumn {
    leaf: Leaf,
    /// Level of the innermost group that it shares with the lane before.
    shared: u8,
    /// The ends of the groups that end behind it.
    closing: Option<EncodedValues>,
}

/// Each name is in as many texts as its group has groups around it, so both are limited. Groups beyond are written
/// member by member.
const MAX_DEPTH: usize = 8;
const MAX_NAME: usize = 1 << 10;

/// Whether there is nothing in it but values and groups.
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
    /// Of a group that is flat, behind `prefix`.
    pub fn new(
        node: &Node,
        prefix: &[u8],
        schema: &SchemaDescriptor,
        options: &ValueOptions,
    ) -> Result<Self> {
        let mut builder = FlatStructBuilder { columns: Vec::new(), schema, options };
        builder.add(node, prefix, b"", &[], 0, &[])?;
        let columns = builder.columns;
        let is_optional = |column: &FlatColumn| i16::from(column.leaf.max_definition()) > node.definition;
        Ok(Self { omits: options.omit_nulls && columns.iter().any(is_optional), columns, next: 0, end: 0 })
    }

    /// Whether a row's object is its columns' cells as they are.
    pub fn is_flat(&self) -> bool {
        !self.omits && self.columns.iter().all(|column| column.leaf.is_flat())
    }

    /// Passes the batch, and gives what makes it up: of each of these the cell of an entry, one after the other.
    pub fn rows(&mut self) -> impl Iterator<Item = &EncodedValues> {
        self.next = self.end;
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
    schema: &'a SchemaDescriptor,
    options: &'a ValueOptions,
}

impl FlatStructBuilder<'_> {
    /// `opened`: what is left of `prefix` where this node is left out. `absent`: what the next lane writes below each of
    /// some levels, the outermost first. `shared`: the level that it shares with the one before. `ending`: the levels of
    /// the groups that end with this node.
    fn add(
        &mut self,
        node: &Node,
        prefix: &[u8],
        opened: &[u8],
        absent: &[(i16, Vec<u8>)],
        shared: i16,
        ending: &[i16],
    ) -> Result<()> {
        let mut absent = absent.to_vec();
        let null = null_text(prefix, self.options);
        absent.push((node.definition, if null.is_empty() { opened.to_vec() } else { null }));
        match &node.kind {
            NodeKind::Scalar { column, scalar } => {
                let text = |level: i16| absent.iter().find(|(present, _)| level < *present);
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
                        self.add(&field.node, &[prefix, &key].concat(), prefix, &absent, shared, ending)
                    } else {
                        absent.iter_mut().for_each(|(_, text)| text.clear());
                        self.add(&field.node, &key, b"", &absent, node.definition, ending)
                    }
                    .map_err(named)?;
                }
            }
            _ => return Err(mismatched_levels()),
        }
        Ok(())
    }
}

/// The ends of groups with these levels: of those that are present, which the definition level tells.
fn closing(max: i16, groups: &[i16]) -> Option<EncodedValues> {
    let ends = |level: i16| vec![b'}'; groups.iter().filter(|&&group| group <= level).count()];
    let prefix = KeyPrefix { text: Vec::new(), null_texts: (0..=max).map(ends).collect() };
    (!groups.is_empty()).then(|| EncodedValues::new(&prefix))
}

impl FlatColumn {
    fn load(&mut self, rows: usize) -> Result<()> {
        self.leaf.load(rows)?;
        self.leaf.expand_nulls();
        match &mut self.closing {
            Some(closing) => closing.fill_nulls(self.leaf.entries(), self.leaf.definitions()),
            None => Ok(()),
        }
    }

    /// Whether the groups that both are in are present and repeated alike.
    fn levels_match(&self, before: &FlatColumn) -> bool {
        let level = self.shared;
        let (ours, theirs) = (self.leaf.definitions(), before.leaf.definitions());
        self.leaf.entries() == before.leaf.entries()
            && self.leaf.repetitions() == before.leaf.repetitions()
            && (level == 0 || ours.iter().zip(theirs).all(|(a, b)| *a.min(&level) == *b.min(&level)))
    }
}

impl Columns for FlatStructEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        (self.next, self.end) = (0, 0);
        self.columns.iter_mut().try_for_each(|column| column.leaf.open(group, first_row))
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        if self.next != self.end {
            return Err(mismatched_levels());
        }
        self.columns.iter_mut().try_for_each(|column| column.load(rows))?;
        if let Some(pair) = self.columns.windows(2).find(|pair| !pair[1].levels_match(&pair[0])) {
            return Err(pair[1].leaf.with_context(mismatched_levels()));
        }
        (self.next, self.end) = (0, self.columns[0].leaf.entries());
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        self.columns.iter_mut().try_for_each(|column| column.leaf.finish())
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

    /// As far as it is loaded, that has been found out.
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

/// Appends a cell, with the brace before it if it is the first in its group or ends it.
fn append_omitting(encoded: &EncodedValues, index: usize, out: &mut Vec<u8>) {
    let start = out.len();
    // Nothing but a value is missing behind these.
    let is_open = matches!(out.last(), Some(b':' | b'[' | b','));
    encoded.append(index, out);
    match out.get(start) {
        Some(b',') if is_open => out[start] = b'{',
        Some(b'}') if is_open => out.insert(start, b'{'),
        _ => {}
    }
}
