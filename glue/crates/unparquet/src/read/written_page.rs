//! Pages that the parquet crate writes, for tests.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Encoding as CrateEncoding, Repetition, Type as PhysicalType};
use parquet::data_type::DataType;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;

use super::page::Page;
use super::page_slice::PageSlice;
use crate::types::Encoding;

/// The length of values of FIXED_LEN_BYTE_ARRAY.
pub const FIXED: usize = 5;

pub fn written_page<T: DataType>(encoding: Encoding, values: &[T::T]) -> Page {
    let crate_encoding: CrateEncoding = format!("{encoding:?}").parse().unwrap();
    let physical = T::get_physical_type();
    let length = if physical == PhysicalType::FIXED_LEN_BYTE_ARRAY { FIXED as i32 } else { -1 };
    let column = Type::primitive_type_builder("c", physical)
        .with_repetition(Repetition::REQUIRED)
        .with_length(length)
        .build();
    let columns = vec![Arc::new(column.unwrap())];
    let schema = Arc::new(Type::group_type_builder("root").with_fields(columns).build().unwrap());
    let properties = WriterProperties::builder()
        .set_dictionary_enabled(false)
        .set_encoding(crate_encoding)
        .set_data_page_row_count_limit(usize::MAX)
        .build();
    let mut file = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut file, schema, properties.into()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let reader = SerializedFileReader::new(Bytes::from(file)).unwrap();
    let group = reader.get_row_group(0).unwrap();
    let stored = group.get_column_page_reader(0).unwrap().get_next_page().unwrap().unwrap();
    assert_eq!((stored.encoding(), stored.num_values() as usize), (crate_encoding, values.len()));
    Page::of_values(encoding, values.len(), PageSlice::of(stored.buffer()))
}
