-- The newest month with responses ended more than 45 days ago: nobody delivered the month after it.
SELECT concat('no responses after ', coalesce(CAST(last_day(max(period_start)) AS STRING), 'ever')) AS problem,
       max(period_start) AS newest_month
FROM gold.satisfaction_metrics
WHERE segment = 'overall' AND period_type = 'month'
HAVING coalesce(last_day(max(period_start)) < current_date() - INTERVAL 45 DAYS, true);
