-- The newest run of a command took more than twice the median of the 20 before it, and a minute more.
WITH timed AS (
    SELECT command, run_id, timestampdiff(SECOND, started_at, finished_at) AS seconds,
           row_number() OVER (PARTITION BY command ORDER BY started_at DESC) AS place
    FROM ops.runs
    WHERE message = ''
),
usual AS (
    SELECT command, percentile(seconds, 0.5) AS usual_seconds, count(*) AS runs
    FROM timed
    WHERE place BETWEEN 2 AND 21
    GROUP BY command
)
SELECT concat(command, ' took ', seconds, ' s, usually ', round(usual_seconds), ' s') AS problem,
       command, run_id, seconds, usual_seconds, runs
FROM timed
JOIN usual USING (command)
WHERE place = 1 AND runs >= 3 AND seconds > 2 * usual_seconds AND seconds > usual_seconds + 60;
