-- One row a program that was copied from one island to another.
CREATE OR REPLACE VIEW migrations AS
SELECT
    run_id,
    sequence,
    time,
    generation,
    program_id,
    JSONExtract(payload, 'from_island', 'Nullable(Int64)') AS from_island,
    JSONExtract(payload, 'to_island', 'Nullable(Int64)') AS to_island,
    cell,
    displaced
FROM events
WHERE type = 'program.migrated';
