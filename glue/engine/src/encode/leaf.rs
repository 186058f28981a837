//! Encoders of leaf columns: levels here, the text of a value in a [`Write`] of its type.

use parquet::basic::Type;
use parquet::data_type::{
    BoolType, ByteArrayType, DataType, DoubleType, FixedLenByteArrayType, FloatType, Int32Type, Int64Type,
    Int96Type,
};
use parquet::schema::types::{ColumnDescPtr, SchemaDescriptor};

use super::column::Column;
use super::write::{Write, WriteBytes};
use super::{Columns, Encoder, OpenGroup, binary, decimal, levels_disagree, numbers, text, time};
use crate::error::Result;
use crate::options::{Binary, ValueOptions};
use crate::schema::{Scalar, Unit};

struct Bytes<W>(W);

impl<V: AsRef<[u8]>, W: WriteBytes> Write<V> for Bytes<W> {
    fn write(&mut self, value: &V, out: &mut Vec<u8>) -> Result<()> {
        self.0.write_bytes(value.as_ref(), out)
    }
}

/// Chosen once per column: physical type and meaning fix every later step.
pub fn encoder(
    index: usize,
    scalar: Scalar,
    schema: &SchemaDescriptor,
    options: &ValueOptions,
) -> Box<dyn Encoder> {
    let descriptor = schema.column(index);
    match descriptor.physical_type() {
        Type::BOOLEAN => leaf::<BoolType, _>(index, descriptor, numbers::Bool),
        Type::INT32 => int32(index, descriptor, scalar, options),
        Type::INT64 => int64(index, descriptor, scalar, options),
        Type::INT96 => leaf::<Int96Type, _>(index, descriptor, time::Int96),
        Type::FLOAT => leaf::<FloatType, _>(index, descriptor, numbers::Float::new(options)),
        Type::DOUBLE => leaf::<DoubleType, _>(index, descriptor, numbers::Float::new(options)),
        Type::BYTE_ARRAY => bytes::<ByteArrayType>(index, descriptor, scalar, options),
        Type::FIXED_LEN_BYTE_ARRAY => bytes::<FixedLenByteArrayType>(index, descriptor, scalar, options),
    }
}

fn int32(
    index: usize,
    descriptor: ColumnDescPtr,
    scalar: Scalar,
    options: &ValueOptions,
) -> Box<dyn Encoder> {
    type T = Int32Type;
    match scalar {
        Scalar::Uint { .. } => leaf::<T, _>(index, descriptor, numbers::Unsigned),
        Scalar::Decimal { scale, .. } => {
            leaf::<T, _>(index, descriptor, decimal::Decimal::new(scale, options))
        }
        Scalar::Date => leaf::<T, _>(index, descriptor, time::Date),
        Scalar::Time { .. } => leaf::<T, _>(index, descriptor, time::Time::new(Unit::Millis)),
        _ => leaf::<T, _>(index, descriptor, numbers::Signed),
    }
}

fn int64(
    index: usize,
    descriptor: ColumnDescPtr,
    scalar: Scalar,
    options: &ValueOptions,
) -> Box<dyn Encoder> {
    type T = Int64Type;
    match scalar {
        Scalar::Decimal { scale, .. } => {
            leaf::<T, _>(index, descriptor, decimal::Decimal::new(scale, options))
        }
        Scalar::Time { unit, .. } => leaf::<T, _>(index, descriptor, time::Time::new(unit)),
        Scalar::Timestamp { unit, utc } => leaf::<T, _>(index, descriptor, time::Timestamp::new(unit, utc)),
        Scalar::Uint { .. } if options.big_integers_as_text => {
            leaf::<T, _>(index, descriptor, numbers::SafeUnsigned)
        }
        Scalar::Uint { .. } => leaf::<T, _>(index, descriptor, numbers::Unsigned),
        _ if options.big_integers_as_text => leaf::<T, _>(index, descriptor, numbers::SafeSigned),
        _ => leaf::<T, _>(index, descriptor, numbers::Signed),
    }
}

fn bytes<T: DataType>(
    index: usize,
    descriptor: ColumnDescPtr,
    scalar: Scalar,
    options: &ValueOptions,
) -> Box<dyn Encoder>
where
    T::T: AsRef<[u8]>,
{
    match (scalar, options.binary) {
        (Scalar::Text(_), _) => leaf::<T, _>(index, descriptor, Bytes(text::Text)),
        (Scalar::Decimal { scale, .. }, _) => {
            leaf::<T, _>(index, descriptor, Bytes(decimal::Decimal::new(scale, options)))
        }
        (Scalar::Uuid, _) => leaf::<T, _>(index, descriptor, Bytes(binary::Uuid)),
        (Scalar::Interval, _) => leaf::<T, _>(index, descriptor, Bytes(time::Interval)),
        (Scalar::Float16, _) => leaf::<T, _>(index, descriptor, Bytes(numbers::Float::new(options))),
        (_, Binary::Base64) => leaf::<T, _>(index, descriptor, Bytes(binary::Base64)),
        (_, Binary::Hex) => leaf::<T, _>(index, descriptor, Bytes(binary::Hex)),
        (_, Binary::Utf8) => leaf::<T, _>(index, descriptor, Bytes(text::Text)),
    }
}

fn leaf<T: DataType, W: Write<T::T> + 'static>(
    index: usize,
    descriptor: ColumnDescPtr,
    writer: W,
) -> Box<dyn Encoder> {
    let column = Column::<T>::new(index, descriptor);
    let (max, optional) = (column.max_definition(), column.is_optional());
    Box::new(Leaf { column, writer, max, least: max - i16::from(optional) })
}

struct Leaf<T: DataType, W> {
    column: Column<T>,
    writer: W,
    /// Definition level of a value.
    max: i16,
    /// Least definition level where all above the leaf are present: of a value or of the leaf's own null.
    least: i16,
}

impl<T: DataType, W: Write<T::T>> Columns for Leaf<T, W> {
    fn open(&mut self, group: &OpenGroup<'_>, first_row: usize) -> Result<()> {
        self.column.open(group, first_row)
    }

    fn load(&mut self, rows: usize) -> Result<()> {
        self.column.load(rows)
    }

    fn finish(&mut self) -> Result<()> {
        self.column.finish()
    }

    fn definition(&self) -> i16 {
        self.column.definition()
    }

    fn repetition(&self) -> i16 {
        self.column.repetition()
    }

    fn agrees(&self, level: i16) -> bool {
        self.column.agrees(level)
    }

    fn skip(&mut self, present: i16) -> Result<()> {
        self.column.skip(present)
    }
}

impl<T: DataType, W: Write<T::T>> Encoder for Leaf<T, W> {
    fn write(&mut self, out: &mut Vec<u8>) -> Result<()> {
        if self.max > 0 {
            let definition = self.column.definition();
            self.column.pass_level();
            if definition < self.max {
                if definition < self.least {
                    return Err(self.column.placed(levels_disagree()));
                }
                out.extend_from_slice(b"null");
                return Ok(());
            }
        }
        let value = self.column.pass_value()?;
        match self.writer.write(value, out) {
            Ok(()) => Ok(()),
            Err(error) => Err(self.column.placed(error)),
        }
    }
}
