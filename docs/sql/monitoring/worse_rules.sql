-- A rule fails in at least ten lines of this month's loads, and in more than twice the share of all loads before.
WITH counted AS (
    SELECT rule, `column`, `at` >= date_trunc('month', now()) AS is_new, failed, evaluated
    FROM ops.check_results
    WHERE gate = 'silver'
),
shares AS (
    SELECT rule, `column`,
           sum(failed) FILTER (WHERE is_new) AS failed,
           sum(failed) FILTER (WHERE is_new) / nullif(sum(evaluated) FILTER (WHERE is_new), 0) AS this_month,
           -- nullif: where nothing was evaluated there is no share.
           sum(failed) FILTER (WHERE NOT is_new) / nullif(sum(evaluated) FILTER (WHERE NOT is_new), 0) AS earlier
    FROM counted
    GROUP BY rule, `column`
)
SELECT concat(rule, coalesce(concat(' on ', `column`), ''), ' fails in ', round(100 * this_month, 2),
              ' % of lines, before in ', round(100 * earlier, 2), ' %') AS problem,
       *
FROM shares
WHERE failed >= 10 AND this_month > 2 * earlier
ORDER BY this_month - earlier DESC;
