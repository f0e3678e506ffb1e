-- A delivery of the last day brought a column or a word that the catalogue does not know, or lacked one that it does.
SELECT concat(kind, ' ', `column`, coalesce(concat(' (', delivered, ')'), ''), ' in ', count(*), ' file(s)') AS problem,
       kind, `column`, delivered, count(*) AS files, max(policy) AS policy, max(suggestion) AS suggestion
FROM ops.drift_events
WHERE `at` > now() - INTERVAL 1 DAY
GROUP BY kind, `column`, delivered
ORDER BY files DESC;
