-- In the newest run of its gate a check held a file, was critical and failed, or failed in more than 1 % of its rows.
WITH newest AS (
    SELECT gate, max_by(run_id, `at`) AS run_id FROM ops.check_results GROUP BY gate
),
failed AS (
    SELECT gate, run_id, rule, `column`, file, severity, outcome,
           sum(failed) AS failed, sum(evaluated) AS evaluated, sum(failed) / nullif(sum(evaluated), 0) AS share
    FROM ops.check_results
    JOIN newest USING (gate, run_id)
    WHERE outcome IN ('failed', 'held')
    GROUP BY ALL
)
SELECT concat('gate ', gate, ': ', rule, coalesce(concat(' on ', `column`), ''), coalesce(concat(' in ', file), ''),
              ' fails in ', failed, ' of ', evaluated) AS problem,
       *
FROM failed
WHERE outcome = 'held' OR severity = 'critical' OR (severity = 'warning' AND share > 0.01)
ORDER BY severity, share DESC;
