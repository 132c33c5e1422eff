-- title: Duplicates
-- answers: How often does each operator propose what the run already has, by generation?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    generation,
    operator,
    count(*) AS tries,
    count(*) FILTER (WHERE reason = 'duplicate') AS duplicates,
    count(*) FILTER (WHERE reason = 'not_novel') AS not_novel,
    round(1.0 * count(*) FILTER (WHERE reason IN ('duplicate', 'not_novel')) / count(*), 6) AS share
FROM programs
WHERE operator != 'seed' AND status != 'pending' AND ($run = 'all' OR run_id = $run)
GROUP BY generation, operator
ORDER BY generation, operator
