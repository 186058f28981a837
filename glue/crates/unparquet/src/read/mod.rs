//! Reads column chunks: finds pages, decompresses each once for all threads, and decodes levels and values.

mod alp;
mod byte_arrays;
mod chunk_bytes;
mod column_chunk;
mod decompress;
mod delta;
mod page;
mod page_cache;
mod page_header;
mod page_slice;
mod rle;
mod slice_reader;
mod stream;
mod stream_split;
#[cfg(test)]
mod written_page;

pub use alp::{Alp, AlpDecoder};
pub use byte_arrays::{DeltaByteArrayDecoder, DeltaLengthDecoder};
pub use chunk_bytes::ChunkBytes;
pub use column_chunk::{ColumnChunk, DictionaryPage, OpenRowGroup};
pub use delta::{DeltaDecoder, Wrapping};
pub use page::Page;
pub use page_cache::{PageCache, Reservation, SpillWindow};
pub use page_slice::PageSlice;
pub use rle::RleDecoder;
pub use slice_reader::ends_early;
pub use stream_split::StreamSplitDecoder;
#[cfg(test)]
pub use written_page::{FIXED, written_page};
