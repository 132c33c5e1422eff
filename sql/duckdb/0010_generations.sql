-- One row a completed generation; the figures are of the whole run up to there.
CREATE VIEW generations AS
SELECT
    run_id,
    problem,
    time,
    generation,
    (payload->>'evaluated')::BIGINT AS evaluated,
    (payload->>'valid')::BIGINT AS valid,
    (payload->>'best_fitness')::DOUBLE AS best_fitness,
    (payload->>'mean_fitness')::DOUBLE AS mean_fitness,
    (payload->>'archive_size')::BIGINT AS archive_size,
    (payload->>'coverage')::DOUBLE AS coverage,
    (payload->>'qd_score')::DOUBLE AS qd_score,
    (payload->>'cost_usd')::DOUBLE AS cost_usd
FROM events
WHERE type = 'generation.completed';
