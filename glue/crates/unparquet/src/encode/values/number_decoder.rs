//! Numbers in an encoding other than PLAIN or a dictionary.

use super::primitive::Primitive;
use crate::error::Result;
use crate::read::{Alp, AlpDecoder, DeltaDecoder, StreamSplitDecoder, Wrapping};

/// Decodes the values of one page.
pub trait Decoder<V>: Send {
    /// Appends the next `count` values.
    fn read(&mut self, count: usize, out: &mut Vec<V>) -> Result<()>;

    fn skip(&mut self, count: usize) -> Result<()>;
}

impl<V: Wrapping + Default> Decoder<V> for DeltaDecoder {
    fn read(&mut self, count: usize, out: &mut Vec<V>) -> Result<()> {
        let start = out.len();
        out.resize(start + count, V::default());
        self.read(&mut out[start..])
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.skip(count)
    }
}

impl<V: Alp> Decoder<V> for AlpDecoder<V> {
    fn read(&mut self, count: usize, out: &mut Vec<V>) -> Result<()> {
        self.read(count, out)
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.skip(count)
    }
}

impl<V: Primitive> Decoder<V> for StreamSplitDecoder {
    fn read(&mut self, count: usize, out: &mut Vec<V>) -> Result<()> {
        let mut bytes = Vec::new();
        self.read(count, &mut bytes)?;
        out.extend(bytes.chunks_exact(V::WIDTH).map(V::read));
        Ok(())
    }

    fn skip(&mut self, count: usize) -> Result<()> {
        self.skip(count)
    }
}

/// Decodes values in batches, and keeps those that have not been consumed.
pub struct NumberDecoder<V> {
    decoder: Box<dyn Decoder<V>>,
    values: Vec<V>,
    /// Values before this one have been consumed.
    next: usize,
}

impl<V> NumberDecoder<V> {
    pub fn new(decoder: Box<dyn Decoder<V>>) -> Self {
        Self { decoder, values: Vec::new(), next: 0 }
    }

    /// The next `count` values.
    pub fn peek(&mut self, count: usize) -> Result<&[V]> {
        self.values.drain(..self.next);
        self.next = 0;
        let missing = count.saturating_sub(self.values.len());
        self.decoder.read(missing, &mut self.values)?;
        Ok(&self.values[..count])
    }

    pub fn consume(&mut self, count: usize) {
        self.next += count;
    }

    pub fn skip(&mut self, count: usize) -> Result<()> {
        let decoded = count.min(self.values.len() - self.next);
        self.next += decoded;
        self.decoder.skip(count - decoded)
    }
}
