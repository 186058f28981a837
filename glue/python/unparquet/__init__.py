"""Converts Parquet files to JSON; docs/json.md defines the output."""
