-- title: Mutation pathway
-- answers: Step by step from an initial program, what was changed on the way to a program, and what did each step gain?
-- program text: The program's id, such as p000042.
-- run run = latest: A run: its id, its directory, or latest.
WITH RECURSIVE pathway AS (
    SELECT program_id, 0 AS steps_before FROM programs WHERE run_id = $run AND program_id = $program
    UNION ALL
    SELECT lineage.parent_id AS program_id, pathway.steps_before + 1 AS steps_before
    FROM pathway JOIN lineage ON lineage.program_id = pathway.program_id
    WHERE lineage.run_id = $run AND lineage.parent_number = 1
)
SELECT
    row_number() OVER (ORDER BY pathway.steps_before DESC) AS step,
    programs.program_id AS program_id,
    programs.operator AS operator,
    programs.model AS model,
    programs.fitness AS fitness,
    gains.gain AS gain,
    programs.name AS name,
    programs.rationale AS rationale,
    programs.diff AS diff
FROM pathway
JOIN programs ON programs.program_id = pathway.program_id
JOIN gains ON gains.program_id = pathway.program_id
WHERE programs.run_id = $run AND gains.run_id = $run
ORDER BY step
