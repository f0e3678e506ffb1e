-- A file waits for somebody for two days; one that is pending after a run was stopped by a gate, and is told at once.
WITH decided AS (
    SELECT coalesce(sha256, file) AS content, max(`at`) AS since
    FROM ops.file_events
    WHERE event IN ('refused', 'held', 'accepted')
    GROUP BY coalesce(sha256, file)
)
SELECT concat(files.file, ' is ', files.state, coalesce(concat(' since ', CAST(decided.since AS STRING)), ''), ': ',
              files.reason) AS problem,
       files.file, files.sha256, files.state, files.waiting, decided.since
FROM ops.files AS files
LEFT JOIN decided ON decided.content = coalesce(files.sha256, files.file)
WHERE files.state = 'pending'
   OR (files.state IN ('refused', 'held', 'accepted') AND decided.since < now() - INTERVAL 2 DAYS)
ORDER BY decided.since;
