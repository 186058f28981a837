//! What a caller may choose.

use crate::error::{Code, Error, Result};

#[derive(Clone, Debug)]
pub struct Options {
    pub format: Format,
    pub compression: Compression,
    pub columns: Option<Vec<String>>,
    pub limit: Option<u64>,
    /// More bytes of output, or more rows than this, are an error.
    pub max_bytes: u64,
    pub max_rows: u64,
    /// Worker threads, at least one.
    pub threads: usize,
    pub values: ValueOptions,
}

#[derive(Clone, Copy, Debug)]
pub struct ValueOptions {
    /// Integers beyond 2^53, which JavaScript cannot hold, as strings.
    pub big_integers_as_text: bool,
    pub decimals_as_text: bool,
    pub binary: Binary,
    /// NaN and infinities as strings instead of null.
    pub non_finite_as_text: bool,
    /// Longest text of a row, in bytes.
    pub max_row: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Ndjson,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    None,
    Gzip,
    Zstd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binary {
    Base64,
    Hex,
    Utf8,
}

/// The member of `choices` called `value`, or `invalid_request` that lists them.
pub fn choose<T: Copy>(option: &str, value: &str, choices: &[(&str, T)]) -> Result<T> {
    match choices.iter().find(|(name, _)| *name == value) {
        Some((_, choice)) => Ok(*choice),
        None => {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let message = format!("{option} must be one of {}, not {value:?}", names.join(", "));
            Err(Error::new(Code::InvalidRequest, message))
        }
    }
}
