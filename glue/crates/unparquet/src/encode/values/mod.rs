//! A column's values, decoded from its pages and encoded as JSON.

mod boolean;
mod byte_array_decoder;
mod bytes;
mod dictionary;
mod number_decoder;
mod primitive;

use super::encoded_values::EncodedValues;
use crate::error::Result;
use crate::format::{SLOT, Slot};
use crate::read::{ColumnChunk, Page, PageSlice};

pub use boolean::Booleans;
pub use bytes::{ByteArrays, PaddedSlice};
pub use primitive::{Primitive, Primitives};

/// Decodes the values of one column's pages, without nulls.
pub trait Values: Send {
    /// Moves to a page. A dictionary is encoded like `encoded`.
    fn open(&mut self, chunk: &ColumnChunk, page: &Page, encoded: &EncodedValues) -> Result<()>;

    /// Moves to values in the PLAIN encoding.
    fn open_plain(&mut self, values: PageSlice);

    /// Adds a span for each of the next `count` values, as far as the limit of `encoded` allows. Returns how many.
    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize>;

    fn skip(&mut self, count: usize) -> Result<()>;

    /// Frees buffers that hold large values.
    fn release(&mut self) {}
}

/// Encodes a batch of values, as far as the limit of `encoded` allows; chosen once per column.
pub trait Encode<V>: Send {
    fn encode(&mut self, values: impl ExactSizeIterator<Item = V>, encoded: &mut EncodedValues)
    -> Result<()>;
}

/// Writes text with a small maximum length.
pub trait Write<V>: Send {
    /// The maximum length, at most a slot's.
    const MAX: usize;

    /// Writes the value's text at the start of `to` and returns its length.
    fn write(&self, value: V, to: &mut Slot) -> usize;

    fn append(&self, value: V, out: &mut Vec<u8>) {
        let mut slot = [0; SLOT];
        let length = self.write(value, &mut slot);
        out.extend_from_slice(&slot[..length]);
    }
}

pub struct Short<W>(pub W);

impl<V, W: Write<V>> Encode<V> for Short<W> {
    fn encode(
        &mut self,
        values: impl ExactSizeIterator<Item = V>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        encoded.extend(values, W::MAX, |value, to| self.0.write(value, to))
    }
}

/// Appends text of any length.
pub trait Append<V>: Send {
    fn max_length(&self) -> usize;

    fn append(&mut self, value: V, out: &mut Vec<u8>) -> Result<()>;
}

pub struct Long<W>(pub W);

impl<V, W: Append<V>> Encode<V> for Long<W> {
    fn encode(
        &mut self,
        values: impl ExactSizeIterator<Item = V>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        for value in values {
            if !encoded.push_with(self.0.max_length(), |out| self.0.append(value, out))? {
                break;
            }
        }
        Ok(())
    }
}

/// Appends text of any length for bytes.
pub trait AppendBytes: Send {
    /// The maximum length for a number of bytes.
    fn max_length(&self, bytes: usize) -> usize;

    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()>;
}

pub struct LongBytes<W>(pub W);

impl<'a, W: AppendBytes> Encode<PaddedSlice<'a>> for LongBytes<W> {
    fn encode(
        &mut self,
        values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        for value in values {
            let bytes = value.bytes();
            let max = self.0.max_length(bytes.len());
            if !encoded.push_with(max, |out| self.0.append_bytes(bytes, out))? {
                break;
            }
        }
        Ok(())
    }
}
