-- One row a completed generation; the figures are of the whole run up to there.
CREATE OR REPLACE VIEW generations AS
SELECT
    run_id,
    problem,
    time,
    generation,
    JSONExtract(payload, 'evaluated', 'Nullable(Int64)') AS evaluated,
    JSONExtract(payload, 'valid', 'Nullable(Int64)') AS valid,
    JSONExtract(payload, 'best_fitness', 'Nullable(Float64)') AS best_fitness,
    JSONExtract(payload, 'mean_fitness', 'Nullable(Float64)') AS mean_fitness,
    JSONExtract(payload, 'archive_size', 'Nullable(Int64)') AS archive_size,
    JSONExtract(payload, 'coverage', 'Nullable(Float64)') AS coverage,
    JSONExtract(payload, 'qd_score', 'Nullable(Float64)') AS qd_score,
    JSONExtract(payload, 'cost_usd', 'Nullable(Float64)') AS cost_usd
FROM events
WHERE type = 'generation.completed';
