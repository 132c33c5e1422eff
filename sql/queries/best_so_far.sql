-- title: Best so far
-- answers: How did the best fitness of a run rise, and which program and operator brought each step?
-- run run = latest: A run: its id, its directory, or latest.
SELECT
    settled_at AS time,
    evaluations,
    program_id,
    operator,
    model,
    fitness
FROM (
    SELECT
        program_id,
        settled_at,
        operator,
        model,
        is_valid,
        fitness,
        row_number() OVER (ORDER BY settled_at, program_id) AS evaluations,
        max(fitness) OVER (
            ORDER BY settled_at, program_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM programs
    WHERE run_id = $run AND status IN ('evaluated', 'failed')
) AS scored
WHERE is_valid AND (before IS NULL OR fitness > before)
ORDER BY time, program_id
