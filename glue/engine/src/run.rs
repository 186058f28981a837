//! Runs a conversion: threads encode, the calling thread writes.

use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use parquet::file::metadata::ParquetMetaData;

use crate::chunk::{self, ChunkBytes, WHOLE};
use crate::encode::{OpenGroup, Table};
use crate::error::{Code, Error, Result};
use crate::footer;
use crate::options::{Format, Options};
use crate::panics;
use crate::plan::{self, Unit};
use crate::queue::{Next, Piece, Queue};
use crate::schema::{self, Field};
use crate::source::Source;

/// Text that may wait for its turn, per thread and in all.
const WAITING_PER_THREAD: usize = 48 << 20;
const MAX_WAITING: usize = 384 << 20;
/// How long a signal may go unnoticed.
const PATIENCE: Duration = Duration::from_millis(50);
/// A file without columns says nothing but its number of rows, in a few bytes.
const MAX_EMPTY_ROWS: u64 = 10_000_000;

/// What a conversion tells its caller while it runs.
pub trait Output {
    fn write(&mut self, data: &[u8]) -> Result<()>;

    /// Called often: rows written and to be written, bytes written. An error ends the conversion.
    fn progress(&mut self, rows: u64, total_rows: u64, bytes: u64) -> Result<()>;
}

pub struct Summary {
    pub rows: u64,
    pub bytes: u64,
    /// Name and type of each column of the output.
    pub columns: Vec<(String, String)>,
}

pub fn convert(source: Arc<dyn Source>, options: &Options, output: &mut dyn Output) -> Result<Summary> {
    let metadata = panics::caught(|| footer::read(&*source))?;
    let schema = metadata.file_metadata().schema_descr();
    let fields = schema::fields(schema, options.columns.as_deref())?;
    let mut columns = Vec::new();
    fields.iter().for_each(|field| field.node.columns(&mut columns));
    columns.sort_unstable();

    let units = plan::units(&metadata, &columns, source.is_local(), options);
    let total_rows = units.iter().map(|unit| unit.rows as u64).sum();
    if columns.is_empty() && total_rows > MAX_EMPTY_ROWS {
        let message = format!("{total_rows} rows without a column");
        return Err(Error::new(Code::LimitExceeded, message));
    }
    // Found out before a thread starts: what the options or the schema make impossible.
    Table::new(&fields, schema, &options.values)?;

    let budget = WAITING_PER_THREAD.saturating_mul(options.threads).min(MAX_WAITING);
    let queue = Queue::new(units.len(), budget);
    let groups = Groups::new(&source, &metadata, columns);
    let work = Work { groups: &groups, fields: &fields, units: &units, options, queue: &queue };
    let mut summary = Summary { rows: 0, bytes: 0, columns: describe(&fields) };
    std::thread::scope(|scope| {
        for number in 0..options.threads.min(units.len()) {
            let spawned = std::thread::Builder::new()
                .name(format!("unparquet-{number}"))
                .spawn_scoped(scope, || work.run());
            if let Err(error) = spawned
                && number == 0
            {
                return Err(Error::new(Code::Internal, format!("no thread could be started: {error}")));
            }
        }
        let written = write(&queue, total_rows, output, &mut summary);
        queue.stop();
        written
    })?;
    if units.is_empty() {
        let text = if options.format == Format::Json { b"[]".to_vec() } else { Vec::new() };
        let data = options.compression.compress(text)?;
        output.write(&data)?;
        summary.bytes = data.len() as u64;
    }
    Ok(summary)
}

fn describe(fields: &[Field]) -> Vec<(String, String)> {
    fields.iter().map(|field| (field.name.clone(), field.node.to_string())).collect()
}

fn write(queue: &Queue, total_rows: u64, output: &mut dyn Output, summary: &mut Summary) -> Result<()> {
    loop {
        output.progress(summary.rows, total_rows, summary.bytes)?;
        match queue.next(PATIENCE)? {
            Next::Piece(piece) => {
                output.write(&piece.data)?;
                summary.rows += piece.rows;
                summary.bytes += piece.data.len() as u64;
            }
            Next::Wait => {}
            Next::End => return Ok(()),
        }
    }
}

/// What all threads share.
struct Work<'a> {
    groups: &'a Groups<'a>,
    fields: &'a [Field],
    units: &'a [Unit],
    options: &'a Options,
    queue: &'a Queue,
}

