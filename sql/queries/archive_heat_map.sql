-- title: Archive heat map
-- answers: Which cells of each island's archive are filled, with which program, and how fit is it?
-- run text = latest: A run's id, or latest.
SELECT placed.island AS island, placed.cell AS cell, placed.program_id AS program_id, programs.fitness AS fitness
FROM (
    SELECT island, cell, argMax(program_id, sequence) AS program_id
    FROM genesis_logs
    WHERE run_id = $run AND type IN ('program.archived', 'program.migrated') AND cell != ''
    GROUP BY island, cell
) AS placed
JOIN programs ON programs.program_id = placed.program_id
WHERE programs.run_id = $run
ORDER BY island, cell
