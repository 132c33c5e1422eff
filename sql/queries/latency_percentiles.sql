-- title: Latency of models
-- answers: How long do models take to answer: median, 90th, 99th percentile and the longest, in seconds?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    provider,
    model,
    count(*) AS calls,
    min(latency_s) FILTER (WHERE position >= 0.5) AS p50_s,
    min(latency_s) FILTER (WHERE position >= 0.9) AS p90_s,
    min(latency_s) FILTER (WHERE position >= 0.99) AS p99_s,
    max(latency_s) AS longest_s,
    sum(tokens_out) / nullif(sum(latency_s), 0) AS tokens_per_s
FROM (
    SELECT
        provider,
        model,
        latency_s,
        tokens_out,
        cume_dist() OVER (PARTITION BY provider, model ORDER BY latency_s) AS position
    FROM llm_calls
    WHERE status = 'responded' AND ($run = 'all' OR run_id = $run)
) AS ranked
GROUP BY provider, model
ORDER BY provider, model
