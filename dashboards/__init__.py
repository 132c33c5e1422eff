"""Grafana dashboards over the ClickHouse tables, made from `sql/queries/` by ``python -m dashboards.generate``."""
