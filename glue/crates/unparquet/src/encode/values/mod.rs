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
    /// Moves to a page. Its dictionary is encoded with the prefix of `encoded`.
    fn open(&mut self, chunk: &ColumnChunk, page: &Page, encoded: &EncodedValues) -> Result<()>;

    /// Moves to values in PLAIN encoding.
    fn open_plain(&mut self, values: PageSlice);

    /// Adds spans for the next `count` values, up to the limit of `encoded`. Returns how many were added.
    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize>;

    fn skip(&mut self, count: usize) -> Result<()>;

    /// Frees buffers that hold large values.
    fn release(&mut self) {}
}

/// Encodes a batch of values, up to the limit of `encoded`; chosen once per column.
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

/// Appends the text, of any length, of byte arrays.
pub trait AppendBytes: Send {
    /// The maximum length of the text of a value of `bytes` bytes.
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{
        ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType,
        Int32Type, Int64Type,
    };

    use super::byte_array_decoder::ByteArrayDecoder;
    use super::number_decoder::NumberDecoder;
    use super::*;
    use crate::memory::MemoryPlan;
    use crate::read::{FIXED, PageCache, written_page};
    use crate::types::Encoding;

    const VALUES: usize = 3000;
    /// Numbers of values that are peeked at, consumed, and then skipped.
    const STEPS: [(usize, usize, usize); 6] =
        [(1, 1, 0), (700, 300, 0), (5, 5, 777), (400, 0, 0), (300, 299, 1), (64, 64, 300)];

    fn pseudorandom(index: usize) -> u64 {
        (index as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(31)
    }

    /// The page in memory and in the spill file, with windows of a few bytes.
    fn both(page: impl Fn() -> Page) -> [Page; 2] {
        let plan = |pages| MemoryPlan { pages, ..MemoryPlan::default() };
        let stored = |pages| page().store_in(&Arc::new(PageCache::new(&plan(pages), 8))).unwrap();
        let pages = [stored(1 << 30), stored(0)];
        assert_eq!(pages.each_ref().map(|page| page.values.is_spilled()), [false, true]);
        pages
    }

    fn numbers<T: DataType<T = P>, P: Primitive + PartialEq + std::fmt::Debug>(
        encoding: Encoding,
        make: impl Fn(u64) -> P,
    ) {
        let values: Vec<P> = (0..VALUES).map(|index| make(pseudorandom(index))).collect();
        for page in both(|| written_page::<T>(encoding, &values)) {
            let mut decoder = NumberDecoder::new(P::decoder(&page).unwrap());
            let mut at = 0;
            for (peeked, consumed, skipped) in STEPS {
                assert_eq!(decoder.peek(peeked).unwrap(), &values[at..at + peeked], "{encoding:?} at {at}");
                decoder.consume(consumed);
                decoder.skip(skipped).unwrap();
                at += consumed + skipped;
            }
            assert_eq!(decoder.peek(VALUES - at).unwrap(), &values[at..]);
            assert!(decoder.peek(VALUES - at + 1).is_err());
        }
    }

    fn byte_arrays<T: DataType>(encoding: Encoding, width: Option<usize>, make: impl Fn(Vec<u8>) -> T::T) {
        let text = |index: usize| match width {
            Some(width) => format!("{:0width$}", pseudorandom(index) % 90_000).into_bytes(),
            // Some share long prefixes, some are long and some are empty.
            None if index % 500 == 7 => vec![b'x'; 70_000 + index],
            None if index.is_multiple_of(9) => Vec::new(),
            None => {
                format!("https://example.com/{:03}/{}", index / 7, pseudorandom(index) % 1000).into_bytes()
            }
        };
        let texts: Vec<Vec<u8>> = (0..VALUES).map(text).collect();
        let values: Vec<T::T> = texts.iter().cloned().map(make).collect();
        for page in both(|| written_page::<T>(encoding, &values)) {
            let mut decoder = ByteArrayDecoder::new(&page, width, 80_000).unwrap();
            let mut at = 0;
            let mut check = |max: usize, at: usize| {
                let (bytes, spans) = decoder.peek(max, 80_000).unwrap();
                assert!(!spans.is_empty() && spans.len() <= max);
                for (span, text) in spans.iter().zip(&texts[at..]) {
                    assert_eq!(&bytes[span.start as usize..span.end as usize], text, "{encoding:?} at {at}");
                }
                let consumed = spans.len().div_ceil(2);
                decoder.consume(consumed);
                let skipped = if at.is_multiple_of(5) && at + consumed + 40 < VALUES { 40 } else { 0 };
                decoder.skip(skipped).unwrap();
                consumed + skipped
            };
            while at < VALUES {
                at += check((VALUES - at).min(1 + at % 700), at);
            }
            assert!(decoder.peek(1, 80_000).is_err());
        }
    }

    #[test]
    fn a_value_that_exceeds_the_room_is_not_copied() {
        let values = [ByteArray::from("short"), ByteArray::from(vec![b'x'; 5000]), ByteArray::from("end")];
        for encoding in [Encoding::DELTA_LENGTH_BYTE_ARRAY, Encoding::DELTA_BYTE_ARRAY] {
            let [_, spilled] = both(|| written_page::<ByteArrayType>(encoding, &values));
            let mut decoder = ByteArrayDecoder::new(&spilled, None, 5000).unwrap();
            let mut remaining = 3;
            let mut peek = |room| {
                let found = decoder.peek(remaining, room).unwrap().1.len();
                decoder.consume(found);
                remaining -= found;
                found
            };
            assert_eq!([peek(4), peek(4999), peek(4999), peek(5000)], [0, 1, 0, 2], "{encoding:?}");
        }
        let [page, _] = both(|| written_page::<ByteArrayType>(Encoding::DELTA_BYTE_ARRAY, &values));
        assert!(ByteArrayDecoder::new(&page, None, 4999).unwrap().skip(2).is_err());
    }

    #[test]
    fn every_encoding_reads_the_same_from_memory_and_from_the_spill_file() {
        numbers::<Int32Type, i32>(Encoding::DELTA_BINARY_PACKED, |random| random as i32 >> (random % 32));
        numbers::<Int64Type, i64>(Encoding::DELTA_BINARY_PACKED, |random| random as i64 >> (random % 64));
        numbers::<Int32Type, i32>(Encoding::BYTE_STREAM_SPLIT, |random| random as i32);
        numbers::<Int64Type, i64>(Encoding::BYTE_STREAM_SPLIT, |random| random as i64);
        numbers::<FloatType, f32>(Encoding::BYTE_STREAM_SPLIT, |random| random as f32 / 7.0);
        numbers::<DoubleType, f64>(Encoding::BYTE_STREAM_SPLIT, |random| random as f64 / 7.0);
        numbers::<FloatType, f32>(Encoding::ALP, |random| (random % 100_000) as f32 / 100.0);
        numbers::<DoubleType, f64>(Encoding::ALP, |random| (random % 100_000) as f64 / 100.0);
        byte_arrays::<ByteArrayType>(Encoding::DELTA_LENGTH_BYTE_ARRAY, None, ByteArray::from);
        byte_arrays::<ByteArrayType>(Encoding::DELTA_BYTE_ARRAY, None, ByteArray::from);
        let fixed = |text| FixedLenByteArray::from(ByteArray::from(text));
        byte_arrays::<FixedLenByteArrayType>(Encoding::DELTA_BYTE_ARRAY, Some(FIXED), fixed);
        byte_arrays::<FixedLenByteArrayType>(Encoding::BYTE_STREAM_SPLIT, Some(FIXED), fixed);
    }
}
