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
    /// `null` for whatever is absent of `levels` levels.
    pub fn new(text: &[u8], levels: i16) -> Self {
        let absent = (0..levels).map(|_| null(text)).collect();
        Self { text: text.to_vec(), absent }
    }
}

/// A null behind a key.
pub fn null(key: &[u8]) -> Vec<u8> {
    [key, b"null"].concat()
}
