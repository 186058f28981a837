//! Python bindings: `unparquet._engine`.

use std::fs::File;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyBytes, PyDict};
use unparquet::{Code, Error, LocalFile, Options, RangeOutput, Result, RowRange, Sink, Source, TableRange};

const PROGRESS_INTERVAL: Duration = Duration::from_millis(250);

/// A Python object with `size: int`; `read(offset: int, length: int) -> bytes`, called from several threads; and
/// `interrupt()`, after which reads end soon.
struct ObjectSource {
    object: Py<PyAny>,
    size: u64,
}

impl Source for ObjectSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let data: PyBackedBytes = Python::attach(|py| {
            let data = self.object.call_method1(py, "read", (offset, length))?;
            data.bind(py).cast::<PyBytes>().map(|data| data.clone().into()).map_err(PyErr::from)
        })
        .map_err(Error::external)?;
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
        interrupt(&self.object);
    }
}

/// A file descriptor, or a Python object with `write(data: bytes)`, which may block; `interrupt()`, which ends blocked
/// writes; and `memory: int`, the bytes that it takes.
enum PythonSink {
    Descriptor(ManuallyDrop<File>),
    Object(Py<PyAny>),
}

impl Sink for PythonSink {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        match self {
            PythonSink::Descriptor(file) => Sink::write(&mut **file, data),
            PythonSink::Object(object) => Python::attach(|py| {
                let data = bytes(py, data)?;
                object.call_method1(py, "write", (data,)).map(|_| ())
            })
            .map_err(Error::external),
        }
    }

    fn memory(&self) -> usize {
        let PythonSink::Object(object) = self else { return 0 };
        Python::attach(|py| object.getattr(py, "memory")?.extract(py)).unwrap_or(0)
    }
}

/// `data` as a Python object. `PyBytes::new` would panic without enough memory.
fn bytes<'py>(py: Python<'py>, data: &[u8]) -> PyResult<Bound<'py, PyAny>> {
    let length = data.len().try_into()?;
    // SAFETY: a new reference to a copy of `length` bytes, or null with an exception set.
    unsafe {
        let copy = ffi::PyBytes_FromStringAndSize(data.as_ptr().cast(), length);
        Bound::from_owned_ptr_or_err(py, copy)
    }
}

/// Calls `interrupt()`, ignoring exceptions: the conversion is already ending with an error.
fn interrupt(object: &Py<PyAny>) {
    Python::attach(|py| drop(object.call_method0(py, "interrupt")));
}

/// Checks for signals, and calls `progress` a few times a second and at the end. Interrupts the sink if the conversion
/// ends early.
fn reporter(
    progress: Option<Py<PyAny>>,
    sink: &PythonSink,
) -> impl FnMut(u64, u64, u64) -> Result<()> + use<> {
    let sink = match sink {
        PythonSink::Object(object) => Some(Python::attach(|py| object.clone_ref(py))),
        PythonSink::Descriptor(_) => None,
    };
    let mut reported: Option<Instant> = None;
    move |rows, total_rows, bytes| {
        let due = reported.is_none_or(|reported| reported.elapsed() >= PROGRESS_INTERVAL);
        if due {
            reported = Some(Instant::now());
        }
        Python::attach(|py| -> PyResult<()> {
            py.check_signals()?;
            if let (true, Some(progress)) = (due, &progress) {
                progress.call1(py, (rows, total_rows, bytes))?;
            }
            Ok(())
        })
        .map_err(|error| {
            sink.iter().for_each(interrupt);
            Error::external(error)
        })
    }
}

fn settings(arguments: Option<&Bound<'_, PyDict>>) -> PyResult<Options> {
    let mut options = Options::default();
    arguments.map_or(Ok(()), |arguments| set(&mut options, arguments))?;
    Ok(options)
}

