-- Consecutive lines of one logs.jsonl as rows of `diagnostics`; `$path` is a file of {"line", "text"} objects.
WITH parsed AS (
    SELECT line, text, json_transform(text, '{
        "timestamp": "VARCHAR", "level": "VARCHAR", "event": "VARCHAR", "generation": "INTEGER",
        "program_id": "VARCHAR", "model": "VARCHAR"}') AS d
    FROM read_ndjson($path, maximum_object_size = $longest, columns = {line: 'BIGINT', text: 'VARCHAR'})
)
SELECT
    $run_id::VARCHAR AS run_id,
    $run_started::TIMESTAMP AS run_started,
    line,
    try_cast(replace(d.timestamp, 'Z', '') AS TIMESTAMP) AS time,
    coalesce(d.level, '') AS level,
    coalesce(d.event, '') AS event,
    d.generation,
    coalesce(d.program_id, '') AS program_id,
    coalesce(d.model, '') AS model,
    text AS fields
FROM parsed
