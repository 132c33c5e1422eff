-- One row an event: what people ask. A text that does not apply is empty, a number is NULL, a list or map is empty.
CREATE OR REPLACE VIEW genesis_logs AS
SELECT
    time, run_id, sequence, type, generation, island, program_id, parent_ids, problem, operator, provider, model,
    purpose, tokens_in, tokens_out, tokens_reasoning, cost_usd, latency_s, duration_s, reasoning, prompt, response,
    rationale, code, diff, is_valid, fitness, metrics, feedback, reason, message, cell, displaced, worker, data
FROM events;
