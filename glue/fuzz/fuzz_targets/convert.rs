//! Any bytes are converted or rejected, without panic or undefined behaviour; the output is JSON and starts with the
//! sample.

#![no_main]

use std::backtrace::Backtrace;
use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use unparquet::{Code, Error, Format, Options, Result, convert, inspect, predict, sample};

/// Limit of the output: a few bytes of input can stand for gigabytes.
const MAX_BYTES: u64 = 4 << 20;

/// Non-default choices, some for each bit of the first byte except the lowest.
const CHOICES: [&[(&str, &str)]; 7] = [
    &[("format", "json")],
    &[("integers", "string")],
    &[("decimals", "string")],
    &[("binary", "hex"), ("text", "replace")],
    &[("non_finite", "string")],
    &[("nulls", "omit")],
    &[("timestamps", "epoch-ns")],
];

fuzz_target!(init: abort_on_our_panics(), |input: &[u8]| {
    // The first byte chooses options; the rest is the file.
    let Some((&choices, file)) = input.split_first() else { return };
    let options = options(choices);
    let source = Arc::new(Bytes::copy_from_slice(file));

    let mut json = Vec::new();
    let converted = checked(convert(source.clone(), &options, &mut json, &mut |_, _, _| Ok(())));
    let sampled = checked(sample(source.clone(), &options, 3, 1 << 10));
    if converted.is_some() {
        assert_rows(options.format, &json);
        let rows = sampled.expect("a converted file has a sample");
        if options.format == Format::Ndjson {
            let text: String = rows.into_iter().map(|row| row + "\n").collect();
            assert!(json.starts_with(text.as_bytes()), "{text}");
        }
    }
    checked(inspect(&*source));
    checked(predict(source, &options));
});

fn options(choices: u8) -> Options {
    let threads = 1 + usize::from(choices & 1);
    let mut options = Options { threads, max_bytes: MAX_BYTES, ..Options::default() };
    for (bit, some) in (1..).zip(CHOICES) {
        for (option, choice) in some.iter().filter(|_| choices >> bit & 1 == 1) {
            options.set(option, choice).expect("the library has this choice");
        }
    }
    options
}

/// The library catches panics and reports a corrupt file: correct for a decoder's panic, a bug for a panic in our code.
fn abort_on_our_panics() {
    // The first conversion sets the library's hook, which prints nothing.
    let _ = convert(Arc::new(Bytes::new()), &Options::default(), &mut Vec::new(), &mut |_, _, _| Ok(()));
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if panic.location().is_some_and(|location| location.file().contains("unparquet/src")) {
            eprintln!("{panic}\n{}", Backtrace::force_capture());
            std::process::abort();
        }
        hook(panic);
    }));
}

/// The result, unless the file was rejected.
fn checked<T>(result: Result<T>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(Error::Failed { code, message }) => {
            assert_ne!(code, Code::Internal, "{message}");
            None
        }
        Err(other) => panic!("{other}"),
    }
}

fn assert_rows(format: Format, json: &[u8]) {
    let is_object = |row: &serde_json::Value| row.is_object();
    match format {
        Format::Ndjson => {
            for line in json.split_inclusive(|&byte| byte == b'\n') {
                let row = line.strip_suffix(b"\n").expect("every row ends with a line feed");
                let row = serde_json::from_slice(row);
                assert!(row.as_ref().is_ok_and(is_object), "{}", String::from_utf8_lossy(line));
            }
        }
        Format::Json => {
            let rows: Vec<serde_json::Value> = serde_json::from_slice(json).expect("the output is an array");
            assert!(rows.iter().all(is_object));
        }
    }
}
