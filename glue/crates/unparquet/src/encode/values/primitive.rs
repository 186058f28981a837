//! Values of fixed width: integers, floating point numbers, INT96.

use parquet::basic::Encoding;

use super::dictionary::{DecodedDictionary, Indices};
use super::number_decoder::{Decoder, NumberDecoder};
use super::{Encode, Values};
use crate::encode::encoded_values::EncodedValues;
use crate::encode::key_prefix::KeyPrefix;
use crate::error::{Error, Result};
use crate::read::{
    AlpDecoder, ColumnChunk, DeltaDecoder, DictionaryPage, Page, PageSlice, SpillWindow, StreamSplitDecoder,
    ends_early,
};

/// A value of a physical type of fixed width.
pub trait Primitive: Copy + Send + Sync + 'static {
    const WIDTH: usize;

    /// Reads a value from `WIDTH` bytes.
    fn read(bytes: &[u8]) -> Self;

    /// The decoder of a page in an encoding that only some types have.
    fn decoder(page: &Page) -> Result<Box<dyn Decoder<Self>>>;
}

macro_rules! primitive {
    ($value:ty, $encoding:path, $decoder:expr) => {
        impl Primitive for $value {
            const WIDTH: usize = size_of::<$value>();

            fn read(bytes: &[u8]) -> $value {
                bytes.first_chunk().map_or_else(Default::default, |bytes| <$value>::from_le_bytes(*bytes))
            }

            fn decoder(page: &Page) -> Result<Box<dyn Decoder<$value>>> {
                Ok(match page.encoding {
                    Encoding::BYTE_STREAM_SPLIT => {
                        Box::new(StreamSplitDecoder::new(&page.values, Self::WIDTH)?)
                    }
                    $encoding => Box::new($decoder(page)?),
                    other => return Err(wrong_encoding(other)),
                })
            }
        }
    };
}

primitive!(i32, Encoding::DELTA_BINARY_PACKED, DeltaDecoder::of_page);
primitive!(i64, Encoding::DELTA_BINARY_PACKED, DeltaDecoder::of_page);
primitive!(f32, Encoding::ALP, AlpDecoder::<f32>::new);
primitive!(f64, Encoding::ALP, AlpDecoder::<f64>::new);

/// INT96 as three words, lowest first.
impl Primitive for [u32; 3] {
    const WIDTH: usize = 12;

    fn read(bytes: &[u8]) -> [u32; 3] {
        let (words, _) = bytes.as_chunks::<4>();
        [0, 1, 2].map(|index| words.get(index).map_or(0, |word| u32::from_le_bytes(*word)))
    }

    fn decoder(page: &Page) -> Result<Box<dyn Decoder<Self>>> {
        Err(wrong_encoding(page.encoding))
    }
}

pub struct Primitives<P, E> {
    encode: E,
    prefix: KeyPrefix,
    decoder: PrimitiveDecoder<P>,
}

enum PrimitiveDecoder<P> {
    Plain { slice: PageSlice, window: SpillWindow, at: usize },
    Dictionary(Indices<Vec<P>>),
    Other(NumberDecoder<P>),
}

impl<P: Primitive, E> Primitives<P, E> {
    pub fn new(encode: E, prefix: &KeyPrefix) -> Self {
        let decoder =
            PrimitiveDecoder::Plain { slice: PageSlice::default(), window: SpillWindow::default(), at: 0 };
        Self { encode, prefix: prefix.clone(), decoder }
    }
}

fn plain<P: Primitive>(bytes: &[u8]) -> impl ExactSizeIterator<Item = P> {
    bytes.chunks_exact(P::WIDTH).map(P::read)
}

fn dictionary_values<P: Primitive>(page: &DictionaryPage) -> Result<Vec<P>> {
    let bytes = page.values.checked_mul(P::WIDTH).and_then(|length| page.slice.bytes().get(..length));
    Ok(plain::<P>(bytes.ok_or_else(ends_early)?).collect())
}

impl<P: Primitive, E: Encode<P>> Values for Primitives<P, E> {
    fn open(&mut self, chunk: &ColumnChunk, page: &Page) -> Result<()> {
        self.decoder = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                let dictionary = chunk.dictionary(|page| {
                    let values = dictionary_values::<P>(&page)?;
                    let count = values.len();
                    Ok(DecodedDictionary::new(values, count, chunk, &self.prefix, |values, encoded| {
                        self.encode.encode(values.iter().copied(), encoded)
                    }))
                })?;
                PrimitiveDecoder::Dictionary(Indices::new(page, dictionary)?)
            }
            _ => PrimitiveDecoder::Other(NumberDecoder::new(P::decoder(page)?)),
        };
        Ok(())
    }

    fn open_plain(&mut self, slice: PageSlice) {
        let at = slice.start();
        self.decoder = PrimitiveDecoder::Plain { slice, window: SpillWindow::default(), at };
    }

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<()> {
        match &mut self.decoder {
            PrimitiveDecoder::Plain { slice, window, at } => {
                let end = count.checked_mul(P::WIDTH).and_then(|length| at.checked_add(length));
                let end = end.filter(|&end| end <= slice.end()).ok_or_else(ends_early)?;
                let (bytes, base) = slice.view(window, *at, end - *at)?;
                let bytes = &bytes[*at - base..end - base];
                *at = end;
                self.encode.encode(plain::<P>(bytes), encoded)
            }
            PrimitiveDecoder::Dictionary(indices) => {
                let length = indices.values().len();
                indices.write(count, length, encoded, |values, indices, encoded| {
                    self.encode.encode(indices.iter().map(|&index| values[index as usize]), encoded)
                })
            }
            PrimitiveDecoder::Other(decoder) => {
                self.encode.encode(decoder.peek(count)?.iter().copied(), encoded)?;
                decoder.consume(count);
                Ok(())
            }
        }
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        match &mut self.decoder {
            PrimitiveDecoder::Plain { slice, at, .. } => {
                let end = count.checked_mul(P::WIDTH).and_then(|length| at.checked_add(length));
                *at = end.filter(|&end| end <= slice.end()).ok_or_else(ends_early)?;
                Ok(())
            }
            PrimitiveDecoder::Dictionary(indices) => indices.skip(count),
            PrimitiveDecoder::Other(decoder) => decoder.skip(count),
        }
    }
}

/// The error for an encoding that the format does not allow for a type.
pub fn wrong_encoding(encoding: Encoding) -> Error {
    Error::corrupt(format!("encoding {encoding} for values of another type"))
}
