-- title: Activity of runs
-- answers: Which runs are being written, how fast, and how long ago did the last event of each reach this store?
-- minutes count = 5: How far back the rate looks, from a run's last event.
SELECT
    runs.run_id AS run_id,
    runs.problem AS problem,
    runs.status AS status,
    runs.events AS events,
    recent.events AS recent_events,
    recent.events / (60.0 * $minutes) AS events_per_s,
    recent.evaluations / (1.0 * $minutes) AS evaluations_per_minute,
    runs.last_event AS last_event,
    date_diff('second', runs.last_event, CAST(now() AS TIMESTAMP)) AS seconds_since
FROM runs
JOIN (
    SELECT
        logs.run_id AS run_id,
        count(*) AS events,
        count(*) FILTER (WHERE logs.type IN ('program.evaluated', 'evaluation.failed')) AS evaluations
    FROM genesis_logs AS logs
    JOIN runs AS whole ON whole.run_id = logs.run_id
    WHERE date_diff('second', logs.time, whole.last_event) < 60 * $minutes
    GROUP BY logs.run_id
) AS recent ON recent.run_id = runs.run_id
ORDER BY last_event DESC, run_id
