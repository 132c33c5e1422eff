-- title: Calls made for a program
-- answers: What was each model asked for a program, what did it think, and what did it answer?
-- program text: The program's id, such as p000042.
-- run run = latest: A run: its id, its directory, or latest.
SELECT sequence, purpose, provider, model, attempt, status, reason, cost_usd, latency_s, prompt, reasoning, response
FROM llm_calls
WHERE run_id = $run AND program_id = $program
ORDER BY sequence
