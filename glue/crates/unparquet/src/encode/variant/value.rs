//! Writes binary-encoded variant values as JSON.

use super::metadata::{Metadata, little_endian};
use crate::encode::binary;
use crate::encode::decimal::Decimal;
use crate::encode::numbers::{self, Float};
use crate::encode::text::Text;
use crate::encode::time::{Date, Epoch, Micros, Nanos, Ticks, Time, Timestamp};
use crate::encode::values::{AppendBytes, PaddedSlice, Write};
use crate::error::{Code, Error, Result};
use crate::json_string::write_text;
use crate::options::{Binary, Texts, ValueOptions};

const MAX_DEPTH: usize = 128;

pub struct ValueWriter {
    options: ValueOptions,
    /// Values that may still be written: offsets can repeat a part, but a value has at most as many parts as bytes.
    remaining: usize,
    depth: usize,
}

impl ValueWriter {
    pub fn new(options: &ValueOptions) -> Self {
        Self { options: *options, remaining: 0, depth: 0 }
    }

    /// Errors: `limit_exceeded` if the row is too long.
    pub fn check_length(&self, out: &[u8]) -> Result<()> {
        self.options.max_row.check(out.len())
    }

    /// Writes one whole value.
    pub fn write(&mut self, value: &[u8], metadata: &Metadata<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.remaining = value.len();
        self.depth = 0;
        self.any(value, metadata, out)
    }

    /// Starts an object whose fields the caller writes one by one.
    pub fn start(&mut self, value: &[u8]) {
        self.remaining = value.len();
        self.depth = 0;
    }

    /// Writes the value that starts at the first byte; bytes after its end are ignored.
    pub fn any(&mut self, value: &[u8], metadata: &Metadata<'_>, out: &mut Vec<u8>) -> Result<()> {
        self.remaining = self.remaining.checked_sub(1).ok_or_else(malformed)?;
        let (&header, rest) = value.split_first().ok_or_else(malformed)?;
        match header & 3 {
            0 => self.primitive(header >> 2, rest, out),
            1 => self.text(rest.get(..usize::from(header >> 2)).ok_or_else(malformed)?, out),
            2 => self.nested(|writer| writer.object(&Object::parse(value)?, metadata, out)),
            _ => self.nested(|writer| writer.array(header >> 2, rest, metadata, out)),
        }
    }

