-- The newest month of loads brought more than twice the lines of a usual month, which is the median of those before.
WITH loaded AS (
    SELECT files.sha256, max(files.lines) AS lines, date_trunc('month', min(events.`at`)) AS month
    FROM ops.files AS files
    JOIN ops.file_events AS events ON events.sha256 = files.sha256 AND events.event = 'admitted'
    GROUP BY files.sha256
),
by_month AS (
    SELECT month, sum(lines) AS lines, max(month) OVER () AS newest FROM loaded GROUP BY month
),
usual AS (
    SELECT percentile(lines, 0.5) AS usual_lines, count(*) AS months FROM by_month WHERE month < newest
)
SELECT concat(lines, ' lines were loaded in ', date_format(month, 'yyyy-MM'), ', usually ', round(usual_lines))
           AS problem,
       month, lines, usual_lines, months
FROM by_month CROSS JOIN usual
WHERE month = newest AND months >= 3 AND lines > 2 * usual_lines;
