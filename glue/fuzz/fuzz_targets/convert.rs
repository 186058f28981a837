//! Any bytes are converted or refused: no panic, no undefined behaviour, and the output is JSON.

#![no_main]

use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use unparquet::{Code, Error, Options, convert};

/// A few bytes can truly stand for gigabytes.
const MAX_BYTES: u64 = 4 << 20;

fuzz_target!(|file: &[u8]| {
    // The first byte chooses the number of threads; the rest is the file.
    let Some((&choice, file)) = file.split_first() else { return };
    let threads = 1 + usize::from(choice & 1);
    let options = Options { threads, max_bytes: MAX_BYTES, ..Options::default() };
    let source = Arc::new(Bytes::copy_from_slice(file));
    let mut json = Vec::new();
    match convert(source, &options, &mut json, &mut |_, _, _| Ok(())) {
        Ok(_) => {
            for line in json.split_inclusive(|&byte| byte == b'\n') {
                let row = line.strip_suffix(b"\n").expect("every row ends with a line feed");
                let row: serde_json::Result<serde_json::Value> = serde_json::from_slice(row);
                assert!(row.is_ok_and(|row| row.is_object()), "{}", String::from_utf8_lossy(line));
            }
        }
        // A panic in a library is blamed on the file. In our own code it is a mistake.
        Err(Error::Failed { code, message }) => {
            assert!(code != Code::Internal && !message.contains("malformed data: "), "{message}");
        }
        Err(other) => panic!("{other}"),
    }
});
