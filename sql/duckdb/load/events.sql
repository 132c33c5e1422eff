-- One run's consecutive lines as rows of `events`. The engine parses; `$path` is a file of whole lines.
--
-- `payload` is the event's data without the texts that have columns of their own: a member that was taken out has `@`
-- for its value, which no JSON has, so the view `events` puts every one back where it was. A text that is not there is
-- looked for as a newline, which no line has.
WITH parsed AS (
    SELECT
        *,
        json_transform(data, '{
            "parents": ["VARCHAR"], "inspirations": ["VARCHAR"], "operator": "VARCHAR", "name": "VARCHAR",
            "language": "VARCHAR", "entry": "VARCHAR", "code_digest": "VARCHAR", "provider": "VARCHAR",
            "model": "VARCHAR", "purpose": "VARCHAR", "prompt_id": "VARCHAR", "call": "VARCHAR", "attempt": "INTEGER",
            "tokens_in": "BIGINT", "tokens_out": "BIGINT", "tokens_reasoning": "BIGINT", "tokens_cached": "BIGINT",
            "cost_usd": "DOUBLE", "latency_s": "DOUBLE", "finish_reason": "VARCHAR", "duration_s": "DOUBLE",
            "usage": {"wall_s": "DOUBLE", "cpu_s": "DOUBLE", "max_rss_bytes": "BIGINT"},
            "stages": [{"name": "VARCHAR", "status": "VARCHAR", "duration_s": "DOUBLE", "cached": "BOOLEAN"}],
            "messages": [{"role": "VARCHAR", "content": "VARCHAR"}], "reasoning": "VARCHAR", "text": "VARCHAR",
            "rationale": "VARCHAR", "files": "MAP(VARCHAR, VARCHAR)", "diff": "VARCHAR", "is_valid": "BOOLEAN",
            "fitness": "DOUBLE", "metrics": "MAP(VARCHAR, DOUBLE)", "feedback": "VARCHAR", "reason": "VARCHAR",
            "why": "VARCHAR", "stage": "VARCHAR", "message": "VARCHAR", "diagnostics": "VARCHAR", "cell": "VARCHAR",
            "displaced": "VARCHAR", "worker": "VARCHAR"}') AS d
    FROM read_ndjson($path, maximum_object_size = $longest, columns = {
        sequence: 'BIGINT', time: 'VARCHAR', type: 'VARCHAR', generation: 'INTEGER', island: 'INTEGER',
        subject: 'VARCHAR', causationid: 'VARCHAR', schemaversion: 'INTEGER', hash: 'VARCHAR', data: 'JSON'})
)
SELECT
    $run_id::VARCHAR AS run_id,
    $run_started::TIMESTAMP AS run_started,
    sequence,
    replace(time, 'Z', '')::TIMESTAMP AS time,
    type,
    generation,
    island,
    coalesce(subject, '') AS program_id,
    try_cast(split_part(causationid, ':', -1) AS BIGINT) AS cause,
    schemaversion AS schema_version,
    left(hash, 16) AS hash,
    $problem::VARCHAR AS problem,
    coalesce(d.parents, []) AS parent_ids,
    coalesce(d.inspirations, []) AS inspirations,
    coalesce(d.operator, '') AS operator,
    coalesce(d.name, '') AS name,
    coalesce(d.language, '') AS language,
    coalesce(d.entry, '') AS entry,
    coalesce(d.code_digest, '') AS code_digest,
    coalesce(d.provider, '') AS provider,
    coalesce(d.model, '') AS model,
    coalesce(d.purpose, '') AS purpose,
    coalesce(d.prompt_id, '') AS prompt_id,
    coalesce(d.call, '') AS call,
    d.attempt,
    d.tokens_in,
    d.tokens_out,
    d.tokens_reasoning,
    d.tokens_cached,
    d.cost_usd,
    d.latency_s,
    coalesce(d.finish_reason, '') AS finish_reason,
    coalesce(d.duration_s, d.usage.wall_s) AS duration_s,
    d.usage.cpu_s AS cpu_s,
    d.usage.max_rss_bytes AS max_rss_bytes,
    coalesce(list_filter(d.stages, lambda s: s.status IS NOT NULL), []) AS stages,
    coalesce(d.messages, []) AS messages,
    coalesce(d.reasoning, '') AS reasoning,
    CASE WHEN type = 'llm.responded' THEN coalesce(d.text, '') ELSE '' END AS response,
    coalesce(d.rationale, '') AS rationale,
    concat(d.files[d.entry], list_aggregate(list_transform(
        list_filter(map_entries(d.files), lambda file: file.key != d.entry),
        lambda file: concat(chr(10), '==> ', file.key, ' <==', chr(10), file.value)), 'string_agg', '')) AS code,
    coalesce(d.diff, '') AS diff,
    d.is_valid,
    d.fitness,
    coalesce(d.metrics, MAP {}) AS metrics,
    coalesce(d.feedback, '') AS feedback,
    coalesce(nullif(d.reason, ''), d.why, '') AS reason,
    coalesce(d.stage, '') AS stage,
    coalesce(nullif(d.message, ''), nullif(d.diagnostics, ''),
        CASE WHEN type = 'llm.responded' THEN '' ELSE d.text END, '') AS message,
    coalesce(d.cell, '') AS cell,
    coalesce(d.displaced, '') AS displaced,
    coalesce(d.worker, '') AS worker,
    CASE type
        WHEN 'llm.responded' THEN replace(replace(data,
            coalesce('"text":' || to_json(d.text), chr(10)), '"text":@'),
            coalesce('"reasoning":' || to_json(d.reasoning), chr(10)), '"reasoning":@')
        ELSE replace(replace(replace(data,
            coalesce('"files":{' || to_json(d.entry) || ':' || to_json(d.files[d.entry]) || '}', chr(10)), '"files":@'),
            coalesce('"diff":' || to_json(d.diff), chr(10)), '"diff":@'),
            coalesce('"messages":' || to_json(d.messages), chr(10)), '"messages":@')
    END AS payload
FROM parsed
