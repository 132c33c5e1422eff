-- title: Unreadable lines
-- answers: Which lines of which runs could not be loaded, and why?
-- run run = all: A run: its id, its directory, latest, or all.
SELECT run_id, feed, line, reason, message, text
FROM dead_letters
WHERE $run = 'all' OR run_id = $run
ORDER BY run_id, feed, line
