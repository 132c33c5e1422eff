-- title: Search in everything that was said or written
-- answers: Where does a text stand in reasoning, replies, rationales, code, feedback or messages, ignoring case?
-- text text: A part of what is looked for, as it stands.
-- run run = all: A run: its id, its directory, latest, or all.
-- most count = 100: Rows at most, the newest first.
SELECT time, run_id, sequence, type, program_id, model, reasoning, response, rationale, feedback, message
FROM genesis_logs
WHERE ($run = 'all' OR run_id = $run) AND (
    position(lowerUTF8($text) IN lowerUTF8(reasoning)) > 0
    OR position(lowerUTF8($text) IN lowerUTF8(response)) > 0
    OR position(lowerUTF8($text) IN lowerUTF8(rationale)) > 0
    OR position(lowerUTF8($text) IN lowerUTF8(code)) > 0
    OR position(lowerUTF8($text) IN lowerUTF8(feedback)) > 0
    OR position(lowerUTF8($text) IN lowerUTF8(message)) > 0)
ORDER BY time DESC, run_id, sequence
LIMIT $most
