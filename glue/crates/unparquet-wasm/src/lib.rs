//! The converter as a WebAssembly module whose few functions exchange JSON, so that any host (browsers, Node, wasmtime)
//! can use it without generated bindings.
//!
//! A host writes a request into memory from [`allocate`], passes it to [`call`] and reads the response at [`response`]:
//! `{"ok": …}` or `{"error": {"code", "message"}}`. During the call, the module reads the file and writes the output through
//! the functions of the module `host`.
//!
//! | request | response |
//! |---|---|
//! | `{"operation": "choices"}` | [`unparquet::CHOICES`] |
//! | `{"operation": "inspect", "size"}` | an [`unparquet::Inspection`] |
//! | `{"operation": "sample", "size", "options", "rows", "bytes"}` | `{"rows": […]}`: the first rows, each as JSON text |
//! | `{"operation": "table", "size", "options", "firstRow", "rows", "firstColumn", "columns", "text"}` | `{"table": [[…]]}`: cells, row by row |
//! | `{"operation": "check", "size", "options"}` | an [`unparquet::Estimate`], from the footer alone |
//! | `{"operation": "predict", "size", "options"}` | `{"rows", "bytes"}` |
//! | `{"operation": "convert", "size", "options"}` | `{"rows", "bytes", "columns": [{"name", "type"}], "columnsOmitted", "index": [[row, byte]]}` |
//!
//! `size` is the file's size in bytes; `options` are those of the HTTP API, plus `maxBytes` and `maxRows`.
//!
//! WebAssembly cannot unwind, so a panic ends the instance. [`response`] then returns the panic's message as an error, or
//! nothing if memory was exhausted.

use std::cell::RefCell;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value, json};
use unparquet::{Code, Error, Options, Result, Sink, Source, TableRange};

/// Functions of the host. They return 0, or another number to end the call.
mod host {
    #[link(wasm_import_module = "host")]
    unsafe extern "C" {
        /// Copies `length` bytes of the file from `offset` to `pointer`.
        pub fn read(offset: u64, pointer: *mut u8, length: usize) -> u32;
        /// Receives the next bytes of the output.
        pub fn write(pointer: *const u8, length: usize) -> u32;
        /// Reports the progress of a conversion, every few hundred kilobytes.
        pub fn progress(rows: u64, total_rows: u64, bytes: u64) -> u32;
    }
}

thread_local! {
    static RESPONSE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Memory for a request of `length` bytes, which [`call`] frees.
#[unsafe(no_mangle)]
pub extern "C" fn allocate(length: usize) -> *mut u8 {
    Box::into_raw(vec![0u8; length].into_boxed_slice()).cast()
}

/// Answers the request at `pointer`.
///
/// # Safety
/// `pointer` must come from [`allocate`] with the same `length`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn call(pointer: *mut u8, length: usize) {
    // SAFETY: guaranteed by the caller.
    let request = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(pointer, length)) };
    RESPONSE.take();
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("decoding failed");
        respond(Err(Error::from_panic(message)));
    }));
    respond(answer(&request));
}

/// Pointer (in the upper half) and length of the last response.
#[unsafe(no_mangle)]
pub extern "C" fn response() -> u64 {
    RESPONSE.with_borrow(|response| (response.as_ptr() as u64) << 32 | response.len() as u64)
}

