//! A cursor over Thrift's compact protocol.
//!
//! Source: <https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md>. The parquet crate's own
//! parser is private.

use crate::error::{Code, Error, Result};

const MAX_DEPTH: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThriftType {
    Bool(bool),
    Byte,
    Integer,
    Double,
    Binary,
    List,
    Set,
    Map,
    Struct,
}

pub struct Cursor<'a> {
    bytes: &'a [u8],
    position: usize,
    depth: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0, depth: 0 }
    }

    pub fn position(&self) -> usize {
        self.position
    }

    /// The bytes from `start` to the current position.
    pub fn since(&self, start: usize) -> &'a [u8] {
        &self.bytes[start..self.position]
    }

    /// Calls `visit(field id, type)` for each field of a struct; `visit` must consume the value, except a `Bool`'s.
    pub fn fields(&mut self, mut visit: impl FnMut(&mut Self, i16, ThriftType) -> Result<()>) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("metadata is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        let mut id: i16 = 0;
        loop {
            let header = self.byte()?;
            if header == 0 {
                self.depth -= 1;
                return Ok(());
            }
            id = match header >> 4 {
                0 => i16::try_from(self.integer()?)
                    .map_err(|_| Error::corrupt("a metadata field id is out of range"))?,
                delta => id.wrapping_add(i16::from(delta)),
            };
            let kind = kind(header & 0x0f)?;
            visit(self, id, kind)?;
        }
    }

    /// Number of a list's elements, at most as many as the remaining bytes can hold, and their type. The type of an empty
    /// list is meaningless: fastparquet writes 0, which is not a type.
    pub fn list(&mut self) -> Result<(usize, ThriftType)> {
        let header = self.byte()?;
        let count = match header >> 4 {
            15 => self.varint()?,
            short => u64::from(short),
        };
        self.check_count(count)?;
        Ok((count as usize, if count == 0 { ThriftType::Struct } else { kind(header & 0x0f)? }))
    }

    pub fn integer(&mut self) -> Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn int32(&mut self) -> Result<i32> {
        i32::try_from(self.integer()?).map_err(|_| Error::corrupt("a metadata integer is out of range"))
    }

    pub fn int8(&mut self) -> Result<i8> {
        Ok(self.byte()? as i8)
    }

    pub fn binary(&mut self) -> Result<&'a [u8]> {
        let length = self.varint()?;
        self.check_count(length)?;
        let start = self.position;
        self.advance(length as usize)?;
        Ok(self.since(start))
    }

    pub fn skip(&mut self, kind: ThriftType) -> Result<()> {
        match kind {
            ThriftType::Bool(_) => Ok(()),
            ThriftType::Byte => self.advance(1),
            ThriftType::Integer => self.varint().map(|_| ()),
            ThriftType::Double => self.advance(8),
            ThriftType::Binary => self.binary().map(|_| ()),
            ThriftType::List | ThriftType::Set => {
                let (count, element) = self.list()?;
                (0..count).try_for_each(|_| self.skip_element(element))
            }
            ThriftType::Map => {
                let count = self.varint()?;
                if count == 0 {
                    return Ok(());
                }
                self.check_count(count)?;
                let kinds = self.byte()?;
                let (key, value) = (self::kind(kinds >> 4)?, self::kind(kinds & 0x0f)?);
                (0..count).try_for_each(|_| {
                    self.skip_element(key)?;
                    self.skip_element(value)
                })
            }
            ThriftType::Struct => self.fields(|cursor, _, kind| cursor.skip(kind)),
        }
    }

    /// Skips an element of a collection, where booleans take one byte and lists nest without structs between them.
    pub fn skip_element(&mut self, kind: ThriftType) -> Result<()> {
        if let ThriftType::Bool(_) = kind {
            return self.advance(1);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Error::new(
                Code::LimitExceeded,
                format!("metadata is nested deeper than {MAX_DEPTH} levels"),
            ));
        }
        self.skip(kind)?;
        self.depth -= 1;
        Ok(())
    }

    fn check_count(&self, count: u64) -> Result<()> {
        if count > (self.bytes.len() - self.position) as u64 {
            return Err(Error::corrupt(format!(
                "metadata claims {count} items, more than the remaining bytes can hold"
            )));
        }
        Ok(())
    }

    fn varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Error::corrupt("a metadata integer is too long"))
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.position).ok_or_else(ends_early)?;
        self.position += 1;
        Ok(byte)
    }

    fn advance(&mut self, count: usize) -> Result<()> {
        if count > self.bytes.len() - self.position {
            return Err(ends_early());
        }
        self.position += count;
        Ok(())
    }
}

fn ends_early() -> Error {
    Error::corrupt("metadata ends too early")
}

fn kind(code: u8) -> Result<ThriftType> {
    Ok(match code {
        1 => ThriftType::Bool(true),
        2 => ThriftType::Bool(false),
        3 => ThriftType::Byte,
        4..=6 => ThriftType::Integer,
        7 => ThriftType::Double,
        8 => ThriftType::Binary,
        9 => ThriftType::List,
        10 => ThriftType::Set,
        11 => ThriftType::Map,
        12 => ThriftType::Struct,
        other => return Err(Error::corrupt(format!("metadata has a field of unknown type {other}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_visits_every_kind_of_field() {
        // 1: true, 2: i32 -3, 3: "ab", 4: [i32 1, 2], 20: {} (long form of the field id)
        let bytes = [0x11, 0x15, 0x05, 0x18, 2, b'a', b'b', 0x19, 0x25, 2, 4, 0x0c, 40, 0, 0];
        let mut seen = Vec::new();
        let mut cursor = Cursor::new(&bytes);
        cursor
            .fields(|cursor, id, kind| {
                seen.push(id);
                cursor.skip(kind)
            })
            .unwrap();
        assert_eq!(seen, [1, 2, 3, 4, 20]);
        assert_eq!(cursor.position(), bytes.len());
    }

    #[test]
    fn claims_that_exceed_the_bytes_are_rejected() {
        let huge_list = [0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07];
        let huge_text = [0x18, 0xff, 0xff, 0xff, 0xff, 0x07];
        for bytes in [&huge_list[..], &huge_text[..], &[0x15], &[0x1d], &[]] {
            assert!(Cursor::new(bytes).skip(ThriftType::Struct).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn endless_nesting_is_rejected() {
        let structs = [0x1c; 10_000];
        assert!(Cursor::new(&structs).skip(ThriftType::Struct).is_err());
        let lists = [0x19; 10_000];
        assert!(Cursor::new(&lists).skip(ThriftType::List).is_err());
    }
}
