-- One row a parent of a program, in the order in which the operator was given them; `parent_number` counts from 1.
CREATE OR REPLACE VIEW lineage AS
SELECT
    run_id,
    program_id,
    parent.1 AS parent_id,
    toInt64(parent.2) AS parent_number,
    operator,
    generation,
    island,
    time
FROM events
ARRAY JOIN arrayZip(parent_ids, arrayEnumerate(parent_ids)) AS parent
WHERE type = 'mutation.proposed';
