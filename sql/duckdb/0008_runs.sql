-- One row a run. `status` is running until the run was let go of; then it is the reason that run.stopped gives.
CREATE VIEW runs AS
SELECT
    run_id,
    max(e.problem) AS problem,
    min(e.time) AS started,
    max(e.time) AS last_event,
    max(e.sequence) AS events,
    CASE WHEN arg_max(e.type, e.sequence) FILTER (e.type IN ('run.started', 'run.resumed', 'run.stopped')) = 'run.stopped'
        THEN arg_max(e.reason, e.sequence) FILTER (e.type = 'run.stopped') ELSE 'running' END AS status,
    count(*) FILTER (e.type = 'mutation.requested') AS requested,
    count(*) FILTER (e.type = 'mutation.rejected') AS rejected,
    count(*) FILTER (e.type = 'program.evaluated') AS evaluated,
    count(*) FILTER (e.type = 'program.evaluated' AND e.is_valid) AS valid,
    count(*) FILTER (e.type = 'evaluation.failed') AS failed,
    max(e.generation) AS generation,
    max(e.fitness) FILTER (e.type = 'program.evaluated' AND e.is_valid) AS best_fitness,
    coalesce(arg_max(e.program_id, (e.fitness, -e.sequence))
        FILTER (e.type = 'program.evaluated' AND e.is_valid AND e.fitness IS NOT NULL), '') AS best_program,
    count(*) FILTER (e.type = 'llm.responded') AS llm_responses,
    sum(e.cost_usd) FILTER (e.type = 'llm.responded') AS cost_usd,
    count(*) FILTER (e.type = 'llm.responded' AND e.cost_usd IS NULL) AS unpriced_responses,
    sum(e.tokens_in) FILTER (e.type = 'llm.responded')::BIGINT AS tokens_in,
    sum(e.tokens_out) FILTER (e.type = 'llm.responded')::BIGINT AS tokens_out,
    coalesce(arg_max(e.payload, e.sequence) FILTER (e.type = 'run.started')->'forked_from'->>'run_id', '') AS forked_from
FROM events AS e
GROUP BY run_id;
