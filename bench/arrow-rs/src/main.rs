//! The arrow-rs crates on one thread, as a converter and as a lower bound.
//!
//! `write INPUT OUTPUT` uses their JSON writer. `decode INPUT OUTPUT BYTES` decodes everything to Arrow, drops it and writes that
//! many bytes: the minimum for a converter that uses Arrow. `version` prints the crates' version.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

use arrow_json::writer::{LineDelimited, WriterBuilder};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::file::properties::DEFAULT_CREATED_BY;

const BATCH_ROWS: usize = 8192;
const BUFFER: usize = 1 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", input, output] => write(input, output),
        ["decode", input, output, bytes] => decode(input, output, bytes.parse()?),
        ["version"] => version(),
        _ => Err("write INPUT OUTPUT, decode INPUT OUTPUT BYTES, or version".into()),
    }
}

fn write(input: &str, output: &str) -> Result<(), Box<dyn Error>> {
    let output = BufWriter::with_capacity(BUFFER, File::create(output)?);
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, LineDelimited>(output);
    for batch in batches(input)? {
        writer.write(&batch?)?;
    }
    writer.finish()?;
    Ok(writer.into_inner().flush()?)
}

fn decode(input: &str, output: &str, bytes: u64) -> Result<(), Box<dyn Error>> {
    for batch in batches(input)? {
        drop(batch?);
    }
    let mut output = BufWriter::with_capacity(BUFFER, File::create(output)?);
    io::copy(&mut io::repeat(b' ').take(bytes), &mut output)?;
    Ok(output.flush()?)
}

fn version() -> Result<(), Box<dyn Error>> {
    println!("{}", DEFAULT_CREATED_BY.rsplit(' ').next().unwrap_or_default());
    Ok(())
}

fn batches(input: &str) -> Result<ParquetRecordBatchReader, Box<dyn Error>> {
    Ok(ParquetRecordBatchReaderBuilder::try_new(File::open(input)?)?.with_batch_size(BATCH_ROWS).build()?)
}
