//! Turns column values into rows of JSON text.
//!
//! Once the schema is known, each column gets an encoder (`scalar`), which turns the values of a batch of rows into text
//! (`values`, `encoded_values`). Encoders of groups, lists and maps own the encoders of their members. Rows are
//! assembled by definition and repetition levels, as in Dremel (`table`).
//!
//! | trait | implemented by | chosen |
//! |---|---|---|
//! | [`Encoder`], a [`Columns`] | [`Leaf`], [`FlatStructEncoder`], `StructEncoder`, `ListEncoder`, `MapEncoder`, `VariantEncoder` | for a schema node, by [`node_encoder`] |
//! | [`Values`](values::Values) | `Booleans`, `Primitives`, `ByteArrays` | for a column, by its physical type |
//! | [`Encode`](values::Encode) | `Text`, and adapters of the three below: `Short`, `Long`, `LongBytes` | for a column, by logical type and options, in `scalar` |
//! | [`Write`](values::Write) | numbers, dates, times, UUIDs, short decimals | if the text has a small maximum length |
//! | [`Append`](values::Append), [`AppendBytes`](values::AppendBytes) | long decimals; Base64, hex | if the text has any length: from numbers; from bytes |

mod binary;
mod constant;
mod decimal;
mod encoded_values;
mod encoder;
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

use crate::error::Result;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Node, NodeKind, Scalar, Schema};
use crate::types::Type;
use encoder::{Allowance, Columns, Encoder};
use flat_struct_encoder::FlatStructEncoder;
use key_prefix::{KeyPrefix, null_text};
use leaf::Leaf;

pub use table::Table;

/// The encoder of a member, a list element, or a map key or value. The common kinds are called without a vtable.
#[expect(clippy::large_enum_variant, reason = "most are leaves, and boxing them would be slower")]
pub enum Child {
    Leaf(Leaf),
    Flat(FlatStructEncoder),
    Group(Box<dyn Encoder>),
}

impl Child {
    /// Whether each row has exactly one entry, whose spans can be copied unchanged.
    fn is_flat(&self) -> bool {
        match self {
            Child::Leaf(leaf) => leaf.is_flat(),
            Child::Flat(group) => group.is_flat(),
            Child::Group(_) => false,
        }
    }

    /// Advances by `rows` rows and returns the leaf, if it is one.
    fn advanced_leaf(&mut self, rows: usize) -> Option<&Leaf> {
        let Child::Leaf(leaf) = self else { return None };
        leaf.advance(rows);
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

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        of_child!(self, child => child.load(rows, allowance))
    }

    fn release(&mut self) {
        of_child!(self, child => child.release());
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

/// Creates the encoder of a schema node, and returns the text that its caller must write first: `prefix`, or nothing if
/// the encoder writes it.
pub fn node_encoder(
    node: &Node,
    prefix: &[u8],
    schema: &Schema,
    options: &ValueOptions,
) -> Result<(Vec<u8>, Child)> {
    let group: Box<dyn Encoder> = match &node.kind {
        NodeKind::Scalar { column, scalar } => {
            let prefix = KeyPrefix::new(prefix, node.definition, null_text(prefix, options));
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
            let (_, element) = node_encoder(node_below, b"", schema, options)?;
            Box::new(list::ListEncoder::new(node.definition, *repeated, element, options))
        }
        NodeKind::Map { repeated, key, value: Some(value) } => {
            map::encoder(node.definition, *repeated, key, value, schema, options)?
        }
        NodeKind::Variant(fields) => match variant::encoder(node.definition, fields, schema, options)? {
            Some(variant) => variant,
            // Without its required columns, the annotation is ignored.
            None => Box::new(struct_encoder::StructEncoder::new(node.definition, fields, schema, options)?),
        },
        NodeKind::NoColumns(json) => Box::new(constant::Constant(json)),
    };
    Ok((prefix.to_vec(), Child::Group(group)))
}

/// Errors: the column's type cannot be converted.
pub fn check_column(column: usize, scalar: Scalar, schema: &Schema, options: &ValueOptions) -> Result<()> {
    scalar::leaf(column, scalar, &KeyPrefix::new(b"", 0, Vec::new()), schema, options).map(|_| ())
}

/// The number stored in an INT32 of a logical type.
pub fn int32_value(value: i32, scalar: Scalar) -> i128 {
    match scalar {
        Scalar::Uint { bits: bits @ (8 | 16) } => numbers::narrow_unsigned(value, bits).into(),
        Scalar::Uint { .. } => (value as u32).into(),
        _ => value.into(),
    }
}

/// The JSON of a value in the footer's statistics. A truncated bound of a fixed-length column is shorter than its values.
pub fn value_json(
    value: &[u8],
    column: usize,
    scalar: Scalar,
    schema: &Schema,
    options: &ValueOptions,
) -> Result<Vec<u8>> {
    let prefix = KeyPrefix::new(b"", 0, Vec::new());
    let mut leaf = scalar::of_width(None, column, scalar, &prefix, schema, options)?;
    match schema.column(column).physical_type()? {
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => {
            leaf.json(&[&(value.len() as u32).to_le_bytes(), value].concat())
        }
        _ => leaf.json(value),
    }
}
