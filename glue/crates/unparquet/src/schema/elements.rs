//! The schema as stored in the footer: `SchemaElement` in
//! <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;

use super::annotation::{self, Annotation};
use super::scalar::{self, Scalar};
use crate::error::{Code, Error, Result};
use crate::thrift::{Cursor, ThriftType};
use crate::types::Type;

const MAX_DEPTH: usize = 64;

/// The elements of the schema, depth first, the root at 0. Names stay in the footer's bytes.
#[derive(Clone)]
pub struct Schema(Arc<Elements>);

struct Elements {
    footer: Bytes,
    elements: Vec<Element>,
    /// Indices of the leaves.
    leaves: Vec<u32>,
}

struct Element {
    /// Start and end of the name in the footer.
    name: (u32, u32),
    parent: u32,
    /// Index after the last descendant.
    end: u32,
    /// Number of leaves before this element.
    first_column: u32,
    definition: u8,
    levels_of_repetition: u8,
    repetition: Repetition,
    kind: ElementKind,
}

#[derive(Clone, Copy)]
enum ElementKind {
    Group(Annotation),
    Leaf { physical: i32, length: i32, scalar: Scalar },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    Required,
    Optional,
    Repeated,
}

/// Bytes of memory per element.
pub const ELEMENT_SIZE: u64 = (size_of::<Element>() + size_of::<u32>()) as u64;

impl Schema {
    /// Parses `count` elements at the cursor, which reads `footer`.
    pub fn parse(cursor: &mut Cursor<'_>, count: usize, footer: &Bytes) -> Result<Self> {
        Self::build((0..count).map(|_| SchemaElement::parse(cursor)), footer)
    }

    fn build(elements: impl ExactSizeIterator<Item = Result<SchemaElement>>, footer: &Bytes) -> Result<Self> {
        let count = elements.len();
        let mut builder = SchemaParser { elements: Vec::with_capacity(count), leaves: 0, open: Vec::new() };
        for (index, element) in elements.enumerate() {
            builder.add(element?, count - index - 1)?;
        }
        if builder.open.iter().any(|open| open.children > 0) {
            return Err(Error::corrupt("the schema ends inside a group"));
        }
        builder.close();
        if builder.elements.is_empty() {
            return Err(Error::corrupt("it has no schema"));
        }
        let is_leaf = |(_, element): &(usize, &Element)| matches!(element.kind, ElementKind::Leaf { .. });
        let mut leaves = Vec::with_capacity(builder.leaves as usize);
        leaves.extend(builder.elements.iter().enumerate().filter(is_leaf).map(|(index, _)| index as u32));
        Ok(Self(Arc::new(Elements { footer: footer.clone(), elements: builder.elements, leaves })))
    }

    pub fn num_columns(&self) -> usize {
        self.0.leaves.len()
    }

    pub fn column(&self, index: usize) -> Column {
        Column { schema: self.clone(), element: self.0.leaves[index] as usize }
    }

    /// Total length of all names, in bytes.
    pub fn name_bytes(&self) -> u64 {
        self.0.elements.iter().map(|element| u64::from(element.name.1 - element.name.0)).sum()
    }

    pub fn root(&self) -> SchemaNode<'_> {
        SchemaNode { schema: &self.0, index: 0 }
    }
}

impl Elements {
    fn name(&self, element: usize) -> Cow<'_, str> {
        let (start, end) = self.elements[element].name;
        String::from_utf8_lossy(&self.footer[start as usize..end as usize])
    }
}

/// An element of a schema.
#[derive(Clone, Copy)]
pub struct SchemaNode<'a> {
    schema: &'a Elements,
    index: usize,
}