/// Sets options from keyword arguments: numbers, column names, or choices.
fn set(options: &mut Options, arguments: &Bound<'_, PyDict>) -> PyResult<()> {
    for (name, value) in arguments {
        let name: String = name.extract()?;
        match name.as_str() {
            "columns" => options.columns = value.extract()?,
            "limit" => options.limit = value.extract()?,
            "max_bytes" => options.max_bytes = value.extract()?,
            "max_rows" => options.max_rows = value.extract()?,
            "memory" => options.memory = value.extract()?,
            "threads" => options.threads = value.extract::<usize>()?.max(1),
            _ => options
                .set(&name, &value.extract::<String>()?)
                .map_err(|error| to_py_err(arguments.py(), &error))?,
        }
    }
    Ok(())
}

/// Rows, bytes written, name and type of the first columns, number of further columns, and the index: rows and bytes.
type Converted = (u64, u64, Vec<(String, String)>, usize, Vec<(u64, u64)>);

/// Converts `source` (a path, or an object with `size` and `read(offset, length)`) and writes to `sink` (a file
/// descriptor, or an object with `write(bytes)`). Keyword arguments: `CHOICES`, `columns`, `limit`, `max_bytes`,
/// `max_rows`, `memory`, `threads`.
///
/// Calls `progress(rows, total_rows, bytes)` a few times a second. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, sink, progress=None, **options))]
fn convert(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    sink: &Bound<'_, PyAny>,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Converted> {
    let (settings, source, mut sink) = (settings(options)?, open(source)?, python_sink(sink));
    let mut reporter = reporter(progress, &sink);
    let convert = || unparquet::convert(source, &settings, &mut sink, &mut reporter);
    let summary = py.detach(convert).map_err(|error| to_py_err(py, &error))?;
    let columns = summary.columns;
    let index = summary.index.into_iter().map(|entry| (entry.row, entry.byte)).collect();
    Ok((summary.rows, summary.bytes, columns.first, columns.omitted, index))
}

/// Rows, bytes written, name and type of the first columns, number of further columns, and the packed starts of the chunks.
type ConvertedRange<'py> = (u64, u64, Vec<(String, String)>, usize, Bound<'py, PyBytes>);

/// Converts the `rows` rows from `first_row`, one of the `ranges` of a conversion, like `convert`.
#[pyfunction]
#[pyo3(signature = (source, sink, first_row, rows, **options))]
fn convert_range<'py>(
    py: Python<'py>,
    source: &Bound<'_, PyAny>,
    sink: &Bound<'_, PyAny>,
    first_row: u64,
    rows: u64,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<ConvertedRange<'py>> {
    let (settings, source, mut sink) = (settings(options)?, open(source)?, python_sink(sink));
    let mut reporter = reporter(None, &sink);
    let range = first_row..first_row + rows;
    let convert = || unparquet::convert_range(source, &settings, &range, &mut sink, &mut reporter);
    let summary = py.detach(convert).map_err(|error| to_py_err(py, &error))?;
    let (columns, chunks) = (summary.columns, PyBytes::new(py, &unparquet::pack_index(&summary.index)));
    Ok((summary.rows, summary.bytes, columns.first, columns.omitted, chunks))
}

