-- Lines that are no event of this catalogue, as they were found: `feed` is events or diagnostics, `line` is their place
-- there.
CREATE TABLE stored_dead_letters
(
    run_id VARCHAR,
    run_started TIMESTAMP,
    feed VARCHAR,
    line BIGINT,
    source VARCHAR,
    reason VARCHAR,
    message VARCHAR,
    text VARCHAR
);
