//! Chooses the encoder of a leaf column from its physical type, logical type and options.

use parquet::basic::Type;

use super::key_prefix::KeyPrefix;
use super::leaf::Leaf;
use super::time::Ticks;
use super::values::{
    Booleans, ByteArrays, Encode, Long, LongBytes, PaddedSlice, Primitive, Primitives, Short, Values, Write,
};
use super::{binary, decimal, numbers, text, time};
use crate::error::{Error, Result};
use crate::options::{Binary, Texts, ValueOptions};
use crate::schema::{Scalar, Schema, TimeUnit};

/// The encoder of the column at `index`.
pub fn leaf(
    index: usize,
    scalar: Scalar,
    prefix: &KeyPrefix,
    schema: &Schema,
    options: &ValueOptions,
) -> Result<Leaf> {
    let descriptor = schema.column(index);
    let width = match descriptor.physical_type()? {
        Type::FIXED_LEN_BYTE_ARRAY => Some(
            usize::try_from(descriptor.type_length())
                .map_err(|_| Error::corrupt("a FIXED_LEN_BYTE_ARRAY without a length"))?,
        ),
        _ => None,
    };
    of_width(width, index, scalar, prefix, schema, options)
}

/// The encoder of the column at `index`. `width` is the length of all its byte arrays; None if they vary.
pub fn of_width(
    width: Option<usize>,
    index: usize,
    scalar: Scalar,
    prefix: &KeyPrefix,
    schema: &Schema,
    options: &ValueOptions,
) -> Result<Leaf> {
    let descriptor = schema.column(index);
    let values = match descriptor.physical_type()? {
        Type::BOOLEAN => Box::new(Booleans::new(prefix)?),
        Type::INT32 => int32(scalar, prefix, options)?,
        Type::INT64 => int64(scalar, prefix, options)?,
        Type::INT96 => match time::Epoch::new(time::Nanos::DIGITS, options) {
            Some(epoch) => short::<[u32; 3], _>(epoch, prefix),
            None => short::<[u32; 3], _>(time::Int96, prefix),
        },
        Type::FLOAT => short::<f32, _>(numbers::Float::new(options), prefix),
        Type::DOUBLE => short::<f64, _>(numbers::Float::new(options), prefix),
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => bytes(scalar, prefix, width, options)?,
    };
    Ok(Leaf::new(index, descriptor, prefix, values))
}

/// A leaf that keeps bytes unchanged, for values with an encoding of their own (VARIANT).
pub fn raw(index: usize, schema: &Schema) -> Leaf {
    let descriptor = schema.column(index);
    let prefix = KeyPrefix::new(b"", descriptor.max_def_level(), Vec::new());
    let values = Box::new(ByteArrays::new(LongBytes(binary::Raw), &prefix, None));
    Leaf::new(index, descriptor, &prefix, values)
}

fn int32(scalar: Scalar, prefix: &KeyPrefix, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match scalar {
        Scalar::Uint { bits: bits @ (8 | 16) } => short::<i32, _>(numbers::NarrowUnsigned { bits }, prefix),
        Scalar::Uint { .. } => short::<i32, _>(numbers::Unsigned, prefix),
        Scalar::Decimal { scale, .. } => return decimal::<i32>(scale, prefix, options),
        Scalar::Date => short::<i32, _>(time::Date, prefix),
        Scalar::Time { .. } => short::<i32, _>(time::Time::<time::Millis>::default(), prefix),
        _ => short::<i32, _>(numbers::Signed, prefix),
    })
}

fn int64(scalar: Scalar, prefix: &KeyPrefix, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match scalar {
        Scalar::Decimal { scale, .. } => return decimal::<i64>(scale, prefix, options),
        Scalar::Time { unit, .. } => match unit {
            TimeUnit::Millis => short::<i64, _>(time::Time::<time::Millis>::default(), prefix),
            TimeUnit::Micros => short::<i64, _>(time::Time::<time::Micros>::default(), prefix),
            TimeUnit::Nanos => short::<i64, _>(time::Time::<time::Nanos>::default(), prefix),
        },
        Scalar::Timestamp { unit, utc } => match unit {
            TimeUnit::Millis => timestamp::<time::Millis>(utc, prefix, options),
            TimeUnit::Micros => timestamp::<time::Micros>(utc, prefix, options),
            TimeUnit::Nanos => timestamp::<time::Nanos>(utc, prefix, options),
        },
        Scalar::Uint { .. } if options.big_integers_as_text => short::<i64, _>(numbers::SafeUnsigned, prefix),
        Scalar::Uint { .. } => short::<i64, _>(numbers::Unsigned, prefix),
        _ if options.big_integers_as_text => short::<i64, _>(numbers::SafeSigned, prefix),
        _ => short::<i64, _>(numbers::Signed, prefix),
    })
}

fn timestamp<T: Ticks + 'static>(utc: bool, prefix: &KeyPrefix, options: &ValueOptions) -> Box<dyn Values> {
    match time::Epoch::new(T::DIGITS, options) {
        Some(epoch) => short::<i64, _>(epoch, prefix),
        None => short::<i64, _>(time::Timestamp::<T>::new(utc), prefix),
    }
}

fn decimal<P: Primitive + Into<i64>>(
    scale: i32,
    prefix: &KeyPrefix,
    options: &ValueOptions,
) -> Result<Box<dyn Values>> {
    Ok(match decimal::ShortDecimal::new(scale, options) {
        Some(short_decimal) => short::<P, _>(short_decimal, prefix),
        None => Box::new(Primitives::<P, _>::new(Long(decimal::Decimal::new(scale, options)?), prefix)),
    })
}

fn bytes(
    scalar: Scalar,
    prefix: &KeyPrefix,
    width: Option<usize>,
    options: &ValueOptions,
) -> Result<Box<dyn Values>> {
    Ok(match (scalar, options.binary) {
        (Scalar::Text(_), _) if options.text != Texts::Binary => {
            of_bytes(text::Text::new(options), prefix, width)
        }
        (Scalar::Decimal { scale, .. }, _) => {
            if let (Some(1..=16), Some(decimal)) = (width, decimal::ShortDecimal::new(scale, options)) {
                return Ok(of_bytes(Short(decimal), prefix, width));
            }
            of_bytes(LongBytes(decimal::Decimal::new(scale, options)?), prefix, width)
        }
        (Scalar::Uuid, _) => of_bytes(Short(binary::Uuid), prefix, width),
        (Scalar::Interval, _) => of_bytes(Short(time::Interval), prefix, width),
        (Scalar::Float16, _) => of_bytes(Short(numbers::Float::new(options)), prefix, width),
        (_, Binary::Base64) => of_bytes(LongBytes(binary::Base64), prefix, width),
        (_, Binary::Hex) => of_bytes(LongBytes(binary::Hex), prefix, width),
        (_, Binary::Utf8) => of_bytes(text::Text::new(options), prefix, width),
    })
}

fn short<P: Primitive, W: Write<P> + 'static>(writer: W, prefix: &KeyPrefix) -> Box<dyn Values> {
    Box::new(Primitives::<P, _>::new(Short(writer), prefix))
}

fn of_bytes<E: for<'a> Encode<PaddedSlice<'a>> + 'static>(
    encode: E,
    prefix: &KeyPrefix,
    width: Option<usize>,
) -> Box<dyn Values> {
    Box::new(ByteArrays::new(encode, prefix, width))
}
