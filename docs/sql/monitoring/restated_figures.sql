-- A run of the last day changed the share of satisfied responses of a published month by more than a percentage point.
SELECT concat(survey_month, ': ', round(100 * share_satisfied_before, 1), ' % satisfied became ',
              coalesce(concat(round(100 * share_satisfied_after, 1), ' %'), 'nothing: the month is gone')) AS problem,
       survey_month, run_id, n_before, n_after, share_satisfied_before, share_satisfied_after
FROM ops.restatements
WHERE `at` > now() - INTERVAL 1 DAY
  AND coalesce(abs(share_satisfied_after - share_satisfied_before) > 0.01, true)
ORDER BY survey_month;
