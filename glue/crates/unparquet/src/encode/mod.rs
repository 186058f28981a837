//! From column values to JSON text.
//!
//! One encoder per column is chosen when the schema is known (`scalar`), and turns the values of some thousand
//! rows into their texts at once (`values`, `encoded`). Encoders of groups, lists and maps own those of their
//! parts. Rows are put together from definition and repetition levels as in Dremel.

mod binary;
mod decimal;
mod encoded_values;
mod flat_struct_encoder;
mod key_prefix;
mod leaf;
mod levels;
mod list;
mod map;
mod numbers;
mod scalar;
mod sparse;
mod struct_encoder;
mod table;
mod text;
mod time;
mod values;
mod variant;

use parquet::basic::Type;
use parquet::schema::types::SchemaDescriptor;

use crate::error::{Error, Result};
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Node, NodeKind, Scalar};
use flat_struct_encoder::FlatStructEncoder;
use key_prefix::KeyPrefix;
use leaf::Leaf;

pub use table::Table;

/// Cells that are written between two looks at how long a row has become.
const CHECKED: usize = 64;

/// The columns below one field, moved along together, entry by entry.
pub trait Columns: Send {
    /// Begins a row group at `first_row`.
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()>;

    /// Reads the next `rows` rows; the previous ones must have been passed.
    fn load(&mut self, rows: usize) -> Result<()>;

    /// Checks that the row group holds no more rows.
    fn finish(&mut self) -> Result<()>;

    /// Definition level of the next entry (of the first column, for a group).
    fn definition(&self) -> i16;

    /// Repetition level of the next entry; 0 where there is none left.
    fn repetition(&self) -> i16;

    /// Whether the next entry of every column repeats at `level` or deeper just as the first one does.
    fn levels_match(&self, level: i16) -> bool;

    /// Passes an entry that is absent in each column: its definition levels must be under `present`.
    fn skip(&mut self, present: i16) -> Result<()>;
}

/// Writes the JSON of one field.
pub trait Encoder: Columns {
    /// Writes the next entry.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

/// What an object, a list or a map is made of. Leaves and groups of leaves are most of it, and are called directly.
#[expect(clippy::large_enum_variant, reason = "most are leaves, and the way to one should be short")]
pub enum Child {
    Leaf(Leaf),
    Flat(FlatStructEncoder),
    Group(Box<dyn Encoder>),
}

impl Child {
    /// Whether each row has one entry of it.
    fn is_flat(&self) -> bool {
        match self {
            Child::Leaf(leaf) => leaf.is_flat(),
            Child::Flat(group) => group.is_flat(),
            Child::Group(_) => false,
        }
    }

    /// The leaf that it is, its batch passed.
    fn advanced_leaf(&mut self) -> Option<&Leaf> {
        let Child::Leaf(leaf) = self else { return None };
        leaf.advance();
        Some(leaf)
    }
}

macro_rules! of_child {
    ($self:ident, $child:ident => $call:expr) => {
        match $self {
            Child::Leaf($child) => $call,
            Child::Flat($child) => $call,
            Child::Group($child) => $call,
        }
    };
}

impl Columns for Child {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        of_child!(self, child => child.open(group, first_row))
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        of_child!(self, child => child.load(rows))
    }

    fn finish(&mut self) -> Result<()> {
        of_child!(self, child => child.finish())
    }

    fn definition(&self) -> i16 {
        of_child!(self, child => child.definition())
    }

    fn repetition(&self) -> i16 {
        of_child!(self, child => child.repetition())
    }

    fn levels_match(&self, level: i16) -> bool {
        of_child!(self, child => child.levels_match(level))
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        of_child!(self, child => child.skip(present))
    }
}

impl Encoder for Child {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        of_child!(self, child => child.write(out))
    }
}

/// The encoder of a node of the schema, and what is left to write before it: leaves write `prefix` themselves.
pub fn encoder(
    node: &Node,
    prefix: &[u8],
    schema: &SchemaDescriptor,
    options: &ValueOptions,
) -> Result<(Vec<u8>, Child)> {
    let group: Box<dyn Encoder> = match &node.kind {
        NodeKind::Scalar { column, scalar } => {
            let prefix = KeyPrefix::new(prefix, node.definition, null(prefix, options));
            let leaf = scalar::leaf(*column, *scalar, &prefix, schema, options)?;
            return Ok((Vec::new(), Child::Leaf(leaf)));
        }
        NodeKind::Struct(_) if flat_struct_encoder::is_flat(node) => {
            return Ok((Vec::new(), Child::Flat(FlatStructEncoder::new(node, prefix, schema, options)?)));
        }
        NodeKind::Struct(fields) => {
            Box::new(struct_encoder::StructEncoder::new(node.definition, fields, schema, options)?)
        }
        NodeKind::List { repeated, element: node_below }
        | NodeKind::Map { repeated, key: node_below, value: None } => {
            let (_, element) = encoder(node_below, b"", schema, options)?;
            Box::new(list::ListEncoder::new(node.definition, *repeated, element, options))
        }
        NodeKind::Map { repeated, key, value: Some(value) } => {
            map::encoder(node.definition, *repeated, key, value, schema, options)?
        }
        NodeKind::Variant(fields) => match variant::encoder(node.definition, fields, schema, options)? {
            Some(variant) => variant,
            // An annotation that does not go with what it annotates means nothing.
            None => Box::new(struct_encoder::StructEncoder::new(node.definition, fields, schema, options)?),
        },
    };
    Ok((prefix.to_vec(), Child::Group(group)))
}

/// A null behind a key, or nothing where null fields are left out. Elements of lists and values of maps have no key.
fn null(key: &[u8], options: &ValueOptions) -> Vec<u8> {
    if options.omit_nulls && !key.is_empty() { Vec::new() } else { [key, b"null"].concat() }
}

/// The JSON of a value of a column, from its bytes in the footer's statistics: those of a fixed number may be fewer.
pub fn value_json(
    value: &[u8],
    column: usize,
    scalar: Scalar,
    schema: &SchemaDescriptor,
    options: &ValueOptions,
) -> Result<Vec<u8>> {
    let prefix = KeyPrefix::new(b"", 0, Vec::new());
    let mut leaf = scalar::of_width(None, column, scalar, &prefix, schema, options)?;
    match schema.column(column).physical_type() {
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => {
            leaf.json(&[&(value.len() as u32).to_le_bytes(), value].concat())
        }
        _ => leaf.json(value),
    }
}

#[cold]
fn mismatched_levels() -> Error {
    Error::corrupt("its repetition and definition levels do not fit together")
}
