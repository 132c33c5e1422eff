"""Carries events from where they are recorded into where they are asked: logs or JetStream into ClickHouse or Parquet.

Knows `events` and `sql`, and nothing else of ours, so that it can run alone beside a broker: ``python -m sidecar``.
"""
