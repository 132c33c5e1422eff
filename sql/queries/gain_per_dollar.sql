-- title: Gain per dollar
-- answers: What did each model cost, and how much fitness did its programs gain over their parents for a dollar?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    model,
    count(*) AS programs,
    sum(priced.calls) AS calls,
    count(*) FILTER (WHERE gain > 0) AS improved,
    sum(gain) FILTER (WHERE gain > 0) AS gained,
    sum(priced.cost_usd) AS cost_usd,
    sum(unpriced) AS unpriced_calls,
    sum(gain) FILTER (WHERE gain > 0) / nullif(sum(priced.cost_usd), 0) AS gain_per_usd
FROM (
    SELECT spent.model AS model, spent.calls AS calls, spent.cost_usd AS cost_usd, spent.unpriced AS unpriced,
        gains.gain AS gain
    FROM (
        SELECT c.run_id AS run_id, c.program_id AS program_id, max(concat(c.provider, '/', c.model)) AS model,
            count(*) AS calls,
            sum(c.cost_usd) AS cost_usd,
            count(*) FILTER (WHERE c.status = 'responded' AND c.cost_usd IS NULL) AS unpriced
        FROM llm_calls AS c
        WHERE c.program_id != '' AND c.purpose IN ('mutation', 'repair') AND ($run = 'all' OR c.run_id = $run)
        GROUP BY c.run_id, c.program_id
    ) AS spent
    JOIN gains ON gains.run_id = spent.run_id AND gains.program_id = spent.program_id
) AS priced
GROUP BY model
ORDER BY gain_per_usd DESC, model
