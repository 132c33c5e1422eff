-- title: Runs of a problem compared
-- answers: Which run of a problem did best, and how many evaluations and dollars did its best program take?
-- problem text: The problem's name.
SELECT
    best.run_id AS run_id,
    runs.status AS status,
    best.fitness AS best_fitness,
    best.program_id AS program_id,
    best.operator AS operator,
    best.model AS model,
    best.evaluations AS evaluations,
    runs.evaluated + runs.failed AS evaluations_in_all,
    runs.cost_usd AS cost_usd
FROM (
    SELECT run_id, program_id, operator, model, fitness, evaluations
    FROM (
        SELECT run_id, program_id, operator, model, fitness, evaluations,
            row_number() OVER (PARTITION BY run_id ORDER BY fitness DESC, evaluations) AS place
        FROM (
            SELECT run_id, program_id, operator, model, is_valid, fitness,
                row_number() OVER (PARTITION BY run_id ORDER BY settled_at, program_id) AS evaluations
            FROM programs
            WHERE status IN ('evaluated', 'failed') AND problem = $problem
        ) AS counted
        WHERE is_valid
    ) AS ranked
    WHERE place = 1
) AS best
JOIN runs ON runs.run_id = best.run_id
ORDER BY best_fitness DESC, run_id
