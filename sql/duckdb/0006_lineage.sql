-- One row a parent of a program, in the order in which the operator was given them; `parent_number` counts from 1.
CREATE VIEW lineage AS
SELECT
    run_id,
    program_id,
    parent_ids[number] AS parent_id,
    number AS parent_number,
    operator,
    generation,
    island,
    time
FROM (SELECT *, unnest(range(1, len(parent_ids) + 1)) AS number FROM events WHERE type = 'mutation.proposed');
