//! Shredded variants: parts of a value are stored in columns of their own.

use super::metadata::Metadata;
use super::value::{Object, ValueWriter};
use crate::encode::encoder::{Columns, Encoder, mismatched_levels};
use crate::encode::leaf::Leaf;
use crate::encode::{Child, node_encoder, scalar};
use crate::error::{Error, Result};
use crate::json_string::write_text;
use crate::options::ValueOptions;
use crate::schema::{Field, Node, NodeKind, Repeated, Schema};
use crate::types::Type;

/// The columns of one value: `value` has the binary encoding, `typed_value` a Parquet type. An object's fields may be
/// split between them.
pub struct Shredded {
    value: Option<BytesColumn>,
    typed: Option<Typed>,
}

struct Typed {
    /// Definition level at which the typed value is not null.
    definition: i16,
    kind: TypedKind,
}

enum TypedKind {
    Scalar(Box<Child>),
    Object(Vec<ShreddedField>),
    Array { repeated: Repeated, element: Box<Shredded> },
}

/// A field of a shredded object.
struct ShreddedField {
    name: String,
    /// `"name":`
    key: Vec<u8>,
    value: Shredded,
}

impl Shredded {
    /// None without a `value` and without a valid `typed_value`.
    pub fn new(fields: &[Field], schema: &Schema, options: &ValueOptions) -> Result<Option<Self>> {
        let value = BytesColumn::of(fields, "value", schema);
        let typed = match fields.iter().find(|field| field.name == "typed_value") {
            None => None,
            Some(field) => match Typed::new(&field.node, schema, options)? {
                None => return Ok(None),
                typed => typed,
            },
        };
        Ok((value.is_some() || typed.is_some()).then_some(Self { value, typed }))
    }

    /// Writes the next value. Returns false, without writing, if it is missing.
    pub fn write(
        &mut self,
        metadata: &Metadata<'_>,
        writer: &mut ValueWriter,
        out: &mut Vec<u8>,
    ) -> Result<bool> {
        let value = match &mut self.value {
            Some(column) => {
                let span = column.take()?;
                column.bytes(span)
            }
            None => None,
        };
        let Some(typed) = &mut self.typed else {
            return write_value(value, metadata, writer, out);
        };
        if typed.first().definition() < typed.definition {
            let present = typed.definition;
            typed.each(&mut |columns| columns.skip(present))?;
            return write_value(value, metadata, writer, out);
        }
        match &mut typed.kind {
            TypedKind::Object(fields) => write_object(fields, value, metadata, writer, out)?,
            _ if value.is_some() => {
                return Err(Error::corrupt("a variant has both a value and a typed value"));
            }
            TypedKind::Scalar(encoder) => encoder.write(out)?,
            TypedKind::Array { repeated, element } => write_array(*repeated, element, metadata, writer, out)?,
        }
        Ok(true)
    }

    /// Calls `visit` for each column.
    pub fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Columns) -> Result<()>) -> Result<()> {
        if let Some(value) = &mut self.value {
            visit(&mut value.column)?;
        }
        self.typed.as_mut().map_or(Ok(()), |typed| typed.each(visit))
    }

    /// Whether the next entries of all columns (or, if `repeats` is false, of none) repeat at `level` or deeper.
    pub fn all_repeat(&self, level: i16, repeats: bool) -> bool {
        self.value.as_ref().is_none_or(|value| (value.column.repetition() >= level) == repeats)
            && self.typed.as_ref().is_none_or(|typed| typed.all_repeat(level, repeats))
    }

    fn first(&self) -> &dyn Columns {
        match (&self.value, &self.typed) {
            (Some(value), _) => &value.column,
            (None, Some(typed)) => typed.first(),
            (None, None) => unreachable!("new() requires one of the two"),
        }
    }
}

impl Typed {
    fn new(node: &Node, schema: &Schema, options: &ValueOptions) -> Result<Option<Self>> {
        let kind = match &node.kind {
            NodeKind::Scalar { .. } => {
                TypedKind::Scalar(Box::new(node_encoder(node, b"", schema, options)?.1))
            }
            NodeKind::Struct(fields) => {
                let mut shredded = Vec::with_capacity(fields.len());
                for Field { name, node } in fields {
                    let Some(value) = shredded_value(node, schema, options)? else { return Ok(None) };
                    let mut key = Vec::new();
                    write_text(name, &mut key)?;
                    key.push(b':');
                    shredded.push(ShreddedField { name: name.clone(), key, value });
                }
                TypedKind::Object(shredded)
            }
            NodeKind::List { repeated, element } => match shredded_value(element, schema, options)? {
                Some(element) => TypedKind::Array { repeated: *repeated, element: Box::new(element) },
                None => return Ok(None),
            },
            NodeKind::Map { .. } | NodeKind::Variant(_) | NodeKind::NoColumns(_) => return Ok(None),
        };
        Ok(Some(Self { definition: node.definition, kind }))
    }

