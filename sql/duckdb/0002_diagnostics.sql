-- Lines of logs.jsonl, one row each; `line` counts from 1 in the run's file.
CREATE TABLE stored_diagnostics
(
    run_id VARCHAR,
    run_started TIMESTAMP,
    line BIGINT,
    time TIMESTAMP,
    level VARCHAR,
    event VARCHAR,
    generation INTEGER,
    program_id VARCHAR,
    model VARCHAR,
    fields VARCHAR
);
