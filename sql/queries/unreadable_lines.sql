-- title: Unreadable lines
-- answers: Which lines of which runs could not be loaded, and why?
-- run text = all: A run's id, latest, or all.
SELECT run_id, feed, line, reason, message, text
FROM dead_letters
WHERE $run = 'all' OR run_id = $run
ORDER BY run_id, feed, line
