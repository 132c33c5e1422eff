-- title: Migration flow
-- answers: How many programs went from which island to which, and how fit were they?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    migrations.run_id AS run_id,
    from_island,
    to_island,
    count(*) AS programs,
    max(programs.fitness) AS best_fitness,
    avg(programs.fitness) AS mean_fitness
FROM migrations
JOIN programs ON programs.run_id = migrations.run_id AND programs.program_id = migrations.program_id
WHERE $run = 'all' OR migrations.run_id = $run
GROUP BY migrations.run_id, from_island, to_island
ORDER BY run_id, from_island, to_island
