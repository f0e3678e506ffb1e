-- A drop: the value now minus the value of the baseline, as if the passengers now were mixed as those of the baseline,
-- and its standard error. Each alert stores the sums that it was judged on, so this is the same after a vacuum.
-- A cell (class, travel type, customer type) counts with five values on both sides; its weight is its share of the
-- baseline. Variances are pooled over both sides of a cell; `factor` widens the error by how much more than chance the
-- periods of the baseline differ (Laney 2002).
WITH sums AS (
    SELECT alert_id, factor, inline(cells)
    FROM gold.satisfaction_alerts
    WHERE difference IS NOT NULL AND metric <> 'passenger_mix'
),
cells AS (
    SELECT alert_id, factor, n, baseline_n, n + baseline_n - 2 AS freedom,
           total / n - baseline_total / baseline_n AS gap,
           squares - total * total / n + baseline_squares - baseline_total * baseline_total / baseline_n AS scatter,
           baseline_n / sum(baseline_n) OVER (PARTITION BY alert_id) AS weight
    FROM sums
    WHERE n >= 5 AND baseline_n >= 5
)
SELECT alert_id,
       sum(weight * gap) AS difference,
       first(factor) * sqrt(sum(weight * weight * greatest(scatter, 0) / freedom * (1 / n + 1 / baseline_n)))
           AS standard_error
FROM cells
GROUP BY alert_id
