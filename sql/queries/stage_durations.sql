-- title: Durations of stages
-- answers: How long does each stage of an evaluation take, how often does it fail, and how often is it answered from cache?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    stage,
    count(*) AS times,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'skipped') AS skipped,
    count(*) FILTER (WHERE cached) AS cached,
    avg(duration_s) FILTER (WHERE status != 'skipped') AS mean_s,
    min(duration_s) FILTER (WHERE status != 'skipped' AND position >= 0.5) AS p50_s,
    min(duration_s) FILTER (WHERE status != 'skipped' AND position >= 0.95) AS p95_s,
    max(duration_s) AS longest_s,
    sum(duration_s) AS total_s
FROM (
    SELECT stage, status, cached, duration_s,
        cume_dist() OVER (PARTITION BY stage, status = 'skipped' ORDER BY duration_s) AS position
    FROM stages
    WHERE $run = 'all' OR run_id = $run
) AS ranked
GROUP BY stage
ORDER BY total_s DESC, stage
