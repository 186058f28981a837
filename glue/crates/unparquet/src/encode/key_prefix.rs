//! The text a column writes around its values: keys and nulls.

use crate::options::ValueOptions;

#[derive(Clone)]
pub struct KeyPrefix {
    /// Written before each value: `,"key":`.
    pub text: Vec<u8>,
    /// Written for nulls, by definition level: `,"key":null`, or nothing if another column writes the null of a shared
    /// group.
    pub null_texts: Vec<Vec<u8>>,
}

impl KeyPrefix {
    /// The prefix of a column that writes only its own null, at the last of `levels` levels.
    pub fn new(text: &[u8], levels: i16, null: Vec<u8>) -> Self {
        let mut null_texts = vec![Vec::new(); usize::try_from(levels).unwrap_or(0)];
        if let Some(own) = null_texts.last_mut() {
            *own = null;
        }
        Self { text: text.to_vec(), null_texts }
    }
}

/// `null` after a key, or nothing if null fields are omitted. List elements and map values have no key.
pub fn null_text(key: &[u8], options: &ValueOptions) -> Vec<u8> {
    if options.omit_nulls && !key.is_empty() { Vec::new() } else { [key, b"null"].concat() }
}
