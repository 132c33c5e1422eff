-- Lines that cannot be loaded, as rows of `dead_letters`; `$path` is a file of {"line", …} objects.
SELECT
    $run_id::VARCHAR AS run_id,
    $run_started::TIMESTAMP AS run_started,
    feed,
    line,
    source,
    reason,
    message,
    text
FROM read_ndjson($path, maximum_object_size = $longest, columns = {
    feed: 'VARCHAR', line: 'BIGINT', source: 'VARCHAR', reason: 'VARCHAR', message: 'VARCHAR', text: 'VARCHAR'})
