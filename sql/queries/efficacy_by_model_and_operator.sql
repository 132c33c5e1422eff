-- title: Efficacy by model and operator
-- answers: Which operator, with which model, gives valid, kept and better programs, and how large are its gains?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    operator,
    model,
    count(*) AS tries,
    count(*) FILTER (WHERE status != 'rejected') AS proposed,
    count(*) FILTER (WHERE is_valid) AS valid,
    count(*) FILTER (WHERE archived) AS archived,
    count(*) FILTER (WHERE gain > 0) AS improved,
    round(1.0 * count(*) FILTER (WHERE gain > 0) / count(*), 6) AS improved_share,
    max(gain) FILTER (WHERE gain > 0) AS best_gain,
    avg(gain) FILTER (WHERE gain > 0) AS mean_gain,
    max(fitness) AS best_fitness
FROM gains
WHERE status != 'pending' AND ($run = 'all' OR run_id = $run)
GROUP BY operator, model
ORDER BY improved DESC, operator, model
