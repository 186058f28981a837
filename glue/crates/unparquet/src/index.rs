//! A sparse index from rows to bytes of the output.

/// Maximum number of entries; must be even.
const MAX_ENTRIES: usize = 1000;

/// A row, counted from 0, and the byte of the output at which it starts or, with compression, at which the gzip member
/// or zstd frame with its start begins. An array's `[` precedes row 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    pub row: u64,
    pub byte: u64,
}

/// Keeps every `stride`-th chunk and doubles `stride` when full: the entries stay evenly spaced without knowing the
/// number of chunks, and depend only on the chunks.
pub struct SparseIndex {
    entries: Vec<IndexEntry>,
    stride: usize,
    chunks: usize,
}

impl Default for SparseIndex {
    fn default() -> Self {
        Self { entries: Vec::new(), stride: 1, chunks: 0 }
    }
}

impl SparseIndex {
    /// Adds the next chunk, which starts with a row.
    pub fn push(&mut self, entry: IndexEntry) {
        if self.chunks.is_multiple_of(self.stride) {
            if self.entries.len() == MAX_ENTRIES {
                let mut keep = false;
                self.entries.retain(|_| {
                    keep = !keep;
                    keep
                });
                self.stride *= 2;
            }
            self.entries.push(entry);
        }
        self.chunks += 1;
    }

    pub fn into_entries(self) -> Vec<IndexEntry> {
        self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_has_all_chunks_up_to_the_maximum_and_evenly_spaced_ones_beyond() {
        for (chunks, entries, stride) in [
            (0, 0, 1),
            (1, 1, 1),
            (1000, 1000, 1),
            (1001, 501, 2),
            (2000, 1000, 2),
            (2001, 501, 4),
            (99_999, 782, 128),
        ] {
            let mut index = SparseIndex::default();
            (0..chunks).for_each(|chunk| index.push(IndexEntry { row: chunk, byte: 10 * chunk }));
            let found = index.into_entries();
            let expected: Vec<_> = (0..entries)
                .map(|entry| IndexEntry { row: entry * stride, byte: 10 * entry * stride })
                .collect();
            assert_eq!(found, expected, "{chunks} chunks");
        }
    }
}
