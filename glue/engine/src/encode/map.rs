//! Maps as JSON objects, or as arrays of pairs where the keys are no scalars.

use std::collections::HashMap;
use std::ops::Range;

use parquet::schema::types::SchemaDescriptor;

use super::{Encoder, OpenGroup, check_length, encoder as node_encoder, levels_disagree};
use crate::error::Result;
use crate::options::ValueOptions;
use crate::schema::{Kind, Node, Repeated};

pub fn encoder(
    definition: i16,
    repeated: Repeated,
    key: &Node,
    value: &Node,
    schema: &SchemaDescriptor,
    options: &ValueOptions,
) -> Result<Box<dyn Encoder>> {
    let scalar_keys = matches!(key.kind, Kind::Scalar { .. });
    // As keys, NaN and the infinities have their names in any case: null would lump them together.
    let key_options = ValueOptions { non_finite_as_text: options.non_finite_as_text || scalar_keys, ..*options };
    let key = node_encoder(key, schema, &key_options)?;
    let value = node_encoder(value, schema, options)?;
    let entries = Entries { definition, repeated, key, value };
    Ok(if scalar_keys {
        Box::new(ObjectEncoder { entries, written: Vec::new() })
    } else {
        Box::new(PairsEncoder { entries })
    })
}

struct Entries {
    definition: i16,
    repeated: Repeated,
    key: Box<dyn Encoder>,
    value: Box<dyn Encoder>,
}

impl Entries {
    /// Writes a map that has no entries; false if it has.
    fn write_absent(&mut self, empty: &[u8], out: &mut Vec<u8>) -> Result<bool> {
        let definition = self.key.definition();
        if definition >= self.repeated.definition {
            return Ok(false);
        }
        let (text, present) = if definition < self.definition {
            (&b"null"[..], self.definition)
        } else {
            (empty, self.repeated.definition)
        };
        out.extend_from_slice(text);
        self.key.skip(present)?;
        self.value.skip(present)?;
        Ok(true)
    }

    /// Whether there is an entry after the one just written.
    fn more(&self, out: &[u8]) -> Result<bool> {
        check_length(out, 0)?;
        let level = self.repeated.repetition;
        let more = self.key.repetition() >= level;
        if (self.value.repetition() >= level) != more || !self.key.agrees(level) || !self.value.agrees(level) {
            return Err(levels_disagree());
        }
        Ok(more)
    }
}

/// The parts of [`Encoder`] that do not depend on how a map is written.
macro_rules! delegate_to_entries {
    () => {
        fn open(&mut self, group: &OpenGroup<'_>, first_row: usize) -> Result<()> {
            self.entries.key.open(group, first_row)?;
            self.entries.value.open(group, first_row)
        }

        fn load(&mut self, rows: usize) -> Result<()> {
            self.entries.key.load(rows)?;
            self.entries.value.load(rows)
        }

        fn finish(&mut self) -> Result<()> {
            self.entries.key.finish()?;
            self.entries.value.finish()
        }

        fn definition(&self) -> i16 {
            self.entries.key.definition()
        }

        fn repetition(&self) -> i16 {
            self.entries.key.repetition()
        }

        fn agrees(&self, level: i16) -> bool {
            let Entries { key, value, .. } = &self.entries;
            (key.repetition() >= level) == (value.repetition() >= level)
                && key.agrees(level)
                && value.agrees(level)
        }

        fn skip(&mut self, present: i16) -> Result<()> {
            self.entries.key.skip(present)?;
            self.entries.value.skip(present)
        }
    };
}

struct ObjectEncoder {
    entries: Entries,
    /// Where in the output each entry's key and value are.
    written: Vec<(Range<usize>, Range<usize>)>,
}

impl Encoder for ObjectEncoder {
    delegate_to_entries!();

    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.entries.write_absent(b"{}", out)? {
            return Ok(());
        }
        let start = out.len();
        let mut written = std::mem::take(&mut self.written);
        written.clear();
        out.push(b'{');
        loop {
            let key = out.len();
            self.entries.key.write(out)?;
            if out[key] != b'"' {
                out.insert(key, b'"');
                out.push(b'"');
            }
            let value = out.len() + 1;
            out.push(b':');
            self.entries.value.write(out)?;
            written.push((key..value - 1, value..out.len()));
            if !self.entries.more(out)? {
                break;
            }
            out.push(b',');
        }
        out.push(b'}');
        if has_duplicates(&written, out) {
            keep_last(&written, start, out);
        }
        self.written = written;
        Ok(())
    }
}

/// Up to this many keys comparing each with each is faster than hashing them.
const FEW: usize = 16;

fn has_duplicates(entries: &[(Range<usize>, Range<usize>)], out: &[u8]) -> bool {
    if entries.len() <= FEW {
        return entries
            .iter()
            .enumerate()
            .any(|(index, (key, _))| entries[..index].iter().any(|(other, _)| out[other.clone()] == out[key.clone()]));
    }
    let mut seen = std::collections::HashSet::with_capacity(entries.len());
    !entries.iter().all(|(key, _)| seen.insert(&out[key.clone()]))
}

/// Writes the object that begins at `start` again, with the last entry of each key in the first one's place.
fn keep_last(entries: &[(Range<usize>, Range<usize>)], start: usize, out: &mut Vec<u8>) {
    let object = out.split_off(start);
    let at = |range: &Range<usize>| &object[range.start - start..range.end - start];
    let last: HashMap<&[u8], &[u8]> = entries.iter().map(|(key, value)| (at(key), at(value))).collect();
    let mut written = std::collections::HashSet::with_capacity(last.len());
    for (key, _) in entries {
        if written.insert(at(key)) {
            out.push(if written.len() == 1 { b'{' } else { b',' });
            out.extend_from_slice(at(key));
            out.push(b':');
            out.extend_from_slice(last[at(key)]);
        }
    }
    out.push(b'}');
}

struct PairsEncoder {
    entries: Entries,
}

impl Encoder for PairsEncoder {
    delegate_to_entries!();

    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.entries.write_absent(b"[]", out)? {
            return Ok(());
        }
        let mut separator = b'[';
        loop {
            out.extend_from_slice(&[separator, b'[']);
            self.entries.key.write(out)?;
            out.push(b',');
            self.entries.value.write(out)?;
            out.push(b']');
            if !self.entries.more(out)? {
                break;
            }
            separator = b',';
        }
        out.push(b']');
        Ok(())
    }
}
