-- title: Utilisation of workers
-- answers: How many programs did each worker evaluate, and for what share of the run was it busy?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    worked.run_id AS run_id,
    worked.worker AS worker,
    worked.evaluations AS evaluations,
    worked.failed AS failed,
    worked.busy_s AS busy_s,
    worked.busy_s / nullif(date_diff('microsecond', runs.started, runs.last_event) / 1000000.0, 0) AS utilisation
FROM (
    SELECT run_id, worker, count(*) AS evaluations, count(*) FILTER (WHERE type = 'evaluation.failed') AS failed,
        sum(duration_s) AS busy_s
    FROM genesis_logs
    WHERE type IN ('program.evaluated', 'evaluation.failed') AND worker != '' AND ($run = 'all' OR run_id = $run)
    GROUP BY run_id, worker
) AS worked
JOIN runs ON runs.run_id = worked.run_id
ORDER BY run_id, worker
