-- Satisfaction alerts against a target: a share, its Wilson score interval at 95 %, and the state. Drops are in
-- standardised_difference.sql.
-- open: the whole interval lies beyond the threshold. insufficient: fewer than 100 answers, so nobody can tell;
-- without any answer there is neither share nor interval. `question` is null for overall satisfaction.
-- Shares of satisfied passengers have a floor, shares of low ratings (1 or 2) a ceiling.
WITH shares AS (
    SELECT 'share_satisfied' AS metric, period_type, period_start, CAST(NULL AS STRING) AS question,
           n_satisfied AS hits, n
    FROM gold.satisfaction_metrics
    WHERE segment = 'overall'
    UNION ALL
    SELECT 'share_low', period_type, period_start, question, n_low, n
    FROM gold.question_metrics
    WHERE segment = 'overall'
),
measured AS (
    SELECT *, nullif(n, 0) AS answers, hits / nullif(n, 0) AS share, 1.959963984540054D AS z
    FROM shares
),
intervals AS (
    SELECT *,
           (share + z * z / (2 * answers)) / (1 + z * z / answers) AS centre,
           z * sqrt(share * (1 - share) / answers + z * z / (4 * answers * answers)) / (1 + z * z / answers)
               AS half_width
    FROM measured
)
SELECT
    a.alert_id,
    a.rule,
    i.period_start,
    i.question,
    i.n,
    i.share AS value,
    i.centre - i.half_width AS ci_low,
    i.centre + i.half_width AS ci_high,
    CASE WHEN i.n < 100 THEN 'insufficient'
         WHEN i.metric = 'share_satisfied' AND i.centre + i.half_width < a.threshold THEN 'open'
         WHEN i.metric = 'share_low' AND i.centre - i.half_width > a.threshold THEN 'open'
         ELSE 'ok' END AS state
FROM intervals i
JOIN gold.satisfaction_alerts a
  ON a.rule IN ('overall_satisfaction', 'low_ratings') AND a.metric = i.metric AND a.period_type = i.period_type AND a.period_start = i.period_start
 AND a.question <=> i.question AND a.segment = 'overall'
