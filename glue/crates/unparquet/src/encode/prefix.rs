//! What a column writes besides the texts of its values.

#[derive(Clone)]
pub struct Prefix {
    /// Before each value: `,"key":`.
    pub text: Vec<u8>,
    /// Instead of a value, by definition level, for all levels below that of a value: `,"key":null`, or nothing
    /// where another column says that a group around both is absent.
    pub absent: Vec<Vec<u8>>,
}

impl Prefix {
    /// Of a column that writes a null only where it is its own: at the last of `levels` levels.
    pub fn new(text: &[u8], levels: i16) -> Self {
        let mut absent = vec![Vec::new(); usize::try_from(levels).unwrap_or(0)];
        if let Some(own) = absent.last_mut() {
            *own = null(text);
        }
        Self { text: text.to_vec(), absent }
    }
}

/// A null behind a key.
pub fn null(key: &[u8]) -> Vec<u8> {
    [key, b"null"].concat()
}
