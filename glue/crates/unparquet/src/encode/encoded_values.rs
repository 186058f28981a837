//! The JSON text of one column's values in a batch, and how it is copied into rows.

use std::sync::Arc;

use super::key_prefix::KeyPrefix;
use crate::error::{Code, Error, Result};
use crate::format::{SLOT, Slot};

/// Bytes that [`append`] copies at once, regardless of a span's length.
const BLOCK: usize = 32;
/// Readable bytes after the last span.
const PADDING: usize = 2 * BLOCK;

/// Position of an entry's text.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    start: u32,
    length: u32,
}

impl Span {
    /// Prefetches the text: in a wide table, all other columns are read before its next use.
    #[inline(always)]
    pub fn prefetch(self, text: &[u8]) {
        #[cfg(target_arch = "x86_64")]
        for position in [self.start, self.start.wrapping_add(self.length)] {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: a prefetch accesses no memory that a program could observe, and may have any address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(text.as_ptr().wrapping_add(position as usize).cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = text;
    }
}

/// The encoded entries of a dictionary.
pub struct EncodedDictionary {
    /// Ends with [`PADDING`].
    text: Vec<u8>,
    spans: Vec<Span>,
    /// Length of the longest text.
    longest: usize,
}

impl EncodedDictionary {
    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.text.len() + size_of::<Span>() * self.spans.len()
    }
}

/// Text and spans of values; each span starts with the prefix.
pub struct EncodedValues {
    /// Fully initialised; the first `used` bytes are in use.
    text: Vec<u8>,
    used: usize,
    spans: Vec<Span>,
    prefix: Vec<u8>,
    /// The prefix, if it fits one block.
    short_prefix: Option<[u8; BLOCK]>,
    /// Null texts by definition level; `text` starts with them.
    null_texts: Vec<Span>,
    start_of_values: usize,
    /// Maximum bytes of text; a value that would exceed it is not added.
    limit: usize,
    /// If set, spans index this dictionary's text instead of `text`.
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
        let limit = u32::MAX as usize;
        Self { text, used, spans, prefix, short_prefix, null_texts, start_of_values, limit, dictionary }
    }

    /// An empty copy with the same prefix and null texts.
    pub fn sibling(&self) -> Self {
        let mut text = self.text[..self.start_of_values].to_vec();
        text.resize(self.start_of_values + PADDING, 0);
        Self {
            text,
            used: self.start_of_values,
            spans: Vec::new(),
            prefix: self.prefix.clone(),
            null_texts: self.null_texts.clone(),
            limit: u32::MAX as usize,
            dictionary: None,
            ..*self
        }
    }

    /// Bytes of the prefix.
    pub fn prefix_len(&self) -> usize {
        self.prefix.len()
    }

    /// Removes all spans. Shrinks a buffer of over `share` bytes if most of it was unused.
    pub fn clear(&mut self, share: usize) {
        if self.text.len() > share && self.used < self.text.len() / 4 {
            self.text.truncate(self.used + PADDING);
            self.text.shrink_to_fit();
        }
        self.spans.clear();
        self.spans.shrink_to(share / size_of::<Span>());
        self.used = self.start_of_values;
        self.dictionary = None;
    }

    /// Removes the first `count` spans and their text.
    pub fn consume(&mut self, count: usize) {
        self.spans.drain(..count);
        let is_value = |span: &&Span| span.start as usize >= self.start_of_values;
        if self.dictionary.is_some() {
            return;
        }
        let first = self.spans.iter().find(is_value).map_or(self.used, |span| span.start as usize);
        let removed = first - self.start_of_values;
        if removed > 0 {
            self.text.copy_within(first..self.used, self.start_of_values);
            self.used -= removed;
            let start_of_values = self.start_of_values;
            let of_values = self.spans.iter_mut().filter(|span| span.start as usize >= start_of_values);
            of_values.for_each(|span| span.start -= removed as u32);
        }
    }

