"""Turns Parquet files into JSON: see docs/json.md for the rules of what comes out."""
