-- Lines that are no event of this catalogue, as they were found: `feed` is events or diagnostics, `line` is their place
-- there. A line that becomes readable when the sidecar is upgraded can be loaded from here or from the run's file.
CREATE TABLE IF NOT EXISTS dead_letters
(
    run_id LowCardinality(String),
    run_started DateTime('UTC'),
    feed LowCardinality(String),
    line Int64,
    source String,
    reason LowCardinality(String),
    message String,
    text String CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(run_started)
ORDER BY (run_id, feed, line)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1;
