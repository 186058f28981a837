//! Groups as JSON objects.

use super::encoder::{Allowance, Columns, Encoder, mismatched_levels};
use super::{Child, node_encoder};
use crate::error::Result;
use crate::json_string::write_text;
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Field, NodeKind, Schema};

/// The members of an object, in order.
pub struct Members {
    members: Vec<Member>,
    /// Index of the first member with columns.
    first: usize,
}

pub struct Member {
    /// A comma and the key, unless the member's encoder writes them.
    key: Vec<u8>,
    /// The member is omitted below this definition level, unless its encoder omits it.
    omitted_below: i16,
    has_columns: bool,
    pub encoder: Child,
}

impl Member {
    pub fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.omitted_below > 0 && self.encoder.definition() < self.omitted_below {
            return self.encoder.skip(self.omitted_below);
        }
        out.extend_from_slice(&self.key);
        self.encoder.write(out)
    }
}

impl Members {
    pub fn new(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<Self> {
        let member = |field: &Field| {
            let key = key(b',', field)?;
            let (key, encoder) = node_encoder(&field.node, &key, schema, options)
                .map_err(|error| error.context(format!("column {}", field.name)))?;
            let omitted_below = match encoder {
                Child::Group(_) if options.omit_nulls => field.node.definition,
                _ => 0,
            };
            let has_columns = !matches!(field.node.kind, NodeKind::NoColumns(_));
            Ok(Member { key, omitted_below, has_columns, encoder })
        };
        let members: Vec<_> = fields.iter().map(member).collect::<Result<_>>()?;
        let first = members.iter().position(|member| member.has_columns).unwrap_or(0);
        Ok(Self { members, first })
    }

    pub fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        self.members.iter_mut().try_for_each(|member| member.write(out))?;
        close_object(start, out);
        Ok(())
    }

    pub fn members(&mut self) -> &mut [Member] {
        &mut self.members
    }

    pub fn encoders(&mut self) -> impl DoubleEndedIterator<Item = &mut Child> {
        self.members.iter_mut().map(|member| &mut member.encoder)
    }

    pub fn agree(&self, level: i16) -> bool {
        let Some((first, rest)) = self.members[self.first..].split_first() else { return true };
        let repeats = first.encoder.repetition() >= level;
        first.encoder.levels_match(level)
            && rest.iter().filter(|member| member.has_columns).all(|Member { encoder, .. }| {
                (encoder.repetition() >= level) == repeats && encoder.levels_match(level)
            })
    }

    fn first(&self) -> &Child {
        &self.members[self.first].encoder
    }
}

/// The text before a member's value: `,"key":`, or with another separator.
pub fn key(separator: u8, field: &Field) -> Result<Vec<u8>> {
    let mut key = vec![separator];
    write_text(&field.name, &mut key)?;
    key.push(b':');
    Ok(key)
}

/// Turns the members in `out[start..]`, each with a leading comma, into an object.
#[inline]
pub fn close_object(start: usize, out: &mut Vec<u8>) {
    match out.get_mut(start) {
        Some(comma) => *comma = b'{',
        None => out.push(b'{'),
    }
    out.push(b'}');
}

/// Groups with at least one member.
pub struct StructEncoder {
    definition: i16,
    members: Members,
}

impl StructEncoder {
    pub fn new(definition: i16, fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<Self> {
        if fields.is_empty() {
            return Err(mismatched_levels());
        }
        Ok(Self { definition, members: Members::new(fields, schema, options)? })
    }
}

impl Columns for StructEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        self.members.encoders().try_for_each(|encoder| encoder.open(group, first_row))
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        self.members.encoders().try_fold(rows, |rows, encoder| encoder.load(rows, allowance))
    }

    fn release(&mut self) {
        self.members.encoders().for_each(Columns::release);
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

    fn levels_match(&self, level: i16) -> bool {
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
