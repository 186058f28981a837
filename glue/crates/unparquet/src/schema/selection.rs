//! Selects columns by name.

use super::{Field, Node, NodeKind};
use crate::error::{Code, Error, Result};

/// The fields named by `names`, in that order. A name is that of a top-level column or a path `a.b` into a group; paths
/// pass through lists (to the element) and maps (to the value). An exact name wins over a path. Parts of one group are
/// merged at the position of the first.
pub fn select(fields: &[Field], names: &[String]) -> Result<Vec<Field>> {
    let mut selected: Vec<SelectedField> = Vec::new();
    for name in names {
        if !select_path(fields, name, &mut selected) {
            return Err(Error::new(Code::UnknownColumn, format!("there is no column {name:?}")));
        }
    }
    Ok(pick(fields, &selected))
}

/// Finds the top-level columns that a selection can refer to, so that the others are not built.
pub struct Candidates<'a>(Vec<&'a str>);

impl<'a> Candidates<'a> {
    pub fn new(names: &'a [String]) -> Self {
        let mut names: Vec<_> = names.iter().map(String::as_str).collect();
        names.sort_unstable();
        Self(names)
    }

    /// Whether a name is that of the column or of a part of it.
    pub fn contain(&self, column: &str) -> bool {
        let path = format!("{column}.");
        let first = |text: &str| self.0.get(self.0.partition_point(|name| *name < text));
        first(column) == Some(&column) || first(&path).is_some_and(|name| name.starts_with(&path))
    }
}

/// A selected field, whole or in part.
struct SelectedField {
    index: usize,
    parts: Option<Vec<SelectedField>>,
}

fn select_path(fields: &[Field], path: &str, selected: &mut Vec<SelectedField>) -> bool {
    if let Some(index) = fields.iter().position(|field| field.name == path) {
        entry(selected, index).parts = None;
        return true;
    }
    // Names may contain dots, so a path can be split in more than one way.
    (0..fields.len()).any(|index| {
        let Some(rest) = path.strip_prefix(&fields[index].name).and_then(|rest| rest.strip_prefix('.'))
        else {
            return false;
        };
        let Some(inner) = members(&fields[index].node) else { return false };
        let position = selected.iter().position(|selected| selected.index == index);
        match position.map(|position| &mut selected[position].parts) {
            Some(None) => select_path(inner, rest, &mut Vec::new()),
            Some(Some(parts)) => select_path(inner, rest, parts),
            None => {
                let mut parts = Vec::new();
                let found = select_path(inner, rest, &mut parts);
                if found {
                    selected.push(SelectedField { index, parts: Some(parts) });
                }
                found
            }
        }
    })
}

fn entry(selected: &mut Vec<SelectedField>, index: usize) -> &mut SelectedField {
    let position = selected.iter().position(|selected| selected.index == index).unwrap_or_else(|| {
        selected.push(SelectedField { index, parts: None });
        selected.len() - 1
    });
    &mut selected[position]
}

fn pick(fields: &[Field], selected: &[SelectedField]) -> Vec<Field> {
    selected
        .iter()
        .map(|selected| {
            let mut field = fields[selected.index].clone();
            if let Some(parts) = &selected.parts
                && let Some(inner) = group_mut(&mut field.node)
            {
                *inner = pick(inner, parts);
            }
            field
        })
        .collect()
}

/// The members that a path can continue with: those of a group, also through lists (to the element) and maps (to the
/// value).
pub fn members(node: &Node) -> Option<&[Field]> {
    match &node.kind {
        NodeKind::Struct(fields) => Some(fields),
        NodeKind::List { element, .. } => members(element),
        NodeKind::Map { value: Some(value), .. } => members(value),
        NodeKind::Map { value: None, .. }
        | NodeKind::Scalar { .. }
        | NodeKind::Variant(_)
        | NodeKind::NoColumns(_) => None,
    }
}

fn group_mut(node: &mut Node) -> Option<&mut Vec<Field>> {
    match &mut node.kind {
        NodeKind::Struct(fields) => Some(fields),
        NodeKind::List { element, .. } => group_mut(element),
        NodeKind::Map { value: Some(value), .. } => group_mut(value),
        NodeKind::Map { value: None, .. }
        | NodeKind::Scalar { .. }
        | NodeKind::Variant(_)
        | NodeKind::NoColumns(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::annotation::Annotation;
    use crate::schema::elements::Repetition::{Optional, Repeated, Required};
    use crate::schema::elements::testing::{group, leaf, schema};
    use crate::schema::fields;

    fn selected(names: &[&str]) -> Result<String> {
        let int32 = |name, repetition| leaf(name, repetition, 1, -1);
        let schema = schema(&[
            group("row", Required, 4),
            int32("id", Required),
            group("a", Optional, 2),
            int32("b", Optional),
            group("c", Optional, 2),
            int32("d", Optional),
            int32("e", Optional),
            int32("a.b", Required),
            group("l", Optional, 1).annotated(Annotation::List),
            group("list", Repeated, 1),
            group("element", Optional, 2),
            int32("x", Required),
            int32("y", Required),
        ])?;
        let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
        let fields = fields(&schema, Some(&names))?;
        Ok(fields
            .iter()
            .map(|field| format!("{}: {}", field.name, field.node))
            .collect::<Vec<_>>()
            .join("; "))
    }

    #[test]
    fn columns_keep_the_order_of_the_selection() {
        assert_eq!(selected(&["a.c", "id"]).unwrap(), "a: struct<c: struct<d: int32, e: int32>>; id: int32");
    }

    #[test]
    fn an_exact_name_wins_over_a_path() {
        assert_eq!(selected(&["a.b"]).unwrap(), "a.b: int32");
    }

    #[test]
    fn parts_of_a_group_are_merged() {
        let expected = "a: struct<c: struct<e: int32, d: int32>>; id: int32";
        assert_eq!(selected(&["a.c.e", "id", "a.c.d", "a.c.e"]).unwrap(), expected);
        let whole = "a: struct<b: int32, c: struct<d: int32, e: int32>>";
        assert_eq!(selected(&["a.c.e", "a"]).unwrap(), whole);
        assert_eq!(selected(&["a", "a.c.e"]).unwrap(), whole);
    }

    #[test]
    fn a_path_goes_through_lists() {
        assert_eq!(selected(&["l.y"]).unwrap(), "l: list<struct<y: int32>>");
    }

    #[test]
    fn an_unknown_name_is_rejected() {
        for name in ["", "x", "a.x", "id.x", "a.c.", "l.z"] {
            let error = selected(&[name]).unwrap_err();
            assert!(error.to_string().starts_with("unknown_column"), "{name}: {error}");
        }
    }
}
