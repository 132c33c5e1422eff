-- One row an attempt of a call to a model, with its answer. `status` is responded, failed or pending.
CREATE OR REPLACE VIEW llm_calls AS
SELECT
    asked.run_id AS run_id,
    asked.sequence AS sequence,
    asked.time AS time,
    asked.problem AS problem,
    asked.program_id AS program_id,
    asked.generation AS generation,
    asked.island AS island,
    asked.purpose AS purpose,
    asked.provider AS provider,
    asked.model AS model,
    asked.prompt_id AS prompt_id,
    asked.call AS call,
    asked.attempt AS attempt,
    CASE answer.type WHEN 'llm.responded' THEN 'responded' WHEN 'llm.failed' THEN 'failed' ELSE 'pending' END AS status,
    answer.time AS answered_at,
    answer.tokens_in AS tokens_in,
    answer.tokens_out AS tokens_out,
    answer.tokens_reasoning AS tokens_reasoning,
    answer.tokens_cached AS tokens_cached,
    answer.cost_usd AS cost_usd,
    answer.latency_s AS latency_s,
    coalesce(answer.finish_reason, '') AS finish_reason,
    coalesce(answer.reason, '') AS reason,
    coalesce(answer.message, '') AS message,
    asked.prompt AS prompt,
    coalesce(answer.reasoning, '') AS reasoning,
    coalesce(answer.response, '') AS response
FROM (SELECT run_id, sequence, time, problem, program_id, generation, island, purpose, provider, model, prompt_id,
    call, attempt, prompt FROM events WHERE type = 'llm.requested') AS asked
LEFT JOIN (SELECT run_id, call, attempt, type, toNullable(time) AS time, tokens_in, tokens_out, tokens_reasoning,
    tokens_cached, cost_usd, latency_s, finish_reason, reason, message, reasoning, response
    FROM events WHERE type IN ('llm.responded', 'llm.failed')) AS answer
ON asked.run_id = answer.run_id AND asked.call = answer.call AND asked.attempt = answer.attempt;
