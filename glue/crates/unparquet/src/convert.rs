//! Runs a conversion: worker threads encode and write, the calling thread reports progress.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::check::CheckedRequest;
use crate::compress::MAX_MEMBER;
use crate::encode::Table;
use crate::error::{Code, Error, Result};
use crate::index::{IndexEntry, SparseIndex};
use crate::limit::LimitedSink;
use crate::options::{Compression, Format, Options, ValueOptions};
use crate::ordered_writer::{OrderedWriter, OutputChunk, Written};
use crate::panics;
use crate::read::OpenRowGroup;
use crate::row_groups::RowGroups;
use crate::schema::{self, ColumnList, Schema};
use crate::sink::Sink;
use crate::source::Source;
use crate::work_plan::{WorkPlan, WorkUnit};

/// Text per uncompressed chunk, in bytes: small enough to stay in cache until it is written.
const CHUNK: usize = 256 << 10;
/// Longest delay before a signal is noticed.
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Called regularly during a conversion with rows written, total rows and bytes written; an error ends the conversion.
pub type Progress<'a> = dyn FnMut(u64, u64, u64) -> Result<()> + 'a;

pub struct Summary {
    pub rows: u64,
    pub bytes: u64,
    pub columns: ColumnList,
    /// Where rows start in the output: at most 1,000 entries, evenly spaced. Depends only on the file and the
    /// options.
    pub index: Vec<IndexEntry>,
}

/// Converts a file, writing the JSON to `sink` in order.
///
/// Reads only the selected columns, in bounded memory, on `options.threads` threads besides the calling one, which
/// calls `progress`. WebAssembly has no threads: there the calling thread does everything. After an error the output
/// is incomplete. Errors: any [`Code`]; [`Error::External`] for errors of the source, the sink or `progress`.
pub fn convert(
    source: Arc<dyn Source>,
    options: &Options,
    sink: &mut dyn Sink,
    progress: &mut Progress<'_>,
) -> Result<Summary> {
    convert_rows(source, options, None, sink, progress)
}

/// Converts one of the ranges of [`ranges()`](crate::ranges()): the outputs of all ranges make up that of [`convert()`].
/// The index has all chunks of the range, counted from its start. `options.max_bytes` limits the output of the range.
pub fn convert_range(
    source: Arc<dyn Source>,
    options: &Options,
    rows: &Range<u64>,
    sink: &mut dyn Sink,
    progress: &mut Progress<'_>,
) -> Result<Summary> {
    convert_rows(source, options, Some(rows), sink, progress)
}

fn convert_rows(
    source: Arc<dyn Source>,
    options: &Options,
    rows: Option<&Range<u64>>,
    sink: &mut dyn Sink,
    progress: &mut Progress<'_>,
) -> Result<Summary> {
    // Reports unsupported options or types before any thread starts.
    let request = CheckedRequest::new(&*source, options, sink.memory())?;
    let plan = request.plan(options, rows, source.size())?;
    let CheckedRequest { memory, metadata, fields, columns } = &request;
    let schema = &metadata.schema;

    let sink = &mut LimitedSink::new(sink, options.max_bytes);
    let columns_of_output = ColumnList::new(fields);
    if plan.units == 0 {
        let text = if options.format == Format::Json { b"[]".to_vec() } else { Vec::new() };
        let data = options.compression.compress(text)?;
        sink.write(&data)?;
        let bytes = data.len() as u64;
        return Ok(Summary { rows: 0, bytes, columns: columns_of_output, index: Vec::new() });
    }
    let memory = memory.plan(options.threads, metadata, fields)?;
    let values = options.values().within(&memory);
    let index = if rows.is_some() { SparseIndex::of_all_chunks() } else { SparseIndex::default() };
    let writer = OrderedWriter::new(plan.units, memory.waiting, index, sink);
    let groups = RowGroups::new(&source, metadata, columns.clone(), plan.groups(), &memory)?;
    let threads = memory.threads.min(plan.units);
    let (groups, fields, plan, writer) = (&groups, &fields[..], &plan, &writer);
    let work = Work { groups, schema, fields, plan, options, values, threads, writer };
    progress(0, plan.rows, 0)?;
    let written = if cfg!(target_family = "wasm") {
        let mut report = || {
            let written = writer.written();
            progress(written.rows, plan.rows, written.bytes)
        };
        work.run(&mut report);
        writer.outcome()?
    } else {
        in_threads(&work, progress)?
    };
    let index = writer.take_index();
    Ok(Summary { rows: written.rows, bytes: written.bytes, columns: columns_of_output, index })
}

/// Runs the work in threads while the calling thread reports progress.
fn in_threads(work: &Work<'_>, progress: &mut Progress<'_>) -> Result<Written> {
    std::thread::scope(|scope| {
        for number in 0..work.threads {
            let spawned = std::thread::Builder::new()
                .name(format!("unparquet-{number}"))
                .spawn_scoped(scope, move || work.run(&mut || Ok(())));
            if let Err(error) = spawned
                && number == 0
            {
                return Err(Error::new(Code::Internal, format!("starting a thread failed: {error}")));
            }
        }
        let written = supervise(work.writer, work.plan.rows, progress);
        work.writer.stop();
        work.groups.stop();
        written
    })
}

