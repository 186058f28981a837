//! Groups as JSON objects.

use parquet::schema::types::SchemaDescriptor;

use super::{Child, Columns, Encoder, OpenGroup, encoder, levels_disagree, write_text};
use crate::error::Result;
use crate::options::ValueOptions;
use crate::schema::Field;

/// The members of an object, in order, each behind its prepared key.
pub struct Members {
    /// With what comes before each; leaves write that themselves.
    members: Vec<(Vec<u8>, Child)>,
}

impl Members {
    pub fn new(fields: &[Field], schema: &SchemaDescriptor, options: &ValueOptions) -> Result<Self> {
        let member = |(index, field): (usize, &Field)| {
            let key = key(index, field)?;
            encoder(&field.node, &key, schema, options)
                .map_err(|error| error.at(format!("column {}", field.name)))
        };
        Ok(Self { members: fields.iter().enumerate().map(member).collect::<Result<_>>()? })
    }

    pub fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.members.is_empty() {
            out.push(b'{');
        }
        for (key, encoder) in &mut self.members {
            out.extend_from_slice(key);
            encoder.write(out)?;
        }
        out.push(b'}');
        Ok(())
    }

    pub fn members(&mut self) -> &mut [(Vec<u8>, Child)] {
        &mut self.members
    }

    pub fn encoders(&mut self) -> impl DoubleEndedIterator<Item = &mut Child> {
        self.members.iter_mut().map(|(_, encoder)| encoder)
    }

    pub fn agree(&self, level: i16) -> bool {
        let Some((first, rest)) = self.members.split_first() else { return true };
        let again = first.1.repetition() >= level;
        first.1.agrees(level)
            && rest
                .iter()
                .all(|(_, encoder)| (encoder.repetition() >= level) == again && encoder.agrees(level))
    }

    fn first(&self) -> &Child {
        &self.members[0].1
    }
}

/// What stands before a member: `{"key":`, or with a comma.
pub fn key(index: usize, field: &Field) -> Result<Vec<u8>> {
    let mut key = vec![if index == 0 { b'{' } else { b',' }];
    write_text(&field.name, &mut key)?;
    key.push(b':');
    Ok(key)
}

/// Has at least one member.
pub struct StructEncoder {
    definition: i16,
    members: Members,
}

impl StructEncoder {
    pub fn new(
        definition: i16,
        fields: &[Field],
        schema: &SchemaDescriptor,
        options: &ValueOptions,
    ) -> Result<Self> {
        if fields.is_empty() {
            return Err(levels_disagree());
        }
        Ok(Self { definition, members: Members::new(fields, schema, options)? })
    }
}

impl Columns for StructEncoder {
    fn open(&mut self, group: &OpenGroup, first_row: usize) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.open(group, first_row))
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.load(rows))
    }

    fn finish(&mut self) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.finish())
    }

    fn definition(&self) -> i16 {
        self.members.first().definition()
    }

    fn repetition(&self) -> i16 {
        self.members.first().repetition()
    }

    fn agrees(&self, level: i16) -> bool {
        self.members.agree(level)
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.skip(present))
    }
}

impl Encoder for StructEncoder {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.definition() >= self.definition {
            return self.members.write(out);
        }
        out.extend_from_slice(b"null");
        self.skip(self.definition)
    }
}
