//! The schema as a tree of groups, lists and maps.

mod annotation;
mod describe;
mod elements;
mod naming;
mod scalar;
mod selection;

use std::ops::Range;

use crate::error::Result;
pub use annotation::Annotation;
pub use describe::{ColumnList, JsonBudget};
pub use elements::Repetition;
use elements::SchemaNode;
#[cfg(test)]
pub use elements::testing;
pub use elements::{Column, ELEMENT_SIZE, Schema};
pub use scalar::{Scalar, TimeUnit};
pub use selection::members;

/// A named member of a row or group. Names are unique among siblings.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub node: Node,
}

/// A node is present if the definition level is at least `definition`.
#[derive(Clone, Debug)]
pub struct Node {
    pub definition: i16,
    pub kind: NodeKind,
}

#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A leaf: its index among the file's columns.
    Scalar {
        column: usize,
        scalar: Scalar,
    },
    Struct(Vec<Field>),
    List {
        repeated: Repeated,
        element: Box<Node>,
    },
    /// A map; without a value column it is written as an array of its keys.
    Map {
        repeated: Repeated,
        key: Box<Node>,
        value: Option<Box<Node>>,
    },
    /// A group annotated VARIANT.
    Variant(Vec<Field>),
    /// A group without columns and therefore without levels: its JSON is the same in every row.
    NoColumns(&'static str),
}

/// Levels of a repeated field: it has an element if the definition level is at least `definition`, and another element
/// if the repetition level is `repetition`.
#[derive(Clone, Copy, Debug)]
pub struct Repeated {
    pub definition: i16,
    pub repetition: i16,
}

impl Field {
    /// Adds the number of columns and the length of all names to the totals.
    pub fn count(&self, columns: &mut u64, names: &mut u64) {
        *names += self.name.len() as u64;
        self.node.count(columns, names);
    }
}

impl Node {
    fn count(&self, columns: &mut u64, names: &mut u64) {
        match &self.kind {
            NodeKind::Scalar { .. } => *columns += 1,
            NodeKind::Struct(fields) | NodeKind::Variant(fields) => {
                fields.iter().for_each(|field| field.count(columns, names));
            }
            NodeKind::List { element, .. } => element.count(columns, names),
            NodeKind::Map { key, value, .. } => {
                key.count(columns, names);
                value.iter().for_each(|value| value.count(columns, names));
            }
            NodeKind::NoColumns(_) => {}
        }
    }

    /// Appends the indices of the columns below this node, in order.
    pub fn columns(&self, found: &mut Vec<usize>) {
        match &self.kind {
            NodeKind::Scalar { column, .. } => found.push(*column),
            NodeKind::Struct(fields) | NodeKind::Variant(fields) => {
                fields.iter().for_each(|field| field.node.columns(found));
            }
            NodeKind::List { element, .. } => element.columns(found),
            NodeKind::Map { key, value, .. } => {
                key.columns(found);
                value.iter().for_each(|value| value.columns(found));
            }
            NodeKind::NoColumns(_) => {}
        }
    }
}

/// The fields of a row: all fields of the file, or those of `selection` in that order.
pub fn fields(schema: &Schema, selection: Option<&[String]>) -> Result<Vec<Field>> {
    let Some(names) = selection else { return Ok(all_fields(schema).collect()) };
    let candidates = selection::Candidates::new(names);
    let fields: Vec<_> = fields_if(schema, |_, name| candidates.contain(name)).collect();
    selection::select(&fields, names)
}

/// The fields of the file, built lazily: a file may have millions.
pub fn all_fields(schema: &Schema) -> impl Iterator<Item = Field> {
    fields_if(schema, |_, _| true)
}

/// The fields whose index is in a range.
pub fn fields_in(schema: &Schema, range: Range<usize>) -> Vec<Field> {
    fields_if(schema, |index, _| range.contains(&index)).collect()
}

fn fields_if(schema: &Schema, wanted: impl Fn(usize, &str) -> bool) -> impl Iterator<Item = Field> {
    members_if(schema.root(), NodeLevels::default(), wanted)
}

pub fn num_fields(schema: &Schema) -> usize {
    schema.root().children().count()
}

#[derive(Clone, Copy, Default)]
struct NodeLevels {
    definition: i16,
    repetition: i16,
}

