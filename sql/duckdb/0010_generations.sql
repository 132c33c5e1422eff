-- One row a completed generation; the figures are of the whole run up to there.
CREATE VIEW generations AS
SELECT
    run_id,
    problem,
    time,
    generation,
    (data->>'evaluated')::BIGINT AS evaluated,
    (data->>'valid')::BIGINT AS valid,
    (data->>'best_fitness')::DOUBLE AS best_fitness,
    (data->>'mean_fitness')::DOUBLE AS mean_fitness,
    (data->>'archive_size')::BIGINT AS archive_size,
    (data->>'coverage')::DOUBLE AS coverage,
    (data->>'qd_score')::DOUBLE AS qd_score,
    (data->>'cost_usd')::DOUBLE AS cost_usd
FROM events
WHERE type = 'generation.completed';