fn respond(answer: Result<String>) {
    let error = |code: Code, message| json!({ "error": { "code": code.as_str(), "message": message } });
    let response = match answer {
        Ok(json) => format!(r#"{{"ok":{json}}}"#),
        Err(Error::Failed { code, message }) => error(code, message).to_string(),
        Err(other) => error(Code::Internal, other.to_string()).to_string(),
    };
    RESPONSE.set(response.into_bytes());
}

/// The JSON of the response to a request.
fn answer(request: &[u8]) -> Result<String> {
    let request: Map<String, Value> = serde_json::from_slice(request)
        .map_err(|error| invalid(format!("the request is not valid: {error}")))?;
    let operation = request.get("operation").and_then(Value::as_str);
    if operation == Some("choices") {
        return Ok(json!(unparquet::CHOICES).to_string());
    }
    let number = |name| {
        let number = request.get(name).and_then(Value::as_u64);
        number.ok_or_else(|| invalid(format!("the request must have a number {name}")))
    };
    let count = |name| number(name).map(|number| usize::try_from(number).unwrap_or(usize::MAX));
    let source = Arc::new(HostSource { size: number("size")? });
    let options = options(request.get("options"))?;
    let answer = match operation {
        Some("inspect") => return Ok(unparquet::inspect(&*source)?.to_json()),
        Some("sample") => {
            let rows = unparquet::sample(source, &options, number("rows")?, number("bytes")?)?;
            json!({ "rows": rows })
        }
        Some("table") => {
            let range = TableRange {
                first_row: number("firstRow")?,
                rows: number("rows")?,
                first_column: count("firstColumn")?,
                columns: count("columns")?,
                text: count("text")?,
            };
            json!({ "table": unparquet::table(source, &options, &range)? })
        }
        Some("check") => json!(unparquet::check(&*source, &options)?),
        Some("predict") => {
            let prediction = unparquet::predict(source, &options)?;
            json!({ "rows": prediction.rows, "bytes": prediction.bytes })
        }
        Some("convert") => convert(source, &options)?,
        other => return Err(invalid(format!("unknown operation {other:?}"))),
    };
    Ok(answer.to_string())
}

fn convert(source: Arc<HostSource>, options: &Options) -> Result<Value> {
    let mut progress = |rows, total_rows, bytes| {
        // SAFETY: the function only receives numbers.
        proceed(unsafe { host::progress(rows, total_rows, bytes) })
    };
    let summary = unparquet::convert(source, options, &mut HostSink, &mut progress)?;
    let columns = summary.columns.first.into_iter().map(|(name, kind)| json!({ "name": name, "type": kind }));
    let index = summary.index.into_iter().map(|entry| [entry.row, entry.byte]);
    Ok(json!({
        "rows": summary.rows,
        "bytes": summary.bytes,
        "index": index.collect::<Vec<_>>(),
        "columns": columns.collect::<Vec<_>>(),
        "columnsOmitted": summary.columns.omitted,
    }))
}

/// The options of a request, named as in the HTTP API.
fn options(given: Option<&Value>) -> Result<Options> {
    let mut options = Options::default();
    let Some(given) = given else { return Ok(options) };
    let given = given.as_object().ok_or_else(|| invalid("the options must be an object"))?;
    for (name, value) in given {
        let non_negative =
            || value.as_u64().ok_or_else(|| invalid(format!("{name} must be a whole number of at least 0")));
        match name.as_str() {
            "columns" => {
                let names = value.as_array().and_then(|names| names.iter().map(Value::as_str).collect());
                let names: Vec<&str> = names.ok_or_else(|| invalid("columns must be a list of names"))?;
                options.columns = Some(names.into_iter().map(String::from).collect());
            }
            "limit" => options.limit = Some(non_negative()?),
            "maxBytes" => options.max_bytes = non_negative()?,
            "maxRows" => options.max_rows = non_negative()?,
            _ => {
                let choice = value.as_str().ok_or_else(|| invalid(format!("{name} must be a string")))?;
                options.set(&snake_case(name), choice)?;
            }
        }
    }
    Ok(options)
}

/// `nonFinite` becomes `non_finite`.
fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, character| {
        if character.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
        text
    })
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::InvalidRequest, message)
}

fn proceed(status: u32) -> Result<()> {
    if status == 0 { Ok(()) } else { Err(Error::Cancelled) }
}

struct HostSource {
    size: u64,
}

impl Source for HostSource {
    fn size(&self) -> u64 {
        self.size
    }

    fn read(&self, offset: u64, length: usize) -> Result<Bytes> {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(length).map_err(|_| Error::new(Code::OutOfMemory, "not enough memory"))?;
        bytes.resize(length, 0);
        // SAFETY: there is room for `length` bytes.
        proceed(unsafe { host::read(offset, bytes.as_mut_ptr(), length) })?;
        Ok(bytes.into())
    }

    fn is_local(&self) -> bool {
        true
    }
}

struct HostSink;

impl Sink for HostSink {
    fn write(&mut self, data: &[u8]) -> Result<()> {
        // SAFETY: the host reads `data` before it returns.
        proceed(unsafe { host::write(data.as_ptr(), data.len()) })
    }
}
