//! Maps as JSON objects, or as arrays of pairs if the keys are not scalars or one of them is null.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::encoder::{Allowance, Columns, Encoder, mismatched_levels};
use super::{Child, node_encoder};
use crate::error::Result;
use crate::limit::{MAX_ROW, RowLimit};
use crate::options::ValueOptions;
use crate::read::OpenRowGroup;
use crate::schema::{Node, NodeKind, Repeated, Schema};

pub fn encoder(
    definition: i16,
    repeated: Repeated,
    key: &Node,
    value: &Node,
    schema: &Schema,
    options: &ValueOptions,
) -> Result<Box<dyn Encoder>> {
    let scalar_keys = matches!(key.kind, NodeKind::Scalar { .. });
    // Duplicate keys are written first and removed later, so the limit of the output cannot be checked here.
    let output = if scalar_keys { MAX_ROW } else { options.max_row.output };
    let max_row = RowLimit { output, ..options.max_row };
    let options = ValueOptions { max_row, ..*options };
    // As keys, NaN and infinities are always strings: null would merge them.
    let key_options =
        ValueOptions { non_finite_as_text: options.non_finite_as_text || scalar_keys, ..options };
    let (_, key) = node_encoder(key, b"", schema, &key_options)?;
    let (_, value) = node_encoder(value, b"", schema, &options)?;
    let form = if scalar_keys { Form::Object(Vec::new()) } else { Form::Pairs };
    Ok(Box::new(MapEncoder { definition, repeated, key, value, form, max_row }))
}

struct MapEncoder {
    definition: i16,
    repeated: Repeated,
    key: Child,
    value: Child,
    form: Form,
    max_row: RowLimit,
}

enum Form {
    /// Records the ranges of each entry's key and value in the output.
    Object(Vec<Entry>),
    Pairs,
}

struct Entry {
    /// Without quotes added around a number.
    key: Range<usize>,
    value: Range<usize>,
}

impl Columns for MapEncoder {
    fn open(&mut self, group: &OpenRowGroup, first_row: usize) -> Result<()> {
        self.key.open(group, first_row)?;
        self.value.open(group, first_row)
    }

    fn load(&mut self, rows: usize, allowance: &mut Allowance) -> Result<usize> {
        let rows = self.key.load(rows, allowance)?;
        self.value.load(rows, allowance)
    }

    fn release(&mut self) {
        self.key.release();
        self.value.release();
    }

    fn finish(&mut self) -> Result<()> {
        self.key.finish()?;
        self.value.finish()
    }

    fn definition(&self) -> i16 {
        self.key.definition()
    }

    fn repetition(&self) -> i16 {
        self.key.repetition()
    }

    fn levels_match(&self, level: i16) -> bool {
        (self.key.repetition() >= level) == (self.value.repetition() >= level)
            && self.key.levels_match(level)
            && self.value.levels_match(level)
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        self.key.skip(present)?;
        self.value.skip(present)
    }
}

impl Encoder for MapEncoder {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let definition = self.definition();
        if definition < self.definition {
            out.extend_from_slice(b"null");
            return self.skip(self.definition);
        }
        let empty = definition < self.repeated.definition;
        match std::mem::replace(&mut self.form, Form::Pairs) {
            Form::Pairs if empty => out.extend_from_slice(b"[]"),
            Form::Pairs => return self.write_pairs(out),
            Form::Object(mut entries) => {
                if empty {
                    out.extend_from_slice(b"{}");
                } else {
                    entries.clear();
                    self.write_object(&mut entries, out)?;
                }
                self.form = Form::Object(entries);
            }
        }
        if empty { self.skip(self.repeated.definition) } else { Ok(()) }
    }
}

impl MapEncoder {
    fn write_object(&mut self, entries: &mut Vec<Entry>, out: &mut Vec<u8>) -> Result<()> {
        let start = out.len();
        let mut separator = b'{';
        let mut null_key = false;
        loop {
            out.push(separator);
            let mut key = out.len()..out.len();
            self.key.write(out)?;
            key.end = out.len();
            if out[key.start] != b'"' {
                null_key |= out[key.start] == b'n';
                out.insert(key.start, b'"');
                out.push(b'"');
                key = key.start + 1..key.end + 1;
            }
            out.push(b':');
            let value = out.len();
            self.value.write(out)?;
            entries.push(Entry { key, value: value..out.len() });
            if !self.more(out)? {
                break;
            }
            separator = b',';
        }
        out.push(b'}');
        // As object keys, null and the text "null" would be the same.
        if null_key || has_duplicates(entries, out) {
            rewrite(entries, start, null_key, out);
        }
        Ok(())
    }

    fn write_pairs(&mut self, out: &mut Vec<u8>) -> Result<()> {
        let mut separator = b'[';
        loop {
            out.extend_from_slice(&[separator, b'[']);
            self.key.write(out)?;
            out.push(b',');
            self.value.write(out)?;
            out.push(b']');
            if !self.more(out)? {
                break;
            }
            separator = b',';
        }
        out.push(b']');
        Ok(())
    }

    /// Whether another entry follows.
    fn more(&self, out: &[u8]) -> Result<bool> {
        self.max_row.check(out.len())?;
        let level = self.repeated.repetition;
        if !self.levels_match(level) {
            return Err(mismatched_levels());
        }
        Ok(self.repetition() >= level)
    }
}

/// Up to this many keys, comparing all pairs is faster than hashing them.
const FEW: usize = 16;

fn has_duplicates(entries: &[Entry], out: &[u8]) -> bool {
    let text = |entry: &Entry| &out[entry.key.clone()];
    if entries.len() <= FEW {
        let repeats = |(index, entry)| entries[..index].iter().any(|before| text(before) == text(entry));
        return entries.iter().enumerate().any(repeats);
    }
    let mut seen = HashSet::with_capacity(entries.len());
    !entries.iter().all(|entry| seen.insert(text(entry)))
}

/// Rewrites the object at `start` without duplicates, optionally as an array of pairs: each key keeps its first position
/// and its last value.
fn rewrite(entries: &[Entry], start: usize, as_pairs: bool, out: &mut Vec<u8>) {
    let object = out.split_off(start);
    let text = |range: &Range<usize>| &object[range.start - start..range.end - start];
    let last: HashMap<&[u8], &[u8]> =
        entries.iter().map(|entry| (text(&entry.key), text(&entry.value))).collect();
    let mut written = HashSet::with_capacity(last.len());
    let [open, close] = if as_pairs { *b"[]" } else { *b"{}" };
    out.push(open);
    for Entry { key, .. } in entries {
        let (key, value) = (text(key), last[text(key)]);
        if !written.insert(key) {
            continue;
        }
        if written.len() > 1 {
            out.push(b',');
        }
        let quotes: &[u8] = if key[0] == b'"' { b"" } else { b"\"" };
        let parts =
            if as_pairs { [b"[", key, b",", value, b"]"] } else { [quotes, key, quotes, b":", value] };
        parts.iter().for_each(|part| out.extend_from_slice(part));
    }
    out.push(close);
}
