//! Converts Parquet files to JSON: every value exactly, in bounded memory, on all processors.
//!
//! [`convert()`] reads ranges of a [`Source`] and writes JSON to a [`Sink`]. The output depends only on the file and the
//! [`Options`], never on threads, memory or machine.
//!
//! ```no_run
//! use std::fs::File;
//! use std::path::Path;
//! use std::sync::Arc;
//!
//! use unparquet::{LocalFile, Options, convert};
//!
//! let source = Arc::new(LocalFile::open(Path::new("taxi.parquet"))?);
//! let mut sink = File::create("taxi.ndjson")?;
//! let summary = convert(source, &Options::default(), &mut sink, &mut |_, _, _| Ok(()))?;
//! println!("{} rows, {} bytes", summary.rows, summary.bytes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod buffer;
mod check;
mod compress;
mod convert;
mod encode;
mod error;
mod estimate;
mod fetch;
mod footer;
mod format;
mod index;
mod inspect;
mod json_string;
mod limit;
#[cfg(unix)]
mod local_file;
mod memory;
mod options;
mod ordered_writer;
mod panics;
mod predict;
mod ranges;
mod read;
mod row_groups;
mod sample;
mod schema;
mod sink;
mod source;
mod spill_file;
mod statistics;
mod thrift;
mod types;
mod work_plan;

pub use check::{Estimate, check};
pub use convert::{Progress, Summary, convert, convert_range};
pub use error::{Code, Error, Result};
pub use index::{IndexEntry, RangeOutput, join_index, pack_index};
pub use inspect::{Inspection, KeyValue, RowGroup, SchemaItem, inspect};
#[cfg(unix)]
pub use local_file::LocalFile;
pub use options::*;
pub use predict::{Prediction, predict};
pub use ranges::{RowRange, ranges};
pub use sample::{TableRange, sample, table};
pub use schema::ColumnList;
pub use sink::Sink;
pub use source::Source;
pub use statistics::{Bound, ColumnStatistics, Unreadable};
