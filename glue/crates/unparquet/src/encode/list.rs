//! Lists and other repeated fields as JSON arrays.

use super::Child;
use super::encoder::{Allowance, Columns, Encoder, mismatched_levels};
use crate::error::Result;
use crate::limit::RowLimit;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::Repeated;

pub struct ListEncoder {
    definition: i16,
    repeated: Repeated,
    element: Child,
    max_row: RowLimit,
}

impl ListEncoder {
    pub fn new(definition: i16, repeated: Repeated, element: Child, options: &ValueOptions) -> Self {
        Self { definition, repeated, element, max_row: options.max_row }
    }
}

impl Columns for ListEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        self.element.open(group, first_row)
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        self.element.load(rows, allowance)
    }

    fn release(&mut self) {
        self.element.release();
    }

    fn finish(&mut self) -> Result<()> {
        self.element.finish()
    }

    fn definition(&self) -> i16 {
        self.element.definition()
    }

    fn repetition(&self) -> i16 {
        self.element.repetition()
    }

    fn levels_match(&self, level: i16) -> bool {
        self.element.levels_match(level)
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        self.element.skip(present)
    }
}

impl Encoder for ListEncoder {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let definition = self.definition();
        if definition < self.repeated.definition {
            let (text, present): (&[u8], _) = if definition < self.definition {
                (b"null", self.definition)
            } else {
                (b"[]", self.repeated.definition)
            };
            out.extend_from_slice(text);
            return self.element.skip(present);
        }
        let level = self.repeated.repetition;
        if let Child::Leaf(leaf) = &mut self.element
            && leaf.write_elements(level, self.max_row, out)?
        {
            return Ok(());
        }
        let mut separator = b'[';
        loop {
            out.push(separator);
            self.element.write(out)?;
            self.max_row.check(out.len())?;
            if !self.element.levels_match(level) {
                return Err(mismatched_levels());
            }
            if self.element.repetition() < level {
                break;
            }
            separator = b',';
        }
        out.push(b']');
        Ok(())
    }
}
