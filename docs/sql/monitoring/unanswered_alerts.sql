-- An open alert began more than a week ago, and nobody has acknowledged it.
SELECT concat(alerts.team, ': ', alerts.headline) AS problem,
       alerts.alert_id, alerts.team, alerts.period_start, max(events.`at`) AS begun
FROM gold.v_satisfaction_alerts AS alerts
JOIN gold.satisfaction_alerts AS stored ON stored.alert_id = alerts.alert_id
JOIN ops.alert_events AS events ON events.series_id = stored.series_id AND events.event IN ('begun', 'reopened')
WHERE alerts.state = 'open' AND alerts.handling = 'new' AND alerts.parent_id IS NULL
GROUP BY ALL
HAVING max(events.`at`) < now() - INTERVAL 7 DAYS
ORDER BY begun;
