//! Chooses the encoder of a leaf column from its physical type, logical type and options.

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
use crate::types::Type;

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

/// The encoder of the column at `index`. `width` is the fixed length of its byte arrays; None if it varies.
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
        Type::INT32 => int32(scalar, options)?,
        Type::INT64 => int64(scalar, options)?,
        Type::INT96 => match time::Epoch::new(time::Nanos::DIGITS, options) {
            Some(epoch) => short::<[u32; 3], _>(epoch),
            None => short::<[u32; 3], _>(time::Int96),
        },
        Type::FLOAT => short::<f32, _>(numbers::Float::new(options)),
        Type::DOUBLE => short::<f64, _>(numbers::Float::new(options)),
        Type::BYTE_ARRAY | Type::FIXED_LEN_BYTE_ARRAY => bytes(scalar, width, options)?,
    };
    Ok(Leaf::new(index, descriptor, prefix, values))
}

/// A leaf that keeps bytes unchanged, for the binary encoding of VARIANT.
pub fn raw(index: usize, schema: &Schema) -> Leaf {
    let descriptor = schema.column(index);
    let prefix = KeyPrefix::new(b"", descriptor.max_def_level(), Vec::new());
    let values = Box::new(ByteArrays::new(LongBytes(binary::Raw), None));
    Leaf::new(index, descriptor, &prefix, values)
}

fn int32(scalar: Scalar, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match scalar {
        Scalar::Uint { bits: bits @ (8 | 16) } => short::<i32, _>(numbers::NarrowUnsigned { bits }),
        Scalar::Uint { .. } => short::<i32, _>(numbers::Unsigned),
        Scalar::Decimal { scale, .. } => return decimal::<i32>(scale, options),
        Scalar::Date => short::<i32, _>(time::Date),
        Scalar::Time { .. } => short::<i32, _>(time::Time::<time::Millis>::default()),
        _ => short::<i32, _>(numbers::Signed),
    })
}

fn int64(scalar: Scalar, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match scalar {
        Scalar::Decimal { scale, .. } => return decimal::<i64>(scale, options),
        Scalar::Time { unit, .. } => match unit {
            TimeUnit::Millis => short::<i64, _>(time::Time::<time::Millis>::default()),
            TimeUnit::Micros => short::<i64, _>(time::Time::<time::Micros>::default()),
            TimeUnit::Nanos => short::<i64, _>(time::Time::<time::Nanos>::default()),
        },
        Scalar::Timestamp { unit, utc } => match unit {
            TimeUnit::Millis => timestamp::<time::Millis>(utc, options),
            TimeUnit::Micros => timestamp::<time::Micros>(utc, options),
            TimeUnit::Nanos => timestamp::<time::Nanos>(utc, options),
        },
        Scalar::Uint { .. } if options.big_integers_as_text => short::<i64, _>(numbers::SafeUnsigned),
        Scalar::Uint { .. } => short::<i64, _>(numbers::Unsigned),
        _ if options.big_integers_as_text => short::<i64, _>(numbers::SafeSigned),
        _ => short::<i64, _>(numbers::Signed),
    })
}

fn timestamp<T: Ticks + 'static>(utc: bool, options: &ValueOptions) -> Box<dyn Values> {
    match time::Epoch::new(T::DIGITS, options) {
        Some(epoch) => short::<i64, _>(epoch),
        None => short::<i64, _>(time::Timestamp::<T>::new(utc)),
    }
}

fn decimal<P: Primitive + Into<i64>>(scale: i32, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match decimal::ShortDecimal::new(scale, options) {
        Some(short_decimal) => short::<P, _>(short_decimal),
        None => Box::new(Primitives::<P, _>::new(Long(decimal::Decimal::new(scale, options)?))),
    })
}

fn bytes(scalar: Scalar, width: Option<usize>, options: &ValueOptions) -> Result<Box<dyn Values>> {
    Ok(match (scalar, options.binary) {
        (Scalar::Text(_), _) if options.text != Texts::Binary => of_bytes(text::Text::new(options), width),
        (Scalar::Decimal { scale, .. }, _) => {
            if let (Some(1..=16), Some(decimal)) = (width, decimal::ShortDecimal::new(scale, options)) {
                return Ok(of_bytes(Short(decimal), width));
            }
            of_bytes(LongBytes(decimal::Decimal::new(scale, options)?), width)
        }
        (Scalar::Uuid, _) => of_bytes(Short(binary::Uuid), width),
        (Scalar::Interval, _) => of_bytes(Short(time::Interval), width),
        (Scalar::Float16, _) => of_bytes(Short(numbers::Float::new(options)), width),
        (_, Binary::Base64) => of_bytes(LongBytes(binary::Base64), width),
        (_, Binary::Hex) => of_bytes(LongBytes(binary::Hex), width),
        (_, Binary::Utf8) => of_bytes(text::Text::new(options), width),
    })
}

fn short<P: Primitive, W: Write<P> + 'static>(writer: W) -> Box<dyn Values> {
    Box::new(Primitives::<P, _>::new(Short(writer)))
}

fn of_bytes<E: for<'a> Encode<PaddedSlice<'a>> + 'static>(
    encode: E,
    width: Option<usize>,
) -> Box<dyn Values> {
    Box::new(ByteArrays::new(encode, width))
}
