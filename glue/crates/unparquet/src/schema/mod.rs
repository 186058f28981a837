//! The schema as a tree of groups, lists and maps.

mod describe;
mod naming;
mod scalar;
mod selection;

use parquet::basic::{ConvertedType, LogicalType, Repetition};
use parquet::schema::types::{SchemaDescriptor, Type};

use crate::error::{Code, Error, Result};
pub use describe::{ColumnList, JsonBudget};
pub use scalar::{Scalar, TimeUnit, of as scalar_of};
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
        }
    }
}

/// The fields of a row: all of the file's, or those of `selection` in that order.
pub fn fields(schema: &SchemaDescriptor, selection: Option<&[String]>) -> Result<Vec<Field>> {
    let mut builder = SchemaBuilder { schema, next_column: 0 };
    let all = builder.fields(schema.root_schema(), NodeLevels::default())?;
    match selection {
        None => Ok(all),
        Some(names) => selection::select(&all, names),
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

struct SchemaBuilder<'a> {
    schema: &'a SchemaDescriptor,
    next_column: usize,
}

impl SchemaBuilder<'_> {
    fn fields(&mut self, group: &Type, levels: NodeLevels) -> Result<Vec<Field>> {
        let names = naming::unique(group.get_fields().iter().map(|field| field.name()));
        let nodes = group.get_fields().iter().map(|field| self.field(field, levels));
        names.into_iter().zip(nodes).map(|(name, node)| Ok(Field { name, node: node? })).collect()
    }

    fn field(&mut self, field: &Type, levels: NodeLevels) -> Result<Node> {
        match repetition(field) {
            Repetition::REQUIRED => self.present(field, levels),
            Repetition::OPTIONAL => self.present(field, levels.optional()),
            // A repeated field outside of LIST and MAP is a required list of required elements.
            Repetition::REPEATED => {
                let inner = levels.repeated();
                let element = Box::new(self.present(field, inner)?);
                Ok(list(levels, inner, element))
            }
        }
    }

    /// `field` if it is not null: `levels` include its own.
    fn present(&mut self, field: &Type, levels: NodeLevels) -> Result<Node> {
        let definition = levels.definition;
        if field.is_primitive() {
            let column = self.next_column;
            self.next_column += 1;
            let scalar = scalar::of(&self.schema.column(column));
            return Ok(Node { definition, kind: NodeKind::Scalar { column, scalar } });
        }
        if field.get_fields().is_empty() {
            let message = format!("column {}: a group without fields", field.name());
            return Err(Error::new(Code::UnsupportedFeature, message));
        }
        match (annotation(field), repeated_child(field)) {
            (Annotation::List, Some(repeated)) => self.list(field, repeated, levels),
            (Annotation::Map, Some(entry)) if is_map_entry(entry) => self.map(entry, levels),
            (Annotation::Variant, _) => {
                Ok(Node { definition, kind: NodeKind::Variant(self.fields(field, levels)?) })
            }
            _ => Ok(Node { definition, kind: NodeKind::Struct(self.fields(field, levels)?) }),
        }
    }

    /// A LIST group. Its element follows the backward-compatibility rules of
    /// <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists>.
    fn list(&mut self, group: &Type, repeated: &Type, levels: NodeLevels) -> Result<Node> {
        let inner = levels.repeated();
        let is_element = repeated.is_primitive()
            || repeated.get_fields().len() != 1
            || repetition(&repeated.get_fields()[0]) == Repetition::REPEATED
            || repeated.name() == "array"
            || repeated.name() == format!("{}_tuple", group.name());
        let element = if is_element {
            self.present(repeated, inner)?
        } else {
            self.field(&repeated.get_fields()[0], inner)?
        };
        Ok(list(levels, inner, Box::new(element)))
    }

    fn map(&mut self, entry: &Type, levels: NodeLevels) -> Result<Node> {
        let inner = levels.repeated();
        let key = Box::new(self.field(&entry.get_fields()[0], inner)?);
        let value = entry.get_fields().get(1).map(|value| self.field(value, inner)).transpose()?;
        let repeated = Repeated { definition: inner.definition, repetition: inner.repetition };
        let kind = NodeKind::Map { repeated, key, value: value.map(Box::new) };
        Ok(Node { definition: levels.definition, kind })
    }
}

fn list(outer: NodeLevels, inner: NodeLevels, element: Box<Node>) -> Node {
    let repeated = Repeated { definition: inner.definition, repetition: inner.repetition };
    Node { definition: outer.definition, kind: NodeKind::List { repeated, element } }
}

fn repetition(field: &Type) -> Repetition {
    let info = field.get_basic_info();
    if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED }
}

enum Annotation {
    List,
    Map,
    Variant,
    None,
}

fn annotation(group: &Type) -> Annotation {
    let info = group.get_basic_info();
    match (info.logical_type_ref(), info.converted_type()) {
        (Some(LogicalType::List), _) | (None, ConvertedType::LIST) => Annotation::List,
        (Some(LogicalType::Map), _) | (None, ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE) => {
            Annotation::Map
        }
        (Some(LogicalType::Variant(_)), _) => Annotation::Variant,
        _ => Annotation::None,
    }
}

/// The only child of a LIST or MAP group, which must be repeated; otherwise the annotation is ignored.
fn repeated_child(group: &Type) -> Option<&Type> {
    match group.get_fields() {
        [child] if repetition(child) == Repetition::REPEATED => Some(child),
        _ => None,
    }
}

fn is_map_entry(entry: &Type) -> bool {
    entry.is_group() && matches!(entry.get_fields().len(), 1 | 2)
}
