-- title: Throughput
-- answers: How many programs were proposed, evaluated and archived in each minute?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    date_trunc('minute', time) AS minute,
    count(*) FILTER (WHERE type = 'mutation.proposed') AS proposed,
    count(*) FILTER (WHERE type = 'mutation.rejected') AS rejected,
    count(*) FILTER (WHERE type = 'program.evaluated') AS evaluated,
    count(*) FILTER (WHERE type = 'evaluation.failed') AS failed,
    count(*) FILTER (WHERE type = 'program.archived') AS archived
FROM genesis_logs
WHERE $run = 'all' OR run_id = $run
GROUP BY date_trunc('minute', time)
ORDER BY minute
