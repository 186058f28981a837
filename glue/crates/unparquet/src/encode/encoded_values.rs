//! The JSON text of one column's values in a batch, and how it is copied into rows.

use std::sync::Arc;

use super::key_prefix::KeyPrefix;
use crate::error::{Code, Error, Result};
use crate::format::{SLOT, Slot};

/// Bytes that [`append`] copies at once, whatever the length of a span.
const BLOCK: usize = 32;
/// Readable bytes after the last span.
const PADDING: usize = 2 * BLOCK;

/// Larger texts of which little is used are shrunk.
const MIN_SHRINK: usize = 1 << 20;

/// Position of an entry's text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    length: u32,
}

/// The encoded entries of a dictionary.
pub struct EncodedDictionary {
    /// Ends with [`PADDING`].
    text: Vec<u8>,
    spans: Vec<Span>,
}

/// Text and spans of values; each span starts with the prefix.
pub struct EncodedValues {
    /// Fully initialised; the first `used` bytes are in use.
    text: Vec<u8>,
    used: usize,
    spans: Vec<Span>,
    prefix: Vec<u8>,
    /// The prefix, if it is short enough to be copied at once.
    short_prefix: Option<[u8; BLOCK]>,
    /// Spans of what is written for nulls, by definition level. Every text starts with these.
    null_texts: Vec<Span>,
    start_of_values: usize,
    /// The dictionary whose text the spans refer to, instead of `text`.
    dictionary: Option<Arc<EncodedDictionary>>,
}

impl EncodedValues {
    pub fn new(prefix: &KeyPrefix) -> Self {
        let mut text = Vec::new();
        let null_texts = prefix.null_texts.iter().map(|null_text| {
            text.extend_from_slice(null_text);
            Span { start: (text.len() - null_text.len()) as u32, length: null_text.len() as u32 }
        });
        let null_texts = null_texts.collect();
        let start_of_values = text.len();
        text.resize(start_of_values + PADDING, 0);
        let prefix = prefix.text.clone();
        let short_prefix = (prefix.len() <= BLOCK).then(|| {
            let mut short = [0; BLOCK];
            short[..prefix.len()].copy_from_slice(&prefix);
            short
        });
        let (used, spans, dictionary) = (start_of_values, Vec::new(), None);
        Self { text, used, spans, prefix, short_prefix, null_texts, start_of_values, dictionary }
    }

