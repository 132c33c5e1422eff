-- title: Progress by generation
-- answers: How do best and mean fitness, coverage, quality-diversity score and cost rise with the generations?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT run_id, generation, evaluated, valid, best_fitness, mean_fitness, archive_size, coverage, qd_score, cost_usd
FROM generations
WHERE $run = 'all' OR run_id = $run
ORDER BY run_id, generation