impl<'a> SchemaNode<'a> {
    fn element(self) -> &'a Element {
        &self.schema.elements[self.index]
    }

    /// The name, with bytes that are not UTF-8 replaced.
    pub fn name(self) -> Cow<'a, str> {
        self.schema.name(self.index)
    }

    pub fn repetition(self) -> Repetition {
        self.element().repetition
    }

    /// The column index and type of a leaf.
    pub fn leaf(self) -> Option<(usize, Scalar)> {
        let element = self.element();
        match element.kind {
            ElementKind::Leaf { scalar, .. } => Some((element.first_column as usize, scalar)),
            ElementKind::Group(_) => None,
        }
    }

    /// The annotation of a group.
    pub fn annotation(self) -> Annotation {
        match self.element().kind {
            ElementKind::Group(annotation) => annotation,
            ElementKind::Leaf { .. } => Annotation::None,
        }
    }

    pub fn children(self) -> impl Iterator<Item = SchemaNode<'a>> + Clone {
        let node = move |index| SchemaNode { index, ..self };
        let end = self.element().end as usize;
        let first = (self.index + 1 < end).then(|| node(self.index + 1));
        std::iter::successors(first, move |child| {
            let next = child.element().end as usize;
            (next < end).then(|| node(next))
        })
    }

    /// The only child.
    pub fn only_child(self) -> Option<SchemaNode<'a>> {
        let mut children = self.children();
        children.next().filter(|_| children.next().is_none())
    }

    pub fn has_columns(self) -> bool {
        let after = self.schema.elements.get(self.element().end as usize);
        let end = after.map_or(self.schema.leaves.len(), |element| element.first_column as usize);
        end > self.element().first_column as usize
    }
}

/// A leaf of the schema.
#[derive(Clone)]
pub struct Column {
    schema: Schema,
    element: usize,
}

impl Column {
    fn element(&self) -> &Element {
        &self.schema.0.elements[self.element]
    }

    /// Names from the root.
    pub fn path(&self) -> Vec<String> {
        let elements = &self.schema.0;
        let parent = |&element: &usize| Some(elements.elements[element].parent as usize);
        let path = std::iter::successors(Some(self.element), parent).take_while(|&element| element > 0);
        let mut path: Vec<_> = path.map(|element| elements.name(element).into_owned()).collect();
        path.reverse();
        path
    }

    /// Length of the name in bytes.
    pub fn name_length(&self) -> u64 {
        let (start, end) = self.element().name;
        u64::from(end - start)
    }

    pub fn max_def_level(&self) -> i16 {
        self.element().definition.into()
    }

    pub fn max_rep_level(&self) -> i16 {
        self.element().levels_of_repetition.into()
    }

    pub fn is_optional(&self) -> bool {
        self.element().repetition == Repetition::Optional
    }

    pub fn scalar(&self) -> Scalar {
        match self.element().kind {
            ElementKind::Leaf { scalar, .. } => scalar,
            ElementKind::Group(_) => Scalar::Null,
        }
    }

    /// Errors: `unsupported_feature` for a type of a later version of the format.
    pub fn physical_type(&self) -> Result<Type> {
        let ElementKind::Leaf { physical, .. } = self.element().kind else { unreachable!("it is a leaf") };
        scalar::physical_type(physical)
            .ok_or_else(|| Error::unknown(physical, format!("unknown physical type {physical}")))
    }

    /// Length of the values of a FIXED_LEN_BYTE_ARRAY; negative if missing.
    pub fn type_length(&self) -> i32 {
        let ElementKind::Leaf { length, .. } = self.element().kind else { unreachable!("it is a leaf") };
        length
    }
}

/// The quoted path, for messages.
impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.path().join("."))
    }
}

struct SchemaParser {
    elements: Vec<Element>,
    leaves: u32,
    open: Vec<OpenGroup>,
}

struct OpenGroup {
    index: usize,
    /// Children still to be added.
    children: usize,
}

