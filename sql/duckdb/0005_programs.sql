-- One row a program: how it came about, what it scored, whether it was kept.
CREATE VIEW programs AS
SELECT
    run_id,
    program_id,
    max(e.problem) AS problem,
    coalesce(arg_max(e.generation, e.sequence) FILTER (e.type = 'mutation.requested'), 0) AS generation,
    coalesce(arg_max(e.island, e.sequence) FILTER (e.type = 'mutation.requested'), 0) AS island,
    coalesce(arg_max(e.operator, e.sequence) FILTER (e.type = 'mutation.requested'), '') AS operator,
    coalesce(arg_max(e.model, e.sequence) FILTER (e.type = 'mutation.requested'), '') AS model,
    coalesce(arg_max(e.prompt_id, e.sequence) FILTER (e.type = 'mutation.requested'), '') AS prompt_id,
    coalesce(arg_max(e.parent_ids, e.sequence) FILTER (e.type = 'mutation.requested'), []) AS parent_ids,
    coalesce(arg_max(e.inspirations, e.sequence) FILTER (e.type = 'mutation.requested'), []) AS inspirations,
    coalesce(arg_max(e.name, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS name,
    coalesce(arg_max(e.language, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS language,
    coalesce(arg_max(e.code_digest, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS code_digest,
    coalesce(arg_max(e.code, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS code,
    coalesce(arg_max(e.diff, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS diff,
    coalesce(arg_max(e.rationale, e.sequence) FILTER (e.type = 'mutation.proposed'), '') AS rationale,
    min(e.time) AS requested_at,
    arg_max_null(e.time, e.sequence) FILTER (e.type IN ('program.evaluated', 'evaluation.failed', 'mutation.rejected')) AS settled_at,
    CASE WHEN count(*) FILTER (e.type = 'program.evaluated') > 0 THEN 'evaluated'
        WHEN count(*) FILTER (e.type = 'evaluation.failed') > 0 THEN 'failed'
        WHEN count(*) FILTER (e.type = 'mutation.rejected') > 0 THEN 'rejected' ELSE 'pending' END AS status,
    arg_max_null(e.is_valid, e.sequence) FILTER (e.type = 'program.evaluated') AS is_valid,
    arg_max_null(e.fitness, e.sequence) FILTER (e.type = 'program.evaluated') AS fitness,
    coalesce(arg_max(e.metrics, e.sequence) FILTER (e.type = 'program.evaluated'), MAP {}) AS metrics,
    coalesce(arg_max(e.feedback, e.sequence) FILTER (e.type = 'program.evaluated'), '') AS feedback,
    coalesce(arg_max(e.reason, e.sequence) FILTER (e.type IN ('evaluation.failed', 'mutation.rejected')), '') AS reason,
    coalesce(arg_max(e.message, e.sequence) FILTER (e.type IN ('evaluation.failed', 'mutation.rejected')), '') AS message,
    coalesce(arg_max(e.stage, e.sequence) FILTER (e.type = 'evaluation.failed'), '') AS stage,
    arg_max_null(e.duration_s, e.sequence) FILTER (e.type IN ('program.evaluated', 'evaluation.failed')) AS duration_s,
    arg_max_null(e.cpu_s, e.sequence) FILTER (e.type IN ('program.evaluated', 'evaluation.failed')) AS cpu_s,
    arg_max_null(e.max_rss_bytes, e.sequence) FILTER (e.type IN ('program.evaluated', 'evaluation.failed')) AS max_rss_bytes,
    coalesce(arg_max(e.worker, e.sequence) FILTER (e.type IN ('program.evaluated', 'evaluation.failed')), '') AS worker,
    count(*) FILTER (e.type = 'program.archived') > 0 AS archived,
    coalesce(arg_max(e.cell, e.sequence) FILTER (e.type IN ('program.archived', 'program.declined')), '') AS cell
FROM events AS e
WHERE program_id != '' AND type IN ('mutation.requested', 'mutation.proposed', 'mutation.rejected',
    'program.evaluated', 'evaluation.failed', 'program.archived', 'program.declined')
GROUP BY run_id, program_id;
