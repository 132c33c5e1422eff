-- title: Search in reasoning
-- answers: Where did a model's reasoning use all of these words, in any order and case?
-- text text: The words; each is matched as a whole.
-- run run = all: A run: its id, its directory, latest, or all.
-- most count = 100: Rows at most, the newest first.
SELECT time, run_id, sequence, program_id, model, reasoning
FROM genesis_logs
WHERE hasAllTokens(reasoning, $text) AND ($run = 'all' OR run_id = $run)
ORDER BY time DESC, run_id, sequence
LIMIT $most
