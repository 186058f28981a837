//! Any bytes are converted or refused: no panic, no undefined behaviour, and what comes out is JSON.

#![no_main]

use _engine::in_memory;
use libfuzzer_sys::fuzz_target;

/// A few bytes can truly stand for gigabytes.
const MOST: usize = 4 << 20;

fuzz_target!(|file: &[u8]| {
    // The first byte says how; the file is what follows.
    let Some((&how, file)) = file.split_first() else { return };
    let threads = 1 + usize::from(how & 1);
    match in_memory::convert(file.to_vec(), threads, MOST) {
        Ok(json) => {
            for line in json.split_inclusive(|&byte| byte == b'\n') {
                let row = line.strip_suffix(b"\n").expect("a line without an end");
                let row: serde_json::Result<serde_json::Value> = serde_json::from_slice(row);
                assert!(row.is_ok_and(|row| row.is_object()), "{}", String::from_utf8_lossy(line));
            }
        }
        // Panics are caught, and then blamed on the file. In code of our own they are mistakes.
        Err((code, message)) => {
            assert!(code != "internal" && !message.contains("malformed data: "), "{message}")
        }
    }
});
