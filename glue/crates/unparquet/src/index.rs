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
    max_entries: usize,
    stride: usize,
    chunks: usize,
}

impl Default for SparseIndex {
    fn default() -> Self {
        Self { entries: Vec::new(), max_entries: MAX_ENTRIES, stride: 1, chunks: 0 }
    }
}

impl SparseIndex {
    /// Keeps all chunks.
    pub fn of_all_chunks() -> Self {
        Self { max_entries: usize::MAX, ..Self::default() }
    }

    /// Adds the next chunk, which starts with a row.
    pub fn push(&mut self, entry: IndexEntry) {
        if self.chunks.is_multiple_of(self.stride) {
            if self.entries.len() == self.max_entries {
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

/// The output of consecutive rows.
pub struct RangeOutput<'a> {
    pub rows: u64,
    pub bytes: u64,
    /// The starts of its chunks, packed.
    pub chunks: &'a [u8],
}

/// Packs entries as LEB128 numbers: the distances from one to the next in rows and bytes.
pub fn pack_index(entries: &[IndexEntry]) -> Vec<u8> {
    let mut packed = Vec::new();
    let mut last = IndexEntry { row: 0, byte: 0 };
    for &entry in entries {
        for mut value in [entry.row - last.row, entry.byte - last.byte] {
            while value >= 0x80 {
                packed.push(value as u8 | 0x80);
                value >>= 7;
            }
            packed.push(value as u8);
        }
        last = entry;
    }
    packed
}

/// The index of an output from the chunks of its ranges, in row order.
pub fn join_index<'a>(ranges: impl IntoIterator<Item = RangeOutput<'a>>) -> Vec<IndexEntry> {
    let mut index = SparseIndex::default();
    let mut start = IndexEntry { row: 0, byte: 0 };
    for range in ranges {
        let mut entry = start;
        let mut packed = range.chunks;
        while let (Some(row), Some(byte)) = (unpack(&mut packed), unpack(&mut packed)) {
            entry = IndexEntry { row: entry.row + row, byte: entry.byte + byte };
            index.push(entry);
        }
        start = IndexEntry { row: start.row + range.rows, byte: start.byte + range.bytes };
    }
    index.into_entries()
}

fn unpack(packed: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = packed.split_first()?;
        *packed = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_of_joined_ranges_is_that_of_the_whole_output() {
        let starts: Vec<_> =
            (0..5000u64).map(|chunk| IndexEntry { row: 300 * chunk, byte: chunk.pow(3) }).collect();
        let mut whole = SparseIndex::default();
        starts.iter().for_each(|&entry| whole.push(entry));
        let cuts = [0, 0, 1, 17, 1017, 4000, 5000];
        let packed: Vec<_> = cuts
            .windows(2)
            .map(|cut| {
                let first = starts.get(cut[0]).copied().unwrap_or(IndexEntry { row: 0, byte: 0 });
                let end = starts.get(cut[1]).copied().unwrap_or(IndexEntry { row: 1_500_000, byte: 1 << 40 });
                let mut chunks = SparseIndex::of_all_chunks();
                for entry in &starts[cut[0]..cut[1]] {
                    chunks.push(IndexEntry { row: entry.row - first.row, byte: entry.byte - first.byte });
                }
                (end.row - first.row, end.byte - first.byte, pack_index(&chunks.into_entries()))
            })
            .collect();
        let ranges =
            packed.iter().map(|(rows, bytes, chunks)| RangeOutput { rows: *rows, bytes: *bytes, chunks });
        assert_eq!(join_index(ranges), whole.into_entries());
    }

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
