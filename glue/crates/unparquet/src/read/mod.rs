//! From a column chunk's bytes to its pages, decompressed once for all threads and checked before they are decoded.

mod column_chunk;
mod decompress;
mod delta;
mod hybrid;
mod page;
mod page_header;
mod section;
mod store;

pub use column_chunk::{ColumnChunk, DictionaryPage};
pub use hybrid::Hybrid;
pub use page::Page;
pub use section::{SLACK, Section};
pub use store::{Store, Window};
