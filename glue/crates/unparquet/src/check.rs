//! Checks a conversion against the footer alone.

use std::ops::Range;

use serde::Serialize;

use crate::convert::chunk_size;
use crate::encode::Table;
use crate::error::{Code, Error, Result};
use crate::estimate;
use crate::footer::{self, FileMetadata};
use crate::limit;
use crate::memory::Memory;
use crate::options::{Compression, Options};
use crate::panics;
use crate::schema::Field;
use crate::source::Source;
use crate::work_plan::WorkPlan;

/// Limit for files without columns, which can claim any number of rows in a few bytes.
const MAX_EMPTY_ROWS: u64 = 10_000_000;

/// The output of a conversion before compression, as far as the footer tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Estimate {
    /// Exact.
    pub rows: u64,
    pub bytes: u64,
    /// A lower bound of the actual bytes.
    pub min_bytes: u64,
}

/// Checks a conversion and estimates its output. Reads only the footer. Errors: those that
/// [`convert()`](crate::convert()) reports for the footer and the options.
pub fn check(source: &dyn Source, options: &Options) -> Result<Estimate> {
    let request = CheckedRequest::new(source, options, 0)?;
    panics::catch_panics(|| {
        let rows = request.plan(options, None, source.size())?.rows;
        if rows > 0 {
            request.memory.plan(1, &request.metadata, &request.fields)?;
        }
        estimate::of(&request.metadata, &request.fields, rows, options)
    })
}

/// The footer of a file and the fields to convert.
pub struct CheckedRequest {
    pub memory: Memory,
    pub metadata: FileMetadata,
    pub fields: Vec<Field>,
    /// Indices of the columns to read, ascending.
    pub columns: Vec<usize>,
}

impl CheckedRequest {
    /// Reads the footer. `sink`: bytes of memory that the sink takes.
    pub fn new(source: &dyn Source, options: &Options, sink: usize) -> Result<Self> {
        let memory = Memory::of(options, source, sink)?;
        let metadata = panics::catch_panics(|| footer::read(source, memory.for_footer()))?;
        let fields = memory.fields(&metadata, options.columns.as_deref())?;
        let mut columns = Vec::new();
        fields.iter().for_each(|field| field.node.columns(&mut columns));
        columns.sort_unstable();
        Ok(Self { memory, metadata, fields, columns })
    }

    /// Plans the work for `rows`, or for all. Errors: unreadable columns, too many rows or bytes, unsupported options or
    /// types.
    pub fn plan(&self, options: &Options, rows: Option<&Range<u64>>, file_size: u64) -> Result<WorkPlan<'_>> {
        let chunk_size = chunk_size(options.compression);
        let Self { metadata, fields, columns, .. } = self;
        let plan = WorkPlan::new(metadata, fields, columns, options.limit, rows, chunk_size, file_size)?;
        if self.columns.is_empty() && plan.rows > MAX_EMPTY_ROWS {
            let message = format!("{} rows without columns, over the limit of {MAX_EMPTY_ROWS}", plan.rows);
            return Err(Error::new(Code::LimitExceeded, message));
        }
        if plan.rows > options.max_rows {
            return Err(limit::too_many_rows(plan.rows, options.max_rows));
        }
        Table::check(&self.fields, &self.metadata.schema, &options.values())?;
        let min_bytes = estimate::min_bytes(&self.metadata, &self.fields, plan.rows, options)?;
        if options.compression == Compression::None && min_bytes > options.max_bytes {
            return Err(limit::too_large(options.max_bytes));
        }
        Ok(plan)
    }
}
