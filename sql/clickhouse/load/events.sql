-- One run's consecutive lines into `events`. The engine parses; `@source@` is where the lines come from.
INSERT INTO events
(
    run_id, run_started, sequence, time, type, generation, island, program_id, cause, schema_version, link, problem,
    parent_ids, inspirations, operator, name, language, entry, code_digest, provider, model, purpose, prompt_id, call,
    attempt, tokens_in, tokens_out, tokens_reasoning, tokens_cached, cost_usd, latency_s, finish_reason, duration_s, cpu_s,
    max_rss_bytes, stages, messages, reasoning, response, rationale, code, diff, is_valid, fitness, metrics, feedback,
    reason, stage, message, cell, displaced, worker, payload
)
WITH
    JSONExtract(data, 'Tuple(
        parents Array(String), inspirations Array(String), operator String, name String, language String,
        entry String, code_digest String, provider String, model String, purpose String, prompt_id String, call String,
        attempt Nullable(Int32), tokens_in Nullable(Int64), tokens_out Nullable(Int64),
        tokens_reasoning Nullable(Int64), tokens_cached Nullable(Int64), cost_usd Nullable(Float64),
        latency_s Nullable(Float64), finish_reason String, duration_s Nullable(Float64),
        usage Tuple(wall_s Nullable(Float64), cpu_s Nullable(Float64), max_rss_bytes Nullable(Int64)),
        stages Array(Tuple(name String, status String, duration_s Float64, cached Bool)),
        messages Array(Tuple(role String, content String)), reasoning String, text String, rationale String,
        files Map(String, String), diff String, is_valid Nullable(Bool), fitness Nullable(Float64),
        metrics Map(String, Nullable(Float64)), feedback String, reason String, why String, stage String,
        message String, diagnostics String, cell String, displaced String, worker String)') AS d,
    mapFilter((path, text) -> path != d.entry, d.files) AS others,
    concat(d.files[d.entry], arrayStringConcat(
        arrayMap((path, text) -> concat('\n==> ', path, ' <==\n', text), mapKeys(others), mapValues(others)))) AS code,
    if(type = 'llm.responded', d.text, '') AS response,
    replaceOne(replaceOne(replaceOne(replaceOne(replaceOne(replaceOne(data,
        concat('"text":', replaceAll(toJSONString(response), '\\/', '/')), '"text":@'),
        concat('"reasoning":', replaceAll(toJSONString(d.reasoning), '\\/', '/')), '"reasoning":@'),
        concat('"files":{', replaceAll(toJSONString(d.entry), '\\/', '/'), ':',
            replaceAll(toJSONString(code), '\\/', '/'), '}'), '"files":@'),
        concat('"diff":', replaceAll(toJSONString(d.diff), '\\/', '/')), '"diff":@'),
        concat('"messages":[', arrayStringConcat(arrayMap(m -> concat(
            '{"role":', replaceAll(toJSONString(m.role), '\\/', '/'),
            ',"content":', replaceAll(toJSONString(m.content), '\\/', '/'), '}'), d.messages), ','), ']'),
            '"messages":@'),
        concat('"metrics":{', arrayStringConcat(arrayMap((k, v) -> concat(
            replaceAll(toJSONString(k), '\\/', '/'), ':',
            if(v = trunc(v) AND abs(v) < 1e15, concat(toString(toInt64(v)), '.0'), toString(v))),
            mapKeys(d.metrics), mapValues(d.metrics)), ','), '}'), '"metrics":@') AS payload
SELECT
    {run_id:String}, {run_started:DateTime('UTC')}, sequence, parseDateTime64BestEffort(time, 6, 'UTC'), type,
    generation, island, subject, toInt64OrNull(substringIndex(causationid, ':', -1)), schemaversion,
    unhex(substring(hash, 1, 16)),
    {problem:String}, d.parents, d.inspirations, d.operator, d.name, d.language, d.entry, d.code_digest, d.provider,
    d.model, d.purpose, d.prompt_id, d.call, d.attempt, d.tokens_in, d.tokens_out, d.tokens_reasoning, d.tokens_cached,
    d.cost_usd, d.latency_s, d.finish_reason, coalesce(d.duration_s, d.usage.wall_s), d.usage.cpu_s,
    d.usage.max_rss_bytes, d.stages, d.messages, d.reasoning, response, d.rationale, code, d.diff, d.is_valid,
    d.fitness, d.metrics, d.feedback, if(d.reason = '', d.why, d.reason), d.stage,
    multiIf(d.message != '', d.message, d.diagnostics != '', d.diagnostics, type = 'llm.responded', '', d.text),
    d.cell, d.displaced, d.worker, payload
FROM @source@
