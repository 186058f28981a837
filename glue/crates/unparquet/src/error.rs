//! The one error type of the crate.

use std::fmt;
use std::sync::Arc;

/// Longest message, and longest place before one, in bytes: names in a file may have megabytes.
const MAX_MESSAGE: usize = 4 << 10;
const MAX_PLACE: usize = 1 << 10;

/// Stable codes of what can end a conversion; part of the public contract.
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
    /// An error of the caller's source, sink or progress callback, handed back as it is.
    External(Arc<dyn std::error::Error + Send + Sync>),
    /// Another thread has failed or the process was asked to stop: this thread only has to end.
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

    /// The same error for another one who meets it.
    pub fn again(&self) -> Self {
        match self {
            Error::Failed { code, message } => Error::new(*code, message),
            Error::External(error) => Error::External(error.clone()),
            Error::Cancelled => Error::Cancelled,
        }
    }

    /// What a panic with this message means: decoding a malformed file may panic in a library.
    pub fn from_panic(message: &str) -> Self {
        no_memory(message).unwrap_or_else(|| Self::corrupt(format!("malformed data: {message}")))
    }

    /// Wraps an error of the caller's own code.
    pub fn external(error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Error::External(Arc::new(error))
    }

    /// Names the row group, unless the message does.
    pub(crate) fn in_row_group(self, index: usize) -> Self {
        let place = format!("row group {index}");
        if self.to_string().contains(&place) { self } else { self.at(place) }
    }

    /// Puts the place of the failure before its message.
    pub fn at(self, place: impl fmt::Display) -> Self {
        match self {
            Error::Failed { code, message } => {
                let place = shortened(place.to_string(), MAX_PLACE);
                Error::new(code, format!("{place}: {message}"))
            }
            other => other,
        }
    }
}

/// How libdeflater and the standard library, libzstd, and zstd-safe say that they got no memory.
const NO_MEMORY: [&str; 3] = ["out of memory", "not enough memory", "returned null pointer"];

/// `out_of_memory` if that is what a library's `failure` says.
pub fn no_memory(failure: impl fmt::Display) -> Option<Error> {
    let failure = failure.to_string();
    let matches = NO_MEMORY.iter().any(|phrase| failure.contains(phrase));
    matches.then(|| Error::new(Code::OutOfMemory, "there is not enough memory to convert the file"))
}

/// `text` in at most `most` bytes of UTF-8, with an ellipsis where it was cut.
pub(crate) fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most - '…'.len_utf8()));
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

/// The parquet crate reports through one error type; ours travels inside it from the page reader
/// through the column reader and comes out again here.
impl From<parquet::errors::ParquetError> for Error {
    fn from(error: parquet::errors::ParquetError) -> Self {
        use parquet::errors::ParquetError;
        match error {
            ParquetError::External(inner) => match inner.downcast::<Error>() {
                Ok(own) => *own,
                Err(other) => Error::corrupt(other.to_string()),
            },
            ParquetError::NYI(message) => Error::new(Code::UnsupportedFeature, message),
            ParquetError::General(message) | ParquetError::EOF(message) => Error::corrupt(message),
            other => Error::corrupt(other.to_string()),
        }
    }
}

impl From<Error> for parquet::errors::ParquetError {
    fn from(error: Error) -> Self {
        parquet::errors::ParquetError::External(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_messages_are_cut_between_characters() {
        for (text, most, expected) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abc…"),
            ("ab😀😀", 10, "ab😀😀"),
            ("ab😀😀", 9, "ab😀…"),
            ("ab😀😀", 8, "ab…"),
        ] {
            assert_eq!(shortened(text.to_string(), most), expected);
        }
    }

    #[test]
    fn a_long_place_does_not_hide_what_went_wrong() {
        let error = Error::corrupt("its checksum is wrong").at("é".repeat(1 << 20)).at("row group 0");
        let text = error.to_string();
        assert!(text.len() < 2 * MAX_PLACE && text.ends_with("é…: its checksum is wrong"), "{text}");
    }
}
