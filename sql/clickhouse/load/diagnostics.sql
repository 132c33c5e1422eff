-- Consecutive lines of one logs.jsonl into `diagnostics`; `@source@` is where the lines come from.
INSERT INTO diagnostics
(run_id, run_started, line, time, level, event, generation, program_id, model, fields)
WITH
    JSONExtract(text, 'Tuple(timestamp String, level String, event String, generation Nullable(Int32),
        program_id String, model String)') AS d
SELECT
    {run_id:String}, {run_started:DateTime('UTC')}, line, parseDateTime64BestEffortOrNull(d.timestamp, 6, 'UTC'),
    d.level, d.event, d.generation, d.program_id, d.model, text
FROM @source@
