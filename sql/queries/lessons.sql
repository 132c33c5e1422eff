-- title: Lessons
-- answers: What did the models conclude on the way, and from which programs?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT time, run_id, type, program_id, message AS lesson
FROM genesis_logs
WHERE type IN ('insight.recorded', 'scratchpad.revised', 'prompt.evolved') AND ($run = 'all' OR run_id = $run)
ORDER BY time, run_id, sequence
