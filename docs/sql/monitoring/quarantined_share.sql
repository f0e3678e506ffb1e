-- More than 2 % of a file's lines are in quarantine. Over 5 % by one rule the file would have been held.
SELECT concat(file, ': ', quarantined, ' of ', lines, ' lines are in quarantine') AS problem,
       file, sha256, lines, quarantined, quarantined / lines AS share
FROM ops.files
WHERE quarantined > 0.02 * lines
ORDER BY share DESC;
