-- Satisfaction alerts: a share, its Wilson score interval at 95 %, and the state.
-- open: the whole interval lies beyond the threshold. insufficient: fewer than 100 answers, so nobody can tell.
-- Shares of satisfied passengers have a floor, shares of low ratings (1 or 2) a ceiling.
WITH shares AS (
    SELECT 'share_satisfied' AS metric, period_start, CAST(NULL AS STRING) AS question, n_satisfied AS hits, n
    FROM gold.satisfaction_metrics
    WHERE segment = 'overall'
    UNION ALL
    SELECT 'share_low', period_start, question, n_low, n
    FROM gold.question_metrics
    WHERE segment = 'overall'
),
measured AS (
    SELECT *, hits / n AS share, 1.959963984540054D AS z
    FROM shares
),
intervals AS (
    SELECT *,
           (share + z * z / (2 * n) - z * sqrt(share * (1 - share) / n + z * z / (4D * n * n))) / (1 + z * z / n) AS low,
           (share + z * z / (2 * n) + z * sqrt(share * (1 - share) / n + z * z / (4D * n * n))) / (1 + z * z / n) AS high
    FROM measured
)
SELECT
    a.alert_id,
    i.n,
    i.share AS value,
    i.low AS ci_low,
    i.high AS ci_high,
    CASE WHEN i.n < 100 THEN 'insufficient'
         WHEN i.metric = 'share_satisfied' AND i.high < a.threshold THEN 'open'
         WHEN i.metric = 'share_low' AND i.low > a.threshold THEN 'open'
         ELSE 'ok' END AS state
FROM intervals i
JOIN gold.satisfaction_alerts a
  ON a.metric = i.metric AND a.period_start = i.period_start AND a.question <=> i.question AND a.segment = 'overall'