    fn nested(&mut self, write: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("a variant is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        write(self)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, object: &Object<'_>, metadata: &Metadata<'_>, out: &mut Vec<u8>) -> Result<()> {
        out.push(b'{');
        let mut before = None;
        for index in 0..object.len {
            let (name, value) = object.field(index, metadata)?;
            // The format requires fields sorted by name; this also rejects duplicates.
            if before.is_some_and(|before| before >= name) {
                return Err(Error::corrupt("variant fields are not sorted by name"));
            }
            before = Some(name);
            if index > 0 {
                out.push(b',');
            }
            write_text(name, out)?;
            out.push(b':');
            self.any(value, metadata, out)?;
            self.check_length(out)?;
        }
        out.push(b'}');
        Ok(())
    }

    fn array(&mut self, header: u8, bytes: &[u8], metadata: &Metadata<'_>, out: &mut Vec<u8>) -> Result<()> {
        let offset_size = usize::from(header & 3) + 1;
        let (len, rest) = count(bytes, header & 4 != 0)?;
        let (offsets, values) = split_offsets(rest, len, offset_size)?;
        out.push(b'[');
        for offset in offsets.chunks_exact(offset_size).take(len) {
            if out.last() != Some(&b'[') || offset.as_ptr() != offsets.as_ptr() {
                out.push(b',');
            }
            self.any(values.get(little_endian(offset)..).ok_or_else(malformed)?, metadata, out)?;
            self.check_length(out)?;
        }
        out.push(b']');
        Ok(())
    }

    fn primitive(&self, kind: u8, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let options = &self.options;
        match kind {
            0 => out.extend_from_slice(b"null"),
            1 => out.extend_from_slice(b"true"),
            2 => out.extend_from_slice(b"false"),
            3 => numbers::Signed.append(i32::from(i8::from_le_bytes(fixed(bytes)?)), out),
            4 => numbers::Signed.append(i32::from(i16::from_le_bytes(fixed(bytes)?)), out),
            5 => numbers::Signed.append(i32::from_le_bytes(fixed(bytes)?), out),
            6 => {
                let value = i64::from_le_bytes(fixed(bytes)?);
                if options.big_integers_as_text {
                    numbers::SafeSigned.append(value, out);
                } else {
                    numbers::Signed.append(value, out);
                }
            }
            7 => Float::new(options).append(f64::from_le_bytes(fixed(bytes)?), out),
            8 => self.decimal::<4>(bytes, out)?,
            9 => self.decimal::<8>(bytes, out)?,
            10 => self.decimal::<16>(bytes, out)?,
            11 => Date.append(i32::from_le_bytes(fixed(bytes)?), out),
            12 => self.timestamp::<Micros>(true, bytes, out)?,
            13 => self.timestamp::<Micros>(false, bytes, out)?,
            14 => Float::new(options).append(f32::from_le_bytes(fixed(bytes)?), out),
            15 => self.binary(sized(bytes)?, out)?,
            16 => self.text(sized(bytes)?, out)?,
            17 => Time::<Micros>::default().append(i64::from_le_bytes(fixed(bytes)?), out),
            18 => self.timestamp::<Nanos>(true, bytes, out)?,
            19 => self.timestamp::<Nanos>(false, bytes, out)?,
            20 => {
                let uuid = fixed::<16>(bytes)?;
                binary::Uuid.append(PaddedSlice { source: &uuid, start: 0, end: 16 }, out);
            }
            other => {
                let message = format!("unknown variant type {other}");
                return Err(Error::new(Code::UnsupportedFeature, message));
            }
        }
        Ok(())
    }

    fn text(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self.options.text {
            Texts::Binary => self.binary(bytes, out),
            _ => Text::new(&self.options).append_bytes(bytes, out),
        }
    }

    fn binary(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        match self.options.binary {
            Binary::Base64 => binary::Base64.append_bytes(bytes, out),
            Binary::Hex => binary::Hex.append_bytes(bytes, out),
            Binary::Utf8 => Text::new(&self.options).append_bytes(bytes, out),
        }
    }

    fn timestamp<T: Ticks>(&self, utc: bool, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let value = i64::from_le_bytes(fixed(bytes)?);
        match Epoch::new(T::DIGITS, &self.options) {
            Some(epoch) => epoch.append(value, out),
            None => Timestamp::<T>::new(utc).append(value, out),
        }
        Ok(())
    }

    /// Writes a decimal: a byte with the scale, then the unscaled value, little-endian.
    fn decimal<const N: usize>(&self, bytes: &[u8], out: &mut Vec<u8>) -> Result<()> {
        let (&scale, rest) = bytes.split_first().ok_or_else(malformed)?;
        let mut unscaled = fixed::<N>(rest)?;
        unscaled.reverse();
        Decimal::new(scale.into(), &self.options)?.append_bytes(&unscaled[..], out)
    }
}

/// The field ids, offsets and values of an object.
pub struct Object<'a> {
    pub len: usize,
    id_size: usize,
    offset_size: usize,
    ids: &'a [u8],
    offsets: &'a [u8],
    values: &'a [u8],
}

impl<'a> Object<'a> {
    pub fn parse(value: &'a [u8]) -> Result<Self> {
        let (&header, rest) = value.split_first().ok_or_else(malformed)?;
        if header & 3 != 2 {
            return Err(Error::corrupt("a partially shredded variant is not an object"));
        }
        let header = header >> 2;
        let offset_size = usize::from(header & 3) + 1;
        let id_size = usize::from(header >> 2 & 3) + 1;
        let (len, rest) = count(rest, header & 0x10 != 0)?;
        let (ids, rest) = rest.split_at_checked(len * id_size).ok_or_else(malformed)?;
        let (offsets, values) = split_offsets(rest, len, offset_size)?;
        Ok(Self { len, id_size, offset_size, ids, offsets, values })
    }

