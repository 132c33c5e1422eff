-- One row a program that was proposed: its fitness beside its fittest parent's. `gain` is NULL where either has none.
CREATE OR REPLACE VIEW gains AS
SELECT
    child.run_id AS run_id,
    child.program_id AS program_id,
    child.problem AS problem,
    child.generation AS generation,
    child.island AS island,
    child.operator AS operator,
    child.model AS model,
    child.prompt_id AS prompt_id,
    child.name AS name,
    child.rationale AS rationale,
    child.status AS status,
    child.is_valid AS is_valid,
    child.archived AS archived,
    child.requested_at AS requested_at,
    child.settled_at AS settled_at,
    child.fitness AS fitness,
    bred.parent_fitness AS parent_fitness,
    child.fitness - bred.parent_fitness AS gain
FROM programs AS child
LEFT JOIN (
    SELECT lineage.run_id AS run_id, lineage.program_id AS program_id, max(parent.fitness) AS parent_fitness
    FROM lineage JOIN programs AS parent
    ON parent.run_id = lineage.run_id AND parent.program_id = lineage.parent_id
    GROUP BY lineage.run_id, lineage.program_id
) AS bred ON bred.run_id = child.run_id AND bred.program_id = child.program_id;
