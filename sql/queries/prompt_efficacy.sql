-- title: Efficacy of prompts
-- answers: Which system prompt gave valid, kept and better programs, and at what cost?
-- run run = latest: A run: its id, its directory, latest, or all.
SELECT
    gains.run_id AS run_id,
    gains.prompt_id AS prompt_id,
    count(*) AS tries,
    count(*) FILTER (WHERE is_valid) AS valid,
    count(*) FILTER (WHERE archived) AS archived,
    count(*) FILTER (WHERE gain > 0) AS improved,
    avg(fitness) AS mean_fitness,
    max(fitness) AS best_fitness,
    sum(spent.cost_usd) AS cost_usd
FROM gains
LEFT JOIN (
    SELECT run_id, program_id, sum(cost_usd) AS cost_usd FROM llm_calls GROUP BY run_id, program_id
) AS spent ON spent.run_id = gains.run_id AND spent.program_id = gains.program_id
WHERE gains.prompt_id != '' AND status != 'pending' AND ($run = 'all' OR gains.run_id = $run)
GROUP BY gains.run_id, gains.prompt_id
ORDER BY improved DESC, run_id, prompt_id