    /// Name and value of a field; other bytes may follow the value.
    pub fn field<'m>(&self, index: usize, metadata: &Metadata<'m>) -> Result<(&'m str, &'a [u8])> {
        let id = little_endian(&self.ids[index * self.id_size..][..self.id_size]);
        let offset = little_endian(&self.offsets[index * self.offset_size..][..self.offset_size]);
        Ok((metadata.name(id)?, self.values.get(offset..).ok_or_else(malformed)?))
    }
}

/// A number of elements, in one or four bytes.
fn count(bytes: &[u8], large: bool) -> Result<(usize, &[u8])> {
    let (count, rest) = bytes.split_at_checked(if large { 4 } else { 1 }).ok_or_else(malformed)?;
    Ok((little_endian(count), rest))
}

/// `len + 1` offsets and the bytes they index.
fn split_offsets(bytes: &[u8], len: usize, size: usize) -> Result<(&[u8], &[u8])> {
    bytes.split_at_checked((len + 1) * size).ok_or_else(malformed)
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
    bytes.first_chunk().copied().ok_or_else(malformed)
}

/// Reads bytes after their length prefix.
fn sized(bytes: &[u8]) -> Result<&[u8]> {
    let (length, rest) = bytes.split_at_checked(4).ok_or_else(malformed)?;
    rest.get(..little_endian(length)).ok_or_else(malformed)
}

fn malformed() -> Error {
    Error::corrupt("malformed variant value")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    /// Names `a`, `b`, `c`.
    const METADATA: [u8; 9] = [0x01, 3, 0, 1, 2, 3, b'a', b'b', b'c'];

    fn json(value: &[u8]) -> Result<String> {
        let options = Options { binary: Binary::Hex, ..Options::default() };
        let mut out = Vec::new();
        ValueWriter::new(&options.values()).write(value, &Metadata::parse(&METADATA).unwrap(), &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn primitives_are_written_as_their_json() {
        let int64 = [&[6 << 2][..], &i64::MIN.to_le_bytes()].concat();
        let decimal = [&[10 << 2, 3][..], &(-1234i128).to_le_bytes()].concat();
        let nanos = [&[19 << 2][..], &1i64.to_le_bytes()].concat();
        for (value, expected) in [
            (&[0][..], "null"),
            (&[1 << 2], "true"),
            (&[3 << 2, 0xff], "-1"),
            (&int64, "-9223372036854775808"),
            (&decimal, "-1.234"),
            (&[11 << 2, 0, 0, 0, 0], "\"1970-01-01\""),
            (&nanos, "\"1970-01-01T00:00:00.000000001\""),
            (&[15 << 2, 2, 0, 0, 0, 0xca, 0xfe], "\"cafe\""),
            (&[2 << 2 | 1, b'h', b'i'], "\"hi\""),
        ] {
            assert_eq!(json(value).unwrap(), expected);
        }
    }

    #[test]
    fn objects_and_arrays_are_written_as_their_json() {
        // {"a": [], "c": [true, {}]}; in the bytes the value of "c" comes first.
        let array = [3, 2, 0, 1, 4, 1 << 2, 2, 0, 0];
        let object = [&[2, 2, 0, 2, 9, 0, 12][..], &array, &[3, 0, 0]].concat();
        assert_eq!(json(&object).unwrap(), "{\"a\":[],\"c\":[true,{}]}");
    }

    #[test]
    fn truncated_values_and_wrong_offsets_are_rejected() {
        let unknown_name = [2, 1, 9, 0, 1, 0];
        let unsorted = [2, 2, 1, 0, 0, 1, 2, 0, 0];
        let endless = [3, 1, 0, 0];
        let repeated = [3, 3, 0, 0, 0, 0];
        for value in [&[][..], &[6 << 2, 1], &[63 << 2 | 1], &unknown_name, &unsorted, &[21 << 2], &[2, 255]]
        {
            assert!(json(value).is_err(), "{value:?}");
        }
        assert!(json(&endless).is_err());
        assert!(json(&repeated).is_err());
    }

    #[test]
    fn endless_nesting_is_rejected() {
        // Arrays of one element each.
        let mut value = vec![0];
        for _ in 0..300 {
            let length = (value.len() as u32).to_le_bytes();
            value = [&[3 | 3 << 2, 1, 0, 0, 0, 0][..], &length, &value].concat();
        }
        assert!(json(&value).unwrap_err().to_string().starts_with("limit_exceeded"));
    }
}
