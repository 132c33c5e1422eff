-- title: Failures by reason
-- answers: Why did proposals, evaluations and calls of models fail, how often, and what did the last one say?
-- run run = all: A run: its id, its directory, latest, or all.
SELECT
    type,
    reason,
    count(*) AS failures,
    count(DISTINCT program_id) AS programs,
    max(time) AS last_time
FROM genesis_logs
WHERE type IN ('mutation.rejected', 'evaluation.failed', 'llm.failed') AND ($run = 'all' OR run_id = $run)
GROUP BY type, reason
ORDER BY failures DESC, type, reason
