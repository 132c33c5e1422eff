-- title: Common ancestors of the successful
-- answers: Which programs are ancestors of every program at or above a fitness, the latest of them first?
-- fitness number: The least fitness of a successful program (higher is better; negated where the metric is minimised).
-- run run = latest: A run: its id, its directory, or latest.
WITH RECURSIVE ancestry AS (
    SELECT DISTINCT program_id AS successful, program_id AS ancestor
    FROM programs WHERE run_id = $run AND fitness >= $fitness
    UNION ALL
    SELECT DISTINCT ancestry.successful AS successful, lineage.parent_id AS ancestor
    FROM ancestry JOIN lineage ON lineage.program_id = ancestry.ancestor
    WHERE lineage.run_id = $run
)
SELECT
    programs.program_id AS program_id,
    programs.generation AS generation,
    programs.operator AS operator,
    programs.fitness AS fitness,
    shared.descendants AS descendants,
    programs.name AS name
FROM (
    SELECT ancestor, count(DISTINCT successful) AS descendants FROM ancestry GROUP BY ancestor
) AS shared
JOIN programs ON programs.program_id = shared.ancestor
WHERE programs.run_id = $run
    AND shared.descendants = (SELECT count(*) FROM programs WHERE run_id = $run AND fitness >= $fitness)
ORDER BY program_id DESC