    /// Sets the limit of the total text, in bytes.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit.saturating_add(self.start_of_values + PADDING).min(u32::MAX as usize);
    }

    /// Bytes left up to the limit.
    pub fn room(&self) -> usize {
        self.limit.saturating_sub(self.used)
    }

    /// Whether the text of all spans, and `more` bytes, exceed the limit.
    pub fn is_full(&self, more: usize) -> bool {
        let exceeds = |length: usize| length.saturating_add(more) >= self.limit;
        let Some(dictionary) = &self.dictionary else {
            return exceeds(self.used + size_of::<Span>() * self.spans.len());
        };
        exceeds(dictionary.longest.saturating_mul(self.spans.len()))
            && exceeds(self.spans.iter().map(|span| span.length as usize).sum())
    }

    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Adds a span for each of `values`. `write` writes a value's text, of at most `max` bytes, into a slot.
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
                    unreachable!("grow() reserved the space")
                };
                block[..BLOCK].copy_from_slice(&prefix);
                let Some(slot) = block[length..].first_chunk_mut() else {
                    unreachable!("a slot follows a short prefix")
                };
                let length = length + write(value, slot);
                self.spans.push(Span { start: at as u32, length: length as u32 });
                at += length;
            }
        } else {
            for value in values {
                self.text[at..at + length].copy_from_slice(&self.prefix);
                let Some(slot) = self.text[at + length..].first_chunk_mut() else {
                    unreachable!("grow() reserved the space")
                };
                let length = length + write(value, slot);
                self.spans.push(Span { start: at as u32, length: length as u32 });
                at += length;
            }
        }
        self.used = at;
        Ok(())
    }

    /// Adds a span. `write(buffer, start, max)` writes its text, may grow the buffer to `max` bytes, and returns the end,
    /// or None if the text would be longer; then no span is added and this returns false.
    #[inline(always)]
    pub fn push_at(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>, usize, usize) -> Result<Option<usize>>,
    ) -> Result<bool> {
        let (start, length) = (self.used, self.prefix.len());
        let value = start + length;
        match (self.short_prefix, self.text[start..].first_chunk_mut::<BLOCK>()) {
            (Some(prefix), Some(block)) => *block = prefix,
            _ => {
                self.grow(length)?;
                self.text[start..value].copy_from_slice(&self.prefix);
            }
        }
        let Some(end) = write(&mut self.text, value, self.limit)? else { return Ok(false) };
        self.spans.push(Span { start: start as u32, length: (end - start) as u32 });
        self.used = end;
        Ok(true)
    }

    /// Adds a span whose text, of at most `max` bytes, `write` appends. Returns false if it could exceed the limit.
    pub fn push_with(&mut self, max: usize, write: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<bool> {
        if self.used.saturating_add(self.prefix.len()).saturating_add(max) > self.limit {
            return Ok(false);
        }
        self.detach_dictionary()?;
        let start = self.used;
        self.text.truncate(start);
        self.text.extend_from_slice(&self.prefix);
        let written = write(&mut self.text);
        self.used = self.text.len();
        self.text.resize(self.used + PADDING, 0);
        written?;
        self.spans.push(Span { start: start as u32, length: (self.used - start) as u32 });
        Ok(true)
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

    /// Inserts a null for each definition level other than `of_value`; the first `values` spans fill the other entries.
    /// Later spans follow unchanged.
    pub fn expand_nulls(&mut self, definitions: &[u8], of_value: u8, values: usize) {
        let later = self.spans.split_off(values);
        let mut from = values;
        let mut to = definitions.len();
        self.spans.resize(to, Span::default());
        for &definition in definitions.iter().rev() {
            to -= 1;
            let is_value = definition == of_value;
            from -= usize::from(is_value);
            // Past the last span, only nulls follow.
            let value = self.spans.get(from).copied().unwrap_or_default();
            let null_text = self.null_texts.get(usize::from(definition)).copied().unwrap_or_default();
            self.spans[to] = if is_value { value } else { null_text };
        }
        self.spans.extend(later);
    }

    /// Adds the padding that [`append`] needs.
    pub fn finish(&mut self) -> Result<()> {
        self.grow(PADDING)
    }

    /// The text that [`EncodedValues::spans`] index.
    pub fn text(&self) -> &[u8] {
        match &self.dictionary {
            Some(dictionary) => &dictionary.text,
            None => &self.text,
        }
    }

    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The text of the first span.
    pub fn first(&self) -> &[u8] {
        let Span { start, length } = self.spans.first().copied().unwrap_or_default();
        &self.text()[start as usize..][..length as usize]
    }

    /// The text of a span without the prefix.
    pub fn value(&self, index: usize) -> Option<&[u8]> {
        let span = self.spans.get(index)?;
        let start = span.start as usize;
        Some(&self.text()[start + self.prefix.len()..start + span.length as usize])
    }

    /// Replaces all spans with `count` nulls. Without `definitions` their levels are 0.
    pub fn fill_nulls(&mut self, count: usize, definitions: &[u8]) -> Result<()> {
        self.clear(usize::MAX);
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
        let longest = self.spans.iter().map(|span| span.length as usize).max().unwrap_or(0);
        EncodedDictionary { text: self.text, spans: self.spans, longest }
    }

    pub fn text_len(&self) -> usize {
        self.used
    }

    /// Copies dictionary spans to `text`: a column may stop using its dictionary at any page.
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
            let room = length.next_power_of_two();
            self.text.try_reserve(room - self.text.len()).map_err(|_| no_room(room))?;
            self.text.resize(room, 0);
        }
        Ok(())
    }
}

pub fn beyond_dictionary() -> Error {
    Error::corrupt("a dictionary index is out of range")
}

#[cold]
fn no_room(bytes: usize) -> Error {
    Error::new(Code::OutOfMemory, format!("not enough memory for {bytes} bytes of text"))
}

fn too_long() -> Error {
    Error::new(Code::LimitExceeded, "a few rows of one column have over 4 GiB of JSON")
}

/// Appends a span. Most are short and vary in length, so copying one or two whole [`BLOCK`]s is faster than memcpy.
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
