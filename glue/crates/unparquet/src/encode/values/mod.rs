//! A column's values, decoded from its pages straight into cells.

mod boolean;
mod bytes;
mod dictionary;
mod parquet_decoder;
mod primitive;

use super::encoded_values::EncodedValues;
use crate::error::Result;
use crate::format::{SLOT, Slot};
use crate::read::{ColumnChunk, Page, PageSlice};

pub use boolean::Booleans;
pub use bytes::{ByteArrays, PaddedSlice};
pub use primitive::{Primitive, Primitives};

/// The values of one column's pages, without the nulls.
pub trait Values: Send {
    /// Begins a page.
    fn open(&mut self, chunk: &ColumnChunk, page: &Page) -> Result<()>;

    /// Begins values in the PLAIN encoding.
    fn open_plain(&mut self, values: PageSlice);

    /// Adds a cell for each of the next `count` values.
    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<()>;

    fn skip(&mut self, count: usize) -> Result<()>;
}

/// What chooses the text of values: one for each column, from its type and the options.
pub trait Encode<V>: Send {
    fn encode(&mut self, values: impl ExactSizeIterator<Item = V>, encoded: &mut EncodedValues)
    -> Result<()>;
}

/// Text of bounded length.
pub trait Write<V>: Send {
    /// The greatest length, at most a slot's.
    const MAX: usize;

    /// The number of bytes that the value's text takes at the start of `to`.
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

/// Text of any length.
pub trait Append<V>: Send {
    fn append(&mut self, value: V, out: &mut Vec<u8>) -> Result<()>;
}

pub struct Long<W>(pub W);

impl<V, W: Append<V>> Encode<V> for Long<W> {
    fn encode(
        &mut self,
        mut values: impl ExactSizeIterator<Item = V>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        values.try_for_each(|value| encoded.push_with(|out| self.0.append(value, out)))
    }
}

/// Text of bytes, of any length.
pub trait AppendBytes: Send {
    fn append_bytes(&mut self, value: &[u8], out: &mut Vec<u8>) -> Result<()>;
}

pub struct LongBytes<W>(pub W);

impl<'a, W: AppendBytes> Encode<PaddedSlice<'a>> for LongBytes<W> {
    fn encode(
        &mut self,
        mut values: impl ExactSizeIterator<Item = PaddedSlice<'a>>,
        encoded: &mut EncodedValues,
    ) -> Result<()> {
        values.try_for_each(|value| encoded.push_with(|out| self.0.append_bytes(value.bytes(), out)))
    }
}
