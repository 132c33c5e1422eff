-- One row a run. `status` is running until the run was let go of; then it is the reason that run.stopped gives.
CREATE OR REPLACE VIEW runs AS
SELECT
    run_id,
    max(e.problem) AS problem,
    min(e.time) AS started,
    max(e.time) AS last_event,
    max(e.sequence) AS events,
    if(argMaxIf(e.type, e.sequence, e.type IN ('run.started', 'run.resumed', 'run.stopped')) = 'run.stopped',
        argMaxIf(e.reason, e.sequence, e.type = 'run.stopped'), 'running') AS status,
    toInt64(countIf(e.type = 'mutation.requested')) AS requested,
    toInt64(countIf(e.type = 'mutation.rejected')) AS rejected,
    toInt64(countIf(e.type = 'program.evaluated')) AS evaluated,
    toInt64(countIf(e.type = 'program.evaluated' AND e.is_valid)) AS valid,
    toInt64(countIf(e.type = 'evaluation.failed')) AS failed,
    max(e.generation) AS generation,
    maxIf(e.fitness, e.type = 'program.evaluated' AND e.is_valid) AS best_fitness,
    argMaxIf(e.program_id, (e.fitness, -e.sequence), e.type = 'program.evaluated' AND e.is_valid AND e.fitness IS NOT NULL) AS best_program,
    toInt64(countIf(e.type = 'llm.responded')) AS llm_responses,
    sumIf(e.cost_usd, e.type = 'llm.responded') AS cost_usd,
    toInt64(countIf(e.type = 'llm.responded' AND e.cost_usd IS NULL)) AS unpriced_responses,
    sumIf(e.tokens_in, e.type = 'llm.responded') AS tokens_in,
    sumIf(e.tokens_out, e.type = 'llm.responded') AS tokens_out,
    JSONExtractString(argMaxIf(e.payload, e.sequence, e.type = 'run.started'), 'forked_from', 'run_id') AS forked_from
FROM events AS e
GROUP BY run_id;
