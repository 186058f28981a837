//! Scans definition and repetition levels.

/// Number of entries up to the end of the next `rows` rows, and number of rows that start among them.
pub fn entries_of_rows(repetitions: &[u8], rows: usize) -> (usize, usize) {
    let (mut entries, mut started) = (0, 0);
    // Counting whole blocks is many times faster than searching.
    for block in repetitions.chunks(64) {
        let starting = block.iter().map(|&repetition| u8::from(repetition == 0)).sum::<u8>();
        if started + usize::from(starting) > rows {
            break;
        }
        started += usize::from(starting);
        entries += block.len();
    }
    for &repetition in &repetitions[entries..] {
        if repetition == 0 {
            if started == rows {
                break;
            }
            started += 1;
        }
        entries += 1;
    }
    (entries, started)
}

/// Number of rows that start in `repetitions`.
pub fn rows_started(repetitions: &[u8]) -> usize {
    repetitions.iter().filter(|&&repetition| repetition == 0).count()
}

/// Calls `each` with the indices of nonzero levels, scanning eight levels at a time.
pub fn present(definitions: &[u8], mut each: impl FnMut(usize)) {
    let (words, rest) = definitions.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let mut word = u64::from_le_bytes(*word);
        while word != 0 {
            let byte = word.trailing_zeros() / 8;
            each(8 * index + byte as usize);
            word &= !(0xff << (8 * byte));
        }
    }
    let first = definitions.len() - rest.len();
    rest.iter().enumerate().filter(|(_, level)| **level != 0).for_each(|(index, _)| each(first + index));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn present_visits_every_nonzero_level() {
        let mut levels = [0; 21];
        for index in [0, 7, 8, 15, 17, 20] {
            levels[index] = 1;
        }
        let mut found = Vec::new();
        present(&levels, |index| found.push(index));
        assert_eq!(found, [0, 7, 8, 15, 17, 20]);
    }

    #[test]
    fn rows_end_where_the_next_row_starts() {
        // Rows of 1, 2, … entries, over several blocks.
        let levels: Vec<u8> =
            (1..20).flat_map(|entries| (0..entries).map(|entry| u8::from(entry > 0))).collect();
        for rows in 0..19 {
            assert_eq!(entries_of_rows(&levels, rows), (rows * (rows + 1) / 2, rows));
        }
        // The last row may continue, and there are no more rows.
        for rows in [19, 25] {
            assert_eq!(entries_of_rows(&levels, rows), (levels.len(), 19));
        }
        assert_eq!(entries_of_rows(&levels[1..], 0), (0, 0));
        assert_eq!(entries_of_rows(&levels[2..], 0), (1, 0));
        assert_eq!(entries_of_rows(&[], 3), (0, 0));
    }
}
