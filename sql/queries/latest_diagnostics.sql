-- title: Latest diagnostics
-- answers: What did the engine last warn of or fail at?
-- run run = all: A run: its id, its directory, latest, or all.
-- most count = 100: Rows at most, the newest first.
SELECT time, run_id, level, event, program_id, model, fields
FROM diagnostics
WHERE level IN ('warning', 'error', 'critical') AND ($run = 'all' OR run_id = $run)
ORDER BY time DESC, run_id, line
LIMIT $most
