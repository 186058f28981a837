//! What a column writes besides the texts of its values.

#[derive(Clone)]
pub struct KeyPrefix {
    /// Before each value: `,"key":`.
    pub text: Vec<u8>,
    /// Instead of a value, by definition level, for all levels below that of a value: `,"key":null`, or nothing
    /// where another column says that a group around both is absent.
    pub null_texts: Vec<Vec<u8>>,
}

impl KeyPrefix {
    /// Of a column that writes `null` only where it is its own: at the last of `levels` levels.
    pub fn new(text: &[u8], levels: i16, null: Vec<u8>) -> Self {
        let mut null_texts = vec![Vec::new(); usize::try_from(levels).unwrap_or(0)];
        if let Some(own) = null_texts.last_mut() {
            *own = null;
        }
        Self { text: text.to_vec(), null_texts }
    }
}
