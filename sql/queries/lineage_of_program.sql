-- title: Lineage of a program
-- answers: From which programs does a program descend, how far back is each, and how did it score?
-- program text: The program's id, such as p000042.
-- run run = latest: A run: its id, its directory, or latest.
WITH RECURSIVE ancestry AS (
    SELECT program_id, 0 AS depth FROM programs WHERE run_id = $run AND program_id = $program
    UNION ALL
    SELECT DISTINCT lineage.parent_id AS program_id, ancestry.depth + 1 AS depth
    FROM ancestry JOIN lineage ON lineage.program_id = ancestry.program_id
    WHERE lineage.run_id = $run
)
SELECT
    found.depth AS depth,
    programs.program_id AS program_id,
    programs.operator AS operator,
    programs.model AS model,
    programs.generation AS generation,
    programs.island AS island,
    programs.fitness AS fitness,
    programs.name AS name
FROM (SELECT program_id, min(depth) AS depth FROM ancestry GROUP BY program_id) AS found
JOIN programs ON programs.program_id = found.program_id
WHERE programs.run_id = $run
ORDER BY depth, program_id
