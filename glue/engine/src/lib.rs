//! The encoder of unparquet: Parquet in, JSON out. This is its surface for Python.

mod chunk;
mod compress;
mod encode;
mod error;
mod fetch;
mod footer;
mod format;
mod limit;
mod options;
mod panics;
mod plan;
mod queue;
mod read;
mod row_groups;
mod run;
mod schema;
mod source;
mod thrift;

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use pyo3::ffi;
use pyo3::prelude::*;

use encode::MAX_ROW;
use error::{Code, Error, Result};
use options::{Binary, Compression, Format, Options, ValueOptions, choose};
use source::{LocalFile, PythonSource, Source};

const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

/// Where the JSON goes: a file descriptor, or a Python object with `write(data: bytes)`, which may wait, and
/// `interrupt()`, after which it does not.
enum Sink {
    Descriptor(ManuallyDrop<File>),
    Object(Py<PyAny>),
}

impl queue::Sink for Sink {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        match self {
            Sink::Descriptor(file) => file
                .write_all(data)
                .map_err(|error| Error::new(Code::Internal, format!("writing the output failed: {error}"))),
            Sink::Object(object) => Python::attach(|py| {
                let data = bytes(py, data)?;
                object.call_method1(py, "write", (data,)).map(|_| ())
            })
            .map_err(Error::Python),
        }
    }
}

/// `data` as a Python object. `PyBytes::new` would panic where there is no memory for it.
fn bytes<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let length = data.len().try_into()?;
    // SAFETY: a new reference to a copy of `length` bytes, or null with an exception set.
    unsafe {
        let copy = ffi::PyBytes_FromStringAndSize(data.as_ptr().cast(), length);
        Bound::from_owned_ptr_or_err(py, copy)
    }
}

/// Looks for signals, and calls `progress` a few times a second and at the end. Interrupts the sink when
/// the conversion is to end early.
fn reporter(progress: Option<Py<PyAny>>, sink: &Sink) -> impl FnMut(u64, u64, u64) -> Result<()> + use<> {
    let sink = match sink {
        Sink::Object(object) => Some(Python::attach(|py| object.clone_ref(py))),
        Sink::Descriptor(_) => None,
    };
    let mut reported: Option<Instant> = None;
    move |rows, total_rows, bytes| {
        let due = reported.is_none_or(|reported| reported.elapsed() >= PROGRESS_INTERVAL);
        Python::attach(|py| {
            let report = || -> PyResult<()> {
                py.check_signals()?;
                if let (true, Some(progress)) = (due, &progress) {
                    progress.call1(py, (rows, total_rows, bytes))?;
                }
                Ok(())
            };
            if due {
                reported = Some(Instant::now());
            }
            report().map_err(|error| {
                if let Some(sink) = &sink {
                    // What it raises says no more than what ends the conversion.
                    drop(sink.call_method0(py, "interrupt"));
                }
                Error::Python(error)
            })
        })
    }
}

/// Rows, bytes written, name and type of the first columns, and how many more there are.
type Converted = (u64, u64, Vec<(String, String)>, usize);

/// Converts `source` (a path, or an object with `size` and `read(offset, length)`), writing to `sink` (a
/// file descriptor, or an object with `write(bytes)`).
///
/// Calls `progress(rows, total_rows, bytes)` a few times a second. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, sink, progress=None, *, format="ndjson", compression="none", columns=None,
    limit=None, max_bytes=None, max_rows=None, integers="number", decimals="number", binary="base64", non_finite="null", threads=None))]
#[expect(clippy::too_many_arguments, reason = "keyword arguments of a Python function")]
fn convert(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    sink: &Bound<'_, PyAny>,
    progress: Option<Py<PyAny>>,
    format: &str,
    compression: &str,
    columns: Option<Vec<String>>,
    limit: Option<u64>,
    max_bytes: Option<u64>,
    max_rows: Option<u64>,
    integers: &str,
    decimals: &str,
    binary: &str,
    non_finite: &str,
    threads: Option<usize>,
) -> PyResult<Converted> {
    let as_text = |option, value| choose(option, value, &[("number", false), ("string", true)]);
    let options = || -> Result<Options> {
        let available = || std::thread::available_parallelism().map_or(1, usize::from);
        let compression = choose(
            "compression",
            compression,
            &[("none", Compression::None), ("gzip", Compression::Gzip), ("zstd", Compression::Zstd)],
        )?;
        let max_bytes = max_bytes.unwrap_or(u64::MAX);
        Ok(Options {
            format: choose("format", format, &[("ndjson", Format::Ndjson), ("json", Format::Json)])?,
            compression,
            columns,
            limit,
            max_bytes,
            max_rows: max_rows.unwrap_or(u64::MAX),
            threads: threads.unwrap_or_else(available).max(1),
            values: ValueOptions {
                big_integers_as_text: as_text("integers", integers)?,
                decimals_as_text: as_text("decimals", decimals)?,
                binary: choose(
                    "binary",
                    binary,
                    &[("base64", Binary::Base64), ("hex", Binary::Hex), ("utf8", Binary::Utf8)],
                )?,
                non_finite_as_text: choose("non-finite", non_finite, &[("null", false), ("string", true)])?,
                max_row: match compression {
                    Compression::None => usize::try_from(max_bytes).map_or(MAX_ROW, |most| most.min(MAX_ROW)),
                    // How short a row will be is not known before it is compressed.
                    _ => MAX_ROW,
                },
            },
        })
    };
    let options = options().map_err(|error| raised(py, error))?;
    let source: Arc<dyn Source> = match source.extract::<PathBuf>() {
        Ok(path) => Arc::new(LocalFile::open(&path).map_err(|error| raised(py, error))?),
        Err(_) => Arc::new(PythonSource::new(source)?),
    };
    let mut sink = match sink.extract::<i32>() {
        // SAFETY: the caller keeps its descriptor open during the call, and it is never closed here.
        Ok(descriptor) => Sink::Descriptor(ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })),
        Err(_) => Sink::Object(sink.clone().unbind()),
    };
    let mut reporter = reporter(progress, &sink);
    let convert = || run::convert(source, &options, &mut sink, &mut reporter);
    let summary = py.detach(convert).map_err(|error| raised(py, error))?;
    let columns = summary.columns;
    Ok((summary.rows, summary.bytes, columns.first, columns.omitted))
}

/// The Python exception of an error: `unparquet.errors.ConversionError(code, message)`.
fn raised(py: Python<'_>, error: Error) -> PyErr {
    let (code, message) = match error {
        Error::Failed { code, message } => (code, message),
        Error::Python(error) => return error,
        Error::Cancelled => (Code::Internal, "cancelled".to_string()),
    };
    let exception = py
        .import("unparquet.errors")
        .and_then(|module| module.getattr("ConversionError")?.call1((code.as_str(), message)));
    match exception {
        Ok(exception) => PyErr::from_value(exception),
        Err(error) => error,
    }
}

#[pymodule]
fn _engine(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(convert, module)?)
}
