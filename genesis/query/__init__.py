"""Asking runs in SQL: the same query on Parquet parts and logs (DuckDB), on a ClickHouse server, and on chDB."""
