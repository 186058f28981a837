//! The schema as a tree of groups, lists and maps.

mod annotation;
mod describe;
mod elements;
mod naming;
mod scalar;
mod selection;

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
    /// Without a value column: an array of the keys.
    Map {
        repeated: Repeated,
        key: Box<Node>,
        value: Option<Box<Node>>,
    },
    /// A group annotated VARIANT, whose fields have an encoding of their own.
    Variant(Vec<Field>),
    /// A group without columns below it, and so without levels: its JSON is the same in every row.
    NoColumns(&'static str),
}

/// Levels of a repeated field: it has an element if the definition level is at least `definition`, and another one if
/// the repetition level is `repetition`.
#[derive(Clone, Copy, Debug)]
pub struct Repeated {
    pub definition: i16,
    pub repetition: i16,
}

impl Node {
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

/// The fields of a row: all of the file's, or those of `selection` in that order.
pub fn fields(schema: &Schema, selection: Option<&[String]>) -> Result<Vec<Field>> {
    match selection {
        None => Ok(members_of(schema.root(), NodeLevels::default(), |_| true)),
        Some(names) => {
            let candidates = selection::Candidates::new(names);
            let fields = members_of(schema.root(), NodeLevels::default(), |name| candidates.contain(name));
            selection::select(&fields, names)
        }
    }
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

/// The fields of a group whose names are `wanted`.
fn members_of(group: SchemaNode<'_>, levels: NodeLevels, wanted: impl Fn(&str) -> bool) -> Vec<Field> {
    naming::unique(group.children().map(SchemaNode::name))
        .into_iter()
        .zip(group.children())
        .filter(|(name, _)| wanted(name))
        .map(|(name, child)| Field { name, node: field(child, levels) })
        .collect()
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

/// A node with columns that is not null: `levels` include its own.
fn present(node: SchemaNode<'_>, levels: NodeLevels) -> Node {
    let kind = match (node.leaf(), node.annotation(), repeated_child(node)) {
        (Some((column, scalar)), _, _) => NodeKind::Scalar { column, scalar },
        (None, Annotation::List, Some(repeated)) => return list(node, repeated, levels),
        (None, Annotation::Map, Some(entry)) => match map(entry, levels) {
            Some(map) => map,
            None => NodeKind::Struct(members_of(node, levels, |_| true)),
        },
        (None, Annotation::Variant, _) => NodeKind::Variant(members_of(node, levels, |_| true)),
        _ => NodeKind::Struct(members_of(node, levels, |_| true)),
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
