//! A row group too wide for memory, in a temporary file that has no name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::error::{Code, Error, Result};
use crate::source::read_exact;

/// Bytes are where they are in the input; what was never written takes no room on the disk.
pub struct Spool(io::Result<File>);

impl Spool {
    /// A disk that is full or not there is an error of those who write or read.
    pub fn new() -> Self {
        Self(unnamed())
    }

    pub fn write(&self, offset: u64, data: &[u8]) -> Result<()> {
        let file = self.0.as_ref().map_err(failed)?;
        file.write_all_at(data, offset).map_err(|error| failed(&error))
    }

    pub fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let file = self.0.as_ref().map_err(failed)?;
        read_exact(file, offset, length)
    }
}

fn failed(error: &io::Error) -> Error {
    let folder = std::env::temp_dir();
    Error::new(Code::Internal, format!("a temporary file in {} failed: {error}", folder.display()))
}

/// A file that is gone as soon as it is closed, however the process ends.
fn unnamed() -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!(".unparquet-{}-{count}", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}
