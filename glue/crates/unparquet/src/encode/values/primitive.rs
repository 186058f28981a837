//! Values of fixed width: integers, floating point numbers, INT96.

use std::ops::Range;

use super::dictionary::{Dictionary, Entries, Indices};
use super::number_decoder::{Decoder, NumberDecoder};
use super::{Encode, Values};
use crate::encode::encoded_values::EncodedValues;
use crate::error::{Error, Result};
use crate::read::{
    AlpDecoder, ColumnChunk, DeltaDecoder, Page, PageSlice, SpillWindow, StreamSplitDecoder, ends_early,
};
use crate::types::Encoding;

/// A value of a fixed-width physical type.
pub trait Primitive: Copy + Send + Sync + 'static {
    const WIDTH: usize;

    /// Reads a value from `WIDTH` bytes.
    fn read(bytes: &[u8]) -> Self;

    /// The decoder of a page in an encoding that only some types support.
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

/// INT96 as three words, least significant first.
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
    decoder: PrimitiveDecoder<P>,
}

enum PrimitiveDecoder<P> {
    Plain { slice: PageSlice, window: SpillWindow, at: usize },
    Dictionary(Indices<Decoded<P>>),
    Other(NumberDecoder<P>),
}

impl<P: Primitive, E> Primitives<P, E> {
    pub fn new(encode: E) -> Self {
        let decoder =
            PrimitiveDecoder::Plain { slice: PageSlice::default(), window: SpillWindow::default(), at: 0 };
        Self { encode, decoder }
    }
}

fn plain<P: Primitive>(bytes: &[u8]) -> impl ExactSizeIterator<Item = P> {
    bytes.chunks_exact(P::WIDTH).map(P::read)
}

/// The values of a dictionary.
struct Decoded<P>(Vec<P>);

impl<P: Primitive> Entries for Decoded<P> {
    fn decode(count: usize, slice: PageSlice, _width: Option<usize>) -> Result<Self> {
        let bytes = count.checked_mul(P::WIDTH).and_then(|length| slice.bytes().get(..length));
        Ok(Self(plain::<P>(bytes.ok_or_else(ends_early)?).collect()))
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn size(&self) -> usize {
        size_of::<P>() * self.0.len()
    }

    fn of(buffer: Vec<u8>, spans: Vec<Range<u32>>) -> Self {
        Self(spans.iter().map(|span| P::read(&buffer[span.start as usize..])).collect())
    }

    fn width(_width: Option<usize>) -> Option<usize> {
        Some(P::WIDTH)
    }
}

impl<P: Primitive, E: Encode<P>> Values for Primitives<P, E> {
    fn open(&mut self, chunk: &ColumnChunk, page: &Page, like: &EncodedValues) -> Result<()> {
        self.decoder = match page.encoding {
            Encoding::PLAIN => {
                self.open_plain(page.values.clone());
                return Ok(());
            }
            Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY => {
                let dictionary = chunk.dictionary(|page| {
                    Dictionary::new(page, None, chunk, like, |values: &Decoded<P>, encoded| {
                        self.encode.encode(values.0.iter().copied(), encoded)
                    })
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

    fn write(&mut self, count: usize, encoded: &mut EncodedValues) -> Result<usize> {
        let before = encoded.len();
        match &mut self.decoder {
            PrimitiveDecoder::Plain { slice, window, at } => {
                let end = count.checked_mul(P::WIDTH).and_then(|length| at.checked_add(length));
                let end = end.filter(|&end| end <= slice.end()).ok_or_else(ends_early)?;
                let (bytes, base) = slice.view(window, *at, end - *at)?;
                self.encode.encode(plain::<P>(&bytes[*at - base..end - base]), encoded)?;
                *at += (encoded.len() - before) * P::WIDTH;
            }
            PrimitiveDecoder::Dictionary(indices) => {
                return indices.write(count, encoded, |Decoded(values), indices, encoded| {
                    self.encode.encode(indices.iter().map(|&index| values[index as usize]), encoded)
                });
            }
            PrimitiveDecoder::Other(decoder) => {
                self.encode.encode(decoder.peek(count)?.iter().copied(), encoded)?;
                decoder.consume(encoded.len() - before);
            }
        }
        Ok(encoded.len() - before)
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

/// The error for an encoding that the format does not define for a type.
pub fn wrong_encoding(encoding: Encoding) -> Error {
    Error::corrupt(format!("encoding {encoding:?} is not allowed for this type"))
}