/// Text per chunk, in bytes.
pub fn chunk_size(compression: Compression) -> usize {
    match compression {
        Compression::None => CHUNK,
        other => other.chunk_size(),
    }
}

/// Reports progress until the threads have finished.
fn supervise(writer: &OrderedWriter<'_>, total_rows: u64, progress: &mut Progress<'_>) -> Result<Written> {
    loop {
        let (written, is_all) = writer.wait(POLL_INTERVAL)?;
        progress(written.rows, total_rows, written.bytes)?;
        if is_all {
            return Ok(written);
        }
    }
}

/// The state that all worker threads share.
struct Work<'a> {
    groups: &'a RowGroups<'a>,
    schema: &'a Schema,
    fields: &'a [schema::Field],
    plan: &'a WorkPlan<'a>,
    options: &'a Options,
    values: ValueOptions,
    threads: usize,
    writer: &'a OrderedWriter<'a>,
}

impl Work<'_> {
    fn run(&self, after_unit: &mut dyn FnMut() -> Result<()>) {
        let mut table = None;
        // Held until the next unit is open, because it often belongs to the same row group.
        let mut group = None;
        while let Some(sequence) = self.writer.next_unit() {
            let unit = self.plan.unit(sequence);
            let work = || self.unit(sequence, unit, &mut table, &mut group);
            let result = panics::catch_panics(work).map_err(|error| error.in_row_group(unit.row_group));
            let result = result.and_then(|()| after_unit());
            match result {
                Ok(()) => {}
                Err(Error::Cancelled) => return,
                Err(error) => return self.writer.fail(sequence, error),
            }
        }
    }

    fn unit(
        &self,
        sequence: usize,
        unit: WorkUnit,
        table: &mut Option<Table>,
        open_group: &mut Option<Arc<OpenRowGroup>>,
    ) -> Result<()> {
        let table = match table {
            Some(table) => table,
            None => table.insert(Table::new(self.fields, self.schema, &self.values)?),
        };
        let group = open_group.insert(self.groups.open(unit.row_group, unit.units)?);
        // Threads start with different columns, so that they decompress different pages.
        let first_column = sequence % self.threads * self.fields.len() / self.threads;
        table.open(group, unit.first_row, first_column)?;

        let is_array = self.options.format == Format::Json;
        let delimiter: &[u8] = if is_array { b",\n" } else { b"\n" };
        let ends_array = is_array && self.plan.ends_output && sequence + 1 == self.plan.units;
        let mut text = self.writer.buffer();
        if is_array && self.plan.begins_output && sequence == 0 {
            text.push(b'[');
        }
        let mut chunks = Chunks {
            work: self,
            sequence,
            delimiter,
            ends_array,
            remaining: unit.rows,
            rows: 0,
            continues: false,
        };
        while chunks.remaining > 0 {
            let rows = table.load(unit.batch.min(chunks.remaining), first_column)?;
            if rows > 0 {
                table.write(rows, delimiter, &mut text, |text| chunks.end_row(text))?;
            } else {
                self.writer.wait_for_turn(sequence)?;
                table.write_long_row(group, delimiter, &mut text, &mut |text| chunks.split(text))?;
                chunks.end_row(&mut text)?;
            }
        }
        if unit.ends_group {
            table.finish()?;
        }
        chunks.end(text)
    }
}

/// Cuts the text of a work unit into chunks.
struct Chunks<'a, 'w> {
    work: &'a Work<'w>,
    sequence: usize,
    delimiter: &'a [u8],
    ends_array: bool,
    /// Rows left to write.
    remaining: usize,
    /// Rows that end in the next chunk.
    rows: u64,
    /// The next chunk begins in the middle of a row.
    continues: bool,
}

impl Chunks<'_, '_> {
    /// Ends a row, and the chunk if it is full.
    fn end_row(&mut self, text: &mut Vec<u8>) -> Result<()> {
        self.rows += 1;
        self.remaining -= 1;
        if self.ends_array && self.remaining == 0 {
            text.truncate(text.len() - self.delimiter.len());
            text.push(b']');
        }
        let size = chunk_size(self.work.options.compression);
        if self.continues || text.len() >= size + size / 2 {
            let text = std::mem::replace(text, self.work.writer.buffer());
            self.put(text, false)?;
            self.continues = false;
        }
        Ok(())
    }

    /// Cuts a chunk inside a row, where compression would begin a new member anyway.
    fn split(&mut self, text: &mut Vec<u8>) -> Result<()> {
        if text.len() > MAX_MEMBER {
            let rest = text.split_off((text.len() - 1) / MAX_MEMBER * MAX_MEMBER);
            let rows = std::mem::take(&mut self.rows);
            self.put(std::mem::replace(text, rest), false)?;
            self.rows = rows;
            self.continues = true;
        }
        Ok(())
    }

    fn end(mut self, text: Vec<u8>) -> Result<()> {
        self.put(text, true)
    }

    fn put(&mut self, text: Vec<u8>, last: bool) -> Result<()> {
        let data = if text.is_empty() { text } else { self.work.options.compression.compress(text)? };
        let (rows, continues) = (std::mem::take(&mut self.rows), self.continues);
        self.work.writer.put(self.sequence, OutputChunk { data, rows, continues, last })
    }
}
