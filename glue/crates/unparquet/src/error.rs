//! The one error type of the crate.

use std::fmt;
use std::sync::Arc;

/// Longest message, and longest context before it, in bytes: names in a file may have megabytes.
const MAX_MESSAGE: usize = 4 << 10;
const MAX_CONTEXT: usize = 1 << 10;

/// Stable codes of conversion failures; part of the public contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    NotParquet,
    CorruptFile,
    EncryptedFile,
    UnsupportedFeature,
    UnknownColumn,
    InvalidUtf8,
    LimitExceeded,
    InputMissing,
    OutOfMemory,
    InvalidRequest,
    Internal,
}

impl Code {
    pub fn as_str(self) -> &'static str {
        match self {
            Code::NotParquet => "not_parquet",
            Code::CorruptFile => "corrupt_file",
            Code::EncryptedFile => "encrypted_file",
            Code::UnsupportedFeature => "unsupported_feature",
            Code::UnknownColumn => "unknown_column",
            Code::InvalidUtf8 => "invalid_utf8",
            Code::LimitExceeded => "limit_exceeded",
            Code::InputMissing => "input_missing",
            Code::OutOfMemory => "out_of_memory",
            Code::InvalidRequest => "invalid_request",
            Code::Internal => "internal",
        }
    }
}

#[derive(Debug)]
pub enum Error {
    /// A failure of the conversion itself; the message names column, row group or byte where known.
    Failed { code: Code, message: String },
    /// An error of the caller's source, sink or progress callback, passed through unchanged.
    External(Arc<dyn std::error::Error + Send + Sync>),
    /// Another thread failed or the conversion was stopped, so this thread ends.
    Cancelled,
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error::Failed { code, message: shortened(message.into(), MAX_MESSAGE) }
    }

    pub fn corrupt(message: impl Into<String>) -> Self {
        Self::new(Code::CorruptFile, message)
    }

    /// The error for an unknown number of one of the format's enums, which a later version of the format may define.
    pub fn unknown(number: i32, message: impl Into<String>) -> Self {
        Self::new(if number < 0 { Code::CorruptFile } else { Code::UnsupportedFeature }, message)
    }

    /// A copy for another thread that fails for the same reason.
    pub fn duplicate(&self) -> Self {
        match self {
            Error::Failed { code, message } => Error::new(*code, message),
            Error::External(error) => Error::External(error.clone()),
            Error::Cancelled => Error::Cancelled,
        }
    }

    /// The error for a panic: libraries may panic when they decode malformed data.
    pub fn from_panic(message: &str) -> Self {
        no_memory(message).unwrap_or_else(|| Self::corrupt(format!("malformed data: {message}")))
    }

    /// Wraps an error of the caller's own code.
    pub fn external(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Error::External(Arc::new(error))
    }

    /// Adds the row group to the message, unless it is named there.
    pub(crate) fn in_row_group(self, index: usize) -> Self {
        let context = format!("row group {index}");
        if self.to_string().contains(&context) { self } else { self.context(context) }
    }

    /// Prepends the place of the failure to its message.
    pub fn context(self, context: impl fmt::Display) -> Self {
        match self {
            Error::Failed { code, message } => {
                let context = shortened(context.to_string(), MAX_CONTEXT);
                Error::new(code, format!("{context}: {message}"))
            }
            other => other,
        }
    }
}

/// How libdeflater and the standard library, libzstd, and zstd-safe report a lack of memory.
const NO_MEMORY: [&str; 3] = ["out of memory", "not enough memory", "returned null pointer"];

/// `out_of_memory` if a library's `failure` is a lack of memory.
pub fn no_memory(failure: impl fmt::Display) -> Option<Error> {
    let failure = failure.to_string();
    let matches = NO_MEMORY.iter().any(|phrase| failure.contains(phrase));
    matches.then(|| Error::new(Code::OutOfMemory, "not enough memory to convert the file"))
}

/// Truncates `text` to `max` bytes of UTF-8, ending with an ellipsis if it was longer.
pub(crate) fn shortened(mut text: String, max: usize) -> String {
    if text.len() > max {
        text.truncate(text.floor_char_boundary(max - '…'.len_utf8()));
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Failed { code, message } => write!(f, "{}: {message}", code.as_str()),
            Error::External(error) => write!(f, "{error}"),
            Error::Cancelled => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_truncated_between_characters() {
        for (text, max, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc…"),
            ("ab😀😀", 10, "ab😀😀"),
            ("ab😀😀", 9, "ab😀…"),
            ("ab😀😀", 8, "ab…"),
        ] {
            assert_eq!(shortened(text.to_string(), max), expected);
        }
    }

    #[test]
    fn a_long_context_does_not_hide_the_message() {
        let error =
            Error::corrupt("its checksum does not match").context("é".repeat(1 << 20)).context("row group 0");
        let text = error.to_string();
        assert!(text.len() < 2 * MAX_CONTEXT && text.ends_with("é…: its checksum does not match"), "{text}");
    }
}
