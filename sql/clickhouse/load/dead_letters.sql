-- Lines that cannot be loaded; `@source@` is where they come from.
INSERT INTO dead_letters
(run_id, run_started, feed, line, source, reason, message, text)
SELECT {run_id:String}, {run_started:DateTime('UTC')}, {feed:String}, line, source, reason, message, text
FROM @source@
