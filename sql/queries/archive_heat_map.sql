-- title: Archive heat map
-- answers: Which cells of each island's archive are filled, with which program, and how fit is it?
-- run run = latest: A run: its id, its directory, or latest.
SELECT
    placed.island AS island,
    placed.cell AS cell,
    CAST(placed.first AS INTEGER) AS x,
    CAST(CASE WHEN position('/' IN placed.rest) > 0 THEN left(placed.rest, position('/' IN placed.rest) - 1)
        WHEN placed.rest = '' THEN '0' ELSE placed.rest END AS INTEGER) AS y,
    placed.program_id AS program_id,
    programs.fitness AS fitness
FROM (
    SELECT
        island,
        cell,
        CASE WHEN position('/' IN cell) > 0 THEN left(cell, position('/' IN cell) - 1) ELSE cell END AS first,
        CASE WHEN position('/' IN cell) > 0 THEN substring(cell, position('/' IN cell) + 1) ELSE '' END AS rest,
        argMax(program_id, sequence) AS program_id
    FROM (
        SELECT sequence, program_id, cell, island
        FROM genesis_logs
        WHERE run_id = $run AND type = 'program.archived' AND cell != ''
        UNION ALL
        SELECT sequence, program_id, cell, to_island AS island
        FROM migrations
        WHERE run_id = $run AND cell != ''
    ) AS admissions
    GROUP BY island, cell
) AS placed
JOIN programs ON programs.program_id = placed.program_id
WHERE programs.run_id = $run
ORDER BY island, cell