impl SchemaParser {
    /// Adds the next element, after which `remaining` follow.
    fn add(&mut self, element: SchemaElement, remaining: usize) -> Result<()> {
        let index = self.elements.len();
        let (mut definition, mut repetition, mut parent) = (0, 0, 0);
        if index > 0 {
            self.close();
            let Some(open) = self.open.last_mut() else {
                return Err(Error::corrupt("the schema has more than one root"));
            };
            open.children -= 1;
            parent = open.index;
            let group = &self.elements[parent];
            definition = group.definition + u8::from(element.repetition != Repetition::Required);
            repetition = group.levels_of_repetition + u8::from(element.repetition == Repetition::Repeated);
        }
        if element.children > remaining {
            return Err(Error::corrupt("a schema element claims more children than there are elements"));
        }
        let is_leaf = index > 0 && element.children == 0 && element.physical.is_some();
        self.elements.push(Element {
            name: element.name,
            parent: parent as u32,
            end: index as u32 + 1,
            first_column: self.leaves,
            definition,
            levels_of_repetition: repetition,
            repetition: element.repetition,
            kind: element.kind(is_leaf),
        });
        self.leaves += u32::from(is_leaf);
        if element.children > 0 {
            self.open.push(OpenGroup { index, children: element.children });
            if self.open.len() > MAX_DEPTH {
                let message = format!("the schema is nested deeper than {MAX_DEPTH} levels");
                return Err(Error::new(Code::LimitExceeded, message));
            }
        }
        Ok(())
    }

    /// Closes groups that have all their children.
    fn close(&mut self) {
        let end = self.elements.len() as u32;
        while let Some(group) = self.open.pop_if(|group| group.children == 0) {
            self.elements[group.index].end = end;
        }
    }
}

/// A `SchemaElement` as stored.
struct SchemaElement {
    name: (u32, u32),
    physical: Option<i32>,
    length: i32,
    repetition: Repetition,
    children: usize,
    annotation: Annotation,
}

impl SchemaElement {
    /// 1 type, 2 type_length, 3 repetition_type, 4 name, 5 num_children, 6 converted_type, 7 scale, 8 precision,
    /// 10 logicalType.
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self> {
        let (mut name, mut physical, mut length, mut children) = ((0, 0), None, -1, 0);
        let (mut converted, mut scale, mut precision, mut logical) = (None, 0, 0, None);
        // As in other readers, a missing repetition means required.
        let mut repetition = Repetition::Required;
        cursor.fields(|cursor, id, kind| {
            match (id, kind) {
                (1, ThriftType::Integer) => physical = Some(cursor.int32()?),
                (2, ThriftType::Integer) => length = cursor.int32()?,
                (3, ThriftType::Integer) => {
                    repetition = match cursor.integer()? {
                        0 => Repetition::Required,
                        1 => Repetition::Optional,
                        2 => Repetition::Repeated,
                        other => return Err(Error::corrupt(format!("unknown repetition type {other}"))),
                    }
                }
                // fastparquet writes a boolean if it detects nulls automatically.
                (3, ThriftType::Bool(has_nulls)) => {
                    repetition = if has_nulls { Repetition::Optional } else { Repetition::Required };
                }
                (4, ThriftType::Binary) => {
                    let length = cursor.binary()?.len();
                    name = ((cursor.position() - length) as u32, cursor.position() as u32);
                }
                (5, ThriftType::Integer) => {
                    children = usize::try_from(cursor.integer()?)
                        .map_err(|_| Error::corrupt("a schema element with a negative number of children"))?;
                }
                (6, ThriftType::Integer) => converted = Some(cursor.integer()?),
                (7, ThriftType::Integer) => scale = cursor.int32()?,
                (8, ThriftType::Integer) => precision = cursor.int32()?,
                (10, ThriftType::Struct) => logical = annotation::logical(cursor)?,
                _ => cursor.skip(kind)?,
            }
            Ok(())
        })?;
        let converted = || converted.map(|code| annotation::converted(code, precision, scale));
        let annotation = logical.or_else(converted).unwrap_or(Annotation::None);
        Ok(Self { name, physical, length, repetition, children, annotation })
    }

