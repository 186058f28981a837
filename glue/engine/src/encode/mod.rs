//! From column values to JSON text.
//!
//! One encoder per column is chosen when the schema is known; encoders of groups, lists and maps own
//! those of their parts. Rows are put together from definition and repetition levels as in Dremel.

mod binary;
mod column;
mod decimal;
mod leaf;
mod list;
mod map;
mod numbers;
mod structure;
mod table;
mod text;
mod time;
mod variant;
mod write;

use std::sync::Arc;

use crate::chunk::ChunkBytes;
use crate::error::{Code, Error, Result};
use crate::options::ValueOptions;
use crate::schema::{Kind, Node};
use parquet::file::metadata::RowGroupMetaData;
use parquet::schema::types::SchemaDescriptor;

pub use table::Table;
pub use text::write_text;

/// Text of one row may not grow beyond this: further on, one buffer of it could end the process.
pub const MAX_ROW: usize = (1 << 32) - 1;

/// A row group being read: its selected chunks by column index.
pub struct OpenGroup<'a> {
    pub index: usize,
    pub metadata: &'a RowGroupMetaData,
    pub chunks: &'a [Option<Arc<ChunkBytes>>],
}

/// The columns below one field, moved along together, entry by entry.
pub trait Columns: Send {
    /// Begins a row group at `first_row`.
    fn open(&mut self, group: &OpenGroup<'_>, first_row: usize) -> Result<()>;

    /// Reads the next `rows` rows; the previous ones must have been passed.
    fn load(&mut self, rows: usize) -> Result<()>;

    /// Checks that the row group holds no more rows.
    fn finish(&mut self) -> Result<()>;

    /// Definition level of the next entry (of the first column, for a group).
    fn definition(&self) -> i16;

    /// Repetition level of the next entry; 0 where there is none left.
    fn repetition(&self) -> i16;

    /// Whether the next entry of every column repeats at `level` or deeper just as the first one does.
    fn agrees(&self, level: i16) -> bool;

    /// Passes an entry that is absent in each column: its definition levels must be under `present`.
    fn skip(&mut self, present: i16) -> Result<()>;
}

/// Writes the JSON of one field.
pub trait Encoder: Columns {
    /// Writes the next entry.
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()>;
}

/// The encoder of a node of the schema.
pub fn encoder(node: &Node, schema: &SchemaDescriptor, options: &ValueOptions) -> Result<Box<dyn Encoder>> {
    Ok(match &node.kind {
        Kind::Scalar { column, scalar } => leaf::encoder(*column, *scalar, schema, options),
        Kind::Struct(fields) => {
            Box::new(structure::StructEncoder::new(node.definition, fields, schema, options)?)
        }
        Kind::List { repeated, element } => {
            let element = encoder(element, schema, options)?;
            Box::new(list::ListEncoder::new(node.definition, *repeated, element))
        }
        Kind::Map { repeated, key, value: None } => {
            let key = encoder(key, schema, options)?;
            Box::new(list::ListEncoder::new(node.definition, *repeated, key))
        }
        Kind::Map { repeated, key, value: Some(value) } => {
            map::encoder(node.definition, *repeated, key, value, schema, options)?
        }
        Kind::Variant(fields) => match variant::encoder(node.definition, fields, schema, options)? {
            Some(variant) => variant,
            // An annotation that does not go with what it annotates means nothing.
            None => Box::new(structure::StructEncoder::new(node.definition, fields, schema, options)?),
        },
    })
}

/// Refuses a row whose text has become too long.
pub fn check_length(out: &[u8], more: usize) -> Result<()> {
    if out.len().saturating_add(more) > MAX_ROW {
        return Err(Error::new(Code::LimitExceeded, format!("a row has over {MAX_ROW} bytes of JSON")));
    }
    Ok(())
}

fn levels_disagree() -> Error {
    Error::corrupt("its repetition and definition levels do not fit together")
}
