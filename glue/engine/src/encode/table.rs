//! Rows.

use parquet::schema::types::SchemaDescriptor;

use super::structure::Members;
use super::{OpenGroup, levels_disagree};
use crate::error::Result;
use crate::options::ValueOptions;
use crate::schema::Field;

/// Writes rows as JSON objects, one after the other.
pub struct Table {
    members: Members,
}

impl Table {
    pub fn new(fields: &[Field], schema: &SchemaDescriptor, options: &ValueOptions) -> Result<Self> {
        Ok(Self { members: Members::new(fields, schema, options)? })
    }

    pub fn open(&mut self, group: &OpenGroup<'_>, first_row: usize) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.open(group, first_row))
    }

    pub fn load(&mut self, rows: usize) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.load(rows))
    }

    /// Checks that the row group holds no more rows.
    pub fn finish(&mut self) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.finish())
    }

    pub fn write_row(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.members.write(out)?;
        // A record ends for all columns at once, or levels have been misread.
        if self.members.encoders().any(|encoder| encoder.repetition() > 0) || !self.members.agree(1) {
            return Err(levels_disagree());
        }
        Ok(())
    }
}
