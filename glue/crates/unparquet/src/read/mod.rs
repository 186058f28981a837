//! From a column chunk's bytes to its pages, decompressed once for all threads and checked before they are decoded.

mod chunk_bytes;
mod column_chunk;
mod decompress;
mod delta;
mod page;
mod page_cache;
mod page_header;
mod page_slice;
mod rle;

pub use chunk_bytes::ChunkBytes;
pub use column_chunk::{ColumnChunk, DictionaryPage, OpenRowGroup};
pub use page::Page;
pub use page_cache::{PageCache, Reservation, SpillWindow};
pub use page_slice::PageSlice;
pub use rle::RleDecoder;
