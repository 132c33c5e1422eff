-- title: Cost by purpose
-- answers: What was money spent on: calls, tokens and dollars by purpose, provider and model?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    purpose,
    provider,
    model,
    count(*) AS calls,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    sum(c.tokens_in) AS tokens_in,
    sum(c.tokens_cached) AS tokens_cached,
    sum(c.tokens_out) AS tokens_out,
    sum(c.tokens_reasoning) AS tokens_reasoning,
    sum(c.cost_usd) AS cost_usd,
    count(*) FILTER (WHERE c.status = 'responded' AND c.cost_usd IS NULL) AS unpriced_calls
FROM llm_calls AS c
WHERE $run = 'all' OR run_id = $run
GROUP BY purpose, provider, model
ORDER BY cost_usd DESC, purpose, provider, model