/// Divides a conversion into ranges for `convert_range`: first row, rows, and predicted bytes before compression. `predicted`:
/// bytes of the whole output before compression. `bytes`: those desired for a range. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, predicted, bytes, **options))]
fn ranges(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    predicted: u64,
    bytes: u64,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<(u64, u64, u64)>> {
    let (settings, source) = (settings(options)?, open(source)?);
    let ranges = py.detach(|| unparquet::ranges(&*source, &settings, predicted, bytes));
    let ranges = ranges.map_err(|error| to_py_err(py, &error))?;
    Ok(ranges
        .into_iter()
        .map(|RowRange { rows, bytes }| (rows.start, rows.end - rows.start, bytes))
        .collect())
}

/// The index of an output from rows, bytes and packed chunks of each of its ranges.
#[pyfunction]
fn join_index(ranges: Vec<(u64, u64, PyBackedBytes)>) -> Vec<(u64, u64)> {
    let outputs =
        ranges.iter().map(|(rows, bytes, chunks)| RangeOutput { rows: *rows, bytes: *bytes, chunks });
    unparquet::join_index(outputs).into_iter().map(|entry| (entry.row, entry.byte)).collect()
}

/// Describes `source` as JSON. Raises `ConversionError`.
#[pyfunction]
fn inspect(py: Python<'_>, source: &Bound<'_, PyAny>) -> PyResult<String> {
    let source = open(source)?;
    let inspect = || unparquet::inspect(&*source).map(|inspection| inspection.to_json());
    py.detach(inspect).map_err(|error| to_py_err(py, &error))
}

/// The first rows, each as JSON: at most `rows`, until they have `bytes` bytes. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, rows, bytes, **options))]
fn sample(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    rows: u64,
    bytes: u64,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<String>> {
    let (settings, source) = (settings(options)?, open(source)?);
    py.detach(|| unparquet::sample(source, &settings, rows, bytes)).map_err(|error| to_py_err(py, &error))
}

/// The cells of a part of the table as JSON, row by row: `rows` rows from `first_row`, `columns` columns from
/// `first_column`, each cut to `text` characters. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, *, first_row, rows, first_column, columns, text, **options))]
#[expect(clippy::too_many_arguments, reason = "keywords for Python")]
fn table(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    first_row: u64,
    rows: u64,
    first_column: usize,
    columns: usize,
    text: usize,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Vec<String>>> {
    let (settings, source) = (settings(options)?, open(source)?);
    let range = TableRange { first_row, rows, first_column, columns, text };
    py.detach(|| unparquet::table(source, &settings, &range)).map_err(|error| to_py_err(py, &error))
}

/// The number of rows and the predicted bytes of uncompressed output. Raises `ConversionError`.
#[pyfunction]
#[pyo3(signature = (source, **options))]
fn predict(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<(u64, u64)> {
    let (settings, source) = (settings(options)?, open(source)?);
    let predicted = py.detach(|| unparquet::predict(source, &settings));
    predicted.map(|predicted| (predicted.rows, predicted.bytes)).map_err(|error| to_py_err(py, &error))
}

fn python_sink(sink: &Bound<'_, PyAny>) -> PythonSink {
    match sink.extract::<i32>() {
        // SAFETY: the caller keeps its descriptor open during the call, and it is never closed here.
        Ok(descriptor) => PythonSink::Descriptor(ManuallyDrop::new(unsafe { File::from_raw_fd(descriptor) })),
        Err(_) => PythonSink::Object(sink.clone().unbind()),
    }
}

fn open(source: &Bound<'_, PyAny>) -> PyResult<Arc<dyn Source>> {
    match source.extract::<PathBuf>() {
        Ok(path) => Ok(Arc::new(LocalFile::open(&path).map_err(|error| to_py_err(source.py(), &error))?)),
        Err(_) => {
            let size = source.getattr("size")?.extract()?;
            Ok(Arc::new(ObjectSource { object: source.clone().unbind(), size }))
        }
    }
}

/// The Python exception for an error: `unparquet.errors.ConversionError(code, message)`, or the exception that the
/// caller's code raised.
fn to_py_err(py: Python<'_>, error: &Error) -> PyErr {
    let (code, message) = match error {
        Error::Failed { code, message } => (*code, message.clone()),
        Error::External(error) => match error.downcast_ref::<PyErr>() {
            Some(exception) => return exception.clone_ref(py),
            None => (Code::Internal, error.to_string()),
        },
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
    module.add("CHOICES", unparquet::CHOICES.to_vec())?;
    module.add_function(wrap_pyfunction!(convert, module)?)?;
    module.add_function(wrap_pyfunction!(convert_range, module)?)?;
    module.add_function(wrap_pyfunction!(inspect, module)?)?;
    module.add_function(wrap_pyfunction!(join_index, module)?)?;
    module.add_function(wrap_pyfunction!(predict, module)?)?;
    module.add_function(wrap_pyfunction!(ranges, module)?)?;
    module.add_function(wrap_pyfunction!(sample, module)?)?;
    module.add_function(wrap_pyfunction!(table, module)?)
}
