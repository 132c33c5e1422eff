-- title: What the models said before every improvement
-- answers: For each new best program that a model proposed: what did it think, and what did it say it would do?
-- run run = latest: A run: its id, its directory, or latest.
WITH bests AS (
    SELECT program_id, operator, model, fitness, settled_at, name, rationale, before
    FROM (
        SELECT
            program_id, operator, model, fitness, settled_at, name, rationale,
            max(fitness) OVER (
                ORDER BY settled_at, program_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
        FROM programs
        WHERE run_id = $run AND is_valid
    ) AS scored
    WHERE before IS NULL OR fitness > before
)
SELECT
    bests.settled_at AS time,
    bests.program_id AS program_id,
    bests.operator AS operator,
    bests.model AS model,
    bests.before AS before,
    bests.fitness AS fitness,
    bests.name AS name,
    bests.rationale AS rationale,
    said.reasoning AS reasoning
FROM bests
JOIN (
    SELECT program_id, argMax(reasoning, sequence) AS reasoning
    FROM llm_calls
    WHERE run_id = $run AND status = 'responded' AND purpose IN ('mutation', 'repair')
    GROUP BY program_id
) AS said ON said.program_id = bests.program_id
ORDER BY time, program_id
