-- Lines of logs.jsonl, one row each; `line` counts from 1 in the run's file.
CREATE TABLE IF NOT EXISTS diagnostics
(
    run_id LowCardinality(String),
    run_started DateTime('UTC') CODEC(Delta, ZSTD(1)),
    line Int64 CODEC(Delta, ZSTD(1)),
    time Nullable(DateTime64(6, 'UTC')) CODEC(ZSTD(1)),
    level LowCardinality(String),
    event String CODEC(ZSTD(1)),
    generation Nullable(Int32) CODEC(ZSTD(1)),
    program_id String CODEC(ZSTD(1)),
    model LowCardinality(String),
    fields String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(run_started)
ORDER BY (run_id, line)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;