impl Work<'_> {
    fn run(&self) {
        let mut table = None;
        // Kept until the next unit is open, which often is of the same row group.
        let mut chunks = None;
        while let Some(index) = self.queue.take() {
            let unit = &self.units[index];
            let place = format!("row group {}", unit.row_group);
            let result = panics::caught(|| self.unit(index, &mut table, &mut chunks)).map_err(|error| {
                let named = error.to_string().contains(&place);
                if named { error } else { error.at(&place) }
            });
            match result {
                Ok(()) => {}
                Err(Error::Cancelled) => return,
                Err(error) => return self.queue.fail(index, error),
            }
        }
    }

    fn unit(&self, index: usize, table: &mut Option<Table>, kept: &mut Option<Arc<Chunks>>) -> Result<()> {
        let unit = &self.units[index];
        let metadata = self.groups.metadata;
        let schema = metadata.file_metadata().schema_descr();
        let table = match table {
            Some(table) => table,
            None => table.insert(Table::new(self.fields, schema, &self.options.values)?),
        };
        let chunks = kept.insert(self.groups.open(unit.row_group)?);
        let group = OpenGroup {
            index: unit.row_group,
            metadata: metadata.row_group(unit.row_group),
            chunks: &chunks.0,
        };
        table.open(&group, unit.first_row)?;

        let compression = self.options.compression;
        let piece = compression.piece();
        let (before, after): (&[u8], &[u8]) = match self.options.format {
            Format::Ndjson => (b"", b"\n"),
            Format::Json => (b",\n", b""),
        };
        let mut text = Vec::with_capacity(piece + piece / 8);
        let mut rows = 0;
        let mut left = unit.rows;
        while left > 0 {
            let batch = unit.batch.min(left);
            table.load(batch)?;
            for row in 0..batch {
                let first_of_all = index == 0 && left == unit.rows && row == 0;
                text.extend_from_slice(if first_of_all && !before.is_empty() { b"[" } else { before });
                table.write_row(&mut text)?;
                text.extend_from_slice(after);
                rows += 1;
                if text.len() >= piece {
                    let full = std::mem::replace(&mut text, Vec::with_capacity(piece + piece / 8));
                    let data = compression.compress(full)?;
                    self.queue.put(index, Piece { data, rows: std::mem::take(&mut rows), last: false })?;
                }
            }
            left -= batch;
        }
        if unit.ends_group {
            table.finish()?;
        }
        if self.options.format == Format::Json && index + 1 == self.units.len() {
            text.push(b']');
        }
        let data = if text.is_empty() { text } else { compression.compress(text)? };
        self.queue.put(index, Piece { data, rows, last: true })
    }
}

/// The open chunks of a row group, by column index.
struct Chunks(Vec<Option<Arc<ChunkBytes>>>);

/// Opens row groups; one that is in memory is shared by the threads that work on it.
struct Groups<'a> {
    source: &'a Arc<dyn Source>,
    metadata: &'a ParquetMetaData,
    columns: Vec<usize>,
    open: Vec<Mutex<Weak<Chunks>>>,
}

impl<'a> Groups<'a> {
    fn new(source: &'a Arc<dyn Source>, metadata: &'a ParquetMetaData, columns: Vec<usize>) -> Self {
        let open = metadata.row_groups().iter().map(|_| Mutex::default()).collect();
        Self { source, metadata, columns, open }
    }

    fn open(&self, index: usize) -> Result<Arc<Chunks>> {
        let group = self.metadata.row_group(index);
        let ranges = self
            .columns
            .iter()
            .map(|&column| {
                let chunk = group.column(column);
                footer::chunk_range(chunk, group.num_rows() as u64, self.source.size())
                    .map_err(|error| error.at(format!("column {} in row group {index}", chunk.column_path())))
            })
            .collect::<Result<Vec<_>>>()?;
        let read = || -> Result<Arc<Chunks>> {
            let mut chunks = vec![None; group.num_columns()];
            for (&column, bytes) in self.columns.iter().zip(chunk::open(self.source, &ranges)?) {
                chunks[column] = Some(Arc::new(bytes));
            }
            Ok(Arc::new(Chunks(chunks)))
        };
        if ranges.iter().map(|range| range.length).sum::<u64>() > WHOLE {
            // Each thread has its own window into the file.
            return read();
        }
        let mut open = self.open[index].lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(chunks) = open.upgrade() {
            return Ok(chunks);
        }
        let chunks = read()?;
        *open = Arc::downgrade(&chunks);
        Ok(chunks)
    }
}
