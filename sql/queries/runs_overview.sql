-- title: Overview of runs
-- answers: Which runs are there, how far is each, how well did it do, and what did it cost?
SELECT
    run_id,
    problem,
    status,
    started,
    date_diff('microsecond', started, last_event) / 1000000.0 AS seconds,
    evaluated + failed AS evaluations,
    valid,
    generation,
    best_fitness,
    best_program,
    llm_responses,
    cost_usd,
    unpriced_responses
FROM runs
ORDER BY started DESC, run_id