impl NodeLevels {
    fn optional(self) -> Self {
        Self { definition: self.definition + 1, ..self }
    }

    fn repeated(self) -> Self {
        Self { definition: self.definition + 1, repetition: self.repetition + 1 }
    }
}

/// The fields of a group that are `wanted` by index and name.
fn members_if(
    group: SchemaNode<'_>,
    levels: NodeLevels,
    wanted: impl Fn(usize, &str) -> bool,
) -> impl Iterator<Item = Field> {
    let names = naming::unique(group.children().map(SchemaNode::name));
    let members = names.zip(group.children()).enumerate();
    members
        .filter(move |(index, (name, _))| wanted(*index, name))
        .map(move |(_, (name, child))| Field { name: name.into_owned(), node: field(child, levels) })
}

fn members_of(group: SchemaNode<'_>, levels: NodeLevels) -> Vec<Field> {
    members_if(group, levels, |_, _| true).collect()
}

fn field(node: SchemaNode<'_>, levels: NodeLevels) -> Node {
    let without_columns =
        |levels: NodeLevels, json| Node { definition: levels.definition, kind: NodeKind::NoColumns(json) };
    match (node.repetition(), node.has_columns()) {
        (Repetition::Required, true) => present(node, levels),
        (Repetition::Optional, true) => present(node, levels.optional()),
        // A repeated field outside of LIST and MAP is a required list of required elements.
        (Repetition::Repeated, true) => {
            let inner = levels.repeated();
            list_of(levels, inner, present(node, inner))
        }
        (Repetition::Required, false) => without_columns(levels, "{}"),
        (Repetition::Optional, false) => without_columns(levels.optional(), "null"),
        (Repetition::Repeated, false) => without_columns(levels, "[]"),
    }
}

/// The node of an element with columns; `levels` include its own.
fn present(node: SchemaNode<'_>, levels: NodeLevels) -> Node {
    let kind = match (node.leaf(), node.annotation(), repeated_child(node)) {
        (Some((column, scalar)), _, _) => NodeKind::Scalar { column, scalar },
        (None, Annotation::List, Some(repeated)) => return list(node, repeated, levels),
        (None, Annotation::Map, Some(entry)) => match map(entry, levels) {
            Some(map) => map,
            None => NodeKind::Struct(members_of(node, levels)),
        },
        (None, Annotation::Variant, _) => NodeKind::Variant(members_of(node, levels)),
        _ => NodeKind::Struct(members_of(node, levels)),
    };
    Node { definition: levels.definition, kind }
}

/// A LIST group. Its element follows the backward-compatibility rules of
/// <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists>.
fn list(group: SchemaNode<'_>, repeated: SchemaNode<'_>, levels: NodeLevels) -> Node {
    let inner = levels.repeated();
    let child = repeated.only_child().filter(|child| child.repetition() != Repetition::Repeated);
    let element = match child {
        Some(child) if repeated.name() != "array" && repeated.name() != format!("{}_tuple", group.name()) => {
            field(child, inner)
        }
        _ => present(repeated, inner),
    };
    list_of(levels, inner, element)
}

/// The map of a repeated group of one or two fields; None if one of them has no columns.
fn map(entry: SchemaNode<'_>, levels: NodeLevels) -> Option<NodeKind> {
    let inner = levels.repeated();
    let mut fields = entry.children();
    let (key, value) = (fields.next()?, fields.next());
    if fields.next().is_some() || !key.has_columns() || value.is_some_and(|value| !value.has_columns()) {
        return None;
    }
    let key = Box::new(field(key, inner));
    let value = value.map(|value| Box::new(field(value, inner)));
    let repeated = Repeated { definition: inner.definition, repetition: inner.repetition };
    Some(NodeKind::Map { repeated, key, value })
}

fn list_of(outer: NodeLevels, inner: NodeLevels, element: Node) -> Node {
    let repeated = Repeated { definition: inner.definition, repetition: inner.repetition };
    let kind = NodeKind::List { repeated, element: Box::new(element) };
    Node { definition: outer.definition, kind }
}

/// The only child of a LIST or MAP group, which must be repeated; otherwise the annotation is ignored.
fn repeated_child(group: SchemaNode<'_>) -> Option<SchemaNode<'_>> {
    group.only_child().filter(|child| child.repetition() == Repetition::Repeated)
}