    fn each(&mut self, visit: &mut dyn FnMut(&mut dyn Columns) -> Result<()>) -> Result<()> {
        match &mut self.kind {
            TypedKind::Scalar(encoder) => visit(encoder.as_mut()),
            TypedKind::Object(fields) => fields.iter_mut().try_for_each(|field| field.value.each(visit)),
            TypedKind::Array { element, .. } => element.each(visit),
        }
    }

    fn all_repeat(&self, level: i16, repeats: bool) -> bool {
        match &self.kind {
            TypedKind::Scalar(encoder) => (encoder.repetition() >= level) == repeats,
            TypedKind::Object(fields) => fields.iter().all(|field| field.value.all_repeat(level, repeats)),
            TypedKind::Array { element, .. } => element.all_repeat(level, repeats),
        }
    }

    fn first(&self) -> &dyn Columns {
        match &self.kind {
            TypedKind::Scalar(encoder) => encoder.as_ref(),
            TypedKind::Object(fields) => fields[0].value.first(),
            TypedKind::Array { element, .. } => element.first(),
        }
    }
}

/// The columns of a nested value.
fn shredded_value(node: &Node, schema: &Schema, options: &ValueOptions) -> Result<Option<Shredded>> {
    match &node.kind {
        NodeKind::Struct(fields) => Shredded::new(fields, schema, options),
        _ => Ok(None),
    }
}

fn write_value(
    value: Option<&[u8]>,
    metadata: &Metadata<'_>,
    writer: &mut ValueWriter,
    out: &mut Vec<u8>,
) -> Result<bool> {
    let Some(value) = value else { return Ok(false) };
    writer.write(value, metadata, out)?;
    Ok(true)
}

/// Writes the shredded fields, then those in `value`.
fn write_object(
    fields: &mut [ShreddedField],
    value: Option<&[u8]>,
    metadata: &Metadata<'_>,
    writer: &mut ValueWriter,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut separator = b'{';
    for field in fields.iter_mut() {
        let before = out.len();
        out.push(separator);
        out.extend_from_slice(&field.key);
        if field.value.write(metadata, writer, out)? {
            separator = b',';
        } else {
            out.truncate(before);
        }
    }
    if let Some(value) = value {
        let object = Object::parse(value)?;
        writer.start(value);
        for index in 0..object.len {
            let (name, value) = object.field(index, metadata)?;
            if fields.iter().any(|field| field.name == name) {
                return Err(Error::corrupt(format!("duplicate variant field {name:?}")));
            }
            out.push(std::mem::replace(&mut separator, b','));
            write_text(name, out)?;
            out.push(b':');
            writer.any(value, metadata, out)?;
            writer.check_length(out)?;
        }
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
    Ok(())
}

fn write_array(
    repeated: Repeated,
    element: &mut Shredded,
    metadata: &Metadata<'_>,
    writer: &mut ValueWriter,
    out: &mut Vec<u8>,
) -> Result<()> {
    if element.first().definition() < repeated.definition {
        out.extend_from_slice(b"[]");
        return element.each(&mut |columns| columns.skip(repeated.definition));
    }
    let mut separator = b'[';
    loop {
        out.push(separator);
        if !element.write(metadata, writer, out)? {
            out.extend_from_slice(b"null");
        }
        writer.check_length(out)?;
        let more = element.first().repetition() >= repeated.repetition;
        if !element.all_repeat(repeated.repetition, more) {
            return Err(mismatched_levels());
        }
        if !more {
            break;
        }
        separator = b',';
    }
    out.push(b']');
    Ok(())
}

/// A column of binary-encoded values.
pub struct BytesColumn {
    pub column: Leaf,
}

impl BytesColumn {
    /// The field `name`, if it is a BYTE_ARRAY column.
    pub fn of(fields: &[Field], name: &str, schema: &Schema) -> Option<Self> {
        let field = fields.iter().find(|field| field.name == name)?;
        let NodeKind::Scalar { column, .. } = field.node.kind else { return None };
        let is_bytes = matches!(schema.column(column).physical_type(), Ok(Type::BYTE_ARRAY));
        is_bytes.then(|| Self { column: scalar::raw(column, schema) })
    }

    /// Takes the next entry: the index of its span, or None if it is null.
    pub fn take(&mut self) -> Result<Option<usize>> {
        self.column.take()
    }

    pub fn bytes(&self, span: Option<usize>) -> Option<&[u8]> {
        self.column.value(span?)
    }
}
