//! The spill file: an unnamed temporary file for pages and column chunks that exceed the memory budget.

use std::fs::File;
use std::io;

use bytes::Bytes;

use crate::buffer::{allocate, share};
use crate::error::{Code, Error, Result};

/// Sparse: ranges that were never written take no disk space.
pub struct SpillFile(io::Result<File>);

impl SpillFile {
    /// Creates the file. If that fails, reads and writes return the error.
    pub fn new() -> Self {
        // Without a file system, looking up the temporary folder panics.
        Self(if cfg!(unix) { tempfile::tempfile() } else { Err(io::ErrorKind::Unsupported.into()) })
    }

    pub fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let file = self.0.as_ref().map_err(failed)?;
        positioned::write_all(file, offset, data).map_err(|error| failed(&error))
    }

    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let file = self.0.as_ref().map_err(failed)?;
        let mut buffer = allocate(length)?;
        positioned::read_exact(file, offset, &mut buffer).map_err(|error| failed(&error))?;
        Ok(share(buffer))
    }
}

fn failed(error: &io::Error) -> Error {
    if cfg!(not(unix)) {
        return Error::new(Code::OutOfMemory, "not enough memory to convert the file");
    }
    Error::new(Code::Internal, format!("a temporary file in {} failed: {error}", positioned::folder()))
}

#[cfg(unix)]
mod positioned {
    use std::fs::File;
    use std::io::Result;
    use std::os::unix::fs::FileExt;

    pub fn folder() -> String {
        std::env::temp_dir().display().to_string()
    }

    pub fn write_all(file: &File, offset: u64, data: &[u8]) -> Result<()> {
        file.write_all_at(data, offset)
    }

    pub fn read_exact(file: &File, offset: u64, buffer: &mut [u8]) -> Result<()> {
        file.read_exact_at(buffer, offset)
    }
}

/// Without a file system there is never an open file.
#[cfg(not(unix))]
mod positioned {
    use std::fs::File;
    use std::io::{ErrorKind, Result};

    pub fn folder() -> String {
        "memory".to_string()
    }

    pub fn write_all(_: &File, _: u64, _: &[u8]) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }

    pub fn read_exact(_: &File, _: u64, _: &mut [u8]) -> Result<()> {
        Err(ErrorKind::Unsupported.into())
    }
}
