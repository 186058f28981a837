//! Enums of <https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift>, named as there.

/// A physical type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as in the format")]
pub enum Type {
    BOOLEAN,
    INT32,
    INT64,
    INT96,
    FLOAT,
    DOUBLE,
    BYTE_ARRAY,
    FIXED_LEN_BYTE_ARRAY,
}

/// Compression codecs: all of the format's except LZO.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as in the format")]
pub enum Codec {
    UNCOMPRESSED,
    SNAPPY,
    GZIP,
    BROTLI,
    LZ4,
    ZSTD,
    LZ4_RAW,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "named as in the format")]
pub enum Encoding {
    PLAIN,
    PLAIN_DICTIONARY,
    RLE,
    BIT_PACKED,
    DELTA_BINARY_PACKED,
    DELTA_LENGTH_BYTE_ARRAY,
    DELTA_BYTE_ARRAY,
    RLE_DICTIONARY,
    BYTE_STREAM_SPLIT,
    ALP,
}
