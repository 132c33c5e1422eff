-- The tables, wherever their rows are: `stored_…` has the columns, `found_…` is what the session found on disk.
CREATE VIEW events AS
SELECT
    *,
    array_to_string(list_transform(messages, lambda m: concat(m.role, ':', chr(10), m.content)), chr(10) || chr(10))
        AS prompt,
    replace(replace(replace(replace(replace(payload,
        '"messages":@', '"messages":' || to_json(messages)),
        '"diff":@', '"diff":' || to_json(diff)),
        '"files":@', '"files":{' || to_json(entry) || ':' || to_json(code) || '}'),
        '"reasoning":@', '"reasoning":' || to_json(reasoning)),
        '"text":@', '"text":' || to_json(response)) AS data
FROM (SELECT * FROM stored_events UNION ALL BY NAME SELECT * FROM found_events);

CREATE VIEW diagnostics AS SELECT * FROM stored_diagnostics UNION ALL BY NAME SELECT * FROM found_diagnostics;

CREATE VIEW dead_letters AS SELECT * FROM stored_dead_letters UNION ALL BY NAME SELECT * FROM found_dead_letters;

-- One row an event: what people ask. A text that does not apply is empty, a number is NULL, a list or map is empty.
CREATE VIEW genesis_logs AS
SELECT
    time, run_id, sequence, type, generation, island, program_id, parent_ids, problem, operator, provider, model,
    purpose, tokens_in, tokens_out, tokens_reasoning, cost_usd, latency_s, duration_s, reasoning, prompt, response,
    rationale, code, diff, is_valid, fitness, metrics, feedback, reason, message, cell, displaced, worker, data
FROM events;
