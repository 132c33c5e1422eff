-- One row a stage of an evaluation.
CREATE VIEW stages AS
SELECT
    run_id,
    sequence,
    time,
    program_id,
    type,
    worker,
    each.name AS stage,
    each.status AS status,
    each.duration_s AS duration_s,
    each.cached AS cached
FROM (SELECT *, unnest(stages) AS each FROM events);
