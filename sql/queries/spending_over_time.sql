-- title: Spending over time
-- answers: How do cost and tokens add up, minute by minute?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    minute,
    calls,
    cost_usd,
    tokens_in,
    tokens_out,
    sum(cost_usd) OVER (ORDER BY minute) AS total_usd
FROM (
    SELECT
        date_trunc('minute', time) AS minute,
        count(*) AS calls,
        sum(cost_usd) AS cost_usd,
        sum(tokens_in) AS tokens_in,
        sum(tokens_out) AS tokens_out
    FROM genesis_logs
    WHERE type = 'llm.responded' AND ($run = 'all' OR run_id = $run)
    GROUP BY date_trunc('minute', time)
) AS spent
ORDER BY minute
