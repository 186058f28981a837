//! VARIANT: self-describing values, whole or shredded into columns.
//!
//! Formats: <https://github.com/apache/parquet-format/blob/master/VariantEncoding.md> and
//! <https://github.com/apache/parquet-format/blob/master/VariantShredding.md>.

mod metadata;
mod shredded;
mod value;

use super::encoder::{Allowance, Columns, Encoder};
use crate::error::Result;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Field, Schema};
use metadata::Metadata;
use shredded::{BytesColumn, Shredded};
use value::ValueWriter;

/// The encoder of a group annotated VARIANT; None if the group lacks a required column.
pub fn encoder(
    definition: i16,
    fields: &[Field],
    schema: &Schema,
    options: &ValueOptions,
) -> Result<Option<Box<dyn Encoder>>> {
    let metadata = BytesColumn::of(fields, "metadata", schema);
    let (Some(metadata), Some(body)) = (metadata, Shredded::new(fields, schema, options)?) else {
        return Ok(None);
    };
    Ok(Some(Box::new(VariantEncoder { definition, metadata, body, writer: ValueWriter::new(options) })))
}

struct VariantEncoder {
    definition: i16,
    metadata: BytesColumn,
    body: Shredded,
    writer: ValueWriter,
}

impl Columns for VariantEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        self.metadata.column.open(group, first_row)?;
        self.body.each(&mut |columns| columns.open(group, first_row))
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        let mut loaded = self.metadata.column.load(rows, allowance)?;
        self.body.each(&mut |columns| {
            loaded = columns.load(loaded, allowance)?;
            Ok(())
        })?;
        Ok(loaded)
    }

    fn release(&mut self) {
        self.metadata.column.release();
        // Releasing cannot fail.
        let _ = self.body.each(&mut |columns| {
            columns.release();
            Ok(())
        });
    }

    fn finish(&mut self) -> Result<()> {
        self.metadata.column.finish()?;
        self.body.each(&mut |columns| columns.finish())
    }

    fn definition(&self) -> i16 {
        self.metadata.column.definition()
    }

    fn repetition(&self) -> i16 {
        self.metadata.column.repetition()
    }

    fn levels_match(&self, level: i16) -> bool {
        self.body.all_repeat(level, self.repetition() >= level)
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        self.metadata.column.skip(present)?;
        self.body.each(&mut |columns| columns.skip(present))
    }
}

impl Encoder for VariantEncoder {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.definition() < self.definition {
            out.extend_from_slice(b"null");
            return self.skip(self.definition);
        }
        let span = self.metadata.take()?;
        let metadata = Metadata::parse(self.metadata.bytes(span).unwrap_or_default());
        let written = metadata.and_then(|metadata| self.body.write(&metadata, &mut self.writer, out));
        match written {
            Ok(true) => Ok(()),
            // Both columns are null, which means null at the top level.
            Ok(false) => {
                out.extend_from_slice(b"null");
                Ok(())
            }
            Err(error) => Err(self.metadata.column.with_context(error)),
        }
    }
}
