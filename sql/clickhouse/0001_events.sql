-- Every event of every run, one row each. Loads are idempotent: see docs/explanation/sidecar.md.
--
-- A part is written whole or not at all, so a load of one run's consecutive events has to land in one partition: the
-- partition key is the month in which the run started, which all events of a run share. It also lets TTL drop whole
-- runs. The order prunes by run and type and puts texts of one kind beside each other, which halves their size.
--
-- A granule is 512 KiB of rows, since a search that finds one row reads its granule, and events are large: with
-- ClickHouse's default, twenty times as much, returning a dozen found texts takes six times as long.
--
-- `totals` answers counts, costs and the sidecar's place without reading rows.
--
-- `hash` is the first 16 digits of the line's hash: enough to tell it from every other, and a fourth of the bytes,
-- which no codec makes smaller. The whole chain is in the log.
--
-- `payload` is the event's data without the texts that have columns of their own: a member that was taken out has `@`
-- for its value, which no JSON has, so `data` puts every one back where it was, byte for byte. See load/events.sql.
CREATE TABLE IF NOT EXISTS events
(
    run_id LowCardinality(String),
    run_started DateTime('UTC') CODEC(Delta, ZSTD(1)),
    sequence Int64 CODEC(Delta, ZSTD(1)),
    time DateTime64(6, 'UTC') CODEC(Delta, ZSTD(1)),
    type LowCardinality(String),
    generation Int32 CODEC(Delta, ZSTD(1)),
    island Int32 CODEC(Delta, ZSTD(1)),
    program_id String CODEC(ZSTD(1)),
    cause Nullable(Int64) CODEC(ZSTD(1)),
    schema_version Int32 CODEC(ZSTD(1)),
    link FixedString(8) CODEC(NONE),

    problem LowCardinality(String),
    parent_ids Array(String) CODEC(ZSTD(1)),
    inspirations Array(String) CODEC(ZSTD(1)),
    operator LowCardinality(String),
    name String CODEC(ZSTD(1)),
    language LowCardinality(String),
    entry LowCardinality(String),
    code_digest String CODEC(ZSTD(1)),
    provider LowCardinality(String),
    model LowCardinality(String),
    purpose LowCardinality(String),
    prompt_id String CODEC(ZSTD(1)),
    call String CODEC(ZSTD(1)),
    attempt Nullable(Int32) CODEC(ZSTD(1)),
    tokens_in Nullable(Int64) CODEC(ZSTD(1)),
    tokens_out Nullable(Int64) CODEC(ZSTD(1)),
    tokens_reasoning Nullable(Int64) CODEC(ZSTD(1)),
    tokens_cached Nullable(Int64) CODEC(ZSTD(1)),
    cost_usd Nullable(Float64) CODEC(ZSTD(1)),
    latency_s Nullable(Float64) CODEC(ZSTD(1)),
    finish_reason LowCardinality(String),
    duration_s Nullable(Float64) CODEC(ZSTD(1)),
    cpu_s Nullable(Float64) CODEC(ZSTD(1)),
    max_rss_bytes Nullable(Int64) CODEC(ZSTD(1)),
    stages Array(Tuple(name String, status String, duration_s Float64, cached Bool)) CODEC(ZSTD(1)),
    messages Array(Tuple(role String, content String)) CODEC(ZSTD(3)),
    reasoning String CODEC(ZSTD(3)),
    response String CODEC(ZSTD(3)),
    rationale String CODEC(ZSTD(3)),
    code String CODEC(ZSTD(3)),
    diff String CODEC(ZSTD(3)),
    is_valid Nullable(Bool) CODEC(ZSTD(1)),
    fitness Nullable(Float64) CODEC(ZSTD(1)),
    metrics Map(LowCardinality(String), Nullable(Float64)) CODEC(ZSTD(1)),
    feedback String CODEC(ZSTD(3)),
    reason LowCardinality(String),
    stage LowCardinality(String),
    message String CODEC(ZSTD(3)),
    cell String CODEC(ZSTD(1)),
    displaced String CODEC(ZSTD(1)),
    worker LowCardinality(String),
    payload String CODEC(ZSTD(3)),

    prompt String ALIAS arrayStringConcat(arrayMap(m -> concat(m.role, ':\n', m.content), messages), '\n\n'),
    hash String ALIAS lower(hex(link)),
    data String ALIAS replaceOne(replaceOne(replaceOne(replaceOne(replaceOne(replaceOne(payload,
        '"metrics":@', concat('"metrics":{', arrayStringConcat(arrayMap((k, v) -> concat(
            replaceAll(toJSONString(k), '\\/', '/'), ':',
            if(v = trunc(v) AND abs(v) < 1e15, concat(toString(toInt64(v)), '.0'), toString(v))),
            mapKeys(metrics), mapValues(metrics)), ','), '}')),
        '"messages":@', concat('"messages":[', arrayStringConcat(arrayMap(m -> concat(
            '{"role":', replaceAll(toJSONString(m.role), '\\/', '/'),
            ',"content":', replaceAll(toJSONString(m.content), '\\/', '/'), '}'), messages), ','), ']')),
        '"diff":@', concat('"diff":', replaceAll(toJSONString(diff), '\\/', '/'))),
        '"files":@', concat('"files":{', replaceAll(toJSONString(entry), '\\/', '/'), ':',
            replaceAll(toJSONString(code), '\\/', '/'), '}')),
        '"reasoning":@', concat('"reasoning":', replaceAll(toJSONString(reasoning), '\\/', '/'))),
        '"text":@', concat('"text":', replaceAll(toJSONString(response), '\\/', '/'))),

    INDEX words_of_reasoning reasoning TYPE text(tokenizer = splitByNonAlpha, preprocessor = lower(reasoning)),
    PROJECTION totals
    (
        SELECT run_id, type, count(), max(sequence), min(time), max(time), sum(cost_usd), sum(tokens_in), sum(tokens_out)
        GROUP BY run_id, type
    )
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(run_started)
ORDER BY (run_id, type, sequence)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, index_granularity_bytes = 524288;
