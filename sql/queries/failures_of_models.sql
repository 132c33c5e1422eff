-- title: Failures of models
-- answers: How often does each provider fail, for which reason, and what did it say last?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    provider,
    model,
    reason,
    count(*) AS failures,
    max(time) AS last_time,
    argMax(message, time) AS last_message
FROM llm_calls
WHERE status = 'failed' AND ($run = 'all' OR run_id = $run)
GROUP BY provider, model, reason
ORDER BY failures DESC, provider, model, reason
