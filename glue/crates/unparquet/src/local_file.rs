//! Reads local files.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::Bytes;

use crate::buffer::{allocate, share};
use crate::error::{Code, Error, Result};
use crate::source::Source;

/// A local file.
pub struct LocalFile {
    file: File,
    size: u64,
}

impl LocalFile {
    /// Errors: `input_missing` if the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let missing = |error: std::io::Error| {
            let reason = match error.kind() {
                ErrorKind::NotFound => "no such file".to_string(),
                _ => error.to_string(),
            };
            Error::new(Code::InputMissing, format!("{}: {reason}", path.display()))
        };
        let file = File::open(path).map_err(missing)?;
        let metadata = file.metadata().map_err(missing)?;
        if !metadata.is_file() {
            return Err(Error::new(Code::InputMissing, format!("{}: not a regular file", path.display())));
        }
        Ok(Self { file, size: metadata.len() })
    }
}

impl Source for LocalFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let mut buffer = allocate(length)?;
        self.file.read_exact_at(&mut buffer, offset).map_err(|error| {
            Error::new(Code::Internal, format!("reading {length} bytes at byte {offset} failed: {error}"))
        })?;
        Ok(share(buffer))
    }

    fn is_local(&self) -> bool {
        true
    }
}
