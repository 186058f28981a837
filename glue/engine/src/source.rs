//! Where the bytes of a file come from.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::PyBytes;

use crate::error::{Code, Error, Result};

pub trait Source: Send + Sync {
    /// Size of the file in bytes.
    fn size(&self) -> u64;

    /// Exactly `length` bytes from `offset` on. Callers stay within [`Source::size`].
    fn read(&self, offset: u64, length: usize) -> Result<Bytes>;

    /// Whether many small reads are as good as few large ones (a disk), or each one costs a round trip.
    fn is_local(&self) -> bool;

    /// Nobody needs any more bytes: reads under way should end soon, with whatever error.
    fn interrupt(&self) {}
}

pub struct LocalFile {
    file: File,
    size: u64,
}

impl LocalFile {
    pub fn open(path: &Path) -> Result<Self> {
        let missing = |error: std::io::Error| {
            let reason = match error.kind() {
                ErrorKind::NotFound => "there is no such file".to_string(),
                _ => error.to_string(),
            };
            Error::new(Code::InputMissing, format!("{}: {reason}", path.display()))
        };
        let file = File::open(path).map_err(missing)?;
        let metadata = file.metadata().map_err(missing)?;
        if !metadata.is_file() {
            return Err(Error::new(Code::InputMissing, format!("{}: is no file", path.display())));
        }
        Ok(Self { file, size: metadata.len() })
    }
}

impl Source for LocalFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        read_exact(&self.file, offset, length)
    }

    fn is_local(&self) -> bool {
        true
    }
}

/// Exactly `length` bytes of a file from `offset` on.
pub fn read_exact(file: &File, offset: u64, length: usize) -> Result<Bytes> {
    let mut buffer = allocate(length)?;
    file.read_exact_at(&mut buffer, offset).map_err(|error| {
        Error::new(Code::Internal, format!("reading {length} bytes at byte {offset} failed: {error}"))
    })?;
    Ok(buffer.into())
}

/// A Python object with `size: int`, `read(offset: int, length: int) -> bytes`, which several threads call
/// at once, and `interrupt()`, after which reads end soon.
pub struct PythonSource {
    object: Py<PyAny>,
    size: u64,
}

impl PythonSource {
    pub fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        Ok(Self { size: object.getattr("size")?.extract()?, object: object.clone().unbind() })
    }
}

impl Source for PythonSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let data: PyBackedBytes = Python::attach(|py| {
            let data = self.object.call_method1(py, "read", (offset, length))?;
            data.bind(py).cast::<PyBytes>().map(|data| data.clone().into()).map_err(PyErr::from)
        })
        .map_err(Error::Python)?;
        if data.len() != length {
            let message = format!("asked for {length} bytes at byte {offset}, got {}", data.len());
            return Err(Error::new(Code::Internal, message));
        }
        Ok(Bytes::from_owner(data))
    }

    fn is_local(&self) -> bool {
        false
    }

    fn interrupt(&self) {
        // What it raises says no more than the reads that it ends.
        Python::attach(|py| drop(self.object.call_method0(py, "interrupt")));
    }
}

/// A zeroed buffer, or `out_of_memory` where a plain allocation would abort the process.
pub fn allocate(length: usize) -> Result<Vec<u8>> {
    let mut buffer = reserve(length)?;
    buffer.resize(length, 0);
    Ok(buffer)
}

/// An empty buffer with room for `length` bytes, or `out_of_memory`.
pub fn reserve(length: usize) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(length).map_err(|_| {
        Error::new(Code::OutOfMemory, format!("{length} bytes are more than there is memory for"))
    })?;
    Ok(buffer)
}