    fn kind(&self, is_leaf: bool) -> ElementKind {
        match (self.physical, self.annotation) {
            (Some(physical), annotation) if is_leaf => {
                let scalar = scalar::of(physical, self.length, annotation);
                ElementKind::Leaf { physical, length: self.length, scalar }
            }
            (_, Annotation::Scalar(_)) => ElementKind::Group(Annotation::None),
            (_, annotation) => ElementKind::Group(annotation),
        }
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;

    /// A group with `children` children.
    pub fn group<'a>(name: &'a str, repetition: Repetition, children: usize) -> TestElement<'a> {
        TestElement { name, repetition, children, leaf: None, annotation: Annotation::None }
    }

    /// A leaf with a number of the enum `Type` and the length, if fixed.
    pub fn leaf<'a>(name: &'a str, repetition: Repetition, physical: i32, length: i32) -> TestElement<'a> {
        TestElement {
            name,
            repetition,
            children: 0,
            leaf: Some((physical, length)),
            annotation: Annotation::None,
        }
    }

    pub struct TestElement<'a> {
        name: &'a str,
        repetition: Repetition,
        children: usize,
        leaf: Option<(i32, i32)>,
        annotation: Annotation,
    }

    impl TestElement<'_> {
        pub fn annotated(mut self, annotation: Annotation) -> Self {
            self.annotation = annotation;
            self
        }
    }

    /// The schema of a root and `elements`, depth first.
    pub fn schema(elements: &[TestElement<'_>]) -> Result<Schema> {
        let footer: Bytes = elements.iter().flat_map(|element| element.name.bytes()).collect();
        let mut end = 0;
        let stored = |element: &TestElement<'_>| {
            let start = end;
            end += element.name.len() as u32;
            Ok(SchemaElement {
                name: (start, end),
                physical: element.leaf.map(|(physical, _)| physical),
                length: element.leaf.map_or(-1, |(_, length)| length),
                repetition: element.repetition,
                children: element.children,
                annotation: element.annotation,
            })
        };
        let elements: Vec<_> = elements.iter().map(stored).collect();
        Schema::build(elements.into_iter(), &footer)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::*;
    use super::*;
    use Repetition::{Optional, Repeated, Required};

    fn groups(children: &[usize]) -> Result<Schema> {
        let elements: Vec<_> = children.iter().map(|&count| group("g", Required, count)).collect();
        schema(&elements)
    }

    #[test]
    fn a_schema_must_be_one_closed_tree() {
        assert!(groups(&[2, 1, 0, 0]).is_ok());
        assert!(groups(&[0]).is_ok());
        for children in [&[2, 0][..], &[1, 0, 0], &[usize::MAX, 0], &[]] {
            assert!(groups(children).is_err(), "{children:?}");
        }
    }

    #[test]
    fn a_schema_must_not_nest_endlessly() {
        let mut chain = vec![1; MAX_DEPTH + 1];
        chain.push(0);
        assert!(groups(&chain).is_err());
        assert!(groups(&chain[1..]).is_ok());
    }

    #[test]
    fn a_column_knows_its_path_and_levels() {
        let schema = schema(&[
            group("root", Required, 3),
            group("a", Optional, 2),
            leaf("x", Required, 1, -1),
            group("b", Repeated, 1),
            leaf("y", Optional, 2, -1),
            group("empty", Required, 0),
            leaf("z", Required, 7, 3),
        ])
        .unwrap();
        let columns: Vec<_> = (0..schema.num_columns()).map(|index| schema.column(index)).collect();
        let levels = |column: &Column| (column.max_def_level(), column.max_rep_level());
        assert_eq!(
            columns.iter().map(Column::to_string).collect::<Vec<_>>(),
            [r#""a.x""#, r#""a.b.y""#, r#""z""#]
        );
        assert_eq!(columns.iter().map(levels).collect::<Vec<_>>(), [(1, 0), (3, 1), (0, 0)]);
        assert_eq!(columns.iter().map(Column::type_length).collect::<Vec<_>>(), [-1, -1, 3]);
        let members: Vec<_> =
            schema.root().children().map(|node| (node.name(), node.has_columns())).collect();
        assert_eq!(members, [("a".into(), true), ("empty".into(), false), ("z".into(), true)]);
    }
}
