-- One row a program that was copied from one island to another.
CREATE VIEW migrations AS
SELECT
    run_id,
    sequence,
    time,
    generation,
    program_id,
    (payload->>'from_island')::BIGINT AS from_island,
    (payload->>'to_island')::BIGINT AS to_island,
    cell,
    displaced
FROM events
WHERE type = 'program.migrated';
