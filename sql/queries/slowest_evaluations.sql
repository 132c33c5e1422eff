-- title: Slowest evaluations
-- answers: Which programs took longest to evaluate, on which worker, and what came of them?
-- run run = latest: A run: its id, its directory, latest, or all.
-- most count = 20: Rows at most.
SELECT run_id, program_id, operator, status, reason, duration_s, cpu_s, max_rss_bytes, worker, fitness
FROM programs
WHERE status IN ('evaluated', 'failed') AND ($run = 'all' OR run_id = $run)
ORDER BY duration_s DESC, run_id, program_id
LIMIT $most
