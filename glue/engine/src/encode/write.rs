//! What an encoder of a type is to a column: the text of its values, one at a time.

use crate::error::Result;

/// The text of one value.
pub trait Write<V>: Send {
    fn write(&mut self, value: &V, out: &mut Vec<u8>) -> Result<()>;
}

/// The text of a value of bytes, whether their number is fixed or not.
pub trait WriteBytes: Send {
    fn write_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()>;
}
