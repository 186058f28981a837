//! The library's private formatting, compiled once more for the benchmarks.

#[path = "../../crates/unparquet/src/format/mod.rs"]
pub mod format;
