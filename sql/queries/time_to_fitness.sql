-- title: Time to fitness
-- answers: After how many seconds, evaluations and dollars did each run first reach a fitness?
-- fitness number: The fitness to reach (higher is better; negated where the metric is minimised).
-- run run = all: A run: its id, its directory, latest, or all.
SELECT
    reached.run_id AS run_id,
    runs.problem AS problem,
    date_diff('microsecond', runs.started, reached.at) / 1000000.0 AS seconds,
    reached.evaluations AS evaluations,
    spent.cost_usd AS cost_usd,
    reached.program_id AS program_id,
    reached.fitness AS fitness
FROM (
    SELECT counted.run_id AS run_id, min(settled_at) AS at, min(place) AS evaluations,
        argMin(counted.program_id, place) AS program_id, argMin(counted.fitness, place) AS fitness
    FROM (
        SELECT run_id, program_id, fitness, settled_at,
            row_number() OVER (PARTITION BY run_id ORDER BY settled_at, program_id) AS place
        FROM programs
        WHERE status IN ('evaluated', 'failed') AND ($run = 'all' OR run_id = $run)
    ) AS counted
    WHERE counted.fitness >= $fitness
    GROUP BY counted.run_id
) AS reached
JOIN runs ON runs.run_id = reached.run_id
LEFT JOIN (
    SELECT answers.run_id AS run_id, sum(answers.cost_usd) AS cost_usd
    FROM (SELECT run_id, time, cost_usd FROM genesis_logs WHERE type IN ('llm.responded', 'llm.failed')) AS answers
    JOIN (
        SELECT run_id, min(settled_at) AS at FROM programs WHERE fitness >= $fitness GROUP BY run_id
    ) AS first ON first.run_id = answers.run_id
    WHERE answers.time <= first.at
    GROUP BY answers.run_id
) AS spent ON spent.run_id = reached.run_id
ORDER BY seconds, run_id
