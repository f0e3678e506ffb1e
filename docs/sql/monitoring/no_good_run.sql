-- No run came to its end without an error for 26 hours: a daily run failed, hangs, was killed or was not started.
-- A killed run leaves no row, so only its absence tells of it.
SELECT concat('no run came to its end since ', coalesce(CAST(max(finished_at) AS STRING), 'ever')) AS problem,
       max(finished_at) AS last_good_end
FROM ops.runs
WHERE message = ''
HAVING coalesce(max(finished_at) < now() - INTERVAL 26 HOURS, true);
