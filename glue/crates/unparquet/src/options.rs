//! The options of a conversion.

use crate::error::{Code, Error, Result};
use crate::limit::{MAX_ROW, RowLimit};
use crate::memory::MemoryPlan;

/// Declares an enum and the names of its variants as option values, the default first.
macro_rules! choices {
    ($(#[$docs:meta])* $type:ident { $first:ident = $first_name:literal, $($variant:ident = $name:literal),* $(,)? }) => {
        $(#[$docs])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $type {
            #[default]
            $first,
            $($variant),*
        }

        impl $type {
            /// The names of the variants, the default first.
            pub const NAMES: &[&str] = &[$first_name, $($name),*];

            fn parse(option: &str, name: &str) -> Result<Self> {
                match name {
                    $first_name => Ok(Self::$first),
                    $($name => Ok(Self::$variant),)*
                    _ => {
                        let names = Self::NAMES.join(", ");
                        Err(invalid(format!("{option} must be one of {names}, not {name:?}")))
                    }
                }
            }
        }
    };
}

choices! {
    /// How rows are separated.
    Format { Ndjson = "ndjson", Json = "json" }
}
choices! {
    /// How the output is compressed.
    Compression { None = "none", Gzip = "gzip", Zstd = "zstd" }
}
choices! {
    /// How numbers that other programs might round are written.
    Numbers { Number = "number", String = "string" }
}
choices! {
    /// How binary values are written.
    Binary { Base64 = "base64", Hex = "hex", Utf8 = "utf8" }
}
choices! {
    /// How text that may not be UTF-8 is written: as an error, with U+FFFD in place of invalid bytes, or as binary values.
    Texts { Strict = "strict", Replace = "replace", Binary = "binary" }
}
choices! {
    /// How NaN and infinities are written.
    NonFinite { Null = "null", String = "string" }
}
choices! {
    /// Whether null fields of objects are written.
    Nulls { Keep = "keep", Omit = "omit" }
}
choices! {
    /// How timestamps are written: as text, or as the number of units since the epoch.
    Timestamps { Iso = "iso", EpochMs = "epoch-ms", EpochUs = "epoch-us", EpochNs = "epoch-ns" }
}

/// Options with a fixed set of values, and these values, the default first; bindings offer them.
pub const CHOICES: &[(&str, &[&str])] = &[
    ("format", Format::NAMES),
    ("compression", Compression::NAMES),
    ("integers", Numbers::NAMES),
    ("decimals", Numbers::NAMES),
    ("binary", Binary::NAMES),
    ("text", Texts::NAMES),
    ("non_finite", NonFinite::NAMES),
    ("nulls", Nulls::NAMES),
    ("timestamps", Timestamps::NAMES),
];

/// The options of a conversion.
///
/// ```
/// use unparquet::{Format, Options};
///
/// let mut options = Options { format: Format::Json, ..Options::default() };
/// options.set("integers", "string")?;
/// assert!(options.set("integers", "text").is_err());
/// # Ok::<(), unparquet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Options {
    pub format: Format,
    pub compression: Compression,
    /// The columns to write, in this order; `a.b` is the field `b` of the group `a`. Default: all.
    pub columns: Option<Vec<String>>,
    /// Writes only the first rows.
    pub limit: Option<u64>,
    /// Limits of the output; exceeding one is `limit_exceeded`.
    pub max_bytes: u64,
    pub max_rows: u64,
    /// Worker threads, at least one. Never changes the output.
    pub threads: usize,
    /// Maximum bytes of memory for the process; with little memory there are fewer threads. Default: 256 MB for
    /// two threads and 25 MB for each further one. At most three quarters of the memory of the machine or its container.
    /// Never changes the output.
    pub memory: Option<u64>,
    /// Integers beyond ±2^53, which JavaScript cannot represent.
    pub integers: Numbers,
    pub decimals: Numbers,
    pub binary: Binary,
    pub text: Texts,
    pub non_finite: NonFinite,
    /// Ignored by [`table`](crate::table), which keeps nulls.
    pub nulls: Nulls,
    pub timestamps: Timestamps,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            format: Format::default(),
            compression: Compression::default(),
            columns: None,
            limit: None,
            max_bytes: u64::MAX,
            max_rows: u64::MAX,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            memory: None,
            integers: Numbers::default(),
            decimals: Numbers::default(),
            binary: Binary::default(),
            text: Texts::default(),
            non_finite: NonFinite::default(),
            nulls: Nulls::default(),
            timestamps: Timestamps::default(),
        }
    }
}

impl Options {
    /// Sets an option of [`CHOICES`]. Errors: `invalid_request` for an unknown option or choice.
    pub fn set(&mut self, option: &str, choice: &str) -> Result<()> {
        match option {
            "format" => self.format = Format::parse(option, choice)?,
            "compression" => self.compression = Compression::parse(option, choice)?,
            "integers" => self.integers = Numbers::parse(option, choice)?,
            "decimals" => self.decimals = Numbers::parse(option, choice)?,
            "binary" => self.binary = Binary::parse(option, choice)?,
            "text" => self.text = Texts::parse(option, choice)?,
            "non_finite" => self.non_finite = NonFinite::parse(option, choice)?,
            "nulls" => self.nulls = Nulls::parse(option, choice)?,
            "timestamps" => self.timestamps = Timestamps::parse(option, choice)?,
            _ => return Err(invalid(format!("unknown option {option:?}"))),
        }
        Ok(())
    }

    /// The options that affect the text of values.
    pub(crate) fn values(&self) -> ValueOptions {
        ValueOptions {
            big_integers_as_text: self.integers == Numbers::String,
            decimals_as_text: self.decimals == Numbers::String,
            binary: self.binary,
            text: self.text,
            non_finite_as_text: self.non_finite == NonFinite::String,
            omit_nulls: self.nulls == Nulls::Omit,
            timestamps: self.timestamps,
            max_row: RowLimit {
                output: match self.compression {
                    Compression::None => usize::try_from(self.max_bytes).unwrap_or(MAX_ROW).min(MAX_ROW),
                    // The compressed size of a row is not known in advance.
                    _ => MAX_ROW,
                },
                memory: MAX_ROW,
            },
        }
    }

    /// Options for the cells of a table: with nulls, and without a limit for whole rows.
    pub(crate) fn cells(&self) -> ValueOptions {
        let max_row = RowLimit { output: MAX_ROW, memory: MAX_ROW };
        ValueOptions { omit_nulls: false, max_row, ..self.values() }
    }
}

fn invalid(message: String) -> Error {
    Error::new(Code::InvalidRequest, message)
}

/// The options that affect the text of values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ValueOptions {
    pub big_integers_as_text: bool,
    pub decimals_as_text: bool,
    pub binary: Binary,
    pub text: Texts,
    /// NaN and infinities as strings instead of null.
    pub non_finite_as_text: bool,
    /// Omits the null fields of objects.
    pub omit_nulls: bool,
    pub timestamps: Timestamps,
    pub max_row: RowLimit,
}

impl ValueOptions {
    /// Limits the text of one row in memory.
    pub fn within(self, memory: &MemoryPlan) -> Self {
        Self { max_row: RowLimit { memory: memory.long_row, ..self.max_row }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_choice_is_accepted() {
        for (option, choices) in CHOICES {
            for choice in *choices {
                Options::default().set(option, choice).unwrap();
            }
        }
    }

    #[test]
    fn the_error_for_an_unknown_choice_lists_the_known_ones() {
        let error = Options::default().set("format", "xml").unwrap_err();
        assert_eq!(error.to_string(), r#"invalid_request: format must be one of ndjson, json, not "xml""#);
    }
}
