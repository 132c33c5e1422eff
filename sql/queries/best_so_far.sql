-- title: Best so far
-- answers: How did the best fitness of a run rise, and which program and operator brought each step?
-- run run = latest: A run: its id, its directory, or latest.
SELECT
    time,
    evaluated,
    program_id,
    operator,
    model,
    fitness
FROM (
    SELECT
        run_id,
        program_id,
        settled_at AS time,
        operator,
        model,
        fitness,
        row_number() OVER (ORDER BY settled_at, program_id) AS evaluated,
        max(fitness) OVER (
            ORDER BY settled_at, program_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM programs
    WHERE run_id = $run AND is_valid
) AS scored
WHERE evaluated = 1 OR fitness > before
ORDER BY time, program_id