    /// Removes all spans.
    pub fn clear(&mut self) {
        if self.text.len() > MIN_SHRINK && self.used < self.text.len() / 4 {
            self.text.truncate(self.used + PADDING);
            self.text.shrink_to_fit();
        }
        self.spans.clear();
        self.used = self.start_of_values;
        self.dictionary = None;
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Adds a span for each of `values`. `write` writes its text into a slot; `max` is the greatest length.
    #[inline(always)]
    pub fn extend<V>(
        &mut self,
        values: impl ExactSizeIterator<Item = V>,
        max: usize,
        mut write: impl FnMut(V, &mut Slot) -> usize,
    ) -> Result<()> {
        self.detach_dictionary()?;
        let count = values.len();
        self.grow(count.saturating_mul(self.prefix.len() + max).saturating_add(PADDING + SLOT))?;
        self.spans.reserve(count);
        let length = self.prefix.len();
        let mut at = self.used;
        if let Some(prefix) = self.short_prefix {
            for value in values {
                let Some(block) = self.text[at..].first_chunk_mut::<{ BLOCK + SLOT }>() else {
                    unreachable!("grow() made room")
                };
                block[..BLOCK].copy_from_slice(&prefix);
                let Some(slot) = block[length..].first_chunk_mut() else {
                    unreachable!("a short prefix leaves a slot")
                };
                let length = length + write(value, slot);
                self.spans.push(Span { start: at as u32, length: length as u32 });
                at += length;
            }
        } else {
            for value in values {
                self.text[at..at + length].copy_from_slice(&self.prefix);
                let Some(slot) = self.text[at + length..].first_chunk_mut() else {
                    unreachable!("grow() made room")
                };
                let length = length + write(value, slot);
                self.spans.push(Span { start: at as u32, length: length as u32 });
                at += length;
            }
        }
        self.used = at;
        Ok(())
    }

    /// Adds a span. `write` writes its text into a buffer from a position, growing it if needed, and returns the end.
    #[inline(always)]
    pub fn push_at(&mut self, write: impl FnOnce(&mut Vec<u8>, usize) -> Result<usize>) -> Result<()> {
        let (start, length) = (self.used, self.prefix.len());
        let value = start + length;
        match (self.short_prefix, self.text[start..].first_chunk_mut::<BLOCK>()) {
            (Some(prefix), Some(block)) => *block = prefix,
            _ => {
                self.grow(length)?;
                self.text[start..value].copy_from_slice(&self.prefix);
            }
        }
        let end = write(&mut self.text, value)?;
        if end > u32::MAX as usize {
            return Err(too_long());
        }
        self.spans.push(Span { start: start as u32, length: (end - start) as u32 });
        self.used = end;
        Ok(())
    }

    /// Adds a span whose text `write` appends.
    pub fn push_with(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        self.detach_dictionary()?;
        let start = self.used;
        self.text.truncate(start);
        self.text.extend_from_slice(&self.prefix);
        let written = write(&mut self.text);
        self.used = self.text.len();
        self.text.resize(self.used + PADDING, 0);
        written?;
        if self.used > u32::MAX as usize {
            return Err(too_long());
        }
        self.spans.push(Span { start: start as u32, length: (self.used - start) as u32 });
        Ok(())
    }

    /// Adds the spans of dictionary entries.
    pub fn extend_from_dictionary(
        &mut self,
        dictionary: &Arc<EncodedDictionary>,
        indices: &[u32],
    ) -> Result<()> {
        let known = &dictionary.spans[..];
        if indices.iter().copied().max().is_some_and(|max| max as usize >= known.len()) {
            return Err(beyond_dictionary());
        }
        let is_own = self.dictionary.as_ref().is_some_and(|own| Arc::ptr_eq(own, dictionary));
        if is_own || self.spans.is_empty() {
            if !is_own {
                self.dictionary = Some(dictionary.clone());
            }
            self.spans.extend(indices.iter().map(|&index| known[index as usize]));
            return Ok(());
        }
        self.detach_dictionary()?;
        for &index in indices {
            self.copy(&dictionary.text, known[index as usize])?;
        }
        Ok(())
    }

    /// Inserts a null for each definition level other than `of_value`; there must be a span for each of the others.
    pub fn expand_nulls(&mut self, definitions: &[u8], of_value: u8) {
        let mut from = self.spans.len();
        let mut to = definitions.len();
        self.spans.resize(to, Span::default());
        for &definition in definitions.iter().rev() {
            to -= 1;
            let is_value = definition == of_value;
            from -= usize::from(is_value);
            // Past the last span, the level is that of a null.
            let value = self.spans.get(from).copied().unwrap_or_default();
            let null_texts = self.null_texts.get(usize::from(definition)).copied().unwrap_or_default();
            self.spans[to] = if is_value { value } else { null_texts };
        }
    }

    /// Adds the padding that [`append`] needs.
    pub fn finish(&mut self) -> Result<()> {
        self.grow(PADDING)
    }

    /// The text that [`EncodedValues::spans`] refer to.
    pub fn text(&self) -> &[u8] {
        match &self.dictionary {
            Some(dictionary) => &dictionary.text,
            None => &self.text,
        }
    }

    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The text of a span without the prefix.
    pub fn value(&self, index: usize) -> Option<&[u8]> {
        let span = self.spans.get(index)?;
        let start = span.start as usize;
        Some(&self.text()[start + self.prefix.len()..start + span.length as usize])
    }

    /// Replaces all spans with the nulls of `count` entries. Their definition levels are 0 if there are none.
    pub fn fill_nulls(&mut self, count: usize, definitions: &[u8]) -> Result<()> {
        self.clear();
        let null_texts = |level: Option<&u8>| self.null_texts.get(usize::from(*level.unwrap_or(&0)));
        self.spans
            .extend((0..count).map(|entry| null_texts(definitions.get(entry)).copied().unwrap_or_default()));
        self.finish()
    }

    /// Writes one span.
    #[inline]
    pub fn append(&self, index: usize, out: &mut Vec<u8>) {
        append(self.text(), self.spans[index], out);
    }

    /// Writes the null of a definition level.
    pub fn append_null(&self, definition: u8, out: &mut Vec<u8>) {
        append(&self.text, self.null_texts.get(usize::from(definition)).copied().unwrap_or_default(), out);
    }

    /// Turns the values into a dictionary.
    pub fn into_dictionary(mut self) -> EncodedDictionary {
        self.text.resize(self.used + PADDING, 0);
        self.text.shrink_to_fit();
        EncodedDictionary { text: self.text, spans: self.spans }
    }

    pub fn text_len(&self) -> usize {
        self.used
    }

    /// Copies spans of a dictionary to `text`: a column may leave its dictionary from one page to the next.
    pub fn detach_dictionary(&mut self) -> Result<()> {
        let Some(dictionary) = self.dictionary.take() else { return Ok(()) };
        let spans = std::mem::take(&mut self.spans);
        spans.iter().try_for_each(|&span| self.copy(&dictionary.text, span))
    }

    fn copy(&mut self, text: &[u8], span: Span) -> Result<()> {
        let start = span.start as usize;
        let length = span.length as usize;
        self.grow(length + PADDING)?;
        self.text[self.used..self.used + length].copy_from_slice(&text[start..start + length]);
        self.spans.push(Span { start: self.used as u32, length: span.length });
        self.used += length;
        Ok(())
    }

    fn grow(&mut self, more: usize) -> Result<()> {
        let length = self.used.saturating_add(more);
        if length > u32::MAX as usize {
            return Err(too_long());
        }
        if self.text.len() < length {
            self.text.resize(length.next_power_of_two(), 0);
        }
        Ok(())
    }
}

pub fn beyond_dictionary() -> Error {
    Error::corrupt("a value refers to an entry that its dictionary does not have")
}

fn too_long() -> Error {
    Error::new(Code::LimitExceeded, "a few rows of one column have over 4 GiB of JSON")
}

/// Appends a span. Most are short and vary in length: copying [`BLOCK`] bytes once or twice, some of them too many,
/// is faster than calling memcpy.
#[inline(always)]
pub fn append(text: &[u8], span: Span, out: &mut Vec<u8>) {
    let (start, length) = (span.start as usize, span.length as usize);
    if length > 2 * BLOCK {
        out.extend_from_slice(&text[start..start + length]);
        return;
    }
    out.reserve(2 * BLOCK);
    let Some((first, rest)) = text[start..].split_first_chunk::<BLOCK>() else {
        unreachable!("every text ends with padding")
    };
    // SAFETY: all bytes written have been reserved, and the first `length` of them are initialised.
    unsafe {
        let end = out.as_mut_ptr().add(out.len());
        end.cast::<[u8; BLOCK]>().write_unaligned(*first);
        if length > BLOCK
            && let Some(second) = rest.first_chunk::<BLOCK>()
        {
            end.add(BLOCK).cast::<[u8; BLOCK]>().write_unaligned(*second);
        }
        out.set_len(out.len() + length);
    }
}
